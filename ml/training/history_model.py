"""What the two heads of the history model share, in Keras: films, what they say of those who rate them, training.

A person is what their ratings say; there are no parameters of a person. A film i has a base and a vector

    E_i = Q_i + F_i W                        id embedding plus content (tokens F, weights 1 / sqrt(tokens))

and says Y_i of those who rate it. How a person and a score come of these, each head says for itself. Batches are
those of `history_batches`; R, P, C, U, F and K are its lengths, d the width of the embeddings.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ml.arraytypes import FloatArray

Tensors = Mapping[str, Any]
SHORT = 0.01
"""How long embeddings are at the start: short enough for the data to say in which direction they grow."""


@dataclass(frozen=True)
class Penalties:
    """Weights of squared lengths in the loss, counted once for every rating of a film: of its id embedding, of what
    it says of those who rate it (history) and by how they did (residuals), its content vector, and its bias's way
    from where it started. raters: of what people say of films, counted once for each of its uses."""

    id_embeddings: float
    history: float
    residuals: float
    content: float
    biases: float
    raters: float = 0.0


class Films(NamedTuple):
    """The rows of the tables that a batch touches, looked up once.

    base: (C,). ids, content: (C, d), whose sum is E. said: (U, ·) each, what the batch's own films say of those who
    rate them, and by how they did. shift: (U,), base less its start. raters: (C, d), what those who rated a film
    say of it, which is part of E too, or nothing.
    """

    base: Any
    ids: Any
    content: Any
    said: tuple[Any, Any]
    shift: Any
    raters: Any = 0.0

    @property
    def vectors(self) -> Any:
        return self.ids + self.content + self.raters


class HistoryTower(keras.Model):
    """One head. Calling it on a batch gives its scores; `restart` comes first."""

    standard_errors: ClassVar[float] = 0.0
    """By how many of them held-out ratings must be foretold better than at the start for training to be worth it."""

    def __init__(
        self,
        *,
        n_movies: int,
        n_tokens: int,
        embedding_dim: int,
        penalties: Penalties,
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._penalties = penalties
        self._seed = seed
        self._mean_loss = keras.metrics.Mean(name="loss")
        self.biases = self._table("biases", (n_movies,))
        self.id_embeddings = self._table("id_embeddings", (n_movies, embedding_dim))
        self.content_embeddings = self._table("content_embeddings", (n_tokens, embedding_dim))
        self._start = self._table("start", (n_movies,), trainable=False)
        self.built = True

    def _table(self, name: str, shape: tuple[int, ...], *, trainable: bool = True) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=trainable, name=name)

    def restart(self, base: FloatArray) -> None:
        """Fresh weights, of the seed's: embeddings normal and short, the trained base at `base`, (n_movies,)."""
        self.biases.assign(base)
        self._start.assign(base)
        generator = np.random.default_rng(self._seed)
        for table, length in self.starting_lengths():
            table.assign(generator.normal(0, length / np.sqrt(table.shape[1]), table.shape))

    def say_nothing(self) -> None:
        """Let embeddings that no epoch made better be nothing, instead of the chance that they start with."""
        for table, _ in self.starting_lengths():
            table.assign(ops.zeros_like(table))

    @abstractmethod
    def starting_lengths(self) -> list[tuple[keras.Variable, float]]:
        """The embeddings, each with the length that its rows have at the start."""

    @abstractmethod
    def said_tables(self) -> tuple[keras.Variable, keras.Variable]:
        """The tables of what films say of those who rate them, and by how they did."""

    @abstractmethod
    def scores(self, batch: Tensors, films: Films) -> Any:
        """What the head answers for a batch."""

    @abstractmethod
    def losses_of(self, batch: Tensors, films: Films, *, training: bool) -> Any:
        """(R,): each rating's own loss, meaningless where it is no target."""

    def measured_losses_of(self, batch: Tensors, films: Films, is_target: Any) -> Any:
        """(T,): what targets that are held out are measured by, to tell when to stop: their losses, unless a head knows
        better. is_target: bool (R,)."""
        return tf.boolean_mask(self.losses_of(batch, films, training=False), is_target)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._mean_loss]

    def call(self, batch: Tensors, training: bool = False) -> Any:
        return self.scores(batch, self.films(batch))

    def train_step(self, batch: Tensors) -> dict[str, Any]:
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            films = self.films(batch)
            loss = self._weighted_mean(batch, self.losses_of(batch, films, training=True))
            total = loss + self._penalty(batch, films)
        self.optimizer.apply(tape.gradient(total, [each.value for each in variables]), variables)
        return self._tell(batch, loss)

    def test_step(self, batch: Tensors) -> dict[str, Any]:
        """What each of T targets is measured by, and its weight, (T,) each, so that their spread is known as well."""
        is_target = batch["target_weight"] > 0
        losses = self.measured_losses_of(batch, self.films(batch), is_target)
        return {"losses": losses, "weights": tf.boolean_mask(batch["target_weight"], is_target)}

    def films(self, batch: Tensors) -> Films:
        candidates = batch["candidate"]
        own = candidates[: ops.max(batch["column"]) + 1]
        base = rows_of(self.biases, candidates)
        history, residuals = self.said_tables()
        return Films(
            base=base,
            ids=rows_of(self.id_embeddings, candidates),
            content=self._content_vectors(batch),
            said=(rows_of(history, own), rows_of(residuals, own)),
            shift=base[: ops.shape(own)[0]] - rows_of(self._start, own),
        )

    def _content_vectors(self, batch: Tensors) -> Any:
        """(C, d): F W of the candidates, as a sparse matrix of facts times the embeddings of their tokens."""
        shape = (tf.size(batch["candidate"]), tf.size(batch["token"]))
        cells = tf.stack([batch["fact_column"], batch["fact_token"]], axis=1)
        facts = tf.SparseTensor(tf.cast(cells, tf.int64), batch["fact_weight"], tf.cast(shape, tf.int64))
        return tf.sparse.sparse_dense_matmul(facts, rows_of(self.content_embeddings, batch["token"]))

    def _penalty(self, batch: Tensors, films: Films) -> Any:
        """Mean over the batch's ratings; computed film by film, times the film's number of ratings."""
        weights = self._penalties
        n_own = ops.shape(films.shift)[0]
        ones = ops.ones_like(batch["stars"])
        share = ops.segment_sum(ones, batch["column"], n_own) / ops.sum(ones)
        squares = (
            weights.id_embeddings * square_length(films.ids[:n_own])
            + weights.content * square_length(films.content[:n_own])
            + weights.history * square_length(films.said[0])
            + weights.residuals * square_length(films.said[1])
            + weights.biases * ops.square(films.shift)
        )
        return ops.sum(share * squares)

    def _weighted_mean(self, batch: Tensors, losses: Any) -> Any:
        weights = batch["target_weight"]
        return ops.sum(losses * weights) / ops.maximum(ops.sum(weights), 1e-6)

    def _tell(self, batch: Tensors, loss: Any) -> dict[str, Any]:
        self._mean_loss.update_state(loss, sample_weight=ops.sum(batch["target_weight"]))
        return {"loss": self._mean_loss.result()}


def rows_of(table: keras.Variable, rows: Any) -> Any:
    """Rows of a table. `ops.take` would read all of it, and a table being read is copied when it is written."""
    return tf.gather(table.value, rows)


def square_length(vectors: Any) -> Any:
    return ops.sum(ops.square(vectors), axis=-1)
