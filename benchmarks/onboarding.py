"""Whether the quiz's questions teach more than asking about the most popular films.

    python -m benchmarks.onboarding --data ml-latest-small [--models FOLDER] [--choosing] [--set films_seen=75]

People are parted into five groups. On the first, settings are chosen (`--choosing` reports it, `--set` changes one of
`ml.questions.QuestionSettings`); the other four are reported, each by a model that never saw its people. Half of a
person's ratings, drawn at random for every seed, are the answers they can give; the other half is the test, the same
for every way of asking, and nobody is asked about it. A film that they did not rate is one that they have not seen: a
question, but no answer. Everybody is asked until there are 10 answers and 40 questions; people who could not answer
about 10 of the films that are asked about, with the half of any seed, are left out. Recall@20 ranks the whole
catalogue by what was answered so far, RMSE is over all test ratings. Intervals of differences are bootstrapped over
people, whose figures are means over the seeds.

Trained models are kept in FOLDER, if named, and taken from there. JSON on stdout, the table on stderr.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from benchmarks.models.data import read_data
from ml.arraytypes import BoolArray, FloatArray, Int64Array
from ml.artifact import write_artifact
from ml.cli.output import print_table
from ml.data.ratings import Ratings
from ml.data.splits import people_folds
from ml.evaluation.bootstrap import paired_interval
from ml.evaluation.metrics import recall_at_k
from ml.people import Person
from ml.questions import Questionnaire, QuestionSettings
from ml.serving import ServedModel
from ml.top_films import top_n

GROUPS = 5
AT_ANSWERS, AT_SHOWN = (1, 3, 5, 10), (5, 10, 20, 40)
POPULAR = "most popular"


class Way(Protocol):
    """A way of asking one person: the row of the next film, None when there is none left.

    person: what was answered. not_seen: rows of films not seen. closed: (n_movies,), not to be asked about.
    """

    def __call__(self, person: Person, not_seen: Int64Array, closed: BoolArray) -> int | None: ...


class Reached(NamedTuple):
    """What a person's answers were worth at some point."""

    answers: int
    shown: int
    recall: float
    squared_errors: float
    n_test: int


@dataclass
class Subject:
    """A held-out person. stars: {row: stars} that they can answer with. test, test_stars: (n_test,)."""

    number: int
    stars: dict[int, float]
    test: Int64Array
    test_stars: FloatArray


def subjects(ratings: Ratings, asked: Int64Array, seed: int, n_seeds: int) -> list[Subject]:
    """Everybody who can answer often enough, whichever seed draws. asked: the films that are asked about."""
    people = np.unique(ratings.reviewer_indices).tolist()
    halves = [[_halves(ratings, reviewer, each) for each in range(n_seeds)] for reviewer in people]
    found = []
    for reviewer, of_seeds in zip(people, halves, strict=True):
        answerable = [np.isin(ratings.movie_indices[pool], asked).sum() for pool, _ in of_seeds]
        if min(answerable) >= max(AT_ANSWERS):
            found.append(_subject(ratings, reviewer, *of_seeds[seed]))
    return found


def _halves(ratings: Ratings, reviewer: int, seed: int) -> tuple[Int64Array, Int64Array]:
    """Rows of a person's ratings: those to answer with, and those of the test, one more where they are odd."""
    rows = np.random.default_rng([seed, reviewer]).permutation(ratings.histories.of(reviewer))
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def _subject(ratings: Ratings, reviewer: int, pool: Int64Array, test: Int64Array) -> Subject:
    stars = dict(zip(ratings.movie_indices[pool].tolist(), ratings.stars[pool].tolist(), strict=True))
    return Subject(reviewer, stars, ratings.movie_indices[test].astype(np.int64), ratings.stars[test])


def interview(model: ServedModel, subject: Subject, way: Way) -> dict[str, Reached]:
    """Ask one person, and look what is known of them at each of the points "answers N" and "shown N"."""
    asked = Interview(model, subject)
    while asked.shown < max(AT_SHOWN) or len(asked.rows) < max(AT_ANSWERS):
        if not asked.ask(way):
            break
    return asked.points


