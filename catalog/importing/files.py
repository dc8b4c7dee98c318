"""Files as lines: plain, gzip or Zstandard by what they hold, streamed, with a sentence for all that can be wrong."""

import gzip
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from backports import zstd

from catalog.importing.errors import BrokenFile, ImportProblem

MAX_LINE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 18
HEAD_BYTES = 1 << 16

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC, ZSTD_SKIPPABLE = b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"

MAX_MEMBERS = 1_000
MAX_UNPACKED_BYTES = 8 << 30
MAX_RATIO = 100
"""Of an archive's members: real text is packed to a fifth or a tenth, a bomb to a thousandth."""

_UNPACKABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DIRECTORY_ENTRY_BYTES = 512
_END_OF_ARCHIVE = struct.Struct("<4s4H2LH")
_PACKERS = {".gz": "gzip", ".zst": "Zstandard"}
_MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"BZh": "compressed with bzip2; unpack it first (bunzip2)",
    b"\xfd7zXZ": "compressed with xz; unpack it first (unxz)",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
}


def shown(name: object) -> str:
    """A file's name or path for people: one that holds line breaks or terminal codes cannot play tricks."""
    text = str(name)
    return text if text.isprintable() else "".join(ch if ch.isprintable() else "?" for ch in text)


def check_file(path: Path) -> None:
    """Raise ImportProblem unless `path` is a file with something in it that we may read."""
    name = shown(path)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ImportProblem(f"There is no file {name}.") from None
    except (OSError, ValueError) as error:
        raise ImportProblem(f"{name} cannot be read: {getattr(error, 'strerror', error)}.") from None
    if stat.S_ISDIR(status.st_mode):
        raise ImportProblem(f"{name} is a folder, not a file.")
    if not stat.S_ISREG(status.st_mode):
        raise ImportProblem(f"{name} is not a regular file; save the data to one first.")
    if status.st_size == 0:
        raise ImportProblem(f"{name} is empty.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise ImportProblem(f"{name} cannot be read: {error.strerror}.") from None


class LineFile:
    """The numbered lines of a file, as bytes without the line's end.

    `position` and `size` count the bytes of the file as it lies on disk, for progress. A line of more than
    MAX_LINE_BYTES is cut behind that limit, so that memory stays bounded and the reader can tell.
    """

    def __init__(self, name: str, open_raw: Callable[[], BufferedReader], size: int) -> None:
        self.name, self.size = shown(name), size
        self._raw = open_raw()
        self._stream = self._unpacked(self._raw)
        self.lines_read = 0

    @classmethod
    def of_path(cls, path: Path) -> Self:
        check_file(path)
        return cls(path.name, lambda: path.open("rb"), path.stat().st_size)

    @classmethod
    def of_member(cls, archive: zipfile.ZipFile, name: str) -> Self:
        """A file in a ZIP archive, read without unpacking the archive."""
        try:
            return cls(
                name, lambda: cast("BufferedReader", archive.open(name)), archive.getinfo(name).file_size
            )
        except (NotImplementedError, zipfile.BadZipFile) as error:
            raise ImportProblem(f"{shown(name)} in the archive cannot be unpacked: {error}.") from None

    @staticmethod
    def _unpacked(raw: BufferedReader) -> BufferedReader:
        magic = raw.read(len(ZSTD_MAGIC))
        raw.seek(0)
        if magic.startswith(GZIP_MAGIC):
            return cast("BufferedReader", gzip.GzipFile(fileobj=raw))
        if magic == ZSTD_MAGIC or (magic[1:] == ZSTD_SKIPPABLE and magic[0] >> 4 == 5):
            return cast("BufferedReader", zstd.ZstdFile(raw))
        return raw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._raw.close()

    @property
    def position(self) -> int:
        return self._raw.tell()

    @property
    def is_packed(self) -> bool:
        return self._stream is not self._raw

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Raises BrokenFile where the file breaks off; a line that is cut there is not given."""
        rest = b""
        for chunk in self._chunks():
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()[: MAX_LINE_BYTES + 1]
            for line in lines:
                self.lines_read += 1
                yield self.lines_read, line
        if rest:
            self.lines_read += 1
            yield self.lines_read, rest

    def _chunks(self) -> Iterator[bytes]:
        try:
            # read1 gives what there is; read would drop what it has when the file breaks off.
            while chunk := self._stream.read1(CHUNK_BYTES):
                yield chunk
        except EOFError:
            raise BrokenFile(
                f"{self.name} breaks off after {self.lines_read:,} lines: the compressed data has no end."
            ) from None
        except (zlib.error, zstd.ZstdError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise self._damaged(error) from None
        except OSError as error:
            raise BrokenFile(
                f"{self.name} cannot be read behind line {self.lines_read:,}: {error.strerror or error}."
            ) from None

    def _damaged(self, error: Exception) -> BrokenFile:
        if "too much memory" in str(error):
            return BrokenFile(
                f"{self.name} was packed with zstd --long and needs much memory; unpack it first."
            )
        return BrokenFile(
            f"{self.name} is damaged behind line {self.lines_read:,}: {str(error).rstrip('.')}."
        )


def head_of(lines: LineFile) -> list[bytes]:
    """The first whole lines (64 KB of them), to tell what a file is. Closes it.

    Raises ImportProblem for a file that is empty, of another kind than text, or broken before its first line.
    """
    with lines:
        found, size, problem = [], 0, None
        try:
            for _, line in lines:
                found.append(line)
                size += len(line)
                if size > HEAD_BYTES:
                    break
        except BrokenFile as broken:
            problem = broken
    if not found:
        raise ImportProblem(
            f"{lines.name} is empty." if problem is None else _nothing_of(lines.name, problem)
        )
    found[0] = found[0].removeprefix(b"\xef\xbb\xbf")
    reason = _not_text(found)
    if reason:
        raise ImportProblem(f"{lines.name} is {reason}.")
    ending = Path(lines.name).suffix
    if ending in _PACKERS and not lines.is_packed and not found[0].lstrip().startswith(b"{"):
        raise ImportProblem(f"{lines.name} is not {_PACKERS[ending]}, whatever its name says.")
    return found


def _nothing_of(name: str, problem: BrokenFile) -> str:
    return f"Nothing of {name} can be read: {str(problem).removeprefix(name + ' ')}"


def _not_text(lines: list[bytes]) -> str | None:
    """What a file that begins like this is, if it is no text. A NUL in a later line makes that a bad line, no more."""
    for magic, what in _MAGIC.items():
        if lines[0].startswith(magic):
            return what
    start = b"\n".join(lines[:20])[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "a web page, perhaps the one that offers the download"
    return "binary data, not text" if b"\0" in lines[0] else None


def open_archive(path: Path) -> zipfile.ZipFile:
    """Raises ImportProblem for an archive that is damaged or locked, or unpacks to more than data ever do."""
    name = shown(path)
    try:
        if _directory_bytes(path) > MAX_MEMBERS * _DIRECTORY_ENTRY_BYTES:
            raise too_many_files(name)
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, UnicodeError, struct.error):
        raise ImportProblem(f"{name} is not a whole ZIP archive; get it again.") from None
    try:
        _check_members(archive, name, path.stat().st_size)
    except ImportProblem:
        archive.close()
        raise
    return archive


def _directory_bytes(path: Path) -> int:
    """How long the list of an archive's files is, before it is read into memory; 0 where its end is not found."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - (1 << 16) - _END_OF_ARCHIVE.size))
        end = file.read()
    place = end.rfind(b"PK\x05\x06")
    record = end[place : place + _END_OF_ARCHIVE.size] if place >= 0 else b""
    return int(_END_OF_ARCHIVE.unpack(record)[5]) if len(record) == _END_OF_ARCHIVE.size else 0


def _check_members(archive: zipfile.ZipFile, name: str, size: int) -> None:
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise ImportProblem(f"{name} is an archive with a password; unpack it first.")
    if len(members) > MAX_MEMBERS:
        raise too_many_files(name)
    if any(member.compress_type not in _UNPACKABLE for member in members):
        raise ImportProblem(f"{name} is packed in a way that is not read here; unpack it first.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise ImportProblem(
            f"{name} unpacks to {unpacked / (1 << 30):,.0f} GB, more than the {MAX_UNPACKED_BYTES >> 30} GB that are"
            " read from an archive; unpack it first."
        )
    # Members that overlap claim more bytes together than the archive has: many files, one content.
    if unpacked > MAX_RATIO * max(size, 1 << 16) or sum(member.compress_size for member in members) > size:
        raise ImportProblem(
            f"{name} claims to unpack to {unpacked / (1 << 20):,.0f} MB, many times what such an archive can hold;"
            " it is not read."
        )


def too_many_files(name: str) -> ImportProblem:
    return ImportProblem(f"{name} holds more than {MAX_MEMBERS:,} files; no data set does.")


def is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
