"""The study's figures as tables for a reader, and what each of the seed's mistakes was worth."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ml.evaluation.results import Metrics
from ml.study.experiments import CROSS_VALIDATED

Errors = dict[str, float]

_ERRORS = ("mae", "rmse")


class Table(NamedTuple):
    title: str
    columns: list[str]
    rows: list[list[str]]


class Mistake(NamedTuple):
    """The same figure with the mistake and without it; `worth` is how much better the mistake made it look."""

    name: str
    with_it: Errors
    without_it: Errors

    @property
    def worth(self) -> Errors:
        return {error: self.without_it[error] - self.with_it[error] for error in _ERRORS}

    def as_json(self) -> dict[str, Any]:
        return {
            "mistake": self.name,
            "with_it": self.with_it,
            "without_it": self.without_it,
            "worth": self.worth,
        }


def mean_errors(folds: Sequence[Metrics]) -> Errors:
    return {error: float(np.mean([fold[error] for fold in folds])) for error in _ERRORS}


def mistakes(result: dict[str, Any]) -> list[Mistake]:
    """Each is what the network's figure owes to it alone; the last, all at once."""
    folds = {name: mean_errors(figures) for name, figures in result["cross_validation"].items()}
    split = result["splits"]["as_seed"]["models"][CROSS_VALIDATED]
    found = [Mistake("one network, all folds", folds["trained_on"], folds["fresh"])]
    if "unseen_mae" in split:
        unseen = {error: split[f"unseen_{error}"] for error in _ERRORS}
        found.append(Mistake("copies on both sides", _errors(split), unseen))
    found.append(Mistake("editions not merged", folds["fresh"], folds["leak_free"]))
    found.append(Mistake("all together", folds["trained_on"], folds["leak_free"]))
    return found


def tables(result: dict[str, Any]) -> list[Table]:
    """None wider than 80 columns."""
    splits = result["splits"]
    found = [_data(result), _split(splits["as_seed"], "The seed's random split")]
    if splits["as_seed"]["copied_share"]:
        found.append(_copies(splits["as_seed"]))
    found.append(_split(splits["leak_free"], "Editions merged before it"))
    return [*found, _cross_validation(result), _mistakes(result)]


def _data(result: dict[str, Any]) -> Table:
    titles = {"all": "all taken", "as_seed": "as the seed", "leak_free": "merged first"}
    whole = ("ratings", "reviewers", "movies")
    stars = {"mean": "mean", "mae_of_median": "median's MAE"}
    rows = [
        [
            title,
            *(f"{result['data'][name][figure]:,.0f}" for figure in whole),
            *(f"{result['data'][name][figure]:.3f}" for figure in stars),
        ]
        for name, title in titles.items()
    ]
    return Table("The data", ["reviews", *whole, *stars.values()], rows)


def _split(split: dict[str, Any], title: str) -> Table:
    ranked = all("ndcg_at_10" in figures for figures in split["models"].values())
    rows = [
        [name, *_cells(figures), *([f"{figures['ndcg_at_10']:.4f}"] if ranked else [])]
        for name, figures in split["models"].items()
    ]
    return Table(title, ["model", "MAE", "RMSE", *(["nDCG@10"] if ranked else [])], rows)


def _copies(split: dict[str, Any]) -> Table:
    rows = [
        [name, *(f"{figures[f'{part}_{error}']:.4f}" for part in ("copied", "unseen") for error in _ERRORS)]
        for name, figures in split["models"].items()
    ]
    title = f"Of its test ratings {split['copied_share']:.1%} have a copy in training: these, and the others"
    return Table(title, ["model", "MAE, copied", "RMSE, copied", "MAE, others", "RMSE, others"], rows)


def _cross_validation(result: dict[str, Any]) -> Table:
    titles = {
        "trained_on": "trained on from fold to fold",
        "fresh": "fresh weights in every fold",
        "fresh_median": "(constant median)",
        "leak_free": "fresh weights, editions merged",
        "leak_free_median": "(constant median)",
    }
    folds = result["cross_validation"]
    rows = [[title, *_spread(folds[name])] for name, title in titles.items()]
    title = f"{len(folds['fresh'])} stratified folds, {CROSS_VALIDATED}: mean and spread"
    return Table(title, ["", "MAE", "RMSE"], rows)


def _mistakes(result: dict[str, Any]) -> Table:
    rows = [
        [mistake.name, *(cell for error in _ERRORS for cell in _with_and_without(mistake, error))]
        for mistake in mistakes(result)
    ]
    columns = [word for error in ("MAE", "RMSE") for word in (error, "right", "worth")]
    return Table(f"What each mistake was worth ({CROSS_VALIDATED})", ["mistake", *columns], rows)


def _with_and_without(mistake: Mistake, error: str) -> list[str]:
    return [
        f"{mistake.with_it[error]:.3f}",
        f"{mistake.without_it[error]:.3f}",
        f"{mistake.worth[error]:+.3f}",
    ]


def _errors(figures: Metrics) -> Errors:
    return {error: float(figures[error]) for error in _ERRORS}


def _cells(figures: Metrics) -> list[str]:
    return [f"{figures[error]:.4f}" for error in _ERRORS]


def _spread(folds: Sequence[Metrics]) -> list[str]:
    each = {error: np.array([fold[error] for fold in folds]) for error in _ERRORS}
    return [f"{each[error].mean():.4f} ± {each[error].std():.4f}" for error in _ERRORS]
