"""What judging a model gives: an entry a rating or a person, and the tables that are made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ml.arraytypes import BoolArray, Float64Array, FloatArray, IndexArray, Int64Array
from ml.evaluation.calibration import interval_quality, reliability
from ml.evaluation.lengths import LENGTHS, bins_of
from ml.evaluation.metrics import mae, rmse

Metrics = dict[str, float | int]

COVERAGE = 0.8
"""The share of ratings that intervals of predicted stars are asked to hold."""


@dataclass(frozen=True)
class StarsResult:
    """One entry a test rating: all (m,). history_lengths: how many ratings the model knew of the person.

    low, high: the interval that holds a rating with the chance COVERAGE; None where the model has none.
    """

    reviewer_indices: IndexArray
    history_lengths: Int64Array
    predicted: FloatArray
    actual: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None

    @property
    def metrics(self) -> Metrics:
        errors = {"mae": mae(self.predicted, self.actual), "rmse": rmse(self.predicted, self.actual)}
        return {**errors, "n_test_ratings": len(self.actual)}

    @property
    def calibration(self) -> dict[str, Any]:
        interval = None
        if self.low is not None and self.high is not None:
            interval = {**interval_quality(self.low, self.high, self.actual), "wanted": COVERAGE}
        return {**reliability(self.predicted, self.actual), "interval": interval}

    def by_length(self) -> Iterator[tuple[str, Metrics]]:
        for name, held in bins_of(self.history_lengths):
            predicted, actual = self.predicted[held], self.actual[held]
            yield (
                name,
                {"n_ratings": len(actual), "mae": mae(predicted, actual), "rmse": rmse(predicted, actual)},
            )

    def by_person(self) -> dict[str, np.ndarray]:
        """Sums over each person's ratings, people by index: what a bootstrap over people draws from."""
        people, entries = np.unique(self.reviewer_indices, return_inverse=True)
        errors = self.predicted.astype(np.float64) - self.actual
        return {
            "starred": people.astype(np.int64),
            "n_ratings": np.bincount(entries),
            "absolute_errors": np.bincount(entries, weights=np.abs(errors)),
            "squared_errors": np.bincount(entries, weights=np.square(errors)),
        }

    @classmethod
    def joined(cls, results: Sequence["StarsResult"]) -> "StarsResult":
        bounded = all(result.low is not None for result in results)
        names = ["reviewer_indices", "history_lengths", "predicted", "actual"]
        names += ["low", "high"] if bounded else []
        return cls(**{name: np.concatenate([getattr(result, name) for result in results]) for name in names})


@dataclass(frozen=True)
class RankingResult:
    """One entry a person with a held-out item, in the order of `reviewer_indices`: all (n_people,).

    history_lengths: how many ratings the model knew of them. recalls, ndcgs: at the cut-offs below.
    coverage: share of the whole catalogue that anyone is shown.
    """

    reviewer_indices: Int64Array
    history_lengths: Int64Array
    recalls: Float64Array
    ndcgs: Float64Array
    coverage: float
    recall_k: int
    ndcg_k: int
    coverage_k: int

    @property
    def metrics(self) -> Metrics:
        everyone = np.ones(len(self.reviewer_indices), dtype=np.bool_)
        means = self._means(everyone)
        coverage = {f"coverage_at_{self.coverage_k}": self.coverage}
        return {**means, **coverage, "n_test_people": len(self.reviewer_indices)}

    def by_length(self) -> Iterator[tuple[str, Metrics]]:
        for name, held in bins_of(self.history_lengths):
            yield name, {"n_people": int(held.sum()), **self._means(held)}

    def by_person(self) -> dict[str, np.ndarray]:
        return {"ranked": self.reviewer_indices, "recalls": self.recalls, "ndcgs": self.ndcgs}

    def _means(self, held: BoolArray) -> Metrics:
        return {
            f"recall_at_{self.recall_k}": float(self.recalls[held].mean()),
            f"ndcg_at_{self.ndcg_k}": float(self.ndcgs[held].mean()),
        }

    @classmethod
    def joined(cls, results: Sequence["RankingResult"]) -> "RankingResult":
        """Of other people each; coverage is the mean of theirs, since each had a model and lists of its own."""
        names = ("reviewer_indices", "history_lengths", "recalls", "ndcgs")
        columns = {name: np.concatenate([getattr(result, name) for result in results]) for name in names}
        first = results[0]
        coverage = float(np.mean([result.coverage for result in results]))
        return cls(
            **columns,
            coverage=coverage,
            recall_k=first.recall_k,
            ndcg_k=first.ndcg_k,
            coverage_k=first.coverage_k,
        )


class PeopleResult(Protocol):
    """What a table can be made of: StarsResult, RankingResult and others like them."""

    @property
    def metrics(self) -> Metrics: ...

    def by_length(self) -> Iterator[tuple[str, Metrics]]: ...

    def by_person(self) -> dict[str, np.ndarray]: ...


def case_of(stars: StarsResult | None, ranking: PeopleResult | None = None) -> dict[str, Any]:
    """A case of a protocol as plain numbers: {"metrics", "by_length": a row a bin, "calibration"}."""
    results: list[PeopleResult] = [result for result in (stars, ranking) if result is not None]
    rows: dict[str, Metrics] = {}
    for result in results:
        for name, metrics in result.by_length():
            rows.setdefault(name, {}).update(metrics)
    return {
        "metrics": {key: value for result in results for key, value in result.metrics.items()},
        "by_length": [{"length": name, **rows[name]} for name in LENGTHS if name in rows],
        "calibration": None if stars is None else stars.calibration,
    }


def people_of(stars: StarsResult | None, ranking: PeopleResult | None = None) -> dict[str, np.ndarray]:
    """The same case person by person, for intervals of differences between models."""
    results: list[PeopleResult] = [result for result in (stars, ranking) if result is not None]
    return {name: array for result in results for name, array in result.by_person().items()}
