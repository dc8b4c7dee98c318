"""The seed's final model."""

from typing import ClassVar

import keras

from ml.data.ratings import Scale
from ml.training.pairs import PairScorer


class DeepScorer(PairScorer):
    """Both embeddings, 50 wide, side by side into two small dense layers; a sigmoid spans the scale."""

    name: ClassVar[str] = "deep"

    def network(self, n_reviewers: int, n_movies: int, scale: Scale, seed: int) -> keras.Model:
        reviewers = keras.Input((), dtype="int32", name="reviewers")
        movies = keras.Input((), dtype="int32", name="movies")
        reviewer = self.embedding(n_reviewers, "reviewer", seed)(reviewers)
        movie = self.embedding(n_movies, "movie", seed + 1)(movies)
        hidden = keras.layers.Concatenate()([reviewer, movie])
        hidden = keras.layers.Dropout(0.05, seed=seed + 2)(hidden)
        hidden = _dense(10, "relu", "first", seed + 3)(hidden)
        hidden = keras.layers.Dropout(0.5, seed=seed + 4)(hidden)
        hidden = _dense(10, "relu", "second", seed + 5)(hidden)
        hidden = keras.layers.Dropout(0.5, seed=seed + 6)(hidden)
        share = keras.layers.Reshape(())(_dense(1, "sigmoid", "share", seed + 7)(hidden))
        stars = keras.layers.Rescaling(scale.maximum - scale.minimum, offset=scale.minimum)(share)
        return keras.Model([reviewers, movies], stars)


def _dense(units: int, activation: str, name: str, seed: int) -> keras.layers.Dense:
    start = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(units, activation=activation, kernel_initializer=start, name=name)
