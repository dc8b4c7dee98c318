"""Results of one model over its seeds as means, spreads and intervals, and these as a table."""

from typing import Any

import numpy as np

from ml.cli.output import print_table
from ml.evaluation.bootstrap import paired_interval

Result = dict[str, Any]
HEADINGS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "recall_at_20": "recall@20",
    "ndcg_at_10": "nDCG@10",
    "coverage_at_20": "cov.@20",
    "auc": "AUC",
    "chance_recall": "by chance",
}
_PAIRED = {
    "rmse": ("starred", "squared_errors", True),
    "mae": ("starred", "absolute_errors", False),
    "recall_at_20": ("ranked", "recalls", False),
    "ndcg_at_10": ("ranked", "ndcgs", False),
    "auc": ("ranked", "aucs", False),
}
"""How each metric's difference is drawn: which people, which of their values, and whether a root is taken."""


def summary(results: list[Result]) -> dict[str, Any]:
    """results: one a seed. Metrics of every case over the seeds; tables and curves are the first seed's."""
    cases = {
        name: {**case, "metrics": {key: _over_seeds(results, name, key) for key in case["metrics"]}}
        for name, case in results[0]["cases"].items()
    }
    return {
        "cases": cases,
        "fit_seconds": float(np.mean([result["fit_seconds"] for result in results])),
        "peak_rss_mb": max(result["peak_rss_mb"] for result in results),
    }


def _over_seeds(results: list[Result], case: str, metric: str) -> dict[str, Any]:
    """spread: the standard deviation over seeds, 0 of a single one."""
    values = [result["cases"][case]["metrics"][metric] for result in results]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "spread": spread, "seeds": values}


def against(name: str, results: list[Result], others: list[Result]) -> dict[str, dict[str, Any]]:
    """By case and metric: {"against", "mean", "low", "high"} of ours minus theirs, each person's mean over seeds."""
    return {
        case: {
            metric: {"against": name, **_paired(results, others, case, people, values, root)}
            for metric, (people, values, root) in _PAIRED.items()
            if values in results[0]["people"][case]
        }
        for case in results[0]["cases"]
    }


def _paired(
    results: list[Result], others: list[Result], case: str, people: str, values: str, root: bool
) -> dict[str, float]:
    first, second = results[0]["people"][case], others[0]["people"][case]
    if first[people] != second[people]:
        raise ValueError(f"The two models were not asked about the same people in {case}.")
    counts = np.array(first["n_ratings"]) if people == "starred" else None
    means = [
        np.mean([result["people"][case][values] for result in side], axis=0) for side in (results, others)
    ]
    return paired_interval(*means, counts=counts, root=root)._asdict()


def gap_closed(models: dict[str, Any], start: str = "bias") -> dict[str, dict[str, float]]:
    """By model, how much of the way from `start` to the best possible error it goes: 1 is all of it, below 0 is worse
    than the start. Empty unless all three of them were measured. The best MAE is a median's, which no mean reaches.
    """
    best = {"rmse": "best-possible-mean", "mae": "best-possible-median"}
    if not {start, *best.values()} <= models.keys():
        return {}

    def error(model: str, metric: str) -> float:
        return models[model]["cases"]["all"]["metrics"][metric]["mean"]

    return {
        model: {
            metric: (error(start, metric) - error(model, metric))
            / (error(start, metric) - error(other, metric))
            for metric, other in best.items()
        }
        for model in models
        if model not in best.values()
    }


def print_figures(content: dict[str, Any]) -> None:
    """A row a model and case; then the differences from one model and the gaps closed, where there are any."""
    metrics = [key for key in HEADINGS if any(key in case["metrics"] for _, _, case in _cases(content))]
    rows = [
        [model, name, *(_cell(content["models"][model], name, key) for key in metrics)]
        for model, name, case in _cases(content)
    ]
    title = f"{content['protocol']} on {content['data']}: {content['n_ratings']:,} ratings"
    print_table(title, ["model", "case", *(HEADINGS[key] for key in metrics)], rows)
    _print_differences(content)
    gaps = [
        [model, *(f"{gap[key]:.1%}" for key in ("rmse", "mae"))]
        for model, gap in content["gap_closed"].items()
    ]
    if gaps:
        print_table("Of the gap between bias and the best possible, closed", ["model", "RMSE", "MAE"], gaps)


def _print_differences(content: dict[str, Any]) -> None:
    differences = [
        [
            *(model, difference["against"], name, HEADINGS[metric]),
            *(f"{difference[key]:+.4f}" for key in ("mean", "low", "high")),
        ]
        for model, figures in content["models"].items()
        for opponent in figures["against"]
        for name, metrics in opponent.items()
        for metric, difference in metrics.items()
    ]
    if differences:
        print_table(
            "Difference and its 95 % interval",
            ["model", "against", "case", "metric", "mean", "low", "high"],
            differences,
        )


def _cases(content: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (model, name, case)
        for model, figures in content["models"].items()
        for name, case in figures["cases"].items()
    ]


def _cell(model: dict[str, Any], case: str, metric: str) -> str:
    figures = model["cases"][case]["metrics"].get(metric)
    if figures is None:
        return ""
    several = len(figures["seeds"]) > 1
    return f"{figures['mean']:.4f}" + (f" ±{figures['spread']:.4f}" if several else "")
