"""A snapshot in, an artifact out: what `python -m ml train` does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ml.arraytypes import Int64Array
from ml.artifact import Artifact, write_artifact
from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.data.snapshot import Snapshot, read_snapshot
from ml.data.splits import Split, global_temporal_split, random_split, reveal_earlier_half
from ml.errors import InputError
from ml.evaluation.leaks import check_split
from ml.evaluation.protocol import evaluate
from ml.evaluation.results import Metrics
from ml.evaluation.served import ServedScorer
from ml.models import make_scorer
from ml.scoring import Progress, Scorer
from ml.serving import ServedModel
from ml.training.checkpoints import CHECKPOINT_SECONDS, Checkpoint

HOLDOUT_SHARE = 0.1
HOLDOUT_MAXIMUM = 20_000
MINIMUM_RATINGS = 50
MINIMUM_PEOPLE = 5
BASELINES = ("bias", "popularity")


class TooFewRatingsError(InputError):
    """There is too little to learn from, and a model of it would only pretend."""


def train_snapshot(
    snapshot: Path,
    *,
    model_name: str,
    out: Path,
    version: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> dict[str, Any]:
    """Train on all but the newest ratings, measure on those what will be served, write the artifact.

    Of the newest ratings of a person the earlier half is given as history, to baselines too: see
    `reveal_earlier_half`.

    A training that was interrupted goes on from its last checkpoint, which lies beside `out` until the artifact is
    whole, if snapshot, settings, seed and program are the same; they are taken every `checkpoint_seconds`.

    Returns {"artifact", "metrics", "baselines", "cutoff"} as in the manifest. InputError, and no folder, for
    a snapshot that cannot be read or is too small, and if `out` exists.
    """
    told = progress or _silent
    told("read", 0, 1, "reading the snapshot")
    source = read_snapshot(snapshot)
    split, kind_of_split = _holdout(source.ratings, seed)
    check_split(split.train, split.test, temporal=kind_of_split == "temporal")
    told("read", 1, 1, f"{len(split.train):,} ratings to learn from, {len(split.test):,} held out")
    scorer = make_scorer(model_name)
    with _checkpoints(scorer, source, out, seed, checkpoint_seconds):
        scorer.fit(split.train, seed=seed, progress=told)
        judging = reveal_earlier_half(split) if kind_of_split == "temporal" else split
        baselines = {name: _baseline(name, judging) for name in BASELINES}
        manifest = {
            **_origin(scorer, split.train, version, seed),
            "holdout": {"split": kind_of_split, "n_ratings": len(split.test)},
            "baselines": baselines,
        }
        arrays = _arrays(scorer, source.movie_ids)
        judged = _as_served(scorer, Artifact(out, manifest, arrays), judging.train)
        manifest["metrics"] = evaluate(judged, judging.train, judging.test, progress=told)
        told("write", 0, 1, "writing the artifact")
        write_artifact(out, manifest=manifest, arrays=arrays)
    told("write", 1, 1, "the artifact is written")
    return {"artifact": str(out), **{key: manifest[key] for key in ("metrics", "baselines", "cutoff")}}


def _holdout(ratings: Ratings, seed: int) -> tuple[Split, str]:
    """The newest ratings apart. Where times are unknown, or so few that most ratings are "the newest", a random
    share stands in for them."""
    _check_enough(ratings)
    moments = np.unique(ratings.timestamps[ratings.timestamps != NO_TIMESTAMP])
    if len(moments) > 1:
        split = global_temporal_split(ratings, fraction=HOLDOUT_SHARE, maximum=HOLDOUT_MAXIMUM)
        if 2 * len(split.train) > len(ratings):
            return split, "temporal"
    share = min(HOLDOUT_SHARE, HOLDOUT_MAXIMUM / len(ratings))
    return random_split(ratings, fraction=share, seed=seed), "random"


@contextmanager
def _checkpoints(
    scorer: Scorer, source: Snapshot, out: Path, seed: int, seconds_between: float
) -> Iterator[None]:
    """Beside `out`, for a model that can go on from one, until the block ends well."""
    if not hasattr(scorer, "checkpoint"):
        yield
        return
    key = {
        "arrays": {name: listed["sha256"] for name, listed in source.info["arrays"].items()},
        "scale": source.info["scale"],
        "model": scorer.name,
        "settings": asdict(scorer.settings),  # type: ignore[attr-defined]
        "seed": seed,
    }
    scorer.checkpoint = Checkpoint(out.parent, key, seconds_between=seconds_between)
    try:
        yield
        scorer.checkpoint.remove()
    finally:
        scorer.checkpoint.close()


def _check_enough(ratings: Ratings) -> None:
    people = int(np.count_nonzero(np.bincount(ratings.reviewer_indices) > 1)) if len(ratings) else 0
    if len(ratings) < MINIMUM_RATINGS or people < MINIMUM_PEOPLE:
        raise TooFewRatingsError(
            f"The snapshot has {len(ratings):,} ratings and {people:,} people with more than one; learning needs"
            f" at least {MINIMUM_RATINGS} ratings and {MINIMUM_PEOPLE} such people."
        )


def _baseline(name: str, split: Split) -> Metrics:
    """Of a baseline that knows everything the model is given, history included."""
    return evaluate(make_scorer(name).fit(split.train), split.train, split.test)


def _origin(scorer: Scorer, train: Ratings, version: str | None, seed: int) -> dict[str, Any]:
    """What the manifest says of how the model came to be."""
    now = datetime.now(UTC)
    known = train.timestamps[train.timestamps != NO_TIMESTAMP]
    return {
        "kind": scorer.name if scorer.name in ("history", "dot", "deep") else "baseline",
        "model": scorer.name,
        "version": version or f"{scorer.name}-{now:%Y%m%d-%H%M%S}",
        "created_at": now.isoformat(timespec="seconds"),
        "seed": seed,
        "hyper_parameters": getattr(scorer, "hyper_parameters", {}),
        "scale": asdict(train.scale),
        "cutoff": int(known.max()) if len(known) else None,
        "n_ratings": len(train),
        "n_movies": train.n_movies,
        "n_reviewers": len(np.unique(train.reviewer_indices)),
        "servable": scorer.name == "history",
    }


def _arrays(scorer: Scorer, movie_ids: Int64Array) -> dict[str, np.ndarray]:
    """What the scorer exports; a baseline has nothing to serve and leaves its movies' ids alone."""
    export = getattr(scorer, "arrays", None)
    return {"movie_ids": np.array(movie_ids)} if export is None else export(movie_ids)


def _as_served(scorer: Scorer, artifact: Artifact, train: Ratings) -> Scorer:
    """What can be served is judged by its exported arrays and the code that serves them, the rest as it is."""
    if not artifact.manifest["servable"]:
        return scorer
    return ServedScorer(ServedModel(artifact), artifact.arrays["movie_ids"]).fit(train)


def _silent(stage: str, done: int, total: int, message: str) -> None:
    """Progress for nobody."""
