"""The history model as the arrays that `ml.serving` answers from."""

from typing import Any

import numpy as np

from ml.arraytypes import BoolArray, FloatArray, Int64Array
from ml.data.ratings import Content, Ratings
from ml.training.history_batches import fact_weights, gather_groups
from ml.training.history_model import HistoryModel, HistoryTower

Arrays = dict[str, np.ndarray]


def history_arrays(
    model: HistoryModel, ratings: Ratings, *, global_mean: float, damping: float, movie_ids: Int64Array
) -> Arrays:
    """The arrays of an artifact of kind "history". ratings: those trained on; movie_ids: int64 (n_movies,).

    A movie that nobody rated has no id embedding worth keeping: its vector is its content alone, and it says
    nothing of those who rate it later.
    """
    counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies).astype(np.int32)
    stars = _tower_arrays(model.stars, ratings.content, counts > 0)
    ranking = _tower_arrays(model.ranking, ratings.content, counts > 0)
    return {
        "movie_ids": np.asarray(movie_ids, dtype=np.int64),
        "global_mean": np.array(global_mean, dtype=np.float32),
        "damping": np.array(damping, dtype=np.float32),
        "rating_counts": counts,
        "movie_biases": _values(model.stars.biases) - np.float32(global_mean),
        "ranking_biases": _values(model.ranking.biases),
        "ranking_embeddings": ranking.pop("movie_embeddings"),
        **{f"ranking_{name}": array for name, array in ranking.items()},
        **stars,
    }


def _tower_arrays(tower: HistoryTower, content: Content | None, rated: BoolArray) -> Arrays:
    """Each float32 (n_movies, embedding_dim)."""
    known = rated[:, None].astype(np.float32)
    films = known * _values(tower.id_embeddings)
    if content is not None:
        films += _content_vectors(_values(tower.content_embeddings), content)
    return {
        "movie_embeddings": films,
        "history_embeddings": known * _values(tower.history_embeddings),
        "residual_embeddings": known * _values(tower.residual_embeddings),
    }


def _content_vectors(embeddings: FloatArray, content: Content) -> FloatArray:
    """(n_movies, d): F W."""
    facts, films = gather_groups(content.indptr, np.arange(content.n_movies))
    vectors = np.zeros((content.n_movies, embeddings.shape[1]), dtype=np.float32)
    weights = fact_weights(films)[:, None]
    np.add.at(vectors, films, embeddings[content.indices[facts]] * weights)
    return vectors


def _values(weight: Any) -> FloatArray:
    return weight.numpy().astype(np.float32)
