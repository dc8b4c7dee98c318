"""What an import reads, remembered, so that a resumed one does not mix two files that only share a name."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from catalog.importing.errors import ImportProblem

CHUNK_BYTES = 1 << 20
VERSION = 2
"""Of the blocks' layout: those of another version are not taken up."""


def files_in(options: Mapping[str, Any]) -> Iterator[Path]:
    """The files that options name; of a folder, those in it."""
    for value in options.values():
        path = Path(value) if isinstance(value, str) and value.startswith("/") else None
        if path is not None and path.is_dir():
            yield from sorted(inner for inner in path.iterdir() if inner.is_file())
        elif path is not None and path.is_file():
            yield path


class Inputs:
    """The files of an import: their sizes and times at once, their SHA-256 while they are read."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.paths = list(files_in(options))
        self.seen = self._look()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="checksum")
        self._stopped = False
        self._checksums: dict[Path, Future[str]] = {}

    def __enter__(self) -> Self:
        self._checksums = {path: self._threads.submit(self._checksum, path) for path in self.paths}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._threads.shutdown(cancel_futures=True)

    def as_json(self, *, with_checksums: bool = False) -> list[dict[str, Any]]:
        """Name and bytes of each file; the SHA-256 is waited for if asked for."""
        found: list[dict[str, Any]] = [
            {"name": path.name, "bytes": self.seen[str(path)][0]} for path in self.paths
        ]
        if with_checksums:
            for file, path in zip(found, self.paths, strict=True):
                file["sha256"] = self._checksums[path].result()
        return found

    def make_sure_of(self, folder: Path) -> None:
        """Compare with what an earlier attempt wrote into `folder`, or write it. ImportProblem when they differ."""
        record = folder / "inputs.json"
        if record.exists():
            self._compare(json.loads(record.read_bytes()))
        unfinished = record.with_suffix(".new")
        unfinished.write_text(json.dumps({"version": VERSION, "files": self.seen}))
        unfinished.replace(record)

    def _compare(self, earlier: dict[str, Any]) -> None:
        changed = [path for path, facts in self.seen.items() if earlier["files"].get(path) != facts]
        if earlier["version"] != VERSION or changed or len(self.seen) != len(earlier["files"]):
            name = Path(changed[0]).name if changed else "A file"
            raise ImportProblem(f"{name} changed since this import began; start a new import of it.")

    def make_sure_unchanged(self, consequence: str) -> None:
        """ImportProblem, with what it means, when a file is no longer what it was at the beginning."""
        now = self._look()
        for path, facts in self.seen.items():
            if now.get(path) != facts:
                raise ImportProblem(f"{Path(path).name} changed while it was read, and {consequence}")

    def _look(self) -> dict[str, list[int]]:
        return {
            str(path): [path.stat().st_size, path.stat().st_mtime_ns] for path in self.paths if path.exists()
        }

    def _checksum(self, path: Path) -> str:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while not self._stopped and (chunk := file.read(CHUNK_BYTES)):
                digest.update(chunk)
        return digest.hexdigest()
