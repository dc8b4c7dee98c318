"""Biased matrix factorisation whose epoch is one compiled loop: the cost of a step is that of its batch."""

from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ml.arraytypes import IndexArray
from ml.baselines import Bias
from ml.data.ratings import Ratings, Scale
from ml.scoring import Progress
from ml.training.pairs import LossCurves, PairScorer

_COLUMN = tf.TensorSpec((None,), tf.int32)
_STARS = tf.TensorSpec((None,), tf.float32)
_FIRST_SQUARE = 0.1


class FactorsScorer(PairScorer):
    """stars = mean + b_u + b_i + p_u . q_i (Koren, Bell and Volinsky 2009), with b and p in one row of a table.

    One row means one lookup and one update a side. Biases start at the ridge solution. `penalty` weighs the
    squared length of the rows that a rating looks up, and the learning rate falls linearly to zero.
    batch_size: the most ratings in a batch; small data gets twenty batches an epoch.
    """

    name: ClassVar[str] = "factors"

    def __init__(
        self,
        *,
        embedding_dim: int = 32,
        epochs: int = 20,
        batch_size: int = 16_384,
        learning_rate: float = 0.3,
        penalty: float = 0.12,
    ) -> None:
        super().__init__(
            embedding_dim=embedding_dim, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate
        )
        self.penalty = penalty

    @property
    def hyper_parameters(self) -> dict[str, Any]:
        return super().hyper_parameters | {"penalty": self.penalty}

    def network(self, n_reviewers: int, n_movies: int, scale: Scale, seed: int) -> keras.Model:
        reviewers = keras.Input((), dtype="int32", name="reviewers")
        movies = keras.Input((), dtype="int32", name="movies")
        sides = [
            keras.layers.Embedding(n_rows, self.embedding_dim + 1, name=f"{name}_embeddings")(rows)
            for name, rows, n_rows in (("reviewer", reviewers, n_reviewers), ("movie", movies, n_movies))
        ]
        return keras.Model([reviewers, movies], BiasedDot(name="stars")(sides))

    def restart(self, ratings: Ratings, *, seed: int = 0) -> None:
        super().restart(ratings, seed=seed)
        self._start(ratings, seed)
        self._training = FactorTraining(self.model, self.penalty)

    def train(
        self,
        ratings: Ratings,
        *,
        validation: Ratings | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> LossCurves:
        """As of other pairs; the curves are mean squared errors, without the penalty."""
        self._known |= np.bincount(ratings.reviewer_indices, minlength=ratings.n_reviewers) > 0
        curves: LossCurves = {"train": [], "validation": []}
        generator = np.random.default_rng(seed)
        size = int(np.clip(len(ratings) // 20, 128, self.batch_size))
        for epoch in range(self.epochs):
            rate = self.learning_rate * (1 - epoch / self.epochs)
            loss = self._training.epoch(ratings, generator.permutation(len(ratings)), size, rate)
            curves["train"].append(loss)
            if validation is not None:
                curves["validation"].append(self._error(validation))
            if progress is not None:
                progress("fit", epoch + 1, self.epochs, f"loss {loss:.4f}")
        self._make_strangers_average(self._known)
        return curves

    def _error(self, ratings: Ratings) -> float:
        stars = self._raw(ratings.reviewer_indices, ratings.movie_indices)
        return float(np.square(stars - ratings.stars).mean(dtype=np.float64))

    def _start(self, ratings: Ratings, seed: int) -> None:
        """Short random factors, and the biases of the baseline in front of them."""
        bias = Bias().fit(ratings)
        self.model.get_layer("stars").mean.assign(bias.global_mean)
        generator = np.random.default_rng(seed)
        for name, biases in (("reviewer", bias.reviewer_biases), ("movie", bias.movie_biases)):
            table = self.model.get_layer(f"{name}_embeddings").embeddings
            rows = generator.normal(0, 0.3 / np.sqrt(self.embedding_dim), table.shape)
            rows[:, 0] = 0
            rows[: len(biases), 0] = biases
            table.assign(rows)


class BiasedDot(keras.layers.Layer):
    """From rows [b_u, p_u] and [b_i, q_i], both (m, d + 1), to stars (m,)."""

    def build(self, _: Any) -> None:
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False, name="mean")

    def call(self, rows: list[Any]) -> Any:
        reviewer, movie = rows
        dots = ops.sum(reviewer[:, 1:] * movie[:, 1:], axis=1)
        return self.mean + reviewer[:, 0] + movie[:, 0] + dots


class FactorTraining:
    """Squared error by Adagrad with one running sum a row (Duchi et al. 2011), an epoch at a time.

    A step reads and writes the rows of its batch and no others; the whole epoch is one tf.function. What a
    row adds up is each rating's own gradient, so the length of a step does not depend on the batch's size.
    """

    def __init__(self, model: keras.Model, penalty: float) -> None:
        self._tables = [
            model.get_layer(f"{side}_embeddings").embeddings.value for side in ("reviewer", "movie")
        ]
        self._squares = [tf.Variable(tf.fill(table.shape[:1], _FIRST_SQUARE)) for table in self._tables]
        self._stars = model.get_layer("stars")
        self._penalty = penalty
        signature = [_COLUMN, _COLUMN, _STARS, tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)]
        self._run = tf.function(self._steps, input_signature=signature)

    def epoch(self, ratings: Ratings, order: IndexArray, batch_size: int, learning_rate: float) -> float:
        """The epoch's mean squared error while learning. order: (n_ratings,), a permutation."""
        columns = (ratings.reviewer_indices, ratings.movie_indices, ratings.stars)
        shuffled = [tf.constant(column[order]) for column in columns]
        return float(self._run(*shuffled, tf.constant(batch_size), tf.constant(learning_rate))) / len(ratings)

    def _steps(self, reviewers: Any, movies: Any, stars: Any, batch_size: Any, rate: Any) -> Any:
        total = tf.constant(0.0)
        for start in tf.range(0, tf.size(stars), batch_size):
            batch = slice(start, start + batch_size)
            total += self._step((reviewers[batch], movies[batch]), stars[batch], rate)
        return total

    def _step(self, indices: tuple[Any, Any], stars: Any, rate: Any) -> Any:
        """The sum of squared errors of the batch, before its step."""
        sides = [tf.gather(table, rows) for table, rows in zip(self._tables, indices, strict=True)]
        errors = self._stars(sides) - stars
        slopes = self.slopes(sides, errors)
        for table, squares, rows, slope in zip(self._tables, self._squares, indices, slopes, strict=True):
            squares.scatter_add(tf.IndexedSlices(tf.reduce_mean(tf.square(slope), axis=1), rows))
            step = rate * tf.math.rsqrt(tf.gather(squares, rows))
            table.scatter_sub(tf.IndexedSlices(step[:, None] * slope, rows))
        return tf.reduce_sum(tf.square(errors))

    def slopes(self, sides: list[Any], errors: Any) -> list[Any]:
        """Half the gradient of errors^2 + penalty (|[b_u, p_u]|^2 + |[b_i, q_i]|^2) by each side's rows.

        Written out, because what a tape records for the columns in front costs more than all the rest.
        """
        ones = tf.ones_like(errors)[:, None]
        others = [tf.concat([ones, side[:, 1:]], axis=1) for side in reversed(sides)]
        return [
            errors[:, None] * other + self._penalty * side for side, other in zip(sides, others, strict=True)
        ]
