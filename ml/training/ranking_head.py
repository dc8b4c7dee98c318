"""What somebody will rate next: a softmax over all films, from a person who is a sum over what they rated.

With n rated films j, residuals e_j from film and person averages, and weights w_j that halve with every `half_life`
ratings since:

    h       = (c + sum_j w_j^2)^-1/2 sum_j w_j (Y_j + e_j X_j)
    score_i = base_i + h . E_i

(Koren 2008, asymmetric SVD, with a movie side that sees content and a person who changes; Liang et al. 2018 for the
softmax.) c is as many films as that say nothing, so that one says less of somebody than many do. The targets are
ratings later than the input, because that is what picks are for.
"""

import math
from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import ops

from ml.arraytypes import FloatArray
from ml.training.history_model import Films, HistoryTower, Tensors, rows_of

NEVER = -1e9
"""The score of what is not to be counted in a sum of exponentials."""


class RankingHead(HistoryTower):
    """Scores every candidate for every person; learns the distribution of what they rate after the input."""

    standard_errors: ClassVar[float] = 1.0
    """Ranks are few and rough: of many epochs that taught nothing, one looks better by chance."""

    def __init__(self, *, damping: float, history_damping: float, **kwargs: Any) -> None:
        """damping: of the averages that residuals are measured from. history_damping: c."""
        super().__init__(**kwargs)
        self._damping = damping
        self._history_damping = history_damping
        self.history_embeddings = self._table("history_embeddings", self.id_embeddings.shape)
        self.residual_embeddings = self._table("residual_embeddings", self.id_embeddings.shape)
        self._levels = self._table("levels", self.biases.shape, trainable=False)

    def measure_from(self, levels: FloatArray) -> None:
        """levels: (n_movies,), the stars that residuals are measured from: the bases of the stars head."""
        self._levels.assign(levels)

    def starting_lengths(self) -> list[tuple[keras.Variable, float]]:
        tables = (self.history_embeddings, self.residual_embeddings, self.content_embeddings)
        return [(self.id_embeddings, 0.3), *((table, 0.09) for table in tables)]

    def said_tables(self) -> tuple[keras.Variable, keras.Variable]:
        return (self.history_embeddings, self.residual_embeddings)

    def scores(self, batch: Tensors, films: Films) -> Any:
        """(P, C): scores of the candidates."""
        return tf.matmul(self._people(batch, films), films.vectors, transpose_b=True) + films.base

    def losses_of(self, batch: Tensors, films: Films, *, training: bool) -> Any:
        """Negative log-likelihood under a softmax over all films that are not input.

        A film that is scored for many counts that many times in the sum; a target that is not scored, once.
        """
        totals, own, is_scored = self._scores_and_own(batch, films)
        total = tf.gather(_log_sums(totals), batch["person"])
        return _log_sums(tf.stack([total, tf.where(is_scored, NEVER, own)], axis=1)) - own

    def measured_losses_of(self, batch: Tensors, films: Films, is_target: Any) -> Any:
        """1 - 1 / log2(1 + rank) of each target among all films that are not input: what nDCG counts, without a cut.

        The likelihood turns worse many epochs before lists do.
        """
        scores, own, is_scored = self._scores_and_own(batch, films)
        scores -= batch["log_count"]
        places = tf.stack([batch["person"], tf.maximum(batch["scored_place"], 0)], axis=1)
        # To the last bit what it is compared with, so that no film outranks itself.
        own = tf.where(is_scored, tf.gather_nd(scores, places), own)
        own, person = (tf.boolean_mask(rows, is_target) for rows in (own, batch["person"]))
        above = tf.cast(tf.gather(scores, person) > own[:, None], tf.float32)
        rank = 1 + tf.linalg.matvec(above, tf.exp(batch["log_count"]))
        return 1 - math.log(2) / tf.math.log(1 + rank)

    def _scores_and_own(self, batch: Tensors, films: Films) -> tuple[Any, Any, Any]:
        """(P, scored): scores plus the logs of what each counts, NEVER of input. (R,): each rating's own score.
        bool (R,): whether its film is among those scored."""
        people, scored, person = self._people(batch, films), batch["scored"], batch["person"]
        scores = tf.matmul(people, tf.gather(films.vectors, scored), transpose_b=True)
        scores += tf.gather(films.base, scored) + batch["log_count"]
        is_scored = batch["scored_place"] >= 0
        seen = tf.boolean_mask(
            tf.stack([person, batch["scored_place"]], axis=1), is_scored & (batch["is_input"] > 0)
        )
        scores = tf.tensor_scatter_nd_update(scores, seen, tf.fill([tf.shape(seen)[0]], NEVER))
        vectors = tf.gather(films.vectors, batch["column"])
        own = tf.reduce_sum(tf.gather(people, person) * vectors, axis=1)
        return scores, own + tf.gather(films.base, batch["column"]), is_scored

    def _people(self, batch: Tensors, films: Films) -> Any:
        """(P, d): h of everyone."""
        weights = batch["weight"]
        history, residual = (ops.take(table, batch["column"], axis=0) for table in films.said)
        squares = self._sums(batch, ops.square(weights))
        terms = weights[:, None] * (history + self._residuals(batch)[:, None] * residual)
        scales = ops.rsqrt(ops.maximum(self._history_damping + squares, 1e-6))
        return self._sums(batch, terms) * scales[:, None]

    def _residuals(self, batch: Tensors) -> Any:
        """(R,): e of everything rated, from the averages over the person's input."""
        levels = ops.take(rows_of(self._levels, batch["candidate"]), batch["column"], axis=0)
        deviations = batch["stars"] - levels
        sums = self._sums(batch, deviations * batch["is_input"])
        n_inputs = self._sums(batch, batch["is_input"])
        return deviations - ops.take(sums / (self._damping + n_inputs), batch["person"], axis=0)

    @staticmethod
    def _sums(batch: Tensors, rows: Any) -> Any:
        """(P, ·): rows (R, ·) added up by person."""
        return ops.segment_sum(rows, batch["person"], sorted=True)


@tf.custom_gradient
def _log_sums(scores: Any) -> tuple[Any, Any]:
    """(n,): log of the sum of exp of each row of (n, m), of which as little as possible is kept for the slopes."""
    highest = tf.reduce_max(scores, axis=1, keepdims=True)
    weights = tf.exp(scores - highest)
    sums = tf.reduce_sum(weights, axis=1, keepdims=True)

    def slopes(upstream: Any) -> Any:
        return weights * (tf.convert_to_tensor(upstream)[:, None] / sums)

    return tf.squeeze(tf.math.log(sums) + highest, axis=1), slopes
