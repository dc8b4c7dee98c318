"""What every figure stands beside: models without a network, some without a parameter."""

from copy import copy
from typing import ClassVar, Self

import numpy as np

from ml.arraytypes import Float64Array, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Content, Ratings, Scale
from ml.scoring import Progress, Scorer


class _Impersonal(Scorer):
    """Answers everybody alike, so there is nothing that a history could change."""

    deterministic: ClassVar[bool] = True

    def given(self, histories: Ratings) -> Self:
        return self


class _Constant(_Impersonal):
    """Predicts one number for everything and has no opinion on what comes next: all scores are equal."""

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return np.full(len(movie_indices), self._stars, dtype=np.float32)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return np.full(self._n_movies, self._stars, dtype=np.float32)

    def _remember(self, ratings: Ratings, stars: float) -> Self:
        self._n_movies = ratings.n_movies
        self._stars = stars
        return self


class GlobalMean(_Constant):
    """The mean of all stars: the constant with the smallest RMSE on its training ratings."""

    name: ClassVar[str] = "global-mean"

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        return self._remember(ratings, float(ratings.stars.mean(dtype=np.float64)))


class Median(_Constant):
    """The median of all stars: the constant with the smallest MAE on its training ratings."""

    name: ClassVar[str] = "median"

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        return self._remember(ratings, float(np.median(ratings.stars)))


class MovieMean(_Impersonal):
    """A movie's mean stars, whoever asks; the global mean for a movie without ratings.

    Ranking by it puts films with a single perfect score first, which is why it is kept: to show that.
    """

    name: ClassVar[str] = "movie-mean"

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies)
        sums = np.bincount(ratings.movie_indices, weights=ratings.stars, minlength=ratings.n_movies)
        mean = ratings.stars.mean(dtype=np.float64)
        self._means = ratings.scale.clip(np.where(counts > 0, sums / np.maximum(counts, 1), mean))
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return self._means[movie_indices]

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self._means.copy()


class Bias(Scorer):
    """stars(u, i) = mean + b_u + b_i, with the b that minimise the squared error over the training ratings
    plus `reviewer_ridge` * sum b_u^2 + `movie_ridge` * sum b_i^2 (Koren 2010, section 2.1).

    Someone without ratings has b_u = 0, a movie without ratings b_i = 0. Ranking is by b_i.
    """

    name: ClassVar[str] = "bias"
    deterministic: ClassVar[bool] = True

    def __init__(
        self,
        *,
        reviewer_ridge: float = 5.0,
        movie_ridge: float = 2.0,
        tolerance: float = 0.003,
        sweeps: int = 100,
    ) -> None:
        self.reviewer_ridge = reviewer_ridge
        self.movie_ridge = movie_ridge
        self.tolerance = tolerance
        self.sweeps = sweeps

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        """Solve for each side in turn until no bias moves by more than `tolerance` stars."""
        self._scale: Scale = ratings.scale
        self.global_mean = float(ratings.stars.mean(dtype=np.float64))
        deviations = ratings.stars.astype(np.float64) - self.global_mean
        self.reviewer_biases = np.zeros(ratings.n_reviewers)
        self.movie_biases = np.zeros(ratings.n_movies)
        reviewers = _RidgeMeans(ratings.reviewer_indices, ratings.n_reviewers, self.reviewer_ridge)
        movies = _RidgeMeans(ratings.movie_indices, ratings.n_movies, self.movie_ridge)
        for sweep in range(self.sweeps):
            before = self.movie_biases
            self.movie_biases = movies.of(deviations - self.reviewer_biases[ratings.reviewer_indices])
            self.reviewer_biases = reviewers.of(deviations - self.movie_biases[ratings.movie_indices])
            if progress is not None:
                progress("fit", sweep + 1, self.sweeps, "sweeps over both sides")
            if np.abs(self.movie_biases - before).max() < self.tolerance:
                break
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        reviewer_biases = np.where(reviewer_indices >= 0, self.reviewer_biases[reviewer_indices], 0.0)
        return self._scale.clip(self.global_mean + reviewer_biases + self.movie_biases[movie_indices])

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self.movie_biases.astype(np.float32)

    def given(self, histories: Ratings) -> Self:
        """The movies' biases stay; b_u is the sum of what they leave of a person's stars, over n + ridge."""
        residuals = histories.stars - self.global_mean - self.movie_biases[histories.movie_indices]
        reviewers = _RidgeMeans(histories.reviewer_indices, histories.n_reviewers, self.reviewer_ridge)
        told = copy(self)
        told.reviewer_biases = reviewers.of(residuals)
        return told


