"""The best films of a dot product, exactly, without working out the score of every film.

    score(i) = b_i + e_i . p

Turned into a basis in which the first few of its numbers carry most of its length, e_i has a head h_i and a rest
r_i, and p likewise, so that |r_i . p_r| <= |r_i| |p_r| (Cauchy-Schwarz). Heads of all films are scored; the scores of
the most promising are finished, and after them those of every film whose bound reaches the n-th of these. What is
left cannot be among the best n. Any orthonormal basis gives the same answer: a good one only leaves less to finish.
Where bounds leave too much, all films are scored.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int64Array

SMALL_CATALOGUE = 20_000
"""Films below which one product with all of them is as fast."""

HEAD_WIDTH = 16
WORTHWHILE = 16
"""If more than one film in so many is to be finished, scoring all of them is faster: gathering rows is slow."""

_SAMPLE = 8192
_ROUNDING = 1e-5
"""Of the largest score possible: more than float32 loses in adding up a few hundred terms."""


def top_n(scores: FloatArray, n: int, *, excluded: BoolArray | IndexArray | None = None) -> Int64Array:
    """Indices of the n highest scores, best first, ties by lower index; the same on every machine.

    excluded: a mask of the length of `scores`, or indices, never returned, so there may be fewer than n.
    """
    if excluded is not None and len(excluded):
        scores = scores.copy()
        scores[excluded] = -np.inf
    n = max(0, min(n, len(scores)))
    if n == 0:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(scores >= _reached_by_n(scores, n))
    values = scores[rows]
    if len(rows) > n:
        threshold = np.partition(values, len(rows) - n)[len(rows) - n]
        level = np.flatnonzero(values == threshold)[: n - np.count_nonzero(values > threshold)]
        kept = np.concatenate([np.flatnonzero(values > threshold), level])
        rows, values = rows[kept], values[kept]
    finite = values > -np.inf
    rows, values = rows[finite], values[finite]
    return rows[np.lexsort((rows, -values))]


def _reached_by_n(scores: FloatArray, n: int) -> np.float32:
    """A value that at least n scores reach: the n-th of the highest scores of many groups."""
    n_groups = 8 * n
    size = len(scores) // n_groups
    if size < 4:
        return np.partition(scores, len(scores) - n)[len(scores) - n]
    highest = scores[: size * n_groups].reshape(size, n_groups).max(axis=0)
    return np.partition(highest, n_groups - n)[n_groups - n]


@dataclass(frozen=True, eq=False)
class _Heads:
    """basis: (d, k), orthonormal columns. heads: (k, n), a row a number, so that scoring reads it in one go.
    rest_lengths: (n,), at least |r_i|. All float32."""

    basis: FloatArray
    heads: FloatArray
    rest_lengths: FloatArray
    longest: float

    @classmethod
    def of(cls, embeddings: FloatArray) -> Self:
        sample = embeddings[:: max(1, len(embeddings) // _SAMPLE)]
        _, directions = np.linalg.eigh(sample.T.astype(np.float64) @ sample.astype(np.float64))
        basis = np.ascontiguousarray(directions[:, : -HEAD_WIDTH - 1 : -1], dtype=np.float32)
        heads = basis.T @ embeddings.T
        squares = np.einsum("ij,ij->i", embeddings, embeddings)
        rest = squares - np.einsum("ij,ij->j", heads, heads)
        return cls(
            basis=basis,
            heads=np.ascontiguousarray(heads),
            rest_lengths=np.sqrt(np.maximum(rest, 0) + _ROUNDING * squares, dtype=np.float32),
            longest=float(np.sqrt(squares.max())),
        )


class TopFilms:
    """embeddings: float32 (n, d). biases: float32 (n,). Neither is copied; nothing changes after it is made."""

    def __init__(self, embeddings: FloatArray, biases: FloatArray) -> None:
        if embeddings.ndim != 2 or biases.shape != embeddings.shape[:1]:
            raise ValueError(f"{embeddings.shape} embeddings and {biases.shape} biases do not go together.")
        self._embeddings, self._biases = embeddings, biases
        n_films, width = embeddings.shape
        is_large = n_films >= SMALL_CATALOGUE and width > HEAD_WIDTH
        self._heads = _Heads.of(embeddings) if is_large else None
        self._highest_bias = float(np.abs(biases).max(initial=0.0))

    def scores(self, vector: FloatArray, rows: IndexArray | None = None) -> FloatArray:
        """float32 (m,), or (n,) without rows. vector: (d,)."""
        if rows is None:
            return self._embeddings @ vector + self._biases
        return self._embeddings[rows] @ vector + self._biases[rows]

    def best(
        self,
        vector: FloatArray,
        n: int,
        *,
        excluded: BoolArray | None = None,
        moved: FloatArray | None = None,
    ) -> tuple[Int64Array, FloatArray]:
        """The n films with the highest scores, best first, ties by lower index: their rows and scores.

        excluded: bool (n_films,), films that are out of the question, so there may be fewer than n. moved: float32
        (n_films,), added when films are compared, but not to the scores that are told.
        """
        rows = self._rows_to_finish(self._heads, vector, n, excluded, moved) if self._heads else None
        if rows is None:
            scores = self.scores(vector)
            best = top_n(scores if moved is None else scores + moved, n, excluded=excluded)
            return best, scores[best]
        scores = self.scores(vector, rows)
        best = top_n(scores if moved is None else scores + moved[rows], n)
        return rows[best], scores[best]

    def _rows_to_finish(
        self,
        of: _Heads,
        vector: FloatArray,
        n: int,
        excluded: BoolArray | None = None,
        moved: FloatArray | None = None,
    ) -> Int64Array | None:
        """The rows, ascending, that may be among the best n; None where that rules out too few."""
        head: FloatArray = vector @ of.basis
        middles: FloatArray = head @ of.heads
        middles += self._biases
        if moved is not None:
            middles += moved
        if excluded is not None:
            middles[excluded] = -np.inf
        promising = top_n(middles, 2 * n)
        if len(promising) < 2 * n:
            return np.sort(promising)
        finished = self.scores(vector, promising)
        if moved is not None:
            finished += moved[promising]
        reached = -np.partition(-finished, n - 1)[n - 1]
        square = float(vector @ vector)
        rest = np.sqrt(max(square - float(head @ head), 0.0) + _ROUNDING * square)
        rounding = _ROUNDING * (self._highest_bias + np.sqrt(square) * of.longest)
        bounds = middles + of.rest_lengths * np.float32(rest)
        rows = np.flatnonzero(bounds >= reached - np.float32(rounding))
        return rows if len(rows) * WORTHWHILE <= len(bounds) else None
