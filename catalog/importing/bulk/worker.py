"""A process that parses blocks and picks winners: `python -m catalog.importing.bulk.worker`.

Pickled messages come on the standard input and are answered on the standard output; it ends when the input does,
so none outlives the import that started it. Starts in a moment, because it never loads Django.
"""

import gc
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from catalog.importing.bulk import blocks
from catalog.importing.bulk.blocks import BlockFacts, BlockKey
from catalog.importing.bulk.partitions import Picked, Winners, counted_once, pick_winners
from catalog.importing.bulk.told import Told, told_by
from catalog.importing.rows import Selection, Source


@dataclass(frozen=True)
class Job:
    """What all tasks of an import have in common. `open_source` makes the source of `options` (importable by
    its name, without Django); `folder` is where blocks are spilled.
    """

    open_source: Callable[[Mapping[str, Any]], Source]
    options: Mapping[str, Any]
    selection: Selection
    folder: Path

    @property
    def with_texts(self) -> bool:
        return bool(self.options.get("with_text"))


@dataclass(frozen=True)
class ParseBlock:
    """Parse these lines (without their ends, joined by line breaks) and spill them."""

    key: BlockKey
    first_line: int
    text: bytes

    def do(self, job: Job, source: Source) -> BlockFacts:
        lines = self.text.split(b"\n")
        facts = BlockFacts(len(lines))
        part = (source.movies if self.key.kind == "movies" else source.ratings)[self.key.part]
        rows = blocks.parsed(part, self.first_line, lines, facts)
        if self.key.kind == "movies":
            facts.rows = len(rows)
            facts.dropped = blocks.dropped_by(rows)
            blocks.store_movies(job.folder, self.key, blocks.movie_entries(rows), facts)
        else:
            rows = blocks.selected(rows, job.selection, facts)
            facts.rows = len(rows)
            columns = blocks.columns_of(rows, facts) if rows else None
            blocks.store_ratings(job.folder, self.key, columns, facts)
        return replace(facts, bad=[], editions=[], formats=[], groups=[], samples=[])


@dataclass(frozen=True)
class PickWinners:
    """Find which ratings of a partition count, and spill them."""

    partition: int

    def do(self, job: Job, source: Source) -> Picked:
        return pick_winners(job.folder, self.partition, with_texts=job.with_texts)


@dataclass(frozen=True)
class TellOfMovies:
    """Of a finished block, what its entries at these places tell of which film they are."""

    key: BlockKey
    places: tuple[int, ...]

    def do(self, job: Job, source: Source) -> list[Told]:
        entries = blocks.load_movies(job.folder, self.key)
        return [told_by(entries[place].row) for place in self.places]


@dataclass(frozen=True)
class CountOnce:
    """The spilled ratings of a partition as films have them."""

    partition: int

    def do(self, job: Job, source: Source) -> Winners:
        return counted_once(job.folder, self.partition)


Task = ParseBlock | PickWinners | TellOfMovies | CountOnce


def main() -> None:
    incoming, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    job: Job = pickle.load(incoming)  # noqa: S301 - from the process that started us
    source = job.open_source(job.options)
    gc.disable()  # rows are many and refer to nothing that refers back
    while (task := _next(incoming)) is not None:
        try:
            answer: Any = task.do(job, source)
        except Exception as error:  # told to the process that waits
            answer = error
        _give(answer, answers)


def _give(answer: Any, answers: IO[bytes]) -> None:
    try:
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
    except BrokenPipeError:
        os._exit(1)  # whoever asked was killed; what is buffered goes nowhere


def _next(incoming: IO[bytes]) -> Task | None:
    try:
        task: Task = pickle.load(incoming)  # noqa: S301 - from the process that started us
    except EOFError:
        return None
    return task


if __name__ == "__main__":
    main()
