"""Our model: stars and ranking from what a person has rated, and from nothing else about them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from ml.arraytypes import FloatArray, IndexArray, Int64Array
from ml.artifact import Artifact
from ml.data.ratings import Ratings
from ml.evaluation.served import ServedScorer
from ml.scoring import Interval, Progress, Scorer
from ml.serving import ServedModel
from ml.training.checkpoints import Checkpoint
from ml.training.export import Arrays, history_arrays
from ml.training.history_training import HistorySettings, train


class HistoryScorer(Scorer):
    """The history model, trained with Keras and scored by the serving code from its exported arrays."""

    name: ClassVar[str] = "history"

    def __init__(self, settings: HistorySettings | None = None) -> None:
        self.settings = settings or HistorySettings()
        self.checkpoint: Checkpoint | None = None
        """If set before `fit`: where that goes on from and what it keeps up; of these settings, ratings and seed."""

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self.ratings = ratings
        self.trained = train(ratings, self.settings, seed=seed, progress=progress, checkpoint=self.checkpoint)
        movie_ids = np.arange(ratings.n_movies, dtype=np.int64)
        manifest = {"kind": "history", "version": "unsaved", "scale": asdict(ratings.scale)}
        artifact = Artifact(Path("unsaved"), manifest, self.arrays(movie_ids))
        self.served_model = ServedModel(artifact)
        self._served = ServedScorer(self.served_model, movie_ids).fit(ratings)
        return self

    @property
    def hyper_parameters(self) -> dict[str, Any]:
        return asdict(self.settings) | {"epochs": self.trained.epochs}

    def arrays(self, movie_ids: Int64Array) -> Arrays:
        """The arrays of an artifact of kind "history". movie_ids: int64 (n_movies,), strictly increasing."""
        return history_arrays(
            self.trained.model,
            self.ratings,
            self.trained.raters,
            global_mean=self.trained.global_mean,
            damping=self.settings.damping,
            movie_ridge=self.settings.movie_ridge,
            half_life=self.settings.half_life,
            ranking_damping=self.settings.ranking_damping,
            calibration=self.trained.calibration,
            movie_ids=movie_ids,
        )

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        return self._served.predict_stars(reviewer_indices, movie_indices)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        return self._served.ranking_scores(reviewer_index)

    def given(self, histories: Ratings) -> Scorer:
        return self._served.given(histories)

    def star_intervals(
        self, reviewer_indices: IndexArray, movie_indices: IndexArray, *, coverage: float = 0.8
    ) -> Interval | None:
        return self._served.star_intervals(reviewer_indices, movie_indices, coverage=coverage)
