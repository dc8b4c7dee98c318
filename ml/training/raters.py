"""Who rated the films of a batch, for the stars head: terms (T,) beside the arrays of `history_batches`.

    rater         int32 (T,)    row of the tables of raters
    rater_column  int32 (T,)    the candidate that this person rated, rising
    rater_weight  float32 (T,)  n^1/2 / m: n such people rated the film, of whom m are drawn

People with few ratings are no raters: they tell little of a film, and in sparse data there are millions of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from ml.arraytypes import FloatArray, IndexArray, Int64Array
from ml.data.ratings import Ratings

Terms = dict[str, np.ndarray]

RATERS_SIGNATURE: Mapping[str, Any] = {
    "rater": tf.TensorSpec((None,), tf.int32, name="rater"),
    "rater_column": tf.TensorSpec((None,), tf.int32, name="rater_column"),
    "rater_weight": tf.TensorSpec((None,), tf.float32, name="rater_weight"),
}
NOBODY: Terms = {name: np.empty(0, spec.dtype.as_numpy_dtype) for name, spec in RATERS_SIGNATURE.items()}


def rater_rows(ratings: Ratings, at_least: int) -> Int64Array:
    """(n_reviewers,): everyone's row of the tables of raters, -1 of people with fewer ratings than `at_least`."""
    many = ratings.histories.counts >= at_least
    return np.where(many, np.cumsum(many) - 1, -1)


class Raters:
    """The ratings that films are told by, grouped by film, in random order.

    ratings: those trained on. rows: of `rater_rows`.
    """

    def __init__(self, ratings: Ratings, rows: Int64Array, *, seed: int = 0) -> None:
        drawn = np.random.default_rng(seed).permutation(np.flatnonzero(rows[ratings.reviewer_indices] >= 0))
        used = drawn[np.argsort(ratings.movie_indices[drawn], kind="stable")]
        self._reviewers = ratings.reviewer_indices[used]
        self._rows = rows[self._reviewers].astype(np.int32)
        self._counts = np.bincount(ratings.movie_indices[used], minlength=ratings.n_movies)
        self._starts = np.cumsum(self._counts) - self._counts
        self._absent = np.zeros(ratings.n_reviewers, dtype=np.bool_)

    def terms(
        self,
        films: IndexArray,
        most: int,
        generator: np.random.Generator,
        *,
        without: IndexArray | None = None,
    ) -> Terms:
        """At most so many, drawn afresh, none by the people in `without`: all of films of few ratings, and of the
        others the same number, which halves until they are no more."""
        counts = self._counts[films]
        lengths, longest = counts, int(counts.max(initial=0))
        while lengths.sum() > most and longest > 1:
            longest = (longest + 1) // 2
            lengths = np.minimum(counts, longest)
        columns = np.repeat(np.arange(len(films)), lengths)
        if not len(columns):
            return NOBODY
        first = (generator.random(len(films)) * counts).astype(np.int64)
        places = np.arange(len(columns)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = self._starts[films][columns] + (first[columns] + places) % counts[columns]
        if without is not None:
            self._absent[without] = True
            present = ~self._absent[self._reviewers[places]]
            self._absent[without] = False
            places, columns = places[present], columns[present]
        left = np.maximum(np.bincount(columns, minlength=len(films)), 1)
        roots = np.sqrt(counts / np.maximum(lengths, 1) * left) / left
        return {
            "rater": self._rows[places],
            "rater_column": columns.astype(np.int32),
            "rater_weight": roots[columns].astype(np.float32),
        }

    def vectors(self, embeddings: FloatArray, *, at_once: int = 25_000_000) -> FloatArray:
        """float32 (n_movies, width): what all who rated a film say of it; 0 where nobody did.

        embeddings: a row a rater. at_once: how many numbers are added up at a time, so that memory holds them.
        """
        told = np.zeros((len(self._counts), embeddings.shape[1]), dtype=np.float32)
        films = np.repeat(np.arange(len(self._counts)), self._counts)
        step = max(at_once // max(embeddings.shape[1], 1), 1)
        for start in range(0, len(films), step):
            part = slice(start, start + step)
            named, first = np.unique(films[part], return_index=True)
            told[named] += np.add.reduceat(embeddings[self._rows[part]], first, axis=0)
        told /= np.sqrt(np.maximum(self._counts, 1), dtype=np.float32)[:, None]
        return told
