"""Files of many gzip members: chunks are rendered and compressed by all cores, and written one after the other.

A file has its name only when it is whole.
"""

import gzip
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.made_dump.layouts import Chunk, ratings_csv, render
from benchmarks.made_dump.metadata import Row, render_metadata
from benchmarks.made_dump.shapes import Profile
from benchmarks.made_dump.texts import Writer

COMPRESSION = 5
LINES_A_CHUNK = 50_000
ROWS_A_CHUNK = 4_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """All that a process must know to write any chunk of a dump."""

    profile: Profile
    layout: str
    seed: int
    short_text: bool


class _Worker:
    """The tables of this process: made once, however many chunks it writes."""

    job: Job
    writer: Writer

    @classmethod
    def prepare(cls, job: Job) -> None:
        cls.job, cls.writer = job, Writer(job.profile, job.seed, job.short_text)


def review_member(chunk: Chunk) -> bytes:
    job = _Worker.job
    return _member(render(chunk, job.layout, _Worker.writer, job.seed))


def csv_lines(chunk: Chunk) -> bytes:
    return ratings_csv(chunk)


def metadata_member(rows: list[Row]) -> bytes:
    return _member(render_metadata(rows, _Worker.job.layout, _Worker.job.seed))


def _member(lines: bytes) -> bytes:
    return gzip.compress(lines, COMPRESSION, mtime=0)


class Press:
    """Writes files by chunks; in this process, or in `workers` processes where that is more than one."""

    def __init__(self, job: Job, workers: int, progress: Progress) -> None:
        self._workers, self._progress = workers, progress
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1:
            self._pool = ProcessPoolExecutor(
                workers, multiprocessing.get_context("spawn"), initializer=_Worker.prepare, initargs=(job,)
            )
        else:
            _Worker.prepare(job)

    def __enter__(self) -> "Press":
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def write(self, path: Path, make: Callable[[Any], bytes], chunks: Iterable[Any], total: int) -> None:
        """`total`: the number of chunks, for the progress report."""
        with _whole(path) as part, part.open("wb") as file:
            for done, member in enumerate(self._made(make, chunks), start=1):
                file.write(member)
                self._progress(f"writing {path.name}", done, total)

    def _made(self, make: Callable[[Any], bytes], chunks: Iterable[Any]) -> Iterator[bytes]:
        """In order; never more chunks under way than twice the workers, so that memory stays bounded."""
        if self._pool is None:
            yield from map(make, chunks)
            return
        under_way: deque[Future[bytes]] = deque()
        for chunk in chunks:
            under_way.append(self._pool.submit(make, chunk))
            if len(under_way) >= 2 * self._workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