class _RidgeMeans:
    """Sums a group, over count + ridge: the ridge solution for one side while the other is held."""

    def __init__(self, groups: IndexArray, n_groups: int, ridge: float) -> None:
        self._groups = groups
        self._n_groups = n_groups
        # An empty group's sum is 0; the 1 keeps 0 / 0 out when there is no ridge either.
        counts = np.bincount(groups, minlength=n_groups)
        self._weights = np.where(counts > 0, counts + ridge, 1.0)

    def of(self, values: Float64Array) -> Float64Array:
        sums = np.bincount(self._groups, weights=values, minlength=self._n_groups)
        return sums / self._weights


class GenrePopularity(_Impersonal):
    """Ranks by what is popular of the genre: a film scores the mean over its genres of the mean number of ratings
    that the rated films of the genre have, a film without a known genre the mean of all rated films.

    Needs no rating of the film itself, so it is what new films are held against. Stars: the global mean.
    """

    name: ClassVar[str] = "genre-popularity"

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self._mean = float(ratings.stars.mean(dtype=np.float64))
        counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies)
        overall = float(counts[counts > 0].mean())
        films, genres = _genres(ratings.content)
        rated = counts[films] > 0
        n_genres = int(genres.max(initial=-1)) + 1
        sums = np.bincount(genres[rated], weights=counts[films[rated]], minlength=n_genres)
        n_rated = np.bincount(genres[rated], minlength=n_genres)
        means = np.where(n_rated > 0, sums / np.maximum(n_rated, 1), overall)
        scores = np.bincount(films, weights=means[genres], minlength=ratings.n_movies)
        n_of_film = np.bincount(films, minlength=ratings.n_movies)
        self._scores = np.where(n_of_film > 0, scores / np.maximum(n_of_film, 1), overall).astype(np.float32)
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return np.full(len(movie_indices), self._mean, dtype=np.float32)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self._scores.copy()


def _genres(content: Content | None) -> tuple[Int64Array, Int64Array]:
    """Movie and token, both (m,), of every genre of every movie."""
    if content is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    films = np.repeat(np.arange(content.n_movies), np.diff(content.indptr))
    is_genre = np.array([name.startswith("genre:") for name in content.names], dtype=np.bool_)
    kept = is_genre[content.indices]
    return films[kept], content.indices[kept].astype(np.int64)


class Popularity(_Impersonal):
    """Ranks by the number of ratings. It says nothing of stars, so it predicts the global mean."""

    name: ClassVar[str] = "popularity"

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self._counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies).astype(np.float32)
        self._mean = float(ratings.stars.mean(dtype=np.float64))
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return np.full(len(movie_indices), self._mean, dtype=np.float32)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self._counts.copy()


class RecentPopularity(Popularity):
    """Ranks by the number of ratings among the newest `share` of all, those of one moment together; of films that have
    the same, by that of all their ratings. What is watched next month is rather what was watched last month.
    """

    name: ClassVar[str] = "recent-popularity"

    def __init__(self, *, share: float = 0.1) -> None:
        self.share = share

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        super().fit(ratings)
        newest = ratings.timestamps >= np.quantile(ratings.timestamps, 1 - self.share, method="lower")
        recent = np.bincount(ratings.movie_indices[newest], minlength=ratings.n_movies)
        self._counts = (recent + self._counts / (len(ratings) + 1.0)).astype(np.float32)
        return self
