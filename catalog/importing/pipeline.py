"""One pass over a source's files: lines to rows, rows in batches to the loaders."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from django.utils import timezone

from catalog.importing.batches import close_batch, count_anew, open_batch
from catalog.importing.counts import Counts
from catalog.importing.errors import BrokenFile, ImportProblem
from catalog.importing.files import LineFile
from catalog.importing.movie_loader import MovieLoader
from catalog.importing.pace import Pace
from catalog.importing.rating_loader import RatingLoader
from catalog.importing.repeats import PairCounter
from catalog.importing.report import BadLineReport
from catalog.importing.rows import BadLine, MovieRow, Part, RatingRow, Row, Selection, Source
from catalog.models import DataSet

RATINGS_IN_A_BATCH = 5_000
MOVIES_IN_A_BATCH = 500
LINES_BETWEEN_LOOKS = 1_000

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """How far a stage is, in bytes of its file as it lies on disk; `lines` of it are read.

    The file may be read to its end a while before the stage `is_over`. A stage that reads no file tells how many
    of what it goes through are done, and `lines` says the same.
    """

    stage: str
    done: int
    total: int
    lines: int
    is_over: bool = False

    @property
    def is_of_a_file(self) -> bool:
        return self.stage.startswith(("looking through ", "loading ", "reading "))

    @property
    def estimated_lines(self) -> int | None:
        """How many lines the file seems to have, by the bytes of those that are read."""
        return round(self.lines * self.total / self.done) if self.done else None


class StageClock:
    """Since when the present stage runs, and how fast its lines go by."""

    def __init__(self) -> None:
        self.stage, self.since = "", 0.0

    def seconds(self, progress: Progress) -> float:
        if progress.stage != self.stage:
            self.stage, self.since = progress.stage, time.monotonic()
        return time.monotonic() - self.since

    def lines_per_second(self, progress: Progress) -> int:
        return round(progress.lines / max(self.seconds(progress), 1e-3))


class ImportPass:
    """Loads a source into a data set. `watch` hears of progress often; what it raises ends the pass.

    Every batch is a transaction of its own: whatever ends a pass, what is loaded is right, and another
    pass over the same files completes it.
    """

    def __init__(
        self,
        source: Source,
        data_set: DataSet,
        selection: Selection,
        report: BadLineReport,
        watch: Callable[[Progress], None],
    ) -> None:
        self.source, self.data_set, self.selection = source, data_set, selection
        self.report, self.watch = report, watch
        self.counts = Counts(bad=report.counts)
        self.started: datetime = timezone.now()

    def run(self) -> Counts:
        open_batch()
        try:
            for part in self.source.movies:
                self._load_movies(part)
            with PairCounter(self.report.path.parent) as pairs:
                try:
                    for part in self.source.ratings:
                        self._load_ratings(part, pairs)
                finally:
                    self.counts.repeated_pairs, self.counts.ratings.repeated = pairs.repeats()
        finally:
            close_batch()
        return self.counts

    def _load_movies(self, part: Part) -> None:
        """Reads the file twice: rows that repeat an id are told apart before the first of them is loaded."""
        best = self._best_rows(part)
        loader = MovieLoader(self.data_set, self.counts)
        rows = cast("Iterator[MovieRow]", self._rows(part))
        pace = Pace(MOVIES_IN_A_BATCH)
        for batch in in_batches(self._chosen(rows, best), lambda: pace.size):
            with pace.keep(len(batch)):
                loader.load(batch)

    def _best_rows(self, part: Part) -> dict[str, tuple[int, bytes]]:
        """The preference of the row to take for each external id."""
        best: dict[str, tuple[int, bytes]] = {}
        with suppress(BrokenFile):
            for row in self._rows(part, looking_ahead=True):
                movie = cast("MovieRow", row)
                best[movie.external_id] = max(movie.preference(), best.get(movie.external_id, (0, b"")))
        return best

    def _chosen(self, rows: Iterator[MovieRow], best: dict[str, tuple[int, bytes]]) -> Iterator[MovieRow]:
        for row in rows:
            self.counts.movies.read += 1
            self.counts.dropped.update(row.dropped)
            if best.get(row.external_id) == row.preference():
                del best[row.external_id]
                yield row
            else:
                self.counts.movies.repeated += 1

    def _load_ratings(self, part: Part, pairs: PairCounter) -> None:
        loader = RatingLoader(self.data_set, self.source.edition_url, self.started, self.counts)
        rows = cast("Iterator[RatingRow]", self._rows(part))
        pace = Pace(RATINGS_IN_A_BATCH)
        count_anew()
        for number, batch in enumerate(in_batches(self._selected(rows), lambda: pace.size), 1):
            pairs.add((row.reviewer, row.edition) for row in batch)
            self.counts.ratings.read += len(batch)
            with pace.keep(len(batch)):
                loader.load(batch)
            if number & (number - 1) == 0:  # 1, 2, 4, 8, ...: as often as the tables double
                count_anew()
        if not (self.counts.ratings.read or self.counts.left_out):
            raise ImportProblem(f"There is no rating in the {part.stage} file that could be used.")

    def _selected(self, rows: Iterator[RatingRow]) -> Iterator[RatingRow]:
        for row in rows:
            refusal = self.selection.refusal(row)
            if refusal is None:
                yield row
            else:
                self.counts.left_out[refusal] += 1

    def _rows(self, part: Part, *, looking_ahead: bool = False) -> Iterator[Row]:
        """The part's rows. When looking ahead, lines and bad lines are not counted: they come again."""
        stage = f"looking through the {part.stage}" if looking_ahead else f"loading the {part.stage}"
        with part.lines() as lines:
            for number, line in self._watched(lines, stage):
                self.counts.lines += not looking_ahead
                try:
                    row = part.row(line)
                except BadLine as bad:
                    if not looking_ahead:
                        self.report.add(lines.name, number, bad)
                else:
                    if row is not None:
                        yield row

    def _watched(self, lines: LineFile, stage: str) -> Iterator[tuple[int, bytes]]:
        for number, line in lines:
            if number % LINES_BETWEEN_LOOKS == 1:
                self.watch(Progress(stage, lines.position, lines.size, number))
            yield number, line
        self.watch(Progress(stage, lines.size, lines.size, lines.lines_read, is_over=True))


def in_batches(items: Iterator[T], size: Callable[[], int]) -> Iterator[list[T]]:
    """Lists of `size` items, which is asked anew for each, the last one shorter.

    When a file breaks off, what came before it is given first.
    """
    batch: list[T] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= size():
                yield batch
                batch = []
    except BrokenFile:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
