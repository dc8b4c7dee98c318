"""Which model is live and how good it is, in plain words: all of it from what was written down when it was judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recommendations.models import ModelVersion


@dataclass(frozen=True)
class Line:
    """One measure of the model beside that of a baseline. `field_name` is what the field calls it."""

    what: str
    field_name: str
    ours: str
    theirs: str
    baseline: str
    is_better: bool


@dataclass(frozen=True)
class LiveModel:
    """`until`: the newest rating it has seen, if times are known. Counts are None where the manifest has none."""

    version: str
    since: datetime | None
    until: datetime | None
    decision: str
    ratings: int | None
    people: int | None
    films: int | None
    judged_ratings: int | None
    judged_people: int | None
    is_of_newer_ratings: bool
    lines: list[Line]


def live_model() -> LiveModel | None:
    """None when no model is live."""
    version = ModelVersion.objects.active()
    if version is None:
        return None
    manifest: Mapping[str, Any] = version.manifest
    metrics = manifest.get("metrics") or {}
    cutoff = manifest.get("cutoff")
    return LiveModel(
        version=version.version,
        since=version.activated_at,
        until=None if cutoff is None else datetime.fromtimestamp(cutoff, UTC),
        decision=version.decision,
        ratings=manifest.get("n_ratings"),
        people=manifest.get("n_reviewers"),
        films=manifest.get("n_movies"),
        judged_ratings=metrics.get("n_test_ratings"),
        judged_people=metrics.get("n_test_people"),
        is_of_newer_ratings=(manifest.get("holdout") or {}).get("split", "temporal") == "temporal",
        lines=_lines(metrics, manifest.get("baselines") or {}),
    )


_MOST_POPULAR, _AVERAGES = "the most rated films", "averages of film and person"
_MEASURES = (
    (
        "recall_at_20",
        "Of what people rated next, found among twenty picks",
        "recall@20",
        "popularity",
        _MOST_POPULAR,
    ),
    (
        "ndcg_at_10",
        "How far up the first ten it stands; 1 is all of it, in front",
        "nDCG@10",
        "popularity",
        _MOST_POPULAR,
    ),
    ("coverage_at_20", "Of all films, shown to somebody", "coverage@20", "popularity", _MOST_POPULAR),
    ("mae", "How many stars a prediction is off, on average", "MAE", "bias", _AVERAGES),
    ("rmse", "The same, where large misses weigh more", "RMSE", "bias", _AVERAGES),
)
_SHARES = {"recall_at_20", "coverage_at_20"}
_LOWER_IS_BETTER = {"mae", "rmse"}


def _lines(metrics: Mapping[str, Any], baselines: Mapping[str, Any]) -> list[Line]:
    """Those that were measured of both."""
    lines = []
    for key, what, field_name, baseline, name in _MEASURES:
        ours, theirs = metrics.get(key), (baselines.get(baseline) or {}).get(key)
        if ours is None or theirs is None:
            continue
        is_better = ours < theirs if key in _LOWER_IS_BETTER else ours > theirs
        lines.append(Line(what, field_name, _written(key, ours), _written(key, theirs), name, is_better))
    return lines


def _written(key: str, value: float) -> str:
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%" if key in _SHARES else f"{value:.3f}"
