"""An artifact judged like any other scorer, through the very code that serves it."""

from collections.abc import Callable
from copy import copy
from statistics import NormalDist
from typing import Self

import numpy as np

from ml.arraytypes import FloatArray, IndexArray, Int64Array
from ml.data.ratings import Ratings
from ml.people import Person
from ml.scoring import Interval, Progress, Scorer
from ml.serving import ServedModel


class ServedScorer(Scorer):
    """Scores the movies of a snapshot, which may hold movies that the artifact does not know.

    movie_ids: int64 (n_movies,), the snapshot's. An unknown movie gets the artifact's lowest ranking score
    for the person, and the person's base without a film's own part as predicted stars. `fit` learns nothing:
    it takes the ratings as everyone's history.
    """

    name = "served"

    def __init__(self, model: ServedModel, movie_ids: Int64Array) -> None:
        self.model = model
        self._rows = model.vocabulary.indices(movie_ids)
        self._known = self._rows >= 0

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self._ratings = ratings
        return self

    def given(self, histories: Ratings) -> Self:
        told = copy(self)
        told._ratings = histories
        return told

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return self._by_person(reviewer_indices, movie_indices, self._stars_of)

    def star_intervals(
        self, reviewer_indices: IndexArray, movie_indices: IndexArray, *, coverage: float = 0.8
    ) -> Interval:
        """The central normal interval around the predicted stars; the whole scale for an unknown movie."""
        stars = self.predict_stars(reviewer_indices, movie_indices)
        deviations = self._by_person(reviewer_indices, movie_indices, self._deviations_of)
        reach = np.float32(NormalDist().inv_cdf(0.5 + coverage / 2)) * deviations
        return self.model.scale.clip(stars - reach), self.model.scale.clip(stars + reach)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        scores = self.model.ranking_scores(self._person(reviewer_index))
        lowest = scores.min() if len(scores) else np.float32(0)
        ranked: FloatArray = np.where(self._known, scores[self._rows], lowest)
        return ranked

    def _by_person(
        self,
        reviewer_indices: IndexArray,
        movie_indices: IndexArray,
        answer: Callable[[Person, Int64Array], FloatArray],
    ) -> FloatArray:
        """(m,): `answer` asked once a person, with all rows of the model that are wanted of them."""
        answers = np.empty(len(reviewer_indices), dtype=np.float32)
        order = np.argsort(reviewer_indices, kind="stable")
        reviewers, starts = np.unique(reviewer_indices[order], return_index=True)
        for reviewer, places in zip(reviewers.tolist(), np.split(order, starts)[1:], strict=True):
            answers[places] = answer(self._person(reviewer), self._rows[movie_indices[places]])
        return answers

    def _deviations_of(self, person: Person, rows: Int64Array) -> FloatArray:
        deviations = np.full(len(rows), np.inf, dtype=np.float32)
        known = rows >= 0
        deviations[known] = self.model.stars_deviation(person, rows[known])
        return deviations

    def _stars_of(self, person: Person, rows: Int64Array) -> FloatArray:
        base = self.model.stars_of_unknown(person)
        stars = np.full(len(rows), base, dtype=np.float32)
        known = rows >= 0
        stars[known] = self.model.predicted_stars(person, rows[known])
        return self.model.scale.clip(stars)

    def _person(self, reviewer_index: int) -> Person:
        positions = self._ratings.histories.of(reviewer_index)
        return self.model.person_at(
            self._rows[self._ratings.movie_indices[positions]], self._ratings.stars[positions]
        )
