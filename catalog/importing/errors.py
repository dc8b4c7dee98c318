"""What can end an import. Every message is one sentence for the person who started it."""


class ImportProblem(Exception):
    """The import cannot go on, or cannot begin; nothing is half-written."""


class BrokenFile(ImportProblem):
    """A file breaks off or is damaged on the way; what was read before is good."""


class ImportCancelled(Exception):
    """Somebody asked this import to stop."""
