"""Ways to find the best films of a dot product, side by side on one core: their time, and what they find.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.picks_search [--movies 10000 180000 1000000] [--n 70] [--artifact DIR]

`product` is the bare matrix-vector product that scoring every film cannot do without; `everything` that and the best of
all scores; `bounded` is `ml.top_films`. faiss (exact, and 8 bits a number) and usearch (approximate) take part where
they are installed. Prints one JSON object; milliseconds are medians over people (and the least, which a busy machine
spoils least), recall is against `everything`.
`--artifact` searches a trained model as people who rated like its films' ratings would. `opened_ms` and `extra_mb` are
what a way needs beside the artifact's own arrays.
"""

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.picks_artifact import DECAY, made_arrays
from ml.arraytypes import FloatArray, Int64Array
from ml.artifact import read_artifact
from ml.top_films import TopFilms, top_n

PEOPLE, RATED = 60, 50

Search = Callable[[FloatArray], Int64Array]


def people_of(arrays: dict[str, Any], seed: int = 0) -> FloatArray:
    """float32 (PEOPLE, d): what RATED films each say, popular ones rather than others."""
    generator = np.random.default_rng(seed)
    chances = arrays["rating_counts"] + 1e-9
    said = np.asarray(arrays["ranking_history_embeddings"])
    residual = np.asarray(arrays["ranking_residual_embeddings"])
    people = []
    for _ in range(PEOPLE):
        rows = generator.choice(len(said), RATED, p=chances / chances.sum())
        stars = generator.normal(0, 1, (RATED, 1)).astype(np.float32)
        people.append((said[rows] + stars * residual[rows]).sum(axis=0) / np.sqrt(RATED))
    return np.array(people, dtype=np.float32)


def ways(embeddings: FloatArray, biases: FloatArray, n: int) -> dict[str, Callable[[], Search]]:
    """{name: what opens it}, each of which finds the rows of the n best films of a vector."""
    found: dict[str, Callable[[], Search]] = {
        "product": lambda: lambda vector: (embeddings @ vector)[:0],
        "everything": lambda: lambda vector: top_n(embeddings @ vector + biases, n),
        "bounded": lambda: _bounded(embeddings, biases, n),
    }
    if _is_there("faiss"):
        found["faiss, exact"] = lambda: _faiss(embeddings, biases, n, bits=32)
        found["faiss, 8 bits"] = lambda: _faiss(embeddings, biases, n, bits=8)
    if _is_there("usearch.index"):
        found["usearch"] = lambda: _usearch(embeddings, biases, n)
    return found


def _bounded(embeddings: FloatArray, biases: FloatArray, n: int) -> Search:
    films = TopFilms(embeddings, biases)
    return lambda vector: films.best(vector, n)[0]


def _faiss(embeddings: FloatArray, biases: FloatArray, n: int, *, bits: int) -> Search:
    import faiss

    faiss.omp_set_num_threads(1)
    films = _with_biases(embeddings, biases)
    if bits == 32:
        index = faiss.IndexFlatIP(films.shape[1])
    else:
        index = faiss.IndexScalarQuantizer(
            films.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.train(films)
    index.add(films)
    return lambda vector: index.search(np.append(vector, np.float32(1))[None], n)[1][0]


def _usearch(embeddings: FloatArray, biases: FloatArray, n: int) -> Search:
    from usearch.index import Index

    films = _with_biases(embeddings, biases)
    index = Index(ndim=films.shape[1], metric="ip", dtype="f32")
    index.add(np.arange(len(films)), films, threads=1)
    return lambda vector: index.search(np.append(vector, np.float32(1)), n, threads=1).keys.astype(np.int64)


def _with_biases(embeddings: FloatArray, biases: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.hstack([embeddings, biases[:, None]]))


def _is_there(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def measure(arrays: dict[str, Any], n: int, without: list[str]) -> list[dict[str, Any]]:
    embeddings, biases = np.asarray(arrays["ranking_embeddings"]), np.asarray(arrays["ranking_biases"])
    people, truth, rows = people_of(arrays), [], []
    chosen = {name: way for name, way in ways(embeddings, biases, n).items() if name not in without}
    for name, opening in chosen.items():
        began, memory = time.perf_counter(), _own_mb()
        search = opening()
        opened, extra = time.perf_counter() - began, _own_mb() - memory
        search(people[0])
        spent, found = [], []
        for vector in people:
            began = time.perf_counter()
            found.append(set(search(vector).tolist()))
            spent.append(time.perf_counter() - began)
        truth = found if name == "everything" else truth
        row = {"way": name, "p50_ms": round(float(np.median(spent)) * 1e3, 3)}
        row |= {"least_ms": round(min(spent) * 1e3, 3)}
        row |= {"p99_ms": round(float(np.percentile(spent, 99)) * 1e3, 3)}
        row |= {"opened_ms": round(opened * 1e3, 1), "extra_mb": round(extra, 1)}
        if name != "product":
            row["recall"] = round(sum(len(f & t) for f, t in zip(found, truth, strict=True)) / n / PEOPLE, 4)
        if name == "bounded":
            row["finished_share"] = round(finished_share(TopFilms(embeddings, biases), people, n), 4)
        rows.append(row)
    return rows


def finished_share(films: TopFilms, people: FloatArray, n: int) -> float:
    """The mean share of films whose score is worked out whole."""
    if films._heads is None:
        return 1.0
    rows = [films._rows_to_finish(films._heads, vector, n) for vector in people]
    return float(np.mean([1.0 if found is None else len(found) / len(films._biases) for found in rows]))


def _own_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--movies", type=int, nargs="+", default=[10_000, 180_000])
    parser.add_argument("--n", type=int, default=70)
    parser.add_argument("--decay", type=float, default=DECAY)
    parser.add_argument("--artifact", type=Path)
    parser.add_argument("--without", nargs="*", default=[], help="ways to leave out")
    given = parser.parse_args()
    answer: dict[str, Any] = {"benchmark": "picks_search", "n": given.n}
    answer |= {"threads": os.environ.get("OPENBLAS_NUM_THREADS"), "load": round(os.getloadavg()[0], 2)}
    if given.artifact:
        arrays = read_artifact(given.artifact).arrays
        answer["sizes"] = {str(len(arrays["movie_ids"])): measure(arrays, given.n, given.without)}
    else:
        answer["decay"] = given.decay
        answer["sizes"] = {
            str(n): measure(made_arrays(n, decay=given.decay), given.n, given.without) for n in given.movies
        }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
