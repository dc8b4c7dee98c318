"""Whether a person would call similar films similar: measured by what training did not see.

Truths are the series that titles tell (`catalog.series`) and tags that people gave to between 2 and 25 films
(tags.csv of a MovieLens folder). `python -m benchmarks.list_quality` prints the figures.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ml.diversity import unit_rows
from ml.serving import ServedModel, top_n

LENGTH = 12
BINS = {"0-5": (0, 5), "6-30": (6, 30), "31+": (31, 10**9)}
MOST_OF_A_TAG = 25

Truth = dict[int, set[int]]
Neighbours = Callable[[int], np.ndarray]


def mates(groups: Iterable[Iterable[int]]) -> Truth:
    """By film, all others that share a group with it."""
    found: Truth = defaultdict(set)
    for group in map(set, groups):
        for film in group if len(group) > 1 else ():
            found[film] |= group - {film}
    return dict(found)


def series_mates(groups: np.ndarray) -> Truth:
    return mates(np.flatnonzero(groups == group).tolist() for group in set(groups[groups >= 0].tolist()))


def tag_mates(folder: Path, rows: dict[str, int]) -> Truth:
    """rows: by the folder's key of a film. Nothing where the folder has no tags."""
    films: dict[str, set[int]] = defaultdict(set)
    path = folder / "tags.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["movieId"] in rows:
                films[line["tag"].strip().casefold()].add(rows[line["movieId"]])
    return mates(tagged for tagged in films.values() if len(tagged) <= MOST_OF_A_TAG)


def ways(model: ServedModel) -> dict[str, Neighbours]:
    """As served; as it was before (the ranking's cosine, by the neighbour's number of ratings); popular films."""
    counts = model._arrays["rating_counts"]
    vectors = unit_rows(model._arrays["ranking_embeddings"])
    weights = counts / (counts + 20)
    return {
        "served": lambda film: model.similar(film, LENGTH)[0],
        "cosine by count": lambda film: top_n(
            vectors @ vectors[film] * weights, LENGTH, excluded=np.array([film])
        ),
        "popular": lambda film: top_n(counts.astype(np.float32), LENGTH, excluded=np.array([film])),
    }


def similar_quality(model: ServedModel, truths: dict[str, Truth]) -> dict[str, dict[str, float]]:
    """By way: of each truth the share found among 12 neighbours, by how many ratings the film has; how many different
    films 300 lists show (1 is no film twice), and the share of lists that hold the film in most of them."""
    counts = model._arrays["rating_counts"]
    sample = np.random.default_rng(0).choice(model.n_movies, min(300, model.n_movies), replace=False)
    figures = {}
    for way, neighbours in ways(model).items():
        measured = {}
        for name, truth in truths.items():
            for label, (least, most) in BINS.items():
                films = [film for film in truth if least <= counts[film] <= most]
                hits = [len(truth[film] & set(neighbours(film).tolist())) for film in films]
                possible = [min(LENGTH, len(truth[film])) for film in films]
                if films:
                    measured[f"{name} {label}"] = float(np.mean(np.divide(hits, possible)))
        shown = np.concatenate([neighbours(film) for film in sample.tolist()])
        measured["different"] = len(np.unique(shown)) / len(shown)
        measured["most shown"] = float(np.bincount(shown).max() / len(sample))
        figures[way] = measured
    return figures
