"""The fast way into an empty site: read everything, decide everything, then fill the tables in one transaction.

Gives what `ImportPass` gives, which goes on beside a living site in small steps. Until the one transaction
commits nothing is in the tables; blocks that were read before a crash are found again by the next attempt.
"""

import errno
import gc
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from catalog.editions.copies import Copies
from catalog.editions.joining import Joined
from catalog.importing.bulk import blocks, partitions
from catalog.importing.bulk.blocks import BlockFacts, BlockKey
from catalog.importing.bulk.films import Films, find_films, insert_decisions, may_be_joined_at_once
from catalog.importing.bulk.movies import COLUMNS, Catalogue, MovieIds, SaidTwice, insert_movies
from catalog.importing.bulk.partitions import Plan, Winners, save_roots
from catalog.importing.bulk.pulse import Pulse
from catalog.importing.bulk.reading import Reader, ReadPart
from catalog.importing.bulk.tables import insert, insert_arrays, next_id, prepared, unhindered
from catalog.importing.bulk.worker import CountOnce, Job, PickWinners
from catalog.importing.bulk.workers import Workers
from catalog.importing.counts import Counts
from catalog.importing.errors import BrokenFile, ImportProblem
from catalog.importing.inputs import Inputs, files_in
from catalog.importing.movie_loader import lock
from catalog.importing.pipeline import Progress
from catalog.importing.report import BadLineReport
from catalog.importing.rows import Source
from catalog.models import DataSet, MergeDecision, NameWord, Rating, Reviewer, ReviewText, TitleWord
from catalog.models.movies import HALF_STARS

REVIEWER_COLUMNS = ("id", "data_set_id", "external_id")
TABLES: Sequence[type[Any]] = (*COLUMNS, TitleWord, NameWord, Reviewer, Rating, ReviewText, MergeDecision)
"""Those that a load fills; words of titles and names come by triggers."""

PICKING = "choosing the ratings that count"
TEXT_COLUMNS = ("rating_id", "headline", "body", "helpful_votes")


LARGE_BYTES = 8 << 20
"""Files that are smaller together are loaded in batches in a moment, without locking anything."""


class NotEmpty(Exception):
    """The tables are not, or no longer, empty: `ImportPass` is what can load into them."""


def is_large(options: Mapping[str, Any]) -> bool:
    return sum(path.stat().st_size for path in files_in(options)) >= LARGE_BYTES


def is_empty_for(data_set: DataSet) -> bool:
    """Whether the fast way is open: no rating at all, and nothing yet in this data set."""
    return not (Rating.objects.exists() or data_set.reviewers.exists() or data_set.editions.exists())


@dataclass
class Found:
    """What reading found: blocks of ratings with their facts, the movies, and where a file broke off."""

    catalogue: Catalogue
    keys: list[BlockKey]
    facts: list[BlockFacts]
    broken: BrokenFile | None = None

    @property
    def rows(self) -> int:
        return sum(facts.rows for facts in self.facts)


