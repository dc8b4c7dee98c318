"""Partitions: all ratings of a range of reviewers, out of all blocks; and which of them count.

Ranges, not hashes: reviewers then reach the table in the order of its unique index. Knows nothing of Django.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.editions.copies import Copies
from catalog.importing.bulk.blocks import BlockFacts, BlockKey, as_bytes, load_ratings, load_texts
from catalog.importing.rows import EDITION_BITS

ROWS_IN_A_PARTITION = 250_000
ROWS_WITH_TEXTS = 50_000
"""Fewer where their texts are carried along: they are many times as long."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """How the blocks are parted. B blocks, P partitions, E editions in the order of their ids.

    `cuts` (B, P + 1): where in a block each partition begins. `codes`: the places among the E editions of the
    editions of each block, block after block; those of block b begin at `starts[b]`. `movies` (E,): which movie
    an edition is of, as a place in an array of movies.
    """

    keys: tuple[BlockKey, ...]
    cuts: Array
    codes: Array
    starts: Array
    movies: Array

    @property
    def partitions(self) -> int:
        return self.cuts.shape[1] - 1 if self.keys else 0

    def save(self, folder: Path) -> None:
        keys = np.array([(key.part, key.number) for key in self.keys], dtype=np.int64).reshape(-1, 2)
        np.savez(
            folder / "plan.npz",
            keys=keys,
            cuts=self.cuts,
            codes=self.codes,
            starts=self.starts,
            movies=self.movies,
        )


@lru_cache(maxsize=1)
def load_plan(folder: Path) -> Plan:
    with np.load(folder / "plan.npz") as arrays:
        columns = {name: arrays[name] for name in ("cuts", "codes", "starts", "movies")}
        keys = tuple(BlockKey("ratings", part, number) for part, number in arrays["keys"].tolist())
        return Plan(keys, **columns)


def make_cuts(folder: Path, keys: Sequence[BlockKey], samples: Sequence[str], rows: int, size: int) -> Array:
    """Where each block is cut so that every partition has about `size` of the rows, whole reviewers."""
    partitions = max(1, round(rows / size))
    drawn = np.sort(as_bytes(samples)) if samples else np.empty(0, "S1")
    bounds = np.unique(drawn[[len(drawn) * n // partitions for n in range(1, partitions)]])
    bounds = bounds[
        bounds > drawn[:1]
    ]  # the first of all reviewers is among the samples: no partition is empty
    cuts = np.zeros((len(keys), len(bounds) + 2), dtype=np.int64)
    for row, key in zip(cuts, keys, strict=True):
        reviewers = np.ascontiguousarray(load_ratings(folder, key)["reviewer"])
        row[1:-1] = np.searchsorted(reviewers, bounds)
        row[-1] = len(reviewers)
    return cuts


def make_codes(blocks: Sequence[BlockFacts], editions: Array) -> tuple[Array, Array]:
    """`codes` and `starts` of a Plan; `editions`: all editions' ids, sorted."""
    found = [np.searchsorted(editions, as_bytes(facts.editions)) for facts in blocks]
    lengths = [len(codes) for codes in found]
    return np.concatenate([np.empty(0, np.int64), *found]).astype(np.int32), np.cumsum([0, *lengths])[:-1]


@dataclass(frozen=True)
class Winners:
    """The ratings of a partition that count, a row each. `reviewers`: ids of its reviewers, sorted; `reviewer`:
    a place among them; `edition`, `movie`: places as in the Plan. `moment`: microseconds, or UNDATED. `superseded`:
    of a film of several editions, what does not count. `texts`: packed, empty where a rating has none; None when
    texts are not wanted.
    """

    read: int
    repeated_pairs: int
    repeated_rows: int
    reviewers: Array
    reviewer: Array
    edition: Array
    movie: Array
    half_stars: Array
    moment: Array
    digest: Array
    superseded: Array
    texts: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.reviewer)


@dataclass(frozen=True)
class Picked:
    """What the winners of a partition say of the movies: how many ratings each has, (M,), and which share reviews."""

    ratings: Array
    copies: Copies


def pick_winners(folder: Path, partition: int, *, with_texts: bool = False) -> Picked:
    winners = winners_of(folder, partition, with_texts=with_texts)
    with _winners_file(folder, partition).open("wb") as file:
        pickle.dump(winners, file, pickle.HIGHEST_PROTOCOL)
    movie = winners.movie.astype(np.int64)
    copies = Copies.found_in(winners.digest >> EDITION_BITS, winners.reviewer.astype(np.int64), movie)
    return Picked(np.bincount(movie, minlength=len(load_plan(folder).movies)), copies)


