"""What the seed's two models share: a network over one reviewer and one movie, trained on stars."""

from abc import abstractmethod
from copy import copy
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Ratings, Scale
from ml.scoring import Progress, Scorer

LossCurves = dict[str, list[float]]

_CHUNK = 65_536


class PairScorer(Scorer):
    """Mean squared error, Adam, batch 64, five epochs, as the seed had them.

    The seed could say nothing for a reviewer it had not seen; here such a stranger is the mean of the
    reviewers it was trained on, which changes no figure of theirs. Ranking is by predicted stars.

    What is known of a person is a row that was trained, so of people who are given later it knows nothing.
    """

    _everyone_is_strange = False

    def __init__(
        self, *, embedding_dim: int = 50, epochs: int = 5, batch_size: int = 64, learning_rate: float = 1e-3
    ) -> None:
        self.embedding_dim = embedding_dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate

    @abstractmethod
    def network(self, n_reviewers: int, n_movies: int, scale: Scale, seed: int) -> keras.Model:
        """Fresh: from two int inputs of shape (m,), reviewers and movies, to stars of shape (m,)."""

    @property
    def hyper_parameters(self) -> dict[str, Any]:
        return {
            "embedding_dim": self.embedding_dim,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        self.restart(ratings, seed=seed)
        self.train(ratings, seed=seed, progress=progress)
        return self

    def restart(self, ratings: Ratings, *, seed: int = 0) -> None:
        """Fresh weights, for the vocabularies and the scale of `ratings`."""
        self._scale, self._n_movies = ratings.scale, ratings.n_movies
        self._everyone_is_strange = False
        self._known = np.zeros(ratings.n_reviewers, dtype=np.bool_)
        self.model = self.network(ratings.n_reviewers + 1, ratings.n_movies, ratings.scale, seed)
        self.model.compile(optimizer=keras.optimizers.Adam(self.learning_rate), loss="mse")
        self._score = tf.function(self.model, reduce_retracing=True)

    def train(
        self,
        ratings: Ratings,
        *,
        validation: Ratings | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> LossCurves:
        """Go on from the weights and the optimiser's state as they are; all ratings over one vocabulary.

        Each curve has one value an epoch, in squared stars and with the L2 terms, as Keras reports it:
        "train" while the weights move, "validation" after the epoch (empty without such ratings).
        """
        self._known |= np.bincount(ratings.reviewer_indices, minlength=ratings.n_reviewers) > 0
        batches = tf.data.Dataset.from_tensor_slices(_pairs(ratings)).shuffle(len(ratings), seed=seed)
        told = self.model.fit(
            batches.batch(self.batch_size),
            validation_data=None if validation is None else _batches(validation),
            epochs=self.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[_told(progress, self.epochs)],
        )
        self._make_strangers_average(self._known)
        return {"train": told.history["loss"], "validation": told.history.get("val_loss", [])}

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        scores = np.empty(len(movie_indices), dtype=np.float32)
        for start in range(0, len(scores), _CHUNK):
            rows = slice(start, start + _CHUNK)
            scores[rows] = self._raw(reviewer_indices[rows], movie_indices[rows])
        return self._scale.clip(scores)

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        """Before clipping, which would make ties of the best."""
        reviewers = np.full(self._n_movies, reviewer_index, dtype=np.int32)
        return self._raw(reviewers, np.arange(self._n_movies, dtype=np.int32))

    def given(self, histories: Ratings) -> Self:
        told = copy(self)
        told._everyone_is_strange = True
        return told

    def arrays(self, movie_ids: Int64Array) -> dict[str, np.ndarray]:
        """Everything learned, except what belongs to a person."""
        weights = {weight.path.replace("/", "_"): weight.numpy() for weight in self.model.weights}
        learned = {name: array for name, array in weights.items() if not name.startswith("reviewer")}
        return {"movie_ids": np.asarray(movie_ids, dtype=np.int64), **learned}

    def embedding(self, n_rows: int, name: str, seed: int) -> keras.layers.Embedding:
        return keras.layers.Embedding(
            n_rows,
            self.embedding_dim,
            embeddings_initializer=keras.initializers.HeNormal(seed=seed),
            embeddings_regularizer=keras.regularizers.L2(1e-6),
            name=f"{name}_embeddings",
        )

    def _raw(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        """(m,): what the network says. Index -1 is the last row of the reviewers, the stranger."""
        strangers = self.model.get_layer("reviewer_embeddings").input_dim - 1
        known = (reviewer_indices >= 0) & (not self._everyone_is_strange)
        rows = np.where(known, reviewer_indices, strangers).astype(np.int32)
        scores = self._score([tf.constant(rows), tf.constant(movie_indices.astype(np.int32))])
        return scores.numpy()

    def _make_strangers_average(self, known: BoolArray) -> None:
        embeddings = self.model.get_layer("reviewer_embeddings").embeddings
        table = embeddings.numpy()
        strangers = np.append(~known, True)
        table[strangers] = table[~strangers].mean(axis=0)
        embeddings.assign(table)


def _pairs(ratings: Ratings) -> tuple[tuple[IndexArray, IndexArray], FloatArray]:
    return (ratings.reviewer_indices, ratings.movie_indices), ratings.stars


def _batches(ratings: Ratings) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(_pairs(ratings)).batch(_CHUNK)


def _told(progress: Progress | None, epochs: int) -> keras.callbacks.Callback:
    def tell(epoch: int, logs: dict[str, float]) -> None:
        if progress is not None:
            progress("fit", epoch + 1, epochs, f"loss {logs['loss']:.4f}")

    return keras.callbacks.LambdaCallback(on_epoch_end=tell)
