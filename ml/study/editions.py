"""Which movies of Amazon's files are editions of one film, told by the reviews that stand under both."""

import numpy as np
import pandas as pd

from ml.arraytypes import Int64Array

FEWEST_SHARED = 2
SMALLEST_SHARE = 0.5

_REVIEW = ["reviewer", "timestamp", "stars"]


def groups_by_shared_reviews(reviews: pd.DataFrame) -> dict[str, str]:
    """By movie, the first movie of its group; movies that share no reviews are absent.

    A review is shared where the same reviewer gave the same stars at the same time. One alone may be chance, since
    the times are days: two movies are one film if they share at least FEWEST_SHARED reviews and SMALLEST_SHARE of
    the reviews of the one that has fewer. Groups are what such pairs connect.
    """
    pairs = _shared(reviews.drop_duplicates([*_REVIEW, "movie"]))
    movies = np.union1d(pairs["movie_x"], pairs["movie_y"]).astype(str)
    ends = (np.searchsorted(movies, pairs[side].to_numpy(str)) for side in ("movie_x", "movie_y"))
    first = _connected(len(movies), *ends)
    return dict(zip(movies.tolist(), movies[first].tolist(), strict=True))


def _shared(reviews: pd.DataFrame) -> pd.DataFrame:
    """Columns movie_x, movie_y: each pair of movies that are one film, once."""
    both = reviews.merge(reviews, on=_REVIEW)
    both = both[both["movie_x"] < both["movie_y"]]
    pairs = both.groupby(["movie_x", "movie_y"]).size().rename("shared").reset_index()
    counts = reviews["movie"].value_counts()
    fewer = np.minimum(pairs["movie_x"].map(counts), pairs["movie_y"].map(counts))
    return pairs[(pairs["shared"] >= FEWEST_SHARED) & (pairs["shared"] >= SMALLEST_SHARE * fewer)]


def _connected(n: int, one: Int64Array, other: Int64Array) -> Int64Array:
    """(n,): of each node the least of those that the edges connect it with, itself included."""
    least = np.arange(n)
    while True:
        before = least.copy()
        lesser = np.minimum(least[one], least[other])
        np.minimum.at(least, one, lesser)
        np.minimum.at(least, other, lesser)
        if np.array_equal(least, before):
            return least
