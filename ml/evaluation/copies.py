"""Whether one review stands under several movie ids, so that a copy of the answer could be trained on.

That the same person gave the same stars at the same time to another film proves nothing: many people rate a shelf
in one sitting, and dates without a time of day make sittings of whole days. What betrays copies is that two films
share most of their ratings in this way.
"""

import numpy as np

from ml.arraytypes import BoolArray, Int64Array
from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.data.splits import sample_people

MOST_IN_A_SITTING = 20
"""Whoever has more ratings of equal stars at one time was filing, and is no witness to copies."""
FEWEST_SHARED = 3
SHARE_SHARED = 0.5
MOST_PEOPLE = 50_000
"""People of the test that are looked at: a random sample, where there are more."""


def copied_share(train: Ratings, test: Ratings) -> float:
    """Share of test ratings with a likely copy in training: same reviewer, time and stars under another film, with
    which the rarer of the two has in common in this way at least three, and at least half, of all its ratings by
    people of the test. 0 of an empty test. Ratings without a time are never copies.
    """
    test = sample_people(test, MOST_PEOPLE)
    asked = np.zeros(test.n_reviewers, dtype=np.bool_)
    asked[test.reviewer_indices] = True
    both = train.subset(asked[train.reviewer_indices]).joined_with(test)
    in_test = np.arange(len(both)) >= len(both) - len(test)
    one, other = _twins(both)
    leaked = _of_copied_films(both, one, other) & ~in_test[one] & in_test[other]
    return len(np.unique(other[leaked])) / max(len(test), 1)


def _of_copied_films(ratings: Ratings, one: Int64Array, other: Int64Array) -> BoolArray:
    """(m,): whether the films of each pair of twins share most of their ratings."""
    films = np.sort([ratings.movie_indices[one], ratings.movie_indices[other]], axis=0).astype(np.int64)
    keys = films[0] * ratings.n_movies + films[1]
    pairs, of_pair, shared = np.unique(keys, return_inverse=True, return_counts=True)
    counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies)
    rarer = np.minimum(counts[pairs // ratings.n_movies], counts[pairs % ratings.n_movies])
    copied: BoolArray = (shared >= FEWEST_SHARED) & (shared >= SHARE_SHARED * rarer)
    return copied[of_pair]


def _twins(ratings: Ratings) -> tuple[Int64Array, Int64Array]:
    """Positions, both (m,), of every pair of one reviewer, one known time and equal stars; the lower one first."""
    known = np.flatnonzero(ratings.timestamps != NO_TIMESTAMP)
    columns = [getattr(ratings, name) for name in ("reviewer_indices", "timestamps", "stars")]
    rows = known[np.lexsort([column[known] for column in columns])]
    changed = [np.diff(column[rows], prepend=column[rows[:1]]) != 0 for column in columns]
    moments = np.cumsum(np.any(changed, axis=0))
    small = np.bincount(moments)[moments] <= MOST_IN_A_SITTING
    moments, rows = moments[small], rows[small]
    places = [np.flatnonzero(moments[step:] == moments[:-step]) for step in range(1, MOST_IN_A_SITTING)]
    steps = np.repeat(np.arange(1, MOST_IN_A_SITTING), [len(found) for found in places])
    first = np.concatenate(places)
    return rows[first], rows[first + steps]
