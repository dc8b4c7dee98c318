"""The protocols that figures are reported by. Each is a function of a trial, which makes models, and of the data.

It returns {"cases": {case: {"metrics", "by_length", "calibration"}}, "people": {case: arrays, an entry a person},
"fit_seconds": of all fits together}, plain numbers but for the arrays. How the data is split never depends on `seed`,
which is the model's alone, so that figures of several seeds differ by the model and nothing else.

Of more people than the trial's `maximum_people` a fixed random sample is ranked, and of more than STARRED_PEOPLE stars
are predicted; the counts in the metrics tell. Before every fit the leak detector looks at the split.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ml.data.ratings import Ratings
from ml.data.splits import (
    Split,
    first_and_later,
    global_temporal_split,
    hide_movies,
    leave_last_split,
    people_folds,
    random_split,
    reveal_earlier_half,
    sample_people,
)
from ml.evaluation.leaks import check_histories, check_split
from ml.evaluation.new_films import NewFilmsResult, rank_new_films
from ml.evaluation.protocol import EmptyTestError, predict_people, rank_people
from ml.evaluation.results import RankingResult, StarsResult, case_of, people_of
from ml.scoring import Progress, Scorer

Make = Callable[[], Scorer]
"""A fresh, unfitted model."""

STARRED_PEOPLE = 100_000
GIVEN_TO_STRANGERS = (1, 3, 5, 10)


class Judged(NamedTuple):
    stars: StarsResult | None
    ranking: RankingResult | NewFilmsResult | None


@dataclass
class Trial:
    """Fresh models, always fitted with the same seed, and how they are judged. maximum_people: ranked at most, None for
    no limit. fit_seconds: of all fits so far."""

    make: Make
    seed: int = 0
    maximum_people: int | None = None
    progress: Progress | None = None
    fit_seconds: float = field(default=0.0, init=False)

    def fit(self, train: Ratings) -> Scorer:
        started = time.perf_counter()
        scorer = self.make().fit(train, seed=self.seed, progress=self.progress)
        self.fit_seconds += time.perf_counter() - started
        return scorer

    def judge(self, scorer: Scorer, split: Split) -> Judged:
        """split.train: what the scorer knows people by, which need not be what it was fitted on."""
        starred, ranked = (
            sample_people(split.test, maximum) for maximum in (STARRED_PEOPLE, self.maximum_people)
        )
        return Judged(
            stars=predict_people(scorer, split.train, starred, sure=True),
            ranking=rank_people(scorer, split.train, ranked, progress=self.progress),
        )

    def figures(self, judged: Mapping[str, Judged]) -> dict[str, Any]:
        return {
            "cases": {name: case_of(*one) for name, one in judged.items()},
            "people": {name: people_of(*one) for name, one in judged.items()},
            "fit_seconds": self.fit_seconds,
        }


def folds(trial: Trial, splits: Iterable[Split]) -> dict[str, Any]:
    """Stars on given splits. Cases: u1, u2, ... and "mean": metrics are means over the folds, the tables pooled."""
    judged = []
    for split in splits:
        check_split(split.train, split.test, temporal=False)
        scorer = trial.fit(split.train)
        judged.append(Judged(predict_people(scorer, split.train, split.test, sure=True), None))
    cases = {f"u{number}": one for number, one in enumerate(judged, start=1)}
    figures = trial.figures({**cases, "mean": _pooled(judged)})
    per_fold = [figures["cases"][name]["metrics"] for name in cases]
    means = {name: float(np.mean([metrics[name] for metrics in per_fold])) for name in ("mae", "rmse")}
    figures["cases"]["mean"]["metrics"].update(means)
    return figures


def leave_last(trial: Trial, ratings: Ratings) -> dict[str, Any]:
    """Each person's last fifth, rounded up, is predicted and to be found among all films but their own."""
    split = leave_last_split(ratings)
    check_split(split.train, split.test, temporal=False)
    check_histories(split.train, split.test)
    scorer = trial.fit(split.train)
    return trial.figures({"all": trial.judge(scorer, split)})


def random_holdout(trial: Trial, ratings: Ratings) -> dict[str, Any]:
    """A random fifth of the ratings, as the seed's study held out; fair once every film and review is there once."""
    split = random_split(ratings, fraction=0.2, seed=0)
    check_split(split.train, split.test, temporal=False)
    scorer = trial.fit(split.train)
    return trial.figures({"all": trial.judge(scorer, split)})


def global_temporal(trial: Trial, ratings: Ratings) -> dict[str, Any]:
    """The newest fifth of all ratings. Case "as trained": the model knows nothing newer than the cut-off. Case
    "half given": it is told the earlier half of everyone's newer ratings, and the later half is asked for."""
    split = global_temporal_split(ratings, fraction=0.2)
    check_split(split.train, split.test, temporal=True)
    told = reveal_earlier_half(split)
    check_histories(told.train, told.test)
    scorer = trial.fit(split.train)
    cases = {"as trained": trial.judge(scorer, split)}
    cases["half given"] = trial.judge(scorer.given(told.train), told)
    return trial.figures(cases)


def strangers(trial: Trial, ratings: Ratings) -> dict[str, Any]:
    """People whom training never saw, in five folds, tell their first k ratings; what they rated after their tenth
    is predicted, and to be found among all films but the k. A case a k, pooled over everyone with more than ten.

    EmptyTestError where nobody has.
    """
    after = max(GIVEN_TO_STRANGERS)
    if not (ratings.histories.counts > after).any():
        raise EmptyTestError(
            f"Nobody has more than {after} ratings, so no stranger can be asked for a later one."
        )
    judged: dict[int, list[Judged]] = {k: [] for k in GIVEN_TO_STRANGERS}
    for known, unknown in people_folds(ratings, folds=5, seed=0):
        if not (unknown.histories.counts > after).any():
            continue
        check_split(known, unknown, temporal=False)
        scorer = trial.fit(known)
        for k, results in judged.items():
            newcomers = first_and_later(unknown, given=k, after=after)
            check_histories(newcomers.train, newcomers.test)
            results.append(trial.judge(scorer.given(newcomers.train), newcomers))
    return trial.figures({str(k): _pooled(results) for k, results in judged.items()})


def new_films(trial: Trial, ratings: Ratings) -> dict[str, Any]:
    """A tenth of the films is hidden from training altogether; see `rank_new_films`."""
    split = hide_movies(ratings, fraction=0.1, seed=0)
    check_split(split.train, split.test, temporal=False)
    scorer = trial.fit(split.train)
    ranking = rank_new_films(scorer, split, maximum_people=trial.maximum_people, progress=trial.progress)
    return trial.figures({"all": Judged(None, ranking)})


def _pooled(judged: list[Judged]) -> Judged:
    rankings = [one.ranking for one in judged if isinstance(one.ranking, RankingResult)]
    return Judged(
        stars=StarsResult.joined([one.stars for one in judged if one.stars is not None]),
        ranking=RankingResult.joined(rankings) if rankings else None,
    )