def counted_once(folder: Path, partition: int) -> Winners:
    """What `pick_winners` found, each rating at its film; of those that somebody gave to one film, the latest counts.

    Ties go by digest, then to the movie that comes first.
    """
    with _winners_file(folder, partition).open("rb") as file:
        winners: Winners = pickle.load(file)  # noqa: S301 - written by ourselves
    film = load_roots(folder)[winners.movie]
    order = np.lexsort((-np.arange(len(film)), winners.digest, winners.moment, film, winners.reviewer))
    superseded = np.ones(len(film), dtype=bool)
    superseded[order[_last_of_each(winners.reviewer[order], film[order])]] = False
    return replace(winners, movie=film, superseded=superseded)


def _winners_file(folder: Path, partition: int) -> Path:
    return folder / f"winners-{partition:06d}.pickle"


def save_roots(folder: Path, roots: Array) -> None:
    """`roots` (M,): the place of the movie whose film each movie is."""
    np.save(folder / "roots.npy", roots)


@lru_cache(maxsize=1)
def load_roots(folder: Path) -> Array:
    return np.load(folder / "roots.npy")


def winners_of(folder: Path, partition: int, *, with_texts: bool = False) -> Winners:
    """Of each reviewer and movie the latest rating, ties by digest: the rule that every import follows."""
    plan = load_plan(folder)
    rows = _rows_of(plan, folder, partition)
    reviewers, reviewer = np.unique(rows["reviewer"], return_inverse=True)
    repeated_pairs, repeated_rows = _repeats(reviewer, rows["edition"], len(plan.movies))
    movie = plan.movies[rows["edition"]]
    order = np.lexsort((rows["digest"], rows["moment"], movie, reviewer))
    reviewer, movie = reviewer[order], movie[order]
    is_last = _last_of_each(reviewer, movie)
    chosen = order[is_last]
    return Winners(
        read=len(order),
        repeated_pairs=repeated_pairs,
        repeated_rows=repeated_rows,
        reviewers=reviewers,
        reviewer=reviewer[is_last].astype(np.int32),
        movie=movie[is_last],
        superseded=np.zeros(len(chosen), dtype=bool),
        texts=_texts_of(plan, folder, partition, chosen) if with_texts else None,
        **{name: rows[name][chosen] for name in ("edition", "half_stars", "moment", "digest")},
    )


def _last_of_each(reviewer: Array, movie: Array) -> Array:
    """Which of these, sorted, are the last of their reviewer and movie."""
    is_last = np.ones(len(reviewer), dtype=bool)
    is_last[:-1] = (reviewer[1:] != reviewer[:-1]) | (movie[1:] != movie[:-1])
    return is_last


def _rows_of(plan: Plan, folder: Path, partition: int) -> dict[str, Array]:
    """The partition's columns; editions as places in the Plan."""
    slices = []
    for key, cuts, start in zip(plan.keys, plan.cuts, plan.starts.tolist(), strict=True):
        first, last = cuts[partition], cuts[partition + 1]
        if first < last:
            found = np.array(load_ratings(folder, key)[first:last])
            found["edition"] = plan.codes[start + found["edition"]]
            slices.append(found)
    return {name: np.concatenate([found[name] for found in slices]) for name in slices[0].dtype.names or ()}


def _texts_of(plan: Plan, folder: Path, partition: int, chosen: Array) -> list[bytes]:
    """Of the chosen rows, by their places among the partition's rows."""
    texts: list[bytes] = []
    for key, cuts in zip(plan.keys, plan.cuts, strict=True):
        first, last = int(cuts[partition]), int(cuts[partition + 1])
        if first < last:
            texts += load_texts(folder, key, first, last)
    return [texts[place] for place in chosen.tolist()]


def _repeats(reviewer: Array, edition: Array, editions: int) -> tuple[int, int]:
    """How many pairs of a reviewer and an edition stand there more than once, and how many rows beyond the first."""
    pairs = np.sort(reviewer.astype(np.int64) * editions + edition)
    same = pairs[1:] == pairs[:-1]
    begins = same & ~np.concatenate(([False], same[:-1])) if len(same) else same
    return int(begins.sum()), int(same.sum())
