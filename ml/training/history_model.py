"""The history model in Keras: two heads of one form, one for stars and one for what comes next.

A person is what their ratings say. With n rated films j, residuals e_j from film and person averages, films'
history embeddings Y and residual embeddings X:

    h       = n^-1/2 sum_j (Y_j + e_j X_j)
    E_i     = Q_i + F_i W                        id embedding plus content (tokens F, weights 1 / sqrt(tokens))
    score_i = base_i + h . E_i

(Koren 2008, asymmetric SVD, with a movie side that sees content.) There are no parameters of a person.
Batches are those of `history_batches`; R, P, C, U, F and K are its lengths, d the width of the embeddings.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ml.arraytypes import FloatArray

Tensors = Mapping[str, Any]


@dataclass(frozen=True)
class Penalties:
    """Weights of squared lengths in the loss, counted once for every rating of a film: of its id embedding,
    its history and residual embeddings, its content vector, and its bias's way from where it started."""

    id_embeddings: float
    history: float
    content: float
    biases: float


class Films(NamedTuple):
    """The rows of the tables that a batch touches, looked up once.

    base: (C,). ids, content: (C, d), whose sum is E. history, residual: (U, d). shift: (U,), base less its start.
    """

    base: Any
    ids: Any
    content: Any
    history: Any
    residual: Any
    shift: Any

    @property
    def vectors(self) -> Any:
        return self.ids + self.content


class HistoryTower(keras.Model):
    """What both heads share. Calling it on a batch gives its scores; `restart` comes first."""

    def __init__(
        self,
        *,
        n_movies: int,
        n_tokens: int,
        embedding_dim: int,
        damping: float,
        penalties: Penalties,
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._damping = damping
        self._penalties = penalties
        self._seed = seed
        self._mean_loss = keras.metrics.Mean(name="loss")
        size = (n_movies, embedding_dim)
        self.biases = self._table("biases", size[:1])
        self.id_embeddings = self._table("id_embeddings", size)
        self.history_embeddings = self._table("history_embeddings", size)
        self.residual_embeddings = self._table("residual_embeddings", size)
        self.content_embeddings = self._table("content_embeddings", (n_tokens, embedding_dim))
        self._start = self._table("start", size[:1], trainable=False)
        self.built = True

    def _table(self, name: str, shape: tuple[int, ...], *, trainable: bool = True) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=trainable, name=name)

    def restart(self, base: FloatArray) -> None:
        """Fresh weights, of the seed's: embeddings normal and short, the trained base at `base`, (n_movies,)."""
        self.biases.assign(base)
        self._start.assign(base)
        generator = np.random.default_rng(self._seed)
        for table, length in (
            (self.id_embeddings, 0.3),
            (self.history_embeddings, 0.09),
            (self.residual_embeddings, 0.09),
            (self.content_embeddings, 0.09),
        ):
            table.assign(generator.normal(0, length / np.sqrt(table.shape[1]), table.shape))

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._mean_loss]

    def call(self, batch: Tensors, training: bool = False) -> Any:
        return self.scores(batch, self.films(batch))

    @abstractmethod
    def scores(self, batch: Tensors, films: Films) -> Any:
        """What the head answers for a batch."""

    @abstractmethod
    def losses_of(self, batch: Tensors, scores: Any, *, training: bool) -> Any:
        """(R,): each rating's own loss, meaningless where it is no target."""

    def train_step(self, batch: Tensors) -> dict[str, Any]:
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            films = self.films(batch)
            loss = self._weighted_mean(batch, self.losses_of(batch, self.scores(batch, films), training=True))
            total = loss + self._penalty(batch, films)
        self.optimizer.apply(tape.gradient(total, [each.value for each in variables]), variables)
        return self._tell(batch, loss)

    def test_step(self, batch: Tensors) -> dict[str, Any]:
        scores = self.scores(batch, self.films(batch))
        return self._tell(batch, self._weighted_mean(batch, self.losses_of(batch, scores, training=False)))

    def films(self, batch: Tensors) -> Films:
        candidates = batch["candidate"]
        own = candidates[: ops.max(batch["column"]) + 1]
        base = _rows(self.biases, candidates)
        return Films(
            base=base,
            ids=_rows(self.id_embeddings, candidates),
            content=self._content_vectors(batch),
            history=_rows(self.history_embeddings, own),
            residual=_rows(self.residual_embeddings, own),
            shift=base[: ops.shape(own)[0]] - _rows(self._start, own),
        )

    def _content_vectors(self, batch: Tensors) -> Any:
        """(C, d): F W of the candidates, as a sparse matrix of facts times the embeddings of their tokens."""
        shape = (tf.size(batch["candidate"]), tf.size(batch["token"]))
        cells = tf.stack([batch["fact_column"], batch["fact_token"]], axis=1)
        facts = tf.SparseTensor(tf.cast(cells, tf.int64), batch["fact_weight"], tf.cast(shape, tf.int64))
        return tf.sparse.sparse_dense_matmul(facts, _rows(self.content_embeddings, batch["token"]))

    def own_terms(self, batch: Tensors, films: Films, levels: Any) -> Any:
        """(R, 2d + 2): what each rating adds to its person's sums, zero where it is no input.

        levels: (C,), the stars that residuals are measured from before the person's own bias.
        """
        deviation = (batch["stars"] - ops.take(levels, batch["column"], axis=0))[:, None]
        history = ops.take(films.history, batch["column"], axis=0)
        residual = ops.take(films.residual, batch["column"], axis=0)
        terms = [history + deviation * residual, residual, deviation, ops.ones_like(deviation)]
        return ops.concatenate(terms, axis=1) * batch["is_input"][:, None]

    def person_sums(self, batch: Tensors, own_terms: Any) -> Any:
        """(P, 2d + 2)."""
        return ops.segment_sum(own_terms, batch["person"], sorted=True)

    def person_from_sums(self, sums: Any) -> tuple[Any, Any]:
        """h, (.., d), and the person's bias, (.., 1), from sums of own terms, (.., 2d + 2)."""
        d = self.history_embeddings.shape[1]
        said, residual, deviation, n = ops.split(sums, [d, 2 * d, 2 * d + 1], axis=-1)
        bias = deviation / (self._damping + n)
        return (said - bias * residual) / ops.sqrt(ops.maximum(n, 1.0)), bias

    def _penalty(self, batch: Tensors, films: Films) -> Any:
        """Mean over the batch's ratings; computed film by film, times the film's number of ratings."""
        weights = self._penalties
        n_own = ops.shape(films.history)[0]
        ones = ops.ones_like(batch["stars"])
        share = ops.segment_sum(ones, batch["column"], n_own) / ops.sum(ones)
        squares = (
            weights.id_embeddings * _square_length(films.ids[:n_own])
            + weights.content * _square_length(films.content[:n_own])
            + weights.history * (_square_length(films.history) + _square_length(films.residual))
            + weights.biases * ops.square(films.shift)
        )
        return ops.sum(share * squares)

    def _weighted_mean(self, batch: Tensors, losses: Any) -> Any:
        weights = batch["target_weight"]
        return ops.sum(losses * weights) / ops.maximum(ops.sum(weights), 1e-6)

    def _tell(self, batch: Tensors, loss: Any) -> dict[str, Any]:
        self._mean_loss.update_state(loss, sample_weight=ops.sum(batch["target_weight"]))
        return {"loss": self._mean_loss.result()}


