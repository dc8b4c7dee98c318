"""What variety and adventure cost a list, and what they bring, on real ratings.

    python -m benchmarks.list_quality --data ml-latest-small [--seed 0]

Tables go to stderr, JSON to stdout. Each person's last fifth of ratings is to be found among all films but those
they rated before (`ml.evaluation`, leave_last). People are parted in two halves: the default strength is chosen on
one, as the strongest that costs less than 1 % of nDCG@10 and of recall@20 there, and both are reported. Lists have 20
films.

`unlike_genres`: 1 - mean cosine of the genres of two films of a list, which variety does not look at.
`unlike_embeddings`: the same of the vectors it does look at. `coverage`: share of the catalogue that stands in
anybody's list. `median_count`: of the ratings in training that the films shown have.

Intervals of predicted stars, asked to hold 80 %: people of a fifth that training never saw tell their first k ratings
and are asked for what they rated after their fiftieth. People that training knew are asked for their last fifth, when
the model is told the last k of what they rated before, and by how much they rated at all ("of 20-49").

Similar films: see `benchmarks.similar_films`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.movielens_csv.__main__ import read_movies, read_ratings
from benchmarks.similar_films import series_mates, similar_quality, tag_mates
from catalog.series import series_groups
from ml.data.files import MoviesFile, index_ratings, read_movies_csv, read_ratings_csv
from ml.data.ratings import Ratings
from ml.data.splits import Split, first_and_later, leave_last_split, people_folds
from ml.diversity import CANDIDATES, DEFAULT_STRENGTH, adventurous, diversify, familiarity, unit_rows
from ml.evaluation.calibration import interval_quality
from ml.evaluation.lengths import bins_of
from ml.evaluation.metrics import coverage_at_k, ndcg_at_k, recall_at_k, rmse
from ml.evaluation.protocol import predict_people
from ml.evaluation.results import StarsResult
from ml.evaluation.served import ServedScorer
from ml.models import make_scorer
from ml.serving import ServedModel, top_n

LENGTH = 20
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
ADVENTUROUSNESS = (-1.0, -0.5, 0.0, 0.5, 1.0)
GIVEN = (0, 1, 2, 5, 10, 20, 50)
ALLOWED_LOSS = 0.01

Reorder = Callable[["Case"], np.ndarray]


@dataclass(frozen=True)
class Catalogue:
    """genres: (n_movies, n_genres), rows of length 1. groups: series by title, -1 for none. counts: of ratings."""

    genres: np.ndarray
    groups: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Case:
    """A person to be given a list. scores: of all films. seen: rows they rated. relevant: rows held out."""

    scores: np.ndarray
    seen: np.ndarray
    relevant: np.ndarray


def read_folder(folder: Path) -> tuple[Ratings, MoviesFile, list[str]]:
    with tempfile.TemporaryDirectory() as name:
        ratings_csv, movies_csv = Path(name) / "ratings.csv", Path(name) / "movies.csv"
        read_ratings(folder / "ratings.csv").to_csv(ratings_csv, index=False)
        read_movies(folder).to_csv(movies_csv, index=False)
        movies = read_movies_csv(movies_csv)
        indexed = index_ratings([read_ratings_csv(ratings_csv)], movies)
    return indexed.ratings[0], movies, indexed.movie_keys


def catalogue_of(train: Ratings, movies: MoviesFile, keys: list[str]) -> Catalogue:
    place = {key: number for number, key in enumerate(movies.movies)}
    names = sorted({genre for genres in movies.genres for genre in genres})
    flags = np.array(
        [[name in movies.genres[place[key]] for name in names] for key in keys], dtype=np.float32
    )
    return Catalogue(
        genres=unit_rows(flags),
        groups=np.array(series_groups([movies.titles[place[key]] for key in keys])),
        counts=np.bincount(train.movie_indices, minlength=train.n_movies).astype(np.int32),
    )


def cases_of(model: ServedModel, split: Split) -> list[Case]:
    """Everyone with a held-out rating, in one fixed random order, so that halves are alike."""
    cases = []
    people = np.unique(split.test.reviewer_indices)
    for reviewer in np.random.default_rng(0).permutation(people).tolist():
        known = split.train.histories.of(reviewer)
        seen = split.train.movie_indices[known].astype(np.int64)
        person = model.person_at(seen, split.train.stars[known])
        relevant = split.test.movie_indices[split.test.histories.of(reviewer)].astype(np.int64)
        cases.append(Case(model.ranking_scores(person), seen, relevant))
    return cases


def quality(
    lists: list[np.ndarray], cases: list[Case], catalogue: Catalogue, vectors: np.ndarray
) -> dict[str, float]:
    judged = list(zip(lists, cases, strict=True))
    return {
        "ndcg_at_10": mean(ndcg_at_k(shown, case.relevant, 10) for shown, case in judged),
        "recall_at_20": mean(recall_at_k(shown, case.relevant, 20) for shown, case in judged),
        "unlike_genres": mean(unlikeness(catalogue.genres[shown]) for shown in lists),
        "unlike_embeddings": mean(unlikeness(vectors[shown]) for shown in lists),
        "coverage": coverage_at_k(lists, len(vectors), LENGTH),
        "median_count": float(np.median(catalogue.counts[np.concatenate(lists)])),
    }


def unlikeness(rows: np.ndarray) -> float:
    """1 - mean cosine of two of these rows of length 1."""
    pairs = np.triu_indices(len(rows), 1)
    return float(1 - (rows @ rows.T)[pairs].mean())


def mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def varied(strength: float, catalogue: Catalogue, vectors: np.ndarray) -> Reorder:
    def order(case: Case) -> np.ndarray:
        best = top_n(case.scores, CANDIDATES, excluded=case.seen)
        groups = catalogue.groups[best]
        return best[diversify(case.scores[best], vectors[best], LENGTH, strength=strength, groups=groups)]

    return order


def plain(case: Case) -> np.ndarray:
    return top_n(case.scores, LENGTH, excluded=case.seen)


def moved(adventurousness: float, catalogue: Catalogue, vectors: np.ndarray) -> Reorder:
    order = varied(DEFAULT_STRENGTH, catalogue, vectors)
    return lambda case: order(
        Case(
            adventurous(case.scores, familiarity(catalogue.counts), adventurousness), case.seen, case.relevant
        )
    )


def halves(
    orders: dict[str, Reorder], cases: list[Case], catalogue: Catalogue, vectors: np.ndarray
) -> dict[str, dict[str, dict[str, float]]]:
    middle = len(cases) // 2
    parts = {"chosen on": cases[:middle], "reported on": cases[middle:]}
    return {
        name: {
            key: quality([order(case) for case in part], part, catalogue, vectors)
            for key, order in orders.items()
        }
        for name, part in parts.items()
    }


def chosen_strength(figures: dict[str, dict[str, float]]) -> float:
    """The strongest up to which none loses 1 % of nDCG@10 or of recall@20 against the order of scores."""
    kept = 0.0
    for strength in STRENGTHS:
        measured = figures[str(strength)]
        if any(
            measured[name] < (1 - ALLOWED_LOSS) * figures["scores alone"][name]
            for name in ("ndcg_at_10", "recall_at_20")
        ):
            break
        kept = strength
    return kept


def newcomers_coverage(ratings: Ratings, seed: int) -> dict[str, dict[str, float]]:
    known, unknown = next(iter(people_folds(ratings, folds=5, seed=0)))
    scorer = make_scorer("history").fit(known, seed=seed)
    held = {}
    for given in GIVEN:
        newcomers = first_and_later(unknown, given=given, after=max(GIVEN))
        result = predict_people(scorer.given(newcomers.train), newcomers.train, newcomers.test, sure=True)
        interval = result.calibration["interval"]
        figures = {key: interval[key] for key in ("coverage", "width")}
        held[str(given)] = figures | {"rmse": float(result.metrics["rmse"])}
    return held


def interval_coverage(model: ServedModel, split: Split) -> dict[str, dict[str, float]]:
    scorer = ServedScorer(model, np.arange(model.n_movies)).fit(split.train)
    told = {str(last): split.train.subset(last_places(split.train, last)) for last in GIVEN}
    figures = {}
    for name, histories in {**told, "all": split.train}.items():
        result = predict_people(scorer.given(histories), histories, split.test, sure=True)
        interval = result.calibration["interval"]
        figures[name] = {key: interval[key] for key in ("coverage", "width")} | {
            "rmse": float(result.metrics["rmse"])
        }
        if name == "all":
            figures |= by_length(result)
    return figures


def by_length(result: StarsResult) -> dict[str, dict[str, float]]:
    return {
        f"of {name}": {
            **interval_quality(result.low[held], result.high[held], result.actual[held]),
            "rmse": rmse(result.predicted[held], result.actual[held]),
        }
        for name, held in bins_of(result.history_lengths)
    }


def last_places(ratings: Ratings, n: int) -> np.ndarray:
    """Where everyone's last n ratings stand."""
    histories = ratings.histories
    chosen = [
        histories.of(person)[max(len(histories.of(person)) - n, 0) :] for person in range(ratings.n_reviewers)
    ]
    return np.concatenate(chosen)


