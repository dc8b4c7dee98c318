"""What choosing a list of picks costs on one core, beside the matrix-vector product that scoring every film would be.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.serving [--movies 10000 180000 1000000] [--rated 50]

Prints one JSON object. `product_ms` is the bare product of the ranking matrix with one vector, `scoring_ms` what finds
the best films of a history (the person, the search), `list_ms` all that a list computes (their stars and the shares of
20 picks too), over people; `least` is what a busy machine spoils least. `open_ms` is opening the artifact, `check_ms`
reading all of it before, as happens once when it becomes active. Nothing here is a test: machines differ, ratios less
so. What the endpoint costs: benchmarks.picks_endpoint. Other ways to search: benchmarks.picks_search.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.picks_artifact import made_counts, write_made_artifact
from ml.serving import ServedModel

PEOPLE, ROUNDS = 50, 4
CANDIDATES, PICKS = 200, 20

History = list[tuple[int, float]]


def histories(n_movies: int, n_rated: int) -> list[History]:
    """What people rated, popular films rather than others."""
    generator, counts = np.random.default_rng(1), made_counts(n_movies) + 1.0
    made = []
    for _ in range(PEOPLE):
        films = generator.choice(n_movies, n_rated, replace=False, p=counts / counts.sum()) + 1
        stars = generator.integers(1, 11, n_rated) / 2
        made.append(list(zip(films.tolist(), stars.tolist(), strict=True)))
    return made


def milliseconds(work: Callable[[History], object], people: Sequence[History]) -> dict[str, float]:
    times = []
    for history in [people[0], *people * ROUNDS]:
        began = time.perf_counter()
        work(history)
        times.append(time.perf_counter() - began)
    p50, p99 = np.percentile(np.array(times[1:]) * 1e3, [50, 99])
    return {"least": round(min(times) * 1e3, 3), "p50": round(float(p50), 3), "p99": round(float(p99), 3)}


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work()
    return round((time.perf_counter() - began) * 1e3, 1), done


def measure(n_movies: int, n_rated: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        write_made_artifact(path, n_movies)
        check_ms, _ = seconds_of(lambda: ServedModel.open(path))
        open_ms, model = seconds_of(lambda: ServedModel.open(path, verify=False))
        search_ms, _ = seconds_of(lambda: model.top_films)
        embeddings = np.array(model._arrays["ranking_embeddings"])
        vector = np.ones(embeddings.shape[1], dtype=np.float32)
        gone = np.zeros(n_movies, dtype=bool)

        def scoring(history: History) -> Any:
            person, excluded = model.person(history), gone.copy()
            excluded[person.movie_indices] = True
            return person, model.best_ranked(person, CANDIDATES, excluded=excluded)[0]

        def whole(history: History) -> object:
            person, best = scoring(history)
            return model.ranking_shares(person, best[:PICKS]), model.predicted_stars(person, best[:PICKS])

        people = histories(n_movies, n_rated)
        return {
            "movies": n_movies,
            "product_ms": milliseconds(lambda _: embeddings @ vector, people),
            "scoring_ms": milliseconds(scoring, people),
            "list_ms": milliseconds(whole, people),
            "check_ms": check_ms,
            "open_ms": round(open_ms + search_ms, 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--movies", type=int, nargs="+", default=[10_000, 180_000])
    parser.add_argument("--rated", type=int, default=50)
    given = parser.parse_args()
    answer = {
        "benchmark": "serving",
        "rated": given.rated,
        "threads": os.environ.get("OPENBLAS_NUM_THREADS"),
        "load": round(os.getloadavg()[0], 2),
        "sizes": [measure(n, given.rated) for n in given.movies],
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
