"""The history model as the arrays that `ml.serving` answers from."""

from typing import Any

import numpy as np

from ml.arraytypes import FloatArray, Int32Array, Int64Array
from ml.data.ratings import Content, Ratings
from ml.similarity import similarity_embeddings
from ml.training.calibration import Calibration
from ml.training.history_batches import fact_weights, gather_groups
from ml.training.history_heads import HistoryModel
from ml.training.history_model import HistoryTower
from ml.training.raters import Raters

Arrays = dict[str, np.ndarray]


def history_arrays(
    model: HistoryModel,
    ratings: Ratings,
    raters: Raters,
    *,
    global_mean: float,
    damping: float,
    movie_ridge: float,
    half_life: float,
    ranking_damping: float,
    calibration: Calibration,
    movie_ids: Int64Array,
) -> Arrays:
    """The arrays of an artifact of kind "history". ratings: those trained on; raters: those by whom the films were
    told; movie_ids: int64 (n_movies,).

    A movie that nobody rated has no id embedding worth keeping: its vector is its content alone, and it says
    nothing of those who rate it. movie_ridge: of the biases, whose variance is then noise / (ridge + ratings).
    """
    counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies).astype(np.int32)
    known = (counts > 0)[:, None].astype(np.float32)
    stars, ranking = model.stars, model.ranking
    films = _film_vectors(stars, ratings.content, known) + raters.vectors(_values(stars.rater_embeddings))
    average = np.full((ratings.n_movies, 1), float(stars.average_scale.numpy()), dtype=np.float32)
    noise = np.exp(2 * _values(stars.log_noise))
    return {
        "movie_ids": np.asarray(movie_ids, dtype=np.int64),
        "global_mean": np.array(global_mean, dtype=np.float32),
        "damping": np.array(damping, dtype=np.float32),
        "rating_counts": counts,
        "movie_biases": _values(stars.biases) - np.float32(global_mean),
        "movie_embeddings": np.concatenate([average, films], axis=1),
        "history_embeddings": known * _values(stars.history_embeddings),
        "residual_embeddings": known * _values(stars.residual_embeddings),
        "history_exponent": np.array(stars.history_exponent, dtype=np.float32),
        "history_limit": np.array(stars.history_limit, dtype=np.int32),
        "prior_mean": _values(stars.prior_mean),
        "prior_averages": _values(stars.prior_averages),
        "noise_variance": np.array(noise, dtype=np.float32),
        "movie_variances": (noise / (movie_ridge + counts)).astype(np.float32),
        "lean": np.array(calibration.lean, dtype=np.float32),
        "deviation_scale": np.array(calibration.deviation_scale, dtype=np.float32),
        "ranking_biases": _values(ranking.biases),
        "ranking_embeddings": _film_vectors(ranking, ratings.content, known),
        "ranking_history_embeddings": known * _values(ranking.history_embeddings),
        "ranking_residual_embeddings": known * _values(ranking.residual_embeddings),
        "ranking_half_life": np.array(half_life, dtype=np.float32),
        "ranking_damping": np.array(ranking_damping, dtype=np.float32),
        "similarity_embeddings": _similarity_embeddings(model, ratings.content, counts),
    }


def _similarity_embeddings(model: HistoryModel, content: Content | None, counts: Int32Array) -> FloatArray:
    stars, ranking = model.stars, model.ranking
    known = (counts > 0)[:, None].astype(np.float32)
    tables = (ranking.id_embeddings, ranking.history_embeddings, stars.id_embeddings)
    facts = None if content is None else _content_vectors(_values(ranking.content_embeddings), content)
    return similarity_embeddings(facts, [known * _values(table) for table in tables], counts)


def _film_vectors(tower: HistoryTower, content: Content | None, known: FloatArray) -> FloatArray:
    """float32 (n_movies, d): id embedding plus content."""
    films: FloatArray = known * _values(tower.id_embeddings)
    if content is not None:
        films += _content_vectors(_values(tower.content_embeddings), content)
    return films


def _content_vectors(embeddings: FloatArray, content: Content) -> FloatArray:
    """(n_movies, d): F W."""
    facts, films = gather_groups(content.indptr, np.arange(content.n_movies))
    vectors = np.zeros((content.n_movies, embeddings.shape[1]), dtype=np.float32)
    weights = fact_weights(films)[:, None]
    np.add.at(vectors, films, embeddings[content.indices[facts]] * weights)
    return vectors


def _values(weight: Any) -> FloatArray:
    return weight.numpy().astype(np.float32)
