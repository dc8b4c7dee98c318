"""A made artifact in the shape of a trained one: the widths of `ml.training`, its spectrum, and popularity that falls.

What a search costs depends on how few directions carry the films' vectors and on how wide biases spread, so both are as
in models trained on MovieLens (docs/picks.md); `decay=0` makes all directions alike.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ml.arraytypes import FloatArray, Int32Array
from ml.artifact import write_artifact
from ml.people import COUNT_KNOTS

RANKING_WIDTH, STARS_WIDTH = 64, 65
DECAY = 2.0
"""The k-th direction of the vectors holds k^-DECAY of their squared length."""

Arrays = dict[str, np.ndarray[Any, Any]]


def made_counts(n_movies: int, seed: int = 0) -> Int32Array:
    """How many ratings each film has: int32 (n_movies,), one over its rank, ranks at random among the ids."""
    ranks = np.random.default_rng(seed).permutation(n_movies) + 1
    return (50.0 * n_movies / (ranks * np.log(n_movies + 1.0))).astype(np.int32)


def write_made_artifact(
    folder: Path, n_movies: int, *, version: str | None = None, seed: int = 0, decay: float = DECAY
) -> None:
    """Write it to `folder`; films have the ids 1 to n_movies. Another seed makes another model of the same films."""
    manifest = {
        "kind": "history",
        "model": "made",
        "version": version or folder.name,
        "created_at": "2000-01-01T00:00:00+00:00",
        "scale": {"minimum": 0.5, "maximum": 5.0, "step": 0.5},
        "cutoff": None,
        "metrics": {},
        "baselines": {},
        "servable": True,
    }
    write_artifact(folder, manifest=manifest, arrays=made_arrays(n_movies, seed=seed, decay=decay))


def made_arrays(n_movies: int, *, seed: int = 0, decay: float = DECAY) -> Arrays:
    generator = np.random.default_rng(seed)
    counts = made_counts(n_movies)
    learnt = (counts / (counts + 20.0))[:, None].astype(np.float32)
    ranking, stars = (_spread(generator, width, decay) for width in (RANKING_WIDTH, STARS_WIDTH - 1))
    average = np.full((n_movies, 1), 0.4, dtype=np.float32)
    films = _vectors(generator, n_movies, stars) * np.float32(0.3)
    return {
        "movie_ids": np.arange(1, n_movies + 1, dtype=np.int64),
        "global_mean": np.array(3.5, dtype=np.float32),
        "damping": np.array(5, dtype=np.float32),
        "rating_counts": counts,
        "movie_biases": learnt[:, 0] * generator.normal(0, 0.4, n_movies).astype(np.float32),
        "movie_embeddings": np.concatenate([average, films], axis=1),
        "history_embeddings": learnt * generator.normal(0, 0.1, (n_movies, STARS_WIDTH)).astype(np.float32),
        "residual_embeddings": learnt * generator.normal(0, 0.1, (n_movies, STARS_WIDTH)).astype(np.float32),
        "prior_mean": np.zeros(STARS_WIDTH, dtype=np.float32),
        "prior_averages": np.zeros(COUNT_KNOTS, dtype=np.float32),
        "lean": np.array(0, dtype=np.float32),
        "history_exponent": np.array(0.2, dtype=np.float32),
        "history_limit": np.array(200, dtype=np.int32),
        "noise_variance": np.array(0.7, dtype=np.float32),
        "movie_variances": (0.7 / (5 + counts)).astype(np.float32),
        "deviation_scale": np.array(1, dtype=np.float32),
        "ranking_biases": (np.log1p(counts) + generator.normal(0, 0.4, n_movies)).astype(np.float32),
        "ranking_embeddings": _vectors(generator, n_movies, ranking),
        "ranking_history_embeddings": learnt * _vectors(generator, n_movies, ranking),
        "ranking_residual_embeddings": learnt * _vectors(generator, n_movies, ranking) * np.float32(0.5),
        "ranking_half_life": np.array(35, dtype=np.float32),
        "ranking_damping": np.array(3, dtype=np.float32),
        "similarity_embeddings": _vectors(generator, n_movies, ranking),
    }


def _spread(generator: np.random.Generator, width: int, decay: float) -> FloatArray:
    """float32 (width, width): turns independent numbers into vectors of this spectrum, in directions at random."""
    lengths = np.arange(1.0, width + 1) ** (-decay / 2)
    lengths /= np.sqrt(np.square(lengths).sum())
    directions, _ = np.linalg.qr(generator.normal(size=(width, width)))
    return (lengths[:, None] * directions.T).astype(np.float32)


def _vectors(generator: np.random.Generator, n_movies: int, spread: FloatArray) -> FloatArray:
    """float32 (n_movies, width), of length 1.6 on average."""
    independent = generator.standard_normal((n_movies, len(spread)), dtype=np.float32)
    vectors: FloatArray = independent @ (spread * np.float32(1.6))
    return vectors
