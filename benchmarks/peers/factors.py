"""What most peers come to: biases and a dot product, and the ridge regression that finds a person's row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from ml.arraytypes import Float64Array, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Ratings, Scale
from ml.scoring import Scorer

_CHUNK = 65_536
_CELLS = 4_000_000


@dataclass(frozen=True)
class Factors:
    """score(u, i) = mean + b_u + b_i + p_u . q_i.

    reviewers: (n_reviewers + 1, d + 1), rows [b_u, p_u]; the last is the stranger's, which index -1 finds.
    movies: (n_movies, d + 1), rows [b_i, q_i].
    """

    mean: float
    reviewers: Float64Array
    movies: Float64Array

    def of_pairs(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> Float64Array:
        reviewers, movies = self.reviewers[reviewer_indices], self.movies[movie_indices]
        dots = np.einsum("md,md->m", reviewers[:, 1:], movies[:, 1:])
        return self.mean + reviewers[:, 0] + movies[:, 0] + dots

    def of_reviewer(self, reviewer_index: int) -> Float64Array:
        bias, factors = np.split(self.reviewers[reviewer_index], [1])
        return self.mean + bias + self.movies[:, 0] + self.movies[:, 1:] @ factors

    def knowing(self, histories: Ratings, prior: "Prior") -> "Factors":
        """The same movies, and people found from `histories` alone; strangers are the prior's mean."""
        residuals = histories.stars - self.mean - self.movies[histories.movie_indices, 0]
        people = people_of(histories).solve(design(self.movies), residuals, prior)
        return replace(self, reviewers=np.vstack([people, prior.mean]))


class FactorScorer(Scorer):
    """A scorer whose `fit` leaves `factors` and `scale`; ranking is by predicted stars, before clipping."""

    factors: Factors
    scale: Scale

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        stars = np.empty(len(movie_indices), dtype=np.float64)
        for start in range(0, len(stars), _CHUNK):
            rows = slice(start, start + _CHUNK)
            stars[rows] = self.factors.of_pairs(reviewer_indices[rows], movie_indices[rows])
        return self.scale.clip(stars)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self.factors.of_reviewer(reviewer_index).astype(np.float32)


@dataclass(frozen=True)
class Prior:
    """A row is drawn towards `mean` (d,) with weight `precision` (d, d), times n ** growth for n ratings."""

    mean: Float64Array
    precision: Float64Array
    growth: float = 0.0


class Regressions:
    """Ratings grouped by one side, whose rows are found by regression on the rows of the other side.

    groups, columns: (n_ratings,), each rating's row on this and on the other side.
    """

    def __init__(self, groups: IndexArray, columns: IndexArray, n_groups: int) -> None:
        self.counts = np.bincount(groups, minlength=n_groups)
        self._starts = np.cumsum(self.counts) - self.counts
        self._order = np.argsort(groups, kind="stable")
        self._columns = columns[self._order]

    def solve(self, design: Float64Array, targets: Float64Array, prior: Prior) -> Float64Array:
        """(n_groups, d): argmin |targets - design w|^2 + |w - mean|^2_precision, and the mean without ratings.

        design: (n_columns, d), a row of the other side. targets: (n_ratings,).
        """
        # Many small systems: threads of BLAS wait for each other longer than they solve.
        with threadpool_limits(1, "blas"):
            return self._solved(design, targets[self._order], prior)

    def _solved(self, design: Float64Array, ordered: Float64Array, prior: Prior) -> Float64Array:
        rows = np.tile(prior.mean, (len(self.counts), 1))
        for members, n in self._of_equal_length(design.shape[1]):
            places = self._starts[members, None] + np.arange(n)
            x = design[self._columns[places]]
            across = np.swapaxes(x, 1, 2)
            precision = prior.precision * n**prior.growth
            pull = across @ ordered[places][:, :, None] + (precision @ prior.mean)[:, None]
            rows[members] = np.linalg.solve(across @ x + precision, pull)[:, :, 0]
        return rows

    def _of_equal_length(self, width: int) -> Iterator[tuple[Int64Array, int]]:
        """Groups with the same number of ratings, which one call solves, as many as memory likes."""
        for n in np.unique(self.counts[self.counts > 0]).tolist():
            members = np.flatnonzero(self.counts == n)
            step = max(1, _CELLS // (width * max(n, width)))
            for start in range(0, len(members), step):
                yield members[start : start + step], n


def design(rows: Float64Array) -> Float64Array:
    """(n, d + 1), [1, q_i] for [b_i, q_i]: what bias and factors of the other side are multiplied by."""
    return np.concatenate([np.ones_like(rows[:, :1]), rows[:, 1:]], axis=1)


def people_of(ratings: Ratings) -> Regressions:
    return Regressions(ratings.reviewer_indices, ratings.movie_indices, ratings.n_reviewers)


def movies_of(ratings: Ratings) -> Regressions:
    return Regressions(ratings.movie_indices, ratings.reviewer_indices, ratings.n_movies)
