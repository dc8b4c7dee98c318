"""What a list of picks costs beside the matrix-vector product it cannot do without.

    python -m benchmarks.serving [--movies 10000 180000] [--width 64] [--rated 50]

Prints one JSON object. `floor_ms` is the bare product of the ranking matrix with one vector, `picks_ms` all that
a request computes (the person, the scores, the best 200, the shares of 20 picks), `ratio` of the two medians of
the same run. Nothing here is a test: machines differ, ratios less so.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ml.artifact import write_artifact
from ml.serving import ServedModel, top_n

REPEATS = 60


def median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)


def write_random_artifact(path: Path, n_movies: int, width: int) -> None:
    rng = np.random.default_rng(0)

    def matrix() -> np.ndarray:
        return rng.normal(0, 0.1, (n_movies, width)).astype(np.float32)

    names = ("movie_embeddings", "history_embeddings", "ranking_embeddings")
    more = ("ranking_history_embeddings", "ranking_residual_embeddings")
    arrays = {name: matrix() for name in (*names, *more)}
    arrays |= {
        "movie_ids": np.arange(1, n_movies + 1, dtype=np.int64),
        "global_mean": np.array(3.5, dtype=np.float32),
        "damping": np.array(5, dtype=np.float32),
        "movie_biases": rng.normal(0, 0.3, n_movies).astype(np.float32),
        "prior_mean": np.zeros(width, dtype=np.float32),
        "noise_variance": np.array(0.7, dtype=np.float32),
        "movie_variances": np.full(n_movies, 0.01, dtype=np.float32),
        "deviation_scale": np.array(1, dtype=np.float32),
        "ranking_half_life": np.array(35, dtype=np.float32),
        "ranking_biases": rng.normal(0, 1, n_movies).astype(np.float32),
        "rating_counts": rng.integers(0, 1000, n_movies).astype(np.int32),
    }
    manifest = {
        "kind": "history",
        "model": "random",
        "version": "benchmark",
        "created_at": "2000-01-01T00:00:00+00:00",
        "scale": {"minimum": 0.5, "maximum": 5.0, "step": 0.5},
        "cutoff": None,
        "metrics": {},
        "baselines": {},
        "servable": True,
    }
    write_artifact(path, manifest=manifest, arrays=arrays)


def measure(n_movies: int, width: int, n_rated: int) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory() as folder:
        write_random_artifact(Path(folder) / "model", n_movies, width)
        start = time.perf_counter()
        model = ServedModel.open(Path(folder) / "model", verify=False)
        opened = time.perf_counter() - start
        rng = np.random.default_rng(1)
        rated = rng.choice(n_movies, n_rated, replace=False) + 1
        history = [
            (int(movie_id), float(stars))
            for movie_id, stars in zip(rated, rng.integers(1, 6, n_rated), strict=True)
        ]
        matrix = np.array(model._arrays["ranking_embeddings"])
        vector = rng.normal(size=width).astype(np.float32)

        def picks() -> object:
            person = model.person(history)
            best = top_n(model.ranking_scores(person), 200, excluded=person.movie_indices)
            return model.ranking_shares(person, best[:20]), model.predicted_stars(person, best[:20])

        floor, whole = median_ms(lambda: matrix @ vector), median_ms(picks)
        return {
            "movies": n_movies,
            "floor_ms": round(floor, 3),
            "picks_ms": round(whole, 3),
            "ratio": round(whole / floor, 2),
            "open_without_verifying_ms": round(opened * 1e3, 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--movies", type=int, nargs="+", default=[10_000, 180_000])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rated", type=int, default=50)
    arguments = parser.parse_args()
    sizes = [measure(n, arguments.width, arguments.rated) for n in arguments.movies]
    print(
        json.dumps(
            {"benchmark": "serving", "width": arguments.width, "rated": arguments.rated, "sizes": sizes}
        )
    )


if __name__ == "__main__":
    main()
