"""Factorisations of implicit (Frederickson): ALS (Hu, Koren and Volinsky 2008) and BPR (Rendle et al. 2009)."""

from typing import Any, ClassVar

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from benchmarks.peers.ranking import RankingPeer
from ml.arraytypes import FloatArray
from ml.data.ratings import Ratings
from ml.scoring import Scorer


class ImplicitALS(RankingPeer):
    """As the library has it: 100 factors, regularization .01, alpha 1, 15 sweeps.

    A rating weighs alpha, an absent cell 1. People who are `given` are solved for on the trained movies.
    """

    name: ClassVar[str] = "implicit-als"
    settings: ClassVar[dict[str, Any]] = {}

    def learn(self, rated: csr_matrix, seed: int) -> None:
        # implicit has threads of its own, and is up to ten times slower where those of BLAS come on top.
        with threadpool_limits(1, "blas"):
            self.model = AlternatingLeastSquares(random_state=seed, **self.settings)
            self.model.fit(rated, show_progress=False)
        self._people = self.model.user_factors

    def take_in(self, rated: csr_matrix) -> None:
        with threadpool_limits(1, "blas"):
            self._people = self.model.recalculate_user(np.arange(rated.shape[0]), rated)

    def scores(self, reviewer_index: int, row: csr_matrix) -> FloatArray:
        return self.model.item_factors @ self._people[reviewer_index]


class TunedALS(ImplicitALS):
    name: ClassVar[str] = "implicit-als-tuned"
    settings: ClassVar[dict[str, Any]] = {
        "factors": 128,
        "regularization": 10.0,
        "alpha": 1.0,
        "iterations": 15,
    }


class ALS64(ImplicitALS):
    """Narrower, for people of whom little is known."""

    name: ClassVar[str] = "implicit-als-64"
    settings: ClassVar[dict[str, Any]] = {"factors": 64}


class ImplicitBPR(RankingPeer):
    """As the library has it, on one thread: on more, updates race and a seed no longer gives one model.

    It has no way to take people in, so whoever is `given` is a stranger.
    """

    name: ClassVar[str] = "implicit-bpr"

    def learn(self, rated: csr_matrix, seed: int) -> None:
        with threadpool_limits(1, "blas"):
            self.model = BayesianPersonalizedRanking(random_state=seed, num_threads=1)
            self.model.fit(rated, show_progress=False)

    def given(self, histories: Ratings) -> Scorer:
        return self._popularity.given(histories)

    def scores(self, reviewer_index: int, row: csr_matrix) -> FloatArray:
        return self.model.item_factors @ self.model.user_factors[reviewer_index]