class BulkPass:
    """Loads a source into an empty data set of a site without ratings.

    Editions of one film are brought together on the way, unless there are others to compare them with.
    `conclude` gets the counts, where a file broke off, and what was brought together (None if that is yet to do).
    It is called inside the transaction that loads, and what it writes counts with it or not at all. Raises NotEmpty
    when another pass is needed after all, with nothing changed.
    """

    def __init__(
        self,
        job: Job,
        inputs: Inputs,
        data_set: DataSet,
        report: BadLineReport,
        watch: Callable[[Progress], None],
        conclude: Callable[[Counts, BrokenFile | None, Joined | None], None],
    ) -> None:
        self.job, self.inputs, self.data_set, self.report = job, inputs, data_set, report
        self.watch, self.conclude = watch, conclude
        self.source: Source = job.open_source(job.options)
        self.counts = Counts(bad=report.counts)
        self.joined: Joined | None = None

    def run(self) -> Counts:
        folder = self.job.folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.inputs.make_sure_of(folder)
            with Workers(self.job) as workers, uncollected():
                found = self._read(workers)
                self.inputs.make_sure_unchanged("nothing was loaded; import it again when it is complete.")
                self._load(found, workers)
        except SaidTwice:
            raise NotEmpty from None
        except OSError as error:
            raise _disk_problem(error) from error
        return self.counts

    def _read(self, workers: Workers) -> Found:
        reader = Reader(self.source, self.job.folder, workers, self.counts, self.report, self.watch)
        found = Found(Catalogue(self.job.folder), [], [])
        for part in _until_broken(reader.read_movies, len(self.source.movies)):
            found.catalogue.add_part(part.keys)
            found.broken = part.broken
        self.counts.movies.read = found.catalogue.read
        self.counts.movies.repeated = found.catalogue.read - found.catalogue.described
        if found.broken is None:
            self._read_ratings(reader, found)
        found.catalogue.add_rated(found.facts)
        return found

    def _read_ratings(self, reader: Reader, found: Found) -> None:
        for part in _until_broken(reader.read_ratings, len(self.source.ratings)):
            facts = [blocks.load_facts(self.job.folder, key) for key in part.keys]
            filled = [(key, fact) for key, fact in zip(part.keys, facts, strict=True) if fact.rows]
            found.keys += [key for key, _ in filled]
            found.facts += [fact for _, fact in filled]
            found.broken = part.broken
        if not (found.rows or self.counts.left_out or found.broken):
            stage = self.source.ratings[0].stage
            raise ImportProblem(f"There is no rating in the {stage} file that could be used.")

    def _load(self, found: Found, workers: Workers) -> None:
        plan = _plan(self.job, found)
        films = self._films(found, plan, workers)
        before = deepcopy(self.counts)
        try:
            with Pulse(self.watch) as pulse, prepared(), transaction.atomic():
                with unhindered(TABLES):
                    self._make_sure()
                    self._fill(found, plan, films, workers, pulse)
                pulse.stop()
                self.conclude(self.counts, found.broken, self.joined)
        except BaseException:
            self.counts = before  # nothing is loaded
            raise
        self.watch(Progress("making the indexes", 1, 1, found.rows, is_over=True))

    def _films(self, found: Found, plan: Plan, workers: Workers) -> Films:
        """Which ratings count, and which movies are one film, as far as that can be said before they are loaded."""
        movies = len(found.catalogue.places)
        ratings, copies = np.zeros(movies, np.int64), []
        for number, picked in enumerate(workers.in_order(map(PickWinners, range(plan.partitions))), 1):
            ratings += picked.ratings
            copies.append(picked.copies)
            self.watch(Progress(PICKING, number, plan.partitions, number, is_over=number == plan.partitions))
        films = Films.apart(movies)
        if may_be_joined_at_once():
            self.joined = Joined()
            shared = Copies.together(copies)
            films = find_films(self.data_set, found.catalogue, ratings, shared, workers, self.watch)
        save_roots(self.job.folder, films.roots)
        return films

    def _make_sure(self) -> None:
        """With the tables locked, look again whether they are empty."""
        lock(self.data_set)
        if not is_empty_for(self.data_set):
            raise NotEmpty

    def _fill(self, found: Found, plan: Plan, films: Films, workers: Workers, pulse: Pulse) -> None:
        catalogue, ids = found.catalogue, MovieIds.next()
        histograms = np.zeros((len(catalogue.places), len(HALF_STARS)), dtype=np.int64)
        edition_ids = catalogue.sorted_ids()[1].astype(np.int64) + ids.edition
        reviewer_id, rating_id, copies = next_id(Reviewer), next_id(Rating), 0
        for winners in workers.in_order(map(CountOnce, range(plan.partitions))):
            self._insert_reviewers(winners, reviewer_id)
            _insert_ratings(winners, rating_id, reviewer_id, edition_ids, ids.movie)
            _insert_texts(winners, rating_id)
            add_histograms(histograms, winners)
            reviewer_id, rating_id = reviewer_id + len(winners.reviewers), rating_id + len(winners)
            self._count(winners)
            copies += int(winners.superseded.sum())
            pulse.tell(
                Progress(
                    "loading the ratings", self.counts.ratings.read, found.rows, self.counts.ratings.read
                )
            )
        insert_movies(self.data_set, catalogue, ids, self.source.edition_url, histograms, films.roots)
        insert_decisions(self.data_set, catalogue, ids, films.found)
        if self.joined is not None:
            self.joined = films.summary(copies)
        self.counts.movies.new, self.counts.untitled = catalogue.described, catalogue.untitled
        pulse.tell(Progress("making the indexes", 0, 1, found.rows))

    def _insert_reviewers(self, winners: Winners, first_id: int) -> None:
        names = (name.decode() for name in winners.reviewers.tolist())
        rows = zip(count(first_id), repeat(self.data_set.pk), names, strict=False)
        insert(Reviewer, REVIEWER_COLUMNS, rows)

    def _count(self, winners: Winners) -> None:
        self.counts.new_reviewers += len(winners.reviewers)
        self.counts.repeated_pairs += winners.repeated_pairs
        self.counts.ratings.read += winners.read
        self.counts.ratings.repeated += winners.repeated_rows
        self.counts.ratings.new += len(winners)
        self.counts.texts += sum(map(bool, winners.texts or ()))


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage: what is made here is much, and refers to nothing that refers back."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _until_broken(read: Callable[[int], ReadPart], parts: int) -> Iterator[ReadPart]:
    """Parts read one after the other; none after one that breaks off."""
    for index in range(parts):
        part = read(index)
        yield part
        if part.broken is not None:
            return


def _plan(job: Job, found: Found) -> Plan:
    ids, places = found.catalogue.sorted_ids()
    samples = [sample for facts in found.facts for sample in facts.samples]
    size = partitions.ROWS_WITH_TEXTS if job.with_texts else partitions.ROWS_IN_A_PARTITION
    cuts = partitions.make_cuts(job.folder, found.keys, samples, found.rows, size)
    codes, starts = partitions.make_codes(found.facts, ids)
    plan = Plan(tuple(found.keys), cuts, codes, starts, places)
    plan.save(job.folder)
    return plan


def _insert_ratings(
    winners: Winners, first_id: int, first_reviewer: int, edition_ids: NDArray[np.int64], first_movie: int
) -> None:
    arrays = {
        "id": np.arange(first_id, first_id + len(winners)),
        "reviewer_id": winners.reviewer + np.int64(first_reviewer),
        "movie_id": winners.movie + np.int64(first_movie),
        "edition_id": edition_ids[winners.edition],
        "half_stars": winners.half_stars,
        "digest": winners.digest,
        "superseded": winners.superseded,
    }
    insert_arrays(Rating, arrays, {"rated_at": winners.moment})


def _insert_texts(winners: Winners, first_id: int) -> None:
    found = ((pk, *blocks.unpacked(text)) for pk, text in enumerate(winners.texts or (), first_id) if text)
    insert(ReviewText, TEXT_COLUMNS, found)


def add_histograms(histograms: NDArray[np.int64], winners: Winners) -> None:
    """Add the ratings that count to `histograms`, (movies, 10)."""
    places = (winners.movie.astype(np.int64) * len(HALF_STARS) + winners.half_stars - 1)[~winners.superseded]
    histograms += np.bincount(places, minlength=histograms.size).reshape(histograms.shape)


def _disk_problem(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ImportProblem("The disk is full, and nothing was loaded; make room and run the import again.")
    return error


def remove_spill(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
