"""Small artifacts whose tastes are planted, so that what they must answer is known by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from catalog.models import Movie
from ml.artifact import write_artifact
from recommendations.models import ModelVersion

TASTES = ("space", "romance")


def plant_artifact(
    version: str,
    movies: Mapping[int, str],
    *,
    strength: float = 1.0,
    stars_strength: float = 0.3,
    global_mean: float = 3.5,
    bias_spread: float = 0.3,
    unrated: Sequence[int] = (),
    path: Path | None = None,
    **manifest: Any,
) -> Path:
    """Write an artifact in which a film says: more of its own taste, less of the other.

    `movies` is {movie id: taste}. Within a taste, the ranking prefers lower ids a little. `unrated` are ids
    of films without a rating in training.
    """
    ids = np.array(sorted(movies), dtype=np.int64)
    tastes = np.array([TASTES.index(movies[movie_id]) for movie_id in ids.tolist()])
    taste_vectors = np.array([[1.0, -0.5], [-0.5, 1.0]], dtype=np.float32)[tastes]
    n = len(ids)
    arrays: dict[str, Any] = {
        "movie_ids": ids,
        "global_mean": np.float32(global_mean),
        "damping": np.float32(5.0),
        "movie_biases": np.linspace(bias_spread, -bias_spread, n, dtype=np.float32),
        "movie_embeddings": np.hstack([np.full((n, 1), 0.4), taste_vectors * stars_strength]).astype(
            np.float32
        ),
        "history_embeddings": np.zeros((n, 3), dtype=np.float32),
        "residual_embeddings": np.zeros((n, 3), dtype=np.float32),
        "prior_mean": np.zeros(3, dtype=np.float32),
        "prior_averages": np.zeros(2, dtype=np.float32),
        "lean": np.float32(0.0),
        "history_exponent": np.float32(0.5),
        "history_limit": np.int32(200),
        "noise_variance": np.float32(0.8),
        "movie_variances": np.full(n, 0.02, dtype=np.float32),
        "deviation_scale": np.float32(1.0),
        "ranking_biases": np.linspace(0.1, 0.0, n, dtype=np.float32),
        "ranking_embeddings": taste_vectors * np.float32(strength),
        "ranking_history_embeddings": taste_vectors * np.float32(0.5),
        "ranking_residual_embeddings": taste_vectors * np.float32(0.5),
        "ranking_half_life": np.float32(35.0),
        "ranking_damping": np.float32(0.0),
        "similarity_embeddings": taste_vectors * np.float32(strength),
        "rating_counts": np.array([0 if i in unrated else 30 for i in ids.tolist()], dtype=np.int32),
    }
    folder = path or Path(settings.MODELS_DIR) / version
    write_artifact(
        folder,
        manifest=a_manifest(version, **manifest),
        arrays={name: np.asarray(array) for name, array in arrays.items()},
    )
    return folder


def a_manifest(version: str, **changes: Any) -> dict[str, Any]:
    """A manifest whose model beats the baselines on its own holdout, unless told otherwise."""
    holdout = {
        "n_test_ratings": 400,
        "n_test_people": 60,
        "mae": 0.7,
        "recall_at_20": 0.1,
        "coverage_at_20": 0.3,
    }
    return {
        "kind": "history",
        "model": "history",
        "version": version,
        "created_at": "2024-05-01T00:00:00+00:00",
        "seed": 0,
        "hyper_parameters": {},
        "scale": {"minimum": 0.5, "maximum": 5.0, "step": 0.5},
        "cutoff": 1_700_000_000,
        "n_ratings": 1000,
        "n_movies": 4,
        "n_reviewers": 100,
        "metrics": {**holdout, "rmse": 0.90, "ndcg_at_10": 0.20},
        "baselines": {
            "bias": {**holdout, "rmse": 0.95, "ndcg_at_10": 0.05},
            "popularity": {**holdout, "rmse": 1.10, "ndcg_at_10": 0.15},
        },
        "servable": True,
        **changes,
    }


def plant_active(version: str, movies: Mapping[int, str], **options: Any) -> ModelVersion:
    """Plant an artifact and make it the active version, whatever was active before."""
    plant_artifact(version, movies, **options)
    ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).update(state=ModelVersion.State.RETIRED)
    return ModelVersion.objects.create(version=version, state=ModelVersion.State.ACTIVE)


def tastes_of(movies: Sequence[Movie]) -> dict[int, str]:
    """The first half of the films are about space, the rest are romances."""
    half = len(movies) // 2
    return {movie.pk: TASTES[place >= half] for place, movie in enumerate(movies)}
