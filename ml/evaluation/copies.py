"""Whether one review stands under several movie ids, so that a copy of the answer could be trained on.

That the same person gave the same stars at the same time to another film proves nothing: many people rate a shelf
in one sitting, and dates without a time of day make sittings of whole days. What betrays copies is that two films
share most of their ratings in this way.
"""

import numpy as np

from ml.arraytypes import Int64Array
from ml.data.ratings import NO_TIMESTAMP, Ratings

MOST_IN_A_SITTING = 20
"""Whoever has more ratings of equal stars at one time was filing, and is no witness to copies."""
FEWEST_SHARED = 3
SHARE_SHARED = 0.5


def copied_share(train: Ratings, test: Ratings) -> float:
    """Share of test ratings with a likely copy in training: same reviewer, time and stars under another film, with
    which the rarer of the two has at least three and at least half of its test ratings in common in this way.

    0 of an empty test. Ratings without a time are never copies.
    """
    train_rows, test_rows = _twins(train, test)
    if len(test_rows) == 0:
        return 0.0
    films = np.sort([train.movie_indices[train_rows], test.movie_indices[test_rows]], axis=0).astype(np.int64)
    keys = films[0] * test.n_movies + films[1]
    pairs, of_pair, shared = np.unique(keys, return_inverse=True, return_counts=True)
    tested = np.bincount(test.movie_indices, minlength=test.n_movies)
    rarer = np.minimum(tested[pairs // test.n_movies], tested[pairs % test.n_movies])
    copied = (shared >= FEWEST_SHARED) & (shared >= SHARE_SHARED * rarer)
    return len(np.unique(test_rows[copied[of_pair]])) / len(test)


def _twins(train: Ratings, test: Ratings) -> tuple[Int64Array, Int64Array]:
    """Rows of training and rows of test, both (m,): every pair of one reviewer, one known time and equal stars."""
    asked = np.zeros(test.n_reviewers, dtype=np.bool_)
    asked[test.reviewer_indices] = True
    train_rows = np.flatnonzero(asked[train.reviewer_indices] & (train.timestamps != NO_TIMESTAMP))
    test_rows = np.flatnonzero(test.timestamps != NO_TIMESTAMP)
    moments = _moments(train.subset(train_rows).joined_with(test.subset(test_rows)))
    trained, tested = moments[: len(train_rows)], moments[len(train_rows) :]
    order = np.argsort(trained, kind="stable")
    first = np.searchsorted(trained[order], tested, side="left")
    counts = np.searchsorted(trained[order], tested, side="right") - first
    counts[counts > MOST_IN_A_SITTING] = 0
    places = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    return train_rows[order[places]], np.repeat(test_rows, counts)


def _moments(ratings: Ratings) -> Int64Array:
    """(n,): equal numbers exactly for equal reviewer, time and stars."""
    order = np.lexsort((ratings.stars, ratings.timestamps, ratings.reviewer_indices))
    columns = (ratings.reviewer_indices, ratings.timestamps, ratings.stars)
    changed = np.any([np.diff(column[order]) != 0 for column in columns], axis=0)
    moments = np.zeros(len(ratings), dtype=np.int64)
    moments[order[1:]] = np.cumsum(changed)
    return moments
