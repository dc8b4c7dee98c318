"""What the rankers share: films rated or not, whatever the stars, and popularity where nothing is known."""

from abc import abstractmethod
from copy import copy
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from ml.arraytypes import FloatArray, IndexArray
from ml.baselines import Popularity
from ml.data.ratings import Ratings
from ml.scoring import Progress, Scorer


def rated_matrix(ratings: Ratings) -> csr_matrix:
    """float32 (n_reviewers, n_movies), 1 where a rating stands."""
    cells = (ratings.reviewer_indices, ratings.movie_indices)
    ones = np.ones(len(ratings), dtype=np.float32)
    return csr_matrix((ones, cells), shape=(ratings.n_reviewers, ratings.n_movies))


class RankingPeer(Scorer):
    """Ranks by what it learned from which films people rated; of stars it says the global mean.

    Someone without a rating, of whom such a model knows nothing, gets the most popular films.
    """

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self._popularity = Popularity().fit(ratings)
        self._rated = rated_matrix(ratings)
        self.learn(self._rated, seed)
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return self._popularity.predict_stars(reviewer_indices, movie_indices)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        if reviewer_index < 0 or self._rated.indptr[reviewer_index] == self._rated.indptr[reviewer_index + 1]:
            return self._popularity.ranking_scores(reviewer_index)
        return self.scores(reviewer_index, self._rated[reviewer_index]).astype(np.float32, copy=False)

    def given(self, histories: Ratings) -> Scorer:
        other = copy(self)
        other._rated = rated_matrix(histories)
        other.take_in(other._rated)
        return other

    @abstractmethod
    def learn(self, rated: csr_matrix, seed: int) -> None:
        """From films rated, (n_reviewers, n_movies)."""

    @abstractmethod
    def scores(self, reviewer_index: int, row: csr_matrix) -> FloatArray:
        """(n_movies,) for someone whose films are `row`, (1, n_movies), of which there is at least one."""

    def take_in(self, rated: csr_matrix) -> None:
        """Prepare for other people; nothing to do where the row says it all. Runs on a copy."""
