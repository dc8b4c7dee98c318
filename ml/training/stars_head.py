"""How many stars somebody would give: a person is the posterior of a Gaussian, given what they rated.

    stars_j = base_j + V_j . p + noise,      noise ~ N(0, s^2),      V_j = (a, E_j)
    p ~ N(m, 1),                             m = m_0(n) + f(n) sum_j (Y_j + d_j X_j),   f(n) = min(n, L)^(1-c) / n

over the n films j that the person rated, d_j being what their stars differ from base_j by. V's first column is the same
for all films, so that p's first number is the person's average; what is expected of it depends on n, for people of one
rating do not rate like those of many (see `ml.people`). What films say by being rated at all (Y, as in SVD++:
Koren 2008) and by how they were (X) is where p is expected; how they were rated moves it from there, the less the fewer
there are. p's posterior mean and variance are those of ridge regression, or of a Gaussian process over films with the
kernel V V' (Rasmussen and Williams 2006, chapter 2). With c below 1/2 a long history says more than its mean; beyond L
ratings, which training hardly sees, it says no more than at L.

A film is also what the people v who rated it say of it, as in an item-based autoencoder (Sedhain et al. 2015) of which
only matters who rated what:

    E_i = Q_i + F_i W + n_i^-1/2 sum_v Z_v

In training v is nobody of the batch, or a film would tell who is asked about it. Z is of training alone: what is served
are films.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ml.arraytypes import FloatArray
from ml.people import COUNT_KNOTS
from ml.training.history_model import (
    SHORT,
    Films,
    HistoryTower,
    Tensors,
    rows_of,
    square_length,
)
from ml.training.small_matrices import inverses, products


class StarsHead(HistoryTower):
    """A rating that is itself input is predicted from the person's others, without which it would predict itself.

    That takes no second solution: with K = V V' + s^2, r what stars differ by from what was expected, and G the
    inverse of K, the error of the prediction of rating i from the others is (G r)_i / G_ii, and its variance
    1 / G_ii (Rasmussen and Williams, 5.4.2). What is expected leaves out what i itself says as well.
    """

    def __init__(
        self,
        *,
        minimum: float,
        maximum: float,
        n_raters: int,
        history_exponent: float,
        history_limit: int,
        **kwargs: Any,
    ) -> None:
        """n_raters: how many people have a Z. history_exponent, history_limit: c and L."""
        super().__init__(**kwargs)
        self._scale = (minimum, maximum)
        self.history_exponent = history_exponent
        self.history_limit = history_limit
        n_movies, embedding_dim = self.id_embeddings.shape
        self.history_embeddings = self._table("history_embeddings", (n_movies, embedding_dim + 1))
        self.residual_embeddings = self._table("residual_embeddings", (n_movies, embedding_dim + 1))
        self.rater_embeddings = self._table("rater_embeddings", (n_raters, embedding_dim))
        self.prior_mean = self._table("prior_mean", (embedding_dim + 1,))
        self.prior_averages = self._table("prior_averages", (COUNT_KNOTS,))
        self.average_scale = self._table("average_scale", ())
        self.log_noise = self._table("log_noise", ())

    def restart(
        self,
        base: FloatArray,
        *,
        prior_averages: FloatArray | float = 0.0,
        average_scale: float = 0.4,
        noise: float = 0.9,
    ) -> None:
        """average_scale: the standard deviation of people's averages, noise: of a rating around its prediction.
        prior_averages: (k,), in units of average_scale, what is expected of averages at the knots of n."""
        super().restart(base)
        self.prior_mean.assign(ops.zeros_like(self.prior_mean))
        self.prior_averages.assign(ops.broadcast_to(prior_averages, self.prior_averages.shape))
        self.average_scale.assign(average_scale)
        self.log_noise.assign(ops.log(noise))

    def starting_lengths(self) -> list[tuple[keras.Variable, float]]:
        return [
            (self.id_embeddings, SHORT),
            (self.history_embeddings, 9 * SHORT),
            (self.residual_embeddings, 3 * SHORT),
            (self.content_embeddings, 9 * SHORT),
            (self.rater_embeddings, 5 * SHORT),
        ]

    def said_tables(self) -> tuple[keras.Variable, keras.Variable]:
        return (self.history_embeddings, self.residual_embeddings)

    def films(self, batch: Tensors) -> Films:
        said = rows_of(self.rater_embeddings, batch["rater"]) * batch["rater_weight"][:, None]
        n_films = tf.size(batch["candidate"])
        return (
            super()
            .films(batch)
            ._replace(raters=tf.math.unsorted_segment_sum(said, batch["rater_column"], n_films))
        )

    def scores(self, batch: Tensors, films: Films) -> Any:
        """(R,): predicted stars of the batch's own ratings, before clipping."""
        return self.posterior(batch, films)[0]

    def losses_of(self, batch: Tensors, films: Films, *, training: bool) -> Any:
        """Minus the logarithm of the density of the stars; when not training, the squared error of what is served."""
        means, variances = self.posterior(batch, films)
        if training:
            return 0.5 * (ops.log(variances) + ops.square(means - batch["stars"]) / variances)
        return ops.square(ops.clip(means, *self._scale) - batch["stars"])

    def posterior(self, batch: Tensors, films: Films) -> tuple[Any, Any]:
        """(R,), (R,): each rating's predicted mean and variance from the person's input, without itself."""
        cells = tf.stack([batch["person"], batch["place"]], axis=1)
        shape = tf.reduce_max(cells, axis=0) + 1

        def padded(rows: Any) -> Any:
            """(P, L, ·) from (R, ·): a row a person, as long as the longest."""
            return tf.scatter_nd(cells, rows, tf.concat([shape, tf.shape(rows)[1:]], axis=0))

        column, is_input = batch["column"], batch["is_input"]
        vectors = tf.gather(self._with_average(films.vectors), column)
        deviations = batch["stars"] - ops.take(films.base, column, axis=0)
        history, residuals = (tf.gather(table, column) for table in films.said)
        people = _People(
            vectors=padded(vectors),
            said=padded((history + deviations[:, None] * residuals) * is_input[:, None]),
            deviations=padded(deviations - tf.linalg.matvec(vectors, self.prior_mean.value)),
            is_input=padded(is_input),
            noise=tf.exp(2 * self.log_noise.value),
            history_scale=self._history_scale,
            expected_average=self._expected_average,
        )
        errors, variances = people.predict()
        return batch["stars"] - tf.gather_nd(errors, cells), tf.gather_nd(variances, cells)

    def _history_scale(self, lengths: Any) -> Any:
        """f(n) of histories of these lengths; at 0 as at 1."""
        lengths = tf.maximum(lengths, 1.0)
        return tf.minimum(lengths, float(self.history_limit)) ** (1 - self.history_exponent) / lengths

    def _expected_average(self, lengths: Any) -> Any:
        """In stars, of people with so many ratings; by where that is between the knots at 0, 1, 3, 7, ..."""
        places = tf.minimum(tf.math.log(1.0 + lengths) / math.log(2.0), COUNT_KNOTS - 1.0)
        distances = tf.abs(places[..., None] - tf.range(COUNT_KNOTS, dtype=tf.float32))
        weights = tf.maximum(1.0 - distances, 0.0)
        return self.average_scale.value * tf.linalg.matvec(weights, self.prior_averages.value)

    def _penalty(self, batch: Tensors, films: Films) -> Any:
        """What people say of films counts once for each of its uses, weighed like the ratings it stands beside."""
        rater = batch["rater"]
        n_uses = tf.maximum(tf.cast(tf.size(rater), tf.float32), 1.0)
        mean = ops.sum(square_length(rows_of(self.rater_embeddings, rater))) / n_uses
        return super()._penalty(batch, films) + self._penalties.raters * mean

    def _with_average(self, vectors: Any) -> Any:
        average = tf.fill([tf.shape(vectors)[0], 1], self.average_scale.value)
        return tf.concat([average, vectors], axis=1)