class StarsHead(HistoryTower):
    """Predicts stars: base is global mean + film's bias, plus the person's bias and h . E.

    The prediction of a rating that is itself input is made from the person's other ratings: its terms in the
    sums, in n and in the person's bias are taken out. Without that the target would predict itself.
    """

    def __init__(self, *, minimum: float, maximum: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scale = (minimum, maximum)

    def scores(self, batch: Tensors, films: Films) -> Any:
        """(R,): predicted stars of the batch's own ratings, before clipping."""
        # Residuals follow the biases as they are learned, since serving knows no others.
        own = self.own_terms(batch, films, ops.stop_gradient(films.base))
        others = ops.take(self.person_sums(batch, own), batch["person"], axis=0) - own
        vectors, biases = self.person_from_sums(others)
        shares = ops.sum(vectors * ops.take(films.vectors, batch["column"], axis=0), axis=1)
        return ops.take(films.base, batch["column"], axis=0) + biases[:, 0] + shares

    def losses_of(self, batch: Tensors, scores: Any, *, training: bool) -> Any:
        """Squared errors; when not training, of stars clipped to the scale as they will be served."""
        return ops.square((scores if training else ops.clip(scores, *self._scale)) - batch["stars"])


class RankingHead(HistoryTower):
    """Scores every candidate for every person; learns the distribution of what they rate besides the input."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._levels = self._table("levels", self.biases.shape, trainable=False)

    def measure_from(self, levels: FloatArray) -> None:
        """levels: (n_movies,), the stars that residuals are measured from: the bases of the stars head."""
        self._levels.assign(levels)

    def scores(self, batch: Tensors, films: Films) -> Any:
        """(P, C): scores of the candidates."""
        levels = _rows(self._levels, batch["candidate"])
        sums = self.person_sums(batch, self.own_terms(batch, films, levels))
        vectors, _ = self.person_from_sums(sums)
        return tf.matmul(vectors, films.vectors, transpose_b=True) + films.base

    def losses_of(self, batch: Tensors, scores: Any, *, training: bool) -> Any:
        """Negative log-likelihood under a softmax over all films that are not input.

        A candidate drawn to stand for many films counts that many times in the sum.
        """
        cells = ops.stack([batch["person"], batch["column"]], axis=1)
        seen = tf.scatter_nd(cells, batch["is_input"], ops.shape(scores))
        total = ops.logsumexp(scores + batch["log_count"] - 1e9 * seen, axis=1)
        return ops.take(total, batch["person"], axis=0) - tf.gather_nd(scores, cells)


class HistoryModel(keras.Model):
    """Both heads; the ranking head measures residuals from the biases that the stars head has learned."""

    def __init__(self, stars: StarsHead, ranking: RankingHead, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stars = stars
        self.ranking = ranking

    def call(self, batch: Tensors, training: bool = False) -> dict[str, Any]:
        """The scores of both heads, by their names."""
        return {"stars": self.stars(batch), "ranking": self.ranking(batch)}


def _rows(table: keras.Variable, rows: Any) -> Any:
    """Rows of a table. `ops.take` would read all of it, and a table being read is copied when it is written."""
    return tf.gather(table.value, rows)


def _square_length(vectors: Any) -> Any:
    return ops.sum(ops.square(vectors), axis=-1)
