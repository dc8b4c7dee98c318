"""Small, seeded inputs for the tests of `ml`: never square, never symmetric, with gaps where real data has gaps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml.data.ratings import NO_TIMESTAMP, Content, Ratings, Scale

GENRES = ("Crime", "Drama", "Horror", "Musical", "Western")
FIVE_STARS = Scale(minimum=1.0, maximum=5.0, step=1.0)
HALF_STARS_TO_FOUR = Scale(minimum=0.5, maximum=4.0, step=0.5)


def make_ratings(
    rows: Sequence[tuple[Any, ...]],
    *,
    n_reviewers: int | None = None,
    n_movies: int | None = None,
    scale: Scale = FIVE_STARS,
    content: Content | None = None,
) -> Ratings:
    """Ratings from (reviewer index, movie index, stars[, timestamp])."""
    reviewers = np.array([row[0] for row in rows], dtype=np.int32)
    movies = np.array([row[1] for row in rows], dtype=np.int32)
    times = [row[3] if len(row) > 3 else NO_TIMESTAMP for row in rows]
    return Ratings(
        reviewer_indices=reviewers,
        movie_indices=movies,
        stars=np.array([row[2] for row in rows], dtype=np.float32),
        timestamps=np.array(times, dtype=np.int64),
        n_reviewers=int(reviewers.max()) + 1 if n_reviewers is None else n_reviewers,
        n_movies=int(movies.max()) + 1 if n_movies is None else n_movies,
        scale=scale,
        content=content,
    )


def planted_ratings(
    *,
    seed: int = 0,
    scale: Scale = FIVE_STARS,
    n_reviewers: int = 47,
    n_movies: int = 23,
    with_content: bool = True,
) -> Ratings:
    """People of three kinds, of unequal number, who like different genres; some films are good, some people mild.

    The last two reviewers and the last three movies have no rating. About a third of the other pairs are rated.
    """
    generator = np.random.default_rng(seed)
    kinds = np.minimum(generator.integers(0, 5, n_reviewers), 2)
    genres = generator.integers(0, len(GENRES), n_movies)
    liking = generator.normal(0, 0.2, (3, len(GENRES)))
    levels = generator.normal(0.55, 0.2, n_movies)[None, :] + generator.normal(0, 0.15, n_reviewers)[:, None]
    shares = np.clip(levels + liking[kinds][:, genres] + generator.normal(0, 0.05, levels.shape), 0, 1)
    steps = np.round(shares * (scale.maximum - scale.minimum) / scale.step)
    rated = generator.random(levels.shape) < 0.35
    rated[-2:] = False
    rated[:, -3:] = False
    reviewers, movies = np.nonzero(rated)
    times = generator.permutation(len(reviewers)) * 60 + 1_500_000_000
    rows = [
        (u, i, scale.minimum + scale.step * steps[u, i], t)
        for u, i, t in zip(reviewers, movies, times, strict=True)
    ]
    content = Content.from_tokens([f"genre:{GENRES[genre]}"] for genre in genres) if with_content else None
    return make_ratings(rows, n_reviewers=n_reviewers, n_movies=n_movies, scale=scale, content=content)


def make_manifest(**changes: Any) -> dict[str, Any]:
    manifest = {
        "kind": "history",
        "model": "history",
        "version": "v7",
        "created_at": "2024-05-06T07:08:09+00:00",
        "seed": 3,
        "hyper_parameters": {"embedding_dim": 4},
        "scale": {"minimum": 1.0, "maximum": 5.0, "step": 1.0},
        "cutoff": 1_500_000_000,
        "n_ratings": 10,
        "n_movies": 11,
        "n_reviewers": 5,
        "metrics": {"rmse": 0.9},
        "baselines": {"bias": {"rmse": 0.95}},
        "servable": True,
    }
    return manifest | changes


def make_history_arrays(
    *, seed: int = 0, n_movies: int = 11, stars_width: int = 4, ranking_width: int = 3
) -> dict[str, np.ndarray]:
    """Arrays of an artifact of kind "history" with ids 5, 12, 19, ... and the two widths apart."""
    generator = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.5, shape).astype(np.float32)

    return {
        "movie_ids": np.arange(n_movies, dtype=np.int64) * 7 + 5,
        "global_mean": np.array(3.4, dtype=np.float32),
        "damping": np.array(5.0, dtype=np.float32),
        "movie_biases": normal(n_movies),
        "movie_embeddings": normal(n_movies, stars_width),
        "history_embeddings": normal(n_movies, stars_width),
        "residual_embeddings": normal(n_movies, stars_width),
        "prior_mean": normal(stars_width),
        "prior_averages": normal(4),
        "lean": np.array(0.03, dtype=np.float32),
        "history_exponent": np.array(0.3, dtype=np.float32),
        "history_limit": np.array(60, dtype=np.int32),
        "noise_variance": np.array(0.7, dtype=np.float32),
        "movie_variances": np.abs(normal(n_movies)),
        "deviation_scale": np.array(1.1, dtype=np.float32),
        "ranking_biases": normal(n_movies),
        "ranking_embeddings": normal(n_movies, ranking_width),
        "ranking_history_embeddings": normal(n_movies, ranking_width),
        "ranking_residual_embeddings": normal(n_movies, ranking_width),
        "ranking_half_life": np.array(3.0, dtype=np.float32),
        "ranking_damping": np.array(0.8, dtype=np.float32),
        "similarity_embeddings": normal(n_movies, ranking_width + 2),
        "rating_counts": generator.integers(0, 60, n_movies).astype(np.int32),
    }