@dataclass
class Interview:
    """One under way. points: what was reached at those passed."""

    model: ServedModel
    subject: Subject
    rows: list[int] = field(default_factory=list)
    not_seen: list[int] = field(default_factory=list)
    points: dict[str, Reached] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.closed = np.zeros(self.model.n_movies, dtype=np.bool_)
        self.closed[self.subject.test] = True
        self._at: dict[int, Reached] = {}

    @property
    def shown(self) -> int:
        return len(self.rows) + len(self.not_seen)

    @property
    def person(self) -> Person:
        stars = np.array([self.subject.stars[row] for row in self.rows], dtype=np.float32)
        return self.model.person_at(np.array(self.rows, dtype=np.int64), stars)

    def ask(self, way: Way) -> bool:
        row = way(self.person, np.array(self.not_seen, dtype=np.int64), self.closed)
        if row is None:
            return False
        self.closed[row] = True
        (self.rows if row in self.subject.stars else self.not_seen).append(row)
        if row in self.subject.stars and len(self.rows) in AT_ANSWERS:
            self.points[f"answers {len(self.rows)}"] = self.reached()
        if self.shown in AT_SHOWN:
            self.points[f"shown {self.shown}"] = self.reached()
        return True

    def reached(self) -> Reached:
        if len(self.rows) not in self._at:
            self._at[len(self.rows)] = self._judge()
        return self._at[len(self.rows)]._replace(shown=self.shown)

    def _judge(self) -> Reached:
        person, test = self.person, self.subject.test
        best = top_n(self.model.ranking_scores(person), 20, excluded=person.movie_indices)
        errors = self.model.predicted_stars(person, test).astype(np.float64) - self.subject.test_stars
        recall = recall_at_k(best, test, 20)
        return Reached(len(self.rows), self.shown, recall, float(np.square(errors).sum()), len(test))


def ways(model: ServedModel, train: Ratings, settings: QuestionSettings) -> dict[str, Callable[[int], Way]]:
    """{name: a way to ask the person of that number}. train: what the model learned from."""
    counts = np.bincount(train.movie_indices, minlength=train.n_movies).astype(np.float32)
    best_known = best_known_films(train, settings)
    entropies = entropy_of_stars(train)[best_known]
    balanced = entropies * np.log(counts[best_known])
    questionnaire = Questionnaire(model, settings=settings)

    def quiz(person: Person, not_seen: Int64Array, closed: BoolArray) -> int | None:
        found = questionnaire.best(person, not_seen=not_seen, closed=np.flatnonzero(closed))
        return found[0].movie_index if found else None

    def shuffled(number: int) -> Way:
        return in_order(np.random.default_rng(number).permutation(best_known))

    fixed = {
        POPULAR: in_order(best_known),
        "entropy of stars": in_order(best_known[top_n(entropies, len(best_known))]),
        "log popularity x entropy": in_order(best_known[top_n(balanced, len(best_known))]),
        "the quiz": quiz,
    }
    return {"random of the best known": shuffled} | {
        name: lambda number, way=way: way for name, way in fixed.items()
    }


def best_known_films(train: Ratings, settings: QuestionSettings) -> Int64Array:
    counts = np.bincount(train.movie_indices, minlength=train.n_movies)
    return top_n(counts.astype(np.float32), settings.asked)


def in_order(rows: Int64Array) -> Way:
    def way(person: Person, not_seen: Int64Array, closed: BoolArray) -> int | None:
        left = rows[~closed[rows]]
        return int(left[0]) if len(left) else None

    return way


def entropy_of_stars(ratings: Ratings) -> FloatArray:
    """(n_movies,): of the distribution of the half stars that a film got, in bits; 0 where it has none."""
    cells = np.zeros((ratings.n_movies, 11))
    np.add.at(cells, (ratings.movie_indices, np.round(ratings.stars * 2).astype(int)), 1)
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    return -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1).astype(np.float32)


def trained(train: Ratings, seed: int, folder: Path | None) -> ServedModel:
    """A model of these ratings, whose rows are those of the data; from the folder if it is there."""
    if folder is not None and folder.exists():
        return ServedModel.open(folder)
    from ml.models import make_scorer
    from ml.training.history import HistoryScorer  # TensorFlow, which a kept model does not need

    scorer = make_scorer("history").fit(train, seed=seed)
    assert isinstance(scorer, HistoryScorer)
    if folder is not None:
        manifest = {"kind": "history", "model": "history", "version": folder.name, "created_at": "unknown"}
        manifest |= {"scale": scorer.served_model.manifest["scale"], "cutoff": None, "servable": True}
        arrays = scorer.arrays(np.arange(train.n_movies, dtype=np.int64))
        write_artifact(folder, manifest=manifest | {"metrics": {}, "baselines": {}}, arrays=arrays)
    return scorer.served_model


