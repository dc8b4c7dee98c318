"""The history model: its two heads in one Keras model."""

from typing import Any

import keras

from ml.training.history_model import Tensors
from ml.training.ranking_head import RankingHead
from ml.training.stars_head import StarsHead


class HistoryModel(keras.Model):
    """Both heads; the ranking head measures residuals from the biases that the stars head has learned."""

    def __init__(self, stars: StarsHead, ranking: RankingHead, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stars = stars
        self.ranking = ranking

    def call(self, batch: Tensors, training: bool = False) -> dict[str, Any]:
        """The scores of both heads, by their names."""
        return {"stars": self.stars(batch), "ranking": self.ranking(batch)}
