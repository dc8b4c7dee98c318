"""Rankers that hold a weight for every pair of films; a person's scores are the sum over the films they rated."""

from typing import ClassVar
from warnings import catch_warnings, simplefilter

import numpy as np
from implicit.nearest_neighbours import TFIDFRecommender
from implicit.utils import ParameterWarning
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from benchmarks.peers.ranking import RankingPeer
from ml.arraytypes import FloatArray
from ml.errors import InputError

_MOST_MOVIES = 20_000


class TooManyMoviesError(InputError):
    """A model with a dense weight for every pair of films was asked to learn a catalogue it has no room for."""


class _ItemItem(RankingPeer):
    deterministic: ClassVar[bool] = True

    def scores(self, reviewer_index: int, row: csr_matrix) -> FloatArray:
        return self.weights[row.indices].sum(axis=0)


class ItemKNN(RankingPeer):
    """Cosine of films over people, each weighted by the rarity of their ratings; the 400 nearest of each film."""

    name: ClassVar[str] = "item-knn-tfidf"
    deterministic: ClassVar[bool] = True
    neighbours: ClassVar[int] = 400

    def learn(self, rated: csr_matrix, seed: int) -> None:
        model = TFIDFRecommender(K=self.neighbours)
        with threadpool_limits(1, "blas"), np.errstate(invalid="ignore"), catch_warnings():
            # implicit warns of a format that it made itself.
            simplefilter("ignore", ParameterWarning)
            model.fit(rated, show_progress=False)
        self.weights = model.similarity
        # The rarity of someone who rated all but one of the films is 0, and so may be a film's length.
        self.weights.data = np.nan_to_num(self.weights.data)

    def scores(self, reviewer_index: int, row: csr_matrix) -> FloatArray:
        return (row @ self.weights).toarray().ravel()


class Ease(_ItemItem):
    """EASE (Steck 2019): B = I - P / diag(P) with P = (X'X + ridge I)^-1, a ridge regression of each film on
    the others. TooManyMoviesError above 20,000 films, where P alone takes more than 3 GB.
    """

    name: ClassVar[str] = "ease"
    ridge: ClassVar[float] = 400.0

    def learn(self, rated: csr_matrix, seed: int) -> None:
        check_size(rated.shape[1], self.name)
        inverse = np.linalg.inv(_together(rated) + self.ridge * np.eye(rated.shape[1]))
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        self.weights = weights.astype(np.float32)


class CoOccurrence(_ItemItem):
    """C_ij / (C_ii + 20) for people who rated both, over those who rated i: shrunk conditional chances."""

    name: ClassVar[str] = "co-occurrence"
    shrinkage: ClassVar[float] = 20.0

    def learn(self, rated: csr_matrix, seed: int) -> None:
        check_size(rated.shape[1], self.name)
        together = _together(rated)
        weights = together / (np.diag(together)[:, None] + self.shrinkage)
        self.weights = weights.astype(np.float32)


def check_size(n_movies: int, name: str) -> None:
    if n_movies > _MOST_MOVIES:
        raise TooManyMoviesError(
            f'"{name}" holds a weight for every pair of films, which is too much for {n_movies:,} films'
            f" (at most {_MOST_MOVIES:,})."
        )


def _together(rated: csr_matrix) -> np.ndarray:
    """float64 (n_movies, n_movies): how many people rated both."""
    return (rated.T @ rated).toarray(order="C").astype(np.float64)