class Task(NamedTuple):
    """What one process does: a model that knows nothing of one group of people, and interviews with all of them."""

    data: Path
    seed: int
    n_seeds: int
    fold: int
    settings: QuestionSettings
    models: Path | None

    def run(self) -> dict[str, list[dict[str, Reached]]]:
        """{way: an entry a person: what was reached at each point}."""
        train, unknown = list(people_folds(read_data(self.data).ratings, folds=GROUPS, seed=0))[self.fold]
        model = trained(train, self.seed, self.models and self.models / f"{self.seed}-{self.fold}")
        people = subjects(unknown, best_known_films(train, self.settings), self.seed, self.n_seeds)
        reached = {
            name: [interview(model, subject, way_of(subject.number)) for subject in people]
            for name, way_of in ways(model, train, self.settings).items()
        }
        print(f"seed {self.seed}, group {self.fold}: {len(people)} people asked", file=sys.stderr, flush=True)
        return reached


def run(task: Task) -> dict[str, list[dict[str, Reached]]]:
    return task.run()


Results = dict[str, dict[str, np.ndarray]]
"""{way: {point: (seeds, people, 5), the fields of Reached}}."""


def measure(tasks: Sequence[Task], jobs: int) -> Results:
    """tasks: by seed, and for each seed the same groups."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(run, tasks))
    n_seeds = len({task.seed for task in tasks})
    results: Results = {}
    for name in outcomes[0]:
        people = [person for outcome in outcomes for person in outcome[name]]
        for point in people[0]:
            table = np.array([person[point] for person in people], dtype=np.float64)
            results.setdefault(name, {})[point] = table.reshape(n_seeds, -1, len(Reached._fields))
    return results


def figures(results: Results) -> dict[str, Any]:
    """{way: {point: means over people and seeds, and the differences to asking about the most popular}}."""
    return {
        name: {
            point: _summary(table) | _against(table, results[POPULAR][point])
            for point, table in points.items()
        }
        for name, points in results.items()
    }


def _summary(table: np.ndarray) -> dict[str, Any]:
    """table: (seeds, people, 5), the fields of Reached."""
    recalls = table[:, :, 2].mean(axis=1)
    errors = np.sqrt(table[:, :, 3].sum(axis=1) / table[:, :, 4].sum(axis=1))
    return {
        "recall_at_20": float(recalls.mean()),
        "recall_by_seed": recalls.tolist(),
        "rmse": float(errors.mean()),
        "rmse_by_seed": errors.tolist(),
        "answers": float(table[:, :, 0].mean()),
        "shown": float(table[:, :, 1].mean()),
        "n_people": table.shape[1],
    }


def _against(table: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    mine, theirs = table.mean(axis=0), other.mean(axis=0)
    recall = paired_interval(mine[:, 2], theirs[:, 2])
    rmse = paired_interval(mine[:, 3], theirs[:, 3], counts=mine[:, 4].astype(np.int64), root=True)
    return {"recall_difference": recall._asdict(), "rmse_difference": rmse._asdict()}


def show(report: dict[str, Any]) -> None:
    for title, points in (
        ("by answers", [f"answers {n}" for n in AT_ANSWERS]),
        ("by questions shown", [f"shown {n}" for n in AT_SHOWN]),
    ):
        rows = [[name, *(_cell(report[name][point]) for point in points)] for name in report]
        print_table(f"recall@20 / RMSE (answers of questions), {title}", ["", *points], rows, stderr=True)
    rows = [
        [name, point, *(_interval(cells[key]) for key in ("recall_difference", "rmse_difference"))]
        for name in report
        if name != POPULAR
        for point, cells in report[name].items()
    ]
    print_table("less asking about the most popular, 95 %", ["", "", "recall@20", "RMSE"], rows, stderr=True)


def _cell(cell: dict[str, Any]) -> str:
    return f"{cell['recall_at_20']:.4f} / {cell['rmse']:.4f} ({cell['answers']:.1f} of {cell['shown']:.1f})"


def _interval(interval: dict[str, float]) -> str:
    return f"{interval['mean']:+.4f} ({interval['low']:+.4f} to {interval['high']:+.4f})"


def changed(settings: QuestionSettings, changes: Iterable[str]) -> QuestionSettings:
    for change in changes:
        name, _, value = change.partition("=")
        settings = replace(settings, **{name: type(getattr(settings, name))(value)})
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--models", type=Path, help="where trained models are kept")
    parser.add_argument("--choosing", action="store_true", help="the people that settings are chosen on")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    settings = changed(QuestionSettings(), arguments.set)
    groups = [0] if arguments.choosing else range(1, GROUPS)
    tasks = [
        Task(arguments.data, seed, arguments.seeds, group, settings, arguments.models)
        for seed in range(arguments.seeds)
        for group in groups
    ]
    report = figures(measure(tasks, arguments.jobs))
    show(report)
    print(json.dumps({"benchmark": "onboarding", "settings": vars(settings), "ways": report}))


if __name__ == "__main__":
    main()
