"""From uploaded files, archives among them, to film rows; what may come in is bounded in every way."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from accounts.imports.layouts import KNOWN, MOST_ROWS, layout_of, rows_of, rows_of_json
from accounts.imports.rows import FilmRow, one_row_a_film
from catalog.importing.errors import ImportProblem
from catalog.importing.files import open_archive, shown
from catalog.imports.uploads import safe_name

MOST_FILES = 10
MOST_BYTES = 20 << 20
"""Of an upload."""

MOST_UNPACKED = 60 << 20
"""Of all files of an archive that are read."""

_ASIDE = {"likes", "lists", "deleted", "orphaned", "__MACOSX"}
"""Folders of a Letterboxd archive that hold neither ratings nor films seen or wanted."""


class Uploaded(Protocol):
    name: str
    size: int

    def temporary_file_path(self) -> str: ...


@dataclass(frozen=True)
class Read:
    """`files` is what was read, `rows` the films in it, one row each, and what could not be understood."""

    source: str
    files: list[dict[str, Any]]
    rows: list[FilmRow]


def read_uploads(uploads: Sequence[Uploaded]) -> Read:
    """ImportProblem, with a sentence, if a file is something else, damaged, or holds too much."""
    if not 1 <= len(uploads) <= MOST_FILES:
        raise ImportProblem(f"Choose one to {MOST_FILES} files.")
    sources: set[str] = set()
    files: list[dict[str, Any]] = []
    rows: list[FilmRow] = []
    for upload in uploads:
        for name, content in _contents(upload):
            source, what, found = _read(name, content)
            sources.add(source)
            files.append(
                {"name": name, "bytes": len(content), "what": f"{source}, {what}", "lines": len(found)}
            )
            rows += found
            if len(rows) > 3 * MOST_ROWS:
                raise ImportProblem(f"These files have more than {3 * MOST_ROWS:,} lines together.")
    rows = one_row_a_film(rows)
    if not rows:
        raise ImportProblem("There is no film in it: nothing follows the line with the names of the columns.")
    return Read(" and ".join(sorted(sources)), files, rows)


def _contents(upload: Uploaded) -> Iterator[tuple[str, bytes]]:
    """The files to be read: the upload itself, or those of its archive that anything is known of."""
    path, name = Path(upload.temporary_file_path()), safe_name(upload.name)
    if upload.size > MOST_BYTES:
        raise ImportProblem(f"{name} has more than {MOST_BYTES >> 20} MB.")
    if not upload.size:
        raise ImportProblem(f"{name} is empty.")
    with path.open("rb") as file:
        is_archive = file.read(4) == b"PK\x03\x04"
    if is_archive:
        yield from _members(path, name)
    else:
        yield name, path.read_bytes()


def _members(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    try:
        archive = open_archive(path)
    except ImportProblem as problem:
        raise ImportProblem(str(problem).replace(str(path), name)) from None
    with archive:
        members = [member for member in archive.infolist() if _may_matter(member)]
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            raise ImportProblem(f"{name} unpacks to more than {MOST_UNPACKED >> 20} MB.")
        known = False
        for member in members:
            inner = safe_name(PurePosixPath(member.filename).name)
            content = _unpacked(archive, member, name)
            if inner.endswith(".json") or layout_of(inner, _decoded(inner, content)) is not None:
                known = True
                yield inner, content
        if not known:
            raise ImportProblem(f"{name} holds no file that is known here: bring {KNOWN}.")


def _may_matter(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    return not member.is_dir() and path.suffix.lower() in (".csv", ".json") and not _ASIDE & set(path.parts)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """No more than the member claims to have, whatever comes out of it."""
    try:
        with archive.open(member) as file:
            return file.read(member.file_size)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        inner = shown(member.filename)
        raise ImportProblem(f"{inner} in {name} is damaged; get the archive again.") from None


def _read(name: str, content: bytes) -> tuple[str, str, list[FilmRow]]:
    """The source of a file, what it is of it, and its rows."""
    text = _decoded(name, content)
    if text.lstrip()[:1] in ("{", "["):
        return "this site", "all that is mine", rows_of_json(name, text)
    layout = layout_of(name, text)
    if layout is None:
        raise ImportProblem(f"{name} is not known here: bring {KNOWN}.{_hint(text)}")
    return layout.source, layout.what, rows_of(name, text, layout)


def _hint(text: str) -> str:
    if "letterboxd uri" in text[:200].lower():
        return " If it is watched.csv or watchlist.csv of Letterboxd, keep its name: nothing else tells them apart."
    return ""


def _decoded(name: str, content: bytes) -> str:
    """UTF-8, else Windows’ old Western letters, as spreadsheets save them; ImportProblem for what is no text."""
    if b"\0" in content:
        raise ImportProblem(f"{name} is no text file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
