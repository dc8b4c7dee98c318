"""Ratings in memory: flat arrays of one length, one entry a rating, rows of two vocabularies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int32Array, Int64Array

NO_TIMESTAMP = int(np.iinfo(np.int64).min)
"""Stands for a rating whose time nobody knows. It sorts before every real time."""


@dataclass(frozen=True)
class Scale:
    """The stars people can give: `minimum`, `minimum + step`, ... `maximum`."""

    minimum: float
    maximum: float
    step: float

    def clip(self, stars: NDArray[np.floating]) -> FloatArray:
        return np.clip(stars, self.minimum, self.maximum).astype(np.float32, copy=False)

    @classmethod
    def from_stars(cls, stars: NDArray[np.floating]) -> "Scale":
        """The scale that these stars use; the step is the smallest difference seen (1 if all are equal)."""
        if len(stars) == 0:
            raise ValueError("No stars to read a scale from.")
        used = np.unique(np.asarray(stars, dtype=np.float64).round(6))
        step = float(np.diff(used).min().round(6)) if len(used) > 1 else 1.0
        return cls(minimum=float(used[0]), maximum=float(used[-1]), step=step)


@dataclass(frozen=True)
class Content:
    """What is known of each movie besides its ratings, as sets of tokens in CSR form.

    names: what a token means, "kind:value", for example "genre:Drama", "decade:1990", "person:ridley scott".
    indptr: int64 (n_movies + 1,); the tokens of movie i are `indices[indptr[i]:indptr[i + 1]]`.
    indices: int32, positions in `names`.
    """

    names: list[str]
    indptr: Int64Array
    indices: Int32Array

    @property
    def n_movies(self) -> int:
        return len(self.indptr) - 1

    def tokens(self, movie_index: int) -> list[str]:
        row = self.indices[self.indptr[movie_index] : self.indptr[movie_index + 1]]
        return [self.names[token] for token in row]

    @classmethod
    def from_tokens(cls, tokens_by_movie: Iterable[Iterable[str]]) -> "Content":
        """One set of tokens a movie, in the movies' order; a token repeated within a movie counts once."""
        sets = [sorted(set(tokens)) for tokens in tokens_by_movie]
        names = sorted({token for tokens in sets for token in tokens})
        position = {name: index for index, name in enumerate(names)}
        indptr = np.zeros(len(sets) + 1, dtype=np.int64)
        np.cumsum([len(tokens) for tokens in sets], out=indptr[1:])
        flat = (position[token] for tokens in sets for token in tokens)
        return cls(names=names, indptr=indptr, indices=np.fromiter(flat, dtype=np.int32, count=indptr[-1]))


@dataclass(frozen=True)
class Histories:
    """Ratings grouped by reviewer: those of reviewer u are `rows[indptr[u]:indptr[u + 1]]`, oldest first.

    indptr: int64 (n_reviewers + 1,). rows: int64 (n,), positions in the Ratings this came from; within a
    reviewer by (timestamp, movie index), so ratings without a time come first.
    """

    indptr: Int64Array
    rows: Int64Array

    def of(self, reviewer_index: int) -> Int64Array:
        """Positions of one reviewer's ratings; empty for -1, the stranger."""
        if reviewer_index < 0:
            return self.rows[:0]
        return self.rows[self.indptr[reviewer_index] : self.indptr[reviewer_index + 1]]

    @property
    def counts(self) -> Int64Array:
        return np.diff(self.indptr)


_COLUMNS = {
    "reviewer_indices": np.int32,
    "movie_indices": np.int32,
    "stars": np.float32,
    "timestamps": np.int64,
}


@dataclass(frozen=True)
class Ratings:
    """n ratings of `n_movies` movies by `n_reviewers` reviewers; either may include some without a rating.

    reviewer_indices, movie_indices: int32 (n,). stars: float32 (n,). timestamps: int64 (n,), seconds UTC,
    NO_TIMESTAMP where unknown. A (reviewer, movie) pair occurs at most once; who builds a Ratings sees to it.
    """

    reviewer_indices: Int32Array
    movie_indices: Int32Array
    stars: FloatArray
    timestamps: Int64Array
    n_reviewers: int
    n_movies: int
    scale: Scale
    content: Content | None = None

    def __post_init__(self) -> None:
        for name, dtype in _COLUMNS.items():
            column = getattr(self, name)
            if column.dtype != dtype or column.shape != self.stars.shape or column.ndim != 1:
                raise ValueError(
                    f"{name} must be {np.dtype(dtype)} of shape ({len(self.stars)},),"
                    f" not {column.dtype} of shape {column.shape}."
                )
        if self.content is not None and self.content.n_movies != self.n_movies:
            raise ValueError(f"Content describes {self.content.n_movies} movies, not {self.n_movies}.")

    def __len__(self) -> int:
        return len(self.stars)

    def subset(self, chosen: BoolArray | IndexArray | Sequence[int]) -> "Ratings":
        """The ratings under a mask or at positions, over the same vocabularies, scale and content."""
        rows = np.asarray(chosen)
        if rows.size == 0 and rows.dtype != np.bool_:
            rows = rows.astype(np.int64)
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    def joined_with(self, other: "Ratings") -> "Ratings":
        """These ratings and then the others, which are over the same vocabularies and hold no pair of these."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS
        }
        return replace(self, **columns)

    @cached_property
    def histories(self) -> Histories:
        indptr = np.zeros(self.n_reviewers + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.reviewer_indices, minlength=self.n_reviewers), out=indptr[1:])
        rows = np.lexsort((self.movie_indices, self.timestamps, self.reviewer_indices))
        return Histories(indptr=indptr, rows=rows)

    @property
    def pair_keys(self) -> Int64Array:
        """One number per (reviewer, movie): equal exactly where the pair is equal."""
        return self.reviewer_indices.astype(np.int64) * self.n_movies + self.movie_indices
