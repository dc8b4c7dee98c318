"""Models of Surprise (Hug 2020), fitted by the library and scored from what it learned.

Surprise answers pair by pair and knows nobody whom it was not trained on; with its arrays in our rows a
catalogue is one product, and people given later to a model with rows of people are strangers to it.
"""

from abc import abstractmethod
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from surprise import SVD, AlgoBase, Dataset, KNNBaseline, Reader, SVDpp, Trainset

from benchmarks.peers.factors import Factors, FactorScorer
from ml.arraytypes import Float64Array, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Ratings
from ml.scoring import Progress, Scorer

_ALS_USER_RIDGE = 15
"""Surprise's own default in the baselines that it computes by ALS (`reg_u`)."""


def trainset_of(ratings: Ratings) -> Trainset:
    """Raw ids are our rows; inner ids are Surprise's, in the order of first appearance."""
    columns = {
        "reviewer": ratings.reviewer_indices,
        "movie": ratings.movie_indices,
        "stars": ratings.stars.astype(np.float64),
    }
    reader = Reader(rating_scale=(ratings.scale.minimum, ratings.scale.maximum))
    return Dataset.load_from_df(pd.DataFrame(columns), reader).build_full_trainset()


def our_rows(trainset: Trainset) -> tuple[Int64Array, Int64Array]:
    """For each inner id of a reviewer, and of a movie, our row."""
    reviewers = [trainset.to_raw_uid(inner) for inner in trainset.all_users()]
    movies = [trainset.to_raw_iid(inner) for inner in trainset.all_items()]
    return np.array(reviewers, dtype=np.int64), np.array(movies, dtype=np.int64)


class _SurpriseFactors(FactorScorer):
    """A factorisation, by what Surprise's `estimate` computes: unknown people and movies have rows of zeros."""

    @abstractmethod
    def algorithm(self, seed: int) -> AlgoBase:
        """Fresh, with this model's hyper-parameters."""

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self.scale = ratings.scale
        self.fitted = self.algorithm(seed).fit(trainset_of(ratings))
        trainset = self.fitted.trainset
        reviewers, movies = our_rows(trainset)
        people = np.column_stack([self.fitted.bu, self.people_vectors(self.fitted)])
        self.factors = Factors(
            trainset.global_mean,
            _placed(people, reviewers, ratings.n_reviewers + 1),
            _placed(np.column_stack([self.fitted.bi, self.fitted.qi]), movies, ratings.n_movies),
        )
        return self

    def people_vectors(self, fitted: AlgoBase) -> Float64Array:
        """(n_users, d), what is multiplied by the items' factors."""
        return fitted.pu

    def given(self, histories: Ratings) -> Scorer:
        other = copy(self)
        strangers = np.zeros((histories.n_reviewers + 1, self.factors.movies.shape[1]))
        other.factors = Factors(self.factors.mean, strangers, self.factors.movies)
        return other


class DefaultSVD(_SurpriseFactors):
    name: ClassVar[str] = "surprise-svd"

    def algorithm(self, seed: int) -> AlgoBase:
        return SVD(random_state=seed)


class TunedSVD(_SurpriseFactors):
    name: ClassVar[str] = "surprise-svd-tuned"

    def algorithm(self, seed: int) -> AlgoBase:
        return SVD(n_factors=100, n_epochs=100, lr_all=0.005, reg_all=0.12, random_state=seed)


class SVDPlusPlus(_SurpriseFactors):
    """A person's vector is p_u plus, over the n films they rated, n^-1/2 times the sum of y_j (Koren 2008)."""

    name: ClassVar[str] = "surprise-svd++"

    def algorithm(self, seed: int) -> AlgoBase:
        return SVDpp(random_state=seed, cache_ratings=True)

    def people_vectors(self, fitted: AlgoBase) -> Float64Array:
        rated = [[item for item, _ in fitted.trainset.ur[user]] for user in fitted.trainset.all_users()]
        return fitted.pu + [fitted.yj[items].sum(axis=0) / np.sqrt(len(items)) for items in rated]


