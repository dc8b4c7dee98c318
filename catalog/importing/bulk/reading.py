"""Files into blocks: unpacked here, parsed by the workers, spilled; what an earlier attempt finished is kept."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.importing.bulk import blocks
from catalog.importing.bulk.blocks import BlockFacts, BlockKey
from catalog.importing.bulk.worker import ParseBlock
from catalog.importing.bulk.workers import Workers
from catalog.importing.counts import Counts
from catalog.importing.errors import BrokenFile
from catalog.importing.files import LineFile
from catalog.importing.pipeline import Progress
from catalog.importing.report import BadLineReport
from catalog.importing.rows import Part, Source

BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class ReadPart:
    """The blocks of a file, and where it broke off, if it did."""

    keys: tuple[BlockKey, ...]
    broken: BrokenFile | None


class Reader:
    """Reads the parts of a source into `folder`, and what is to be said of them into `counts` and `report`."""

    def __init__(
        self,
        source: Source,
        folder: Path,
        workers: Workers,
        counts: Counts,
        report: BadLineReport,
        watch: Callable[[Progress], None],
    ) -> None:
        self.source, self.folder, self.workers = source, folder, workers
        self.counts, self.report, self.watch = counts, report, watch

    def read_ratings(self, index: int) -> ReadPart:
        return self._read("ratings", index, self.source.ratings[index], self._parse_there)

    def read_movies(self, index: int) -> ReadPart:
        """Parts that build on one another (a source keeps links, say) are parsed here, by one source object."""
        parse = self._parse_there if len(self.source.movies) == 1 else self._parse_here
        return self._read("movies", index, self.source.movies[index], parse)

    def _read(
        self,
        kind: str,
        index: int,
        part: Part,
        parse: Callable[[BlockKey, int, list[bytes]], "Future[Any] | None"],
    ) -> ReadPart:
        keys: list[BlockKey] = []
        under_way: deque[Future[Any]] = deque()
        broken = None
        with part.lines() as lines:
            try:
                for first_line, block in in_blocks(lines):
                    keys.append(BlockKey(kind, index, len(keys)))
                    if (future := parse(keys[-1], first_line, block)) is not None:
                        under_way.append(future)
                    while len(under_way) > self.workers.count:
                        under_way.popleft().result()
                    self._tell(part, lines)
            except BrokenFile as problem:
                broken = problem
            for future in under_way:
                future.result()
            self._tell(part, lines, is_over=True)
            self._conclude(lines, keys)
        return ReadPart(tuple(keys), broken)

    def _parse_there(self, key: BlockKey, first_line: int, lines: list[bytes]) -> "Future[Any] | None":
        if blocks.is_finished(self.folder, key):
            return None
        return self.workers.submit(ParseBlock(key, first_line, b"\n".join(lines)))

    def _parse_here(self, key: BlockKey, first_line: int, lines: list[bytes]) -> None:
        facts = BlockFacts(len(lines))
        rows = blocks.parsed(self.source.movies[key.part], first_line, lines, facts)
        facts.rows = len(rows)
        facts.dropped = blocks.dropped_by(rows)
        blocks.store_movies(self.folder, key, blocks.movie_entries(rows), facts)

    def _tell(self, part: Part, lines: LineFile, *, is_over: bool = False) -> None:
        done = lines.size if is_over else lines.position
        self.watch(Progress(f"reading the {part.stage}", done, lines.size, lines.lines_read, is_over=is_over))

    def _conclude(self, lines: LineFile, keys: list[BlockKey]) -> None:
        """Count and report, in the order of the file, what is wrong with its lines."""
        for key in keys:
            facts = blocks.load_facts(self.folder, key)
            self.counts.left_out.update(facts.left_out)
            self.counts.dropped.update(facts.dropped)
            for number, bad in facts.bad_lines():
                self.report.add(lines.name, number, bad)
        self.counts.lines += lines.lines_read


def in_blocks(lines: LineFile) -> Iterator[tuple[int, list[bytes]]]:
    """Lines in lists of about BLOCK_BYTES, each with its first line's number; always cut at the same places.

    Raises BrokenFile after the lines that came before the break.
    """
    block: list[bytes] = []
    first_line, size, broken = 1, 0, None
    try:
        for number, line in lines:
            block.append(line)
            size += len(line) + 1
            if size >= BLOCK_BYTES:
                yield first_line, block
                block, first_line, size = [], number + 1, 0
    except BrokenFile as problem:
        broken = problem
    if block:
        yield first_line, block
    if broken is not None:
        raise broken
