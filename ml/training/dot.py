"""The seed's base model."""

from typing import ClassVar

import keras

from ml.data.ratings import Scale
from ml.training.pairs import PairScorer


class DotScorer(PairScorer):
    """stars = U_u . M_i, both embeddings 50 wide, with neither mean nor biases."""

    name: ClassVar[str] = "dot"

    def network(self, n_reviewers: int, n_movies: int, scale: Scale, seed: int) -> keras.Model:
        reviewers = keras.Input((), dtype="int32", name="reviewers")
        movies = keras.Input((), dtype="int32", name="movies")
        reviewer = self.embedding(n_reviewers, "reviewer", seed)(reviewers)
        movie = self.embedding(n_movies, "movie", seed + 1)(movies)
        product = keras.layers.Dot(axes=1)([reviewer, movie])
        return keras.Model([reviewers, movies], keras.layers.Reshape(())(product))
