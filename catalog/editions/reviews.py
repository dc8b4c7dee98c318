"""Which editions of a data set share reviews: the same person's, of the same moment, with the same stars and text."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from django.db import connection

from catalog.editions.copies import Copies, IntArray, Shared
from catalog.importing.rows import EDITION_BITS

ROWS_IN_A_CHUNK = 50_000

_NEXT_ROWS = """
    SELECT id, digest, reviewer_id, edition_id FROM catalog_rating WHERE id > %s ORDER BY id LIMIT %s"""


def shared_reviews(
    home_of: Mapping[int, int], heard: Callable[[int], None] = lambda read: None
) -> list[Shared]:
    """All pairs of movies that share a review. `home_of`: the movie that each edition was imported with.

    Reads every rating once, 24 bytes of each in memory, and sorts: the reviews of one movie are never compared
    with those of another. `heard` is told how many are read.
    """
    reviews, reviewers, homes = _read(home_of, heard)
    found, counts = np.unique(homes, return_counts=True)
    sizes = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return Copies.found_in(reviews, reviewers, homes).shared(sizes)


def _read(home_of: Mapping[int, int], heard: Callable[[int], None]) -> tuple[IntArray, IntArray, IntArray]:
    """The review (what its copies share of the digest), the reviewer and the home of every rating that has one."""
    editions = np.array(sorted(home_of), np.int64)
    homes = np.array([home_of[edition] for edition in editions.tolist()], np.int64)
    parts = [np.empty((3, 0), np.int64)]
    read = 0
    for rows in filter(None, _chunks() if home_of else ()):
        digests, reviewers, chunk_editions = np.array(rows, np.int64).T
        places = np.minimum(np.searchsorted(editions, chunk_editions), len(editions) - 1)
        known = editions[places] == chunk_editions
        parts.append(np.stack((digests >> EDITION_BITS, reviewers, homes[places]))[:, known])
        read += len(rows)
        heard(read)
    reviews, reviewers, homes = np.concatenate(parts, axis=1)
    return reviews, reviewers, homes


def _chunks() -> Iterator[list[tuple[Any, ...]]]:
    """In the order of the table. Between two of them no statement is open: SQLite would not let its connection write
    once others have written.
    """
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_ROWS, [last, ROWS_IN_A_CHUNK])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [row[1:] for row in rows if row[3] is not None]
