"""Files that lie on the server already: only those below the folder of imports, whatever name is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath

from django.conf import settings

from catalog.importing.cleaning import clean_line
from catalog.importing.errors import ImportProblem

MOST_SHOWN = 200
DEEPEST = 3
"""Folders within folders, this many; what lies deeper is not offered."""


@dataclass(frozen=True)
class ServerFile:
    """A file, or a folder that holds files, by its path below the folder of imports."""

    name: str
    size: int
    modified: datetime
    is_folder: bool


def import_folder() -> Path:
    """The folder, made if need be. ImportProblem if that cannot be."""
    folder = Path(settings.IMPORT_DIR)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder.resolve(strict=True)
    except OSError as error:
        raise ImportProblem(f"The folder of imports cannot be used: {error.strerror}.") from None


def files_on_server() -> list[ServerFile]:
    """What may be imported, by name; no more than MOST_SHOWN."""
    return list(islice(_offered(import_folder(), "", 0), MOST_SHOWN))


def find(name: str) -> Path:
    """The real path of what `name` calls below the folder of imports. ImportProblem, in a sentence, for all else."""
    shown = clean_line(name, 100) or "That"
    _refuse_tricks(name, shown)
    folder = import_folder()
    try:
        found = (folder / name).resolve(strict=True)
    except FileNotFoundError:
        raise ImportProblem(f"There is no {shown} in the folder of imports any more.") from None
    except (OSError, RuntimeError):  # too long, no access, links in a circle
        raise ImportProblem(f"{shown} cannot be opened.") from None
    _refuse_outside(found, folder, shown)
    return found


def _refuse_tricks(name: str, shown: str) -> None:
    path = PurePosixPath(name)
    if not path.parts or "\0" in name:
        raise ImportProblem("Choose a file from the list.")
    if path.is_absolute():
        raise ImportProblem(
            f"{shown} is an absolute path; only what lies in the folder of imports can be read."
        )
    if ".." in path.parts:
        raise ImportProblem(f"{shown} leads out of the folder of imports.")


def _refuse_outside(found: Path, folder: Path, shown: str) -> None:
    """Refuse what is elsewhere, or no data, once links are followed; of a folder, what is in it too."""
    if not found.is_relative_to(folder):
        raise ImportProblem(
            f"{shown} is a link that leads out of the folder of imports; copy the file itself there."
        )
    if found.is_dir():
        _refuse_links_in(found, folder, shown)
    elif not found.is_file():
        raise ImportProblem(f"{shown} is neither a file nor a folder.")


def _refuse_links_in(found: Path, folder: Path, shown: str) -> None:
    try:
        strays = [inner.name for inner in found.iterdir() if not inner.resolve().is_relative_to(folder)]
    except (OSError, RuntimeError):
        raise ImportProblem(f"{shown} cannot be opened.") from None
    if strays:
        stray = clean_line(strays[0], 100)
        raise ImportProblem(f"{shown} holds {stray}, a link that leads out of the folder of imports.")


def _offered(folder: Path, prefix: str, depth: int) -> Iterator[ServerFile]:
    try:
        inner = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError:
        return
    for path in inner:
        name = f"{prefix}{path.name}"
        if path.name.startswith(".") or not _is_fit(name):
            continue
        if path.is_file():
            yield _described(name, path, path.stat().st_size)
        elif depth < DEEPEST and not path.is_symlink():
            yield from _offered_folder(path, name, depth)


def _offered_folder(folder: Path, name: str, depth: int) -> Iterator[ServerFile]:
    sizes = [path.stat().st_size for path in folder.iterdir() if path.is_file()]
    if len(sizes) > 1:  # one file alone is offered itself
        yield _described(f"{name}/", folder, sum(sizes))
    yield from _offered(folder, f"{name}/", depth + 1)


def _described(name: str, path: Path, size: int) -> ServerFile:
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return ServerFile(name, size, modified, is_folder=name.endswith("/"))


def _is_fit(name: str) -> bool:
    """Whether it would be taken; a name that is no proper text could not even be shown."""
    try:
        name.encode()
        find(name)
    except (ImportProblem, UnicodeEncodeError):
        return False
    return True
