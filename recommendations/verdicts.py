"""The rule by which a model may serve, in figures and in a sentence. No database, no files."""

from collections.abc import Mapping
from typing import Any

MINIMUM_TEST_RATINGS = 100
MINIMUM_TEST_PEOPLE = 20
TOLERATED_LOSS = 0.002
"""Of nDCG@10 against the active version: as much as two trainings on the same ratings may differ."""

OUTGROWN_SHARE = 0.05
OUTGROWN_FACTOR = 1.5

Metrics = Mapping[str, Any]


def against_baselines(metrics: Metrics | None, baselines: Mapping[str, Metrics]) -> tuple[bool, str]:
    """Whether a model ranks better than popularity and predicts stars no worse than the biases."""
    popularity, bias = baselines.get("popularity"), baselines.get("bias")
    if not metrics or not popularity or not bias:
        return False, "Not made active: there were no newer ratings to judge it on"
    ranking = _figures("nDCG@10", metrics["ndcg_at_10"], "popularity", popularity["ndcg_at_10"])
    stars = _figures("RMSE", metrics["rmse"], "the biases", bias["rmse"])
    if not metrics["ndcg_at_10"] > popularity["ndcg_at_10"]:
        return False, f"Not made active: it ranks no better than the most popular films ({ranking})"
    if not metrics["rmse"] <= bias["rmse"]:
        return False, f"Not made active: it predicts stars worse than averages do ({stars})"
    return True, f"Made active: better than the baselines on newer ratings, {ranking}, {stars}"


def against_active(comparison: Mapping[str, Any], active: str) -> tuple[bool | None, str]:
    """Whether to replace the active version; None if there are too few newer ratings to tell.

    `comparison` is what `python -m ml evaluate NEW SNAPSHOT --against ACTIVE` says, on ratings newer than both.
    """
    n_ratings = comparison["n_test_ratings"]
    n_people = (comparison["artifact"] or {}).get("n_test_people", 0)
    if n_ratings < MINIMUM_TEST_RATINGS or n_people < MINIMUM_TEST_PEOPLE:
        return None, (
            f"Not made active: {n_ratings} ratings by {n_people} people are newer than both models,"
            f" too few to compare; version {active} stays."
        )
    better, decision = against_baselines(comparison["artifact"], comparison["baselines"])
    if not better:
        return False, f"{decision}; version {active} stays."
    difference, (low, high) = comparison["paired"]["ndcg_difference"], comparison["paired"]["ndcg_interval"]
    figures = f"nDCG@10 differs by {difference:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"
    if high < 0 or difference < -TOLERATED_LOSS:
        return False, f"Not made active: worse than version {active}, which stays ({figures})."
    return True, f"{decision}; no worse than version {active} ({figures})."


def outgrown(comparison: Mapping[str, Any], active: str) -> str | None:
    """Why the active version no longer fits the ratings that there are, in words; None where it does.

    Ratings of an older data set are never newer than what the active version has seen, so nothing else would ever tell.
    """
    new, old = comparison["fit"]["artifact"], comparison["fit"]["against"]
    for what in ("ratings", "films"):
        if new[f"known_{what}"] - old[f"known_{what}"] >= OUTGROWN_SHARE:
            known = f"{old[f'known_{what}']:.0%} of the {'rated films' if what == 'films' else what}"
            return f"version {active} knows {known}, this one {new[f'known_{what}']:.0%}"
    if new["n_ratings"] and old["n_ratings"]:
        factor = new["n_ratings"] / old["n_ratings"]
        if not 1 / OUTGROWN_FACTOR < factor < OUTGROWN_FACTOR:
            return f"version {active} learned from {old['n_ratings']:,} ratings, this one from {new['n_ratings']:,}"
    return None


def _figures(metric: str, ours: float, baseline: str, theirs: float) -> str:
    return f"{metric} {ours:.4f} against {theirs:.4f} of {baseline}"