class ItemKNN(Scorer):
    """KNNBaseline over items with shrunk correlations of what the baselines leave ("pearson_baseline").

    A prediction needs a person's ratings and nothing else of them, so people are `given` as Surprise would
    have known them: the bias is one step of its own ALS, and their ratings are the neighbours.
    """

    name: ClassVar[str] = "surprise-knn-baseline"
    deterministic: ClassVar[bool] = True
    neighbours: ClassVar[int] = 40

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self.fitted = self._fitted(ratings)
        self._reviewers, movies = our_rows(self.fitted.trainset)
        self.scale, self._mean, self._histories = ratings.scale, self.fitted.trainset.global_mean, ratings
        self._biases = _placed(self.fitted.bu, self._reviewers, ratings.n_reviewers + 1)
        self._movie_biases = _placed(self.fitted.bi, movies, ratings.n_movies)
        self._similarities = np.zeros((ratings.n_movies, ratings.n_movies), dtype=np.float32)
        self._similarities[np.ix_(movies, movies)] = self.fitted.sim
        return self

    def _fitted(self, ratings: Ratings) -> KNNBaseline:
        options: dict[str, Any] = {"name": "pearson_baseline", "user_based": False}
        algorithm = KNNBaseline(k=self.neighbours, sim_options=options, verbose=False)
        try:
            return algorithm.fit(trainset_of(ratings))
        except ZeroDivisionError:
            # Surprise divides by the spread of what the baselines leave; equal stars leave nothing.
            if np.ptp(ratings.stars) > 0:
                raise
            algorithm.sim = np.zeros((algorithm.trainset.n_items,) * 2)
            return algorithm

    def given(self, histories: Ratings) -> Scorer:
        other = copy(self)
        left = histories.stars - self._mean - self._movie_biases[histories.movie_indices]
        n = histories.n_reviewers + 1
        sums = np.bincount(histories.reviewer_indices, weights=left, minlength=n)
        other._biases = sums / (_ALS_USER_RIDGE + np.bincount(histories.reviewer_indices, minlength=n))
        other._histories = histories
        return other

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        stars = np.empty(len(movie_indices))
        for reviewer in np.unique(reviewer_indices).tolist():
            places = np.flatnonzero(reviewer_indices == reviewer)
            stars[places] = self._stars(reviewer, movie_indices[places])
        return self.scale.clip(stars)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self._stars(reviewer_index, np.arange(len(self._movie_biases))).astype(np.float32)

    def _stars(self, reviewer: int, movies: IndexArray) -> Float64Array:
        """Baseline plus the mean of what the rated neighbours leave of theirs, weighted by similarity."""
        baseline = self._mean + self._biases[reviewer]
        rows = self._histories.histories.of(reviewer)
        rated = self._histories.movie_indices[rows]
        left = self._histories.stars[rows] - baseline - self._movie_biases[rated]
        weights = self._nearest(np.maximum(self._similarities[np.ix_(movies, rated)], 0))
        total = weights.sum(axis=1)
        shares = np.divide(weights @ left, total, out=np.zeros(len(movies)), where=total > 0)
        return baseline + self._movie_biases[movies] + shares

    def _nearest(self, weights: FloatArray) -> FloatArray:
        """All but the largest `neighbours` of each row set to zero."""
        surplus = weights.shape[1] - self.neighbours
        if surplus > 0:
            far = np.argpartition(weights, surplus - 1, axis=1)[:, :surplus]
            np.put_along_axis(weights, far, 0, axis=1)
        return weights


def _placed(values: Float64Array, rows: IndexArray, n_rows: int) -> Float64Array:
    """(n_rows, ...): `values` in their rows, zeros elsewhere."""
    table = np.zeros((n_rows, *values.shape[1:]))
    table[rows] = values
    return table
