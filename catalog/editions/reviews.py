"""Which editions of a data set share reviews: the same person's, of the same moment, with the same stars and text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from catalog.importing.rows import EDITION_BITS

ROWS_IN_A_CHUNK = 50_000
NEIGHBOURS = 8
"""With how many others an edition is compared within one review: enough to chain all that share it, however many."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """Two movies (as they were imported) under which `count` reviews stand both; `share` of the smaller one's."""

    first: int
    second: int
    count: int
    share: float


def shared_reviews(
    home_of: Mapping[int, int], heard: Callable[[int], None] = lambda read: None
) -> list[Shared]:
    """All pairs of movies that share a review. `home_of`: the movie that each edition was imported with.

    Reads every rating once, 24 bytes of each in memory, and sorts: the reviews of one movie are never compared
    with those of another. `heard` is told how many are read.
    """
    reviews, reviewers, homes = _read(home_of, heard)
    sizes = _sizes(homes)
    repeated = _repeated(reviews)
    reviews, reviewers, homes = reviews[repeated], reviewers[repeated], homes[repeated]
    order = np.lexsort((homes, reviewers, reviews))
    pairs, counts = _pairs(reviews[order], reviewers[order], homes[order])
    return [
        Shared(first, second, count, count / min(sizes[first], sizes[second]))
        for (first, second), count in zip(pairs.tolist(), counts.tolist(), strict=True)
    ]


def _read(home_of: Mapping[int, int], heard: Callable[[int], None]) -> tuple[IntArray, IntArray, IntArray]:
    """The review (what its copies share of the digest), the reviewer and the home of every rating that has one."""
    editions = np.array(sorted(home_of), np.int64)
    homes = np.array([home_of[edition] for edition in editions.tolist()], np.int64)
    parts = [np.empty((3, 0), np.int64)]
    read = 0
    for rows in _chunks() if home_of else ():
        digests, reviewers, chunk_editions = np.array(rows, np.int64).T
        places = np.minimum(np.searchsorted(editions, chunk_editions), len(editions) - 1)
        known = editions[places] == chunk_editions
        parts.append(np.stack((digests >> EDITION_BITS, reviewers, homes[places]))[:, known])
        read += len(rows)
        heard(read)
    reviews, reviewers, homes = np.concatenate(parts, axis=1)
    return reviews, reviewers, homes


def _chunks() -> Iterator[list[tuple[Any, ...]]]:
    """Streamed, in the order of the table: nobody who writes waits for it, and no row is looked up."""
    cursor = connection.chunked_cursor()
    try:
        cursor.execute(
            "SELECT digest, reviewer_id, edition_id FROM catalog_rating WHERE +edition_id IS NOT NULL"
        )
        while rows := cursor.fetchmany(ROWS_IN_A_CHUNK):
            yield rows
    finally:
        cursor.close()


def _sizes(homes: IntArray) -> dict[int, int]:
    found, counts = np.unique(homes, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _repeated(reviews: IntArray) -> NDArray[np.bool_]:
    """Which of these are there more than once."""
    ordered = np.sort(reviews)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(again):
        return np.zeros(len(reviews), bool)
    places = np.minimum(np.searchsorted(again, reviews), len(again) - 1)
    return again[places] == reviews


def _pairs(reviews: IntArray, reviewers: IntArray, homes: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of homes (the lower id first) that follow each other within a review, and how often they do."""
    packed = []
    for step in range(1, min(NEIGHBOURS, len(reviews))):
        same = (reviews[step:] == reviews[:-step]) & (reviewers[step:] == reviewers[:-step])
        same &= homes[step:] != homes[:-step]
        packed.append(homes[:-step][same] << 32 | homes[step:][same])
    if not packed:
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    found, counts = np.unique(np.concatenate(packed), return_counts=True)
    return np.stack((found >> 32, found & 0xFFFFFFFF), axis=1), counts
