"""Collects static files where that is due: hashing and compressing them takes seconds, finding no change does not."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_static_files() -> bool:
    """Fill STATIC_ROOT anew if any source file changed since it was last filled; whether it was due."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".fingerprint")
    fingerprint = _fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return False
    stamp.unlink(missing_ok=True)  # until all is there, an interruption leaves nothing that looks complete
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    """A digest of the names, sizes and times of all source files, and of how they are stored."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for line in sorted(_sources()):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