class _People:
    """Everyone of a batch, padded to the longest history: vectors, said (P, L, d), the others (P, L).

    deviations: of the stars from what is expected of anybody. However wide the vectors are, all that is needed of
    them are their inner products, (P, L, L).
    """

    def __init__(
        self,
        *,
        vectors: Any,
        said: Any,
        deviations: Any,
        is_input: Any,
        noise: Any,
        history_scale: Callable[[Any], Any],
        expected_average: Callable[[Any], Any],
    ) -> None:
        self._is_input = is_input
        self._noise = noise
        self._overlaps = products(vectors, vectors)
        towards = products(vectors, said)
        others = tf.reduce_sum(is_input, axis=1, keepdims=True) - is_input
        sums = tf.reduce_sum(towards, axis=2, keepdims=True) - towards
        shares = sums * history_scale(others)[:, None, :]
        self._surprises = deviations[:, :, None] - shares - expected_average(others)[:, None, :]
        """(P, L, L): of rating j, before anything is known of it, by the input without rating k."""

    def predict(self) -> tuple[Any, Any]:
        """(P, L), (P, L): stars less the prediction from the input without that rating, and its variance."""
        inputs = self._is_input[:, None, :]
        covariance = self._overlaps * inputs
        kernel = covariance * self._is_input[:, :, None]
        inverse = inverses(kernel + self._noise * tf.eye(tf.shape(kernel)[1]))
        surprises = tf.transpose(self._surprises, [0, 2, 1])
        precision = tf.linalg.diag_part(inverse)
        weights = products(covariance, inverse)
        of_others = (
            tf.linalg.diag_part(surprises) - _dot(weights, surprises),
            self._noise + tf.linalg.diag_part(self._overlaps) - _dot(weights, covariance),
        )
        own = self._is_input > 0
        errors = tf.where(own, _dot(inverse, surprises) / precision, of_others[0])
        return errors, tf.where(own, 1 / precision, of_others[1])


def _dot(one: Any, other: Any) -> Any:
    return tf.reduce_sum(one * other, axis=-1)