def print_table(title: str, rows: dict[str, dict[str, float]]) -> None:
    names = list(next(iter(rows.values())))
    print(f"\n{title}", file=sys.stderr)
    print(f"{'':>15} " + " ".join(f"{name:>17}" for name in names), file=sys.stderr)
    for key, row in rows.items():
        print(f"{key:>15} " + " ".join(f"{row[name]:17.4f}" for name in names), file=sys.stderr)


def measure(folder: Path, seed: int) -> dict[str, Any]:
    ratings, movies, keys = read_folder(folder)
    split = leave_last_split(ratings)
    model = make_scorer("history").fit(split.train, seed=seed).served_model
    catalogue, vectors = catalogue_of(split.train, movies, keys), unit_rows(model.similarity_embeddings)
    cases = cases_of(model, split)
    rows = {key: row for row, key in enumerate(keys)}
    truths = {"series": series_mates(catalogue.groups), "tag": tag_mates(folder, rows)}
    strengths: dict[str, Reorder] = {"scores alone": plain}
    strengths |= {str(strength): varied(strength, catalogue, vectors) for strength in STRENGTHS}
    dial = {f"{value:+}": moved(value, catalogue, vectors) for value in ADVENTUROUSNESS}
    by_strength = halves(strengths, cases, catalogue, vectors)
    return {
        "benchmark": "list_quality",
        "people": len(cases),
        "diversity": by_strength,
        "chosen_strength": chosen_strength(by_strength["chosen on"]),
        "default_strength": DEFAULT_STRENGTH,
        "adventurousness": halves(dial, cases, catalogue, vectors)["reported on"],
        "similar": similar_quality(model, truths),
        "intervals": newcomers_coverage(ratings, seed),
        "intervals_of_known": interval_coverage(model, split),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="a MovieLens folder with ratings.csv and movies.csv"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    figures = measure(arguments.data, arguments.seed)
    for half, rows in figures["diversity"].items():
        print_table(f"Strength of diversity, people it is {half}", rows)
    print_table(f"Adventurousness, at a strength of {DEFAULT_STRENGTH}", figures["adventurousness"])
    print_table("Similar films", figures["similar"])
    print_table("80 % intervals of newcomers, by ratings told", figures["intervals"])
    print_table("80 % intervals of people known, by ratings told", figures["intervals_of_known"])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
