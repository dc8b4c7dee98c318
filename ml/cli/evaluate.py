"""`python -m ml evaluate`: artifacts on ratings that neither of them has seen, through the code that serves."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ml.baselines import Bias, Popularity
from ml.cli.output import shown_progress, write_json
from ml.cli.processes import end_with_parent
from ml.data.ratings import Ratings
from ml.data.snapshot import Snapshot, read_snapshot
from ml.data.splits import Split, reveal_earlier_half, sample_people
from ml.errors import InputError
from ml.evaluation.bootstrap import paired_interval
from ml.evaluation.leaks import check_histories, check_split
from ml.evaluation.protocol import evaluate_stars, rank_people
from ml.evaluation.results import Metrics, RankingResult
from ml.evaluation.served import ServedScorer
from ml.scoring import Progress, Scorer
from ml.serving import ServedModel

RANKED_PEOPLE = 10_000


class NoCutoffError(InputError):
    """Nothing says which ratings the artifacts were trained on."""


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser("evaluate", help="judge artifacts on newer ratings")
    parser.add_argument("artifact", type=Path, metavar="DIR", help="the artifact's folder")
    parser.add_argument("snapshot", type=Path, metavar="SNAPSHOT", help="a snapshot that holds newer ratings")
    parser.add_argument("--against", type=Path, metavar="DIR2", help="another artifact, on the same ratings")
    parser.add_argument("--after", type=int, metavar="SECONDS", help="only ratings newer than this (UTC)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap (default: 0)")
    parser.add_argument(
        "--watch-parent", action="store_true", help="end at once when stdin, a pipe from the parent, closes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    if arguments.watch_parent:
        end_with_parent()
    models = [ServedModel.open(path) for path in (arguments.artifact, arguments.against) if path is not None]
    snapshot = read_snapshot(arguments.snapshot)
    after = _after(models, arguments.after)
    newer = np.asarray(snapshot.ratings.timestamps > after)
    history, test = snapshot.ratings.subset(~newer), snapshot.ratings.subset(newer)
    with shown_progress("evaluate") as progress:
        served = [ServedScorer(model, snapshot.movie_ids) for model in models]
        result = compare(served, history, test, seed=arguments.seed, progress=progress)
    fits = [_fit_of(model, snapshot) for model in models]
    roles = dict(zip(("artifact", "against"), fits, strict=False))
    write_json(result | {"after": after, "fit": {"against": None, **roles}})


def _fit_of(model: ServedModel, snapshot: Snapshot) -> dict[str, Any]:
    """How many ratings a model learned from, and which shares of the snapshot's ratings and of the films they are of
    belong to films that it learned of."""
    counts = np.bincount(snapshot.ratings.movie_indices, minlength=snapshot.ratings.n_movies)
    rows = model.vocabulary.indices(snapshot.movie_ids)
    known = (rows >= 0) & (model.rating_counts[rows] > 0)
    return {
        "n_ratings": model.manifest.get("n_ratings"),
        "known_ratings": float(counts[known].sum() / max(counts.sum(), 1)),
        "known_films": float((known & (counts > 0)).sum() / max((counts > 0).sum(), 1)),
    }


def compare(
    served: list[ServedScorer], history: Ratings, test: Ratings, *, seed: int, progress: Progress
) -> dict[str, Any]:
    """Metrics of one or two artifacts and of the baselines, all with the same histories and candidates.

    `test` is newer than `history`; the earlier half of everyone's test ratings joins their history first. Of more
    than RANKED_PEOPLE people a random sample of `seed` is judged; "n_test_ratings" counts theirs.

    "paired" is the first artifact's nDCG minus the second's, None without a second. Without a test rating
    every metric is None: that is an answer ("too few to tell"), not an error.
    """
    result: dict[str, Any] = {
        "artifact": None,
        "against": None,
        "baselines": {"bias": None, "popularity": None},
        "paired": None,
        "n_test_ratings": 0,
    }
    if len(test) == 0 or len(history) == 0:
        return result
    check_split(history, test, temporal=True)
    history, test = reveal_earlier_half(Split(history, test))
    check_histories(history, test)
    test = sample_people(test, RANKED_PEOPLE, seed=seed)
    result["n_test_ratings"] = len(test)
    judged = [_judge(scorer.fit(history), history, test, progress) for scorer in served]
    for role, (metrics, _) in zip(("artifact", "against"), judged, strict=False):
        result[role] = metrics
    for baseline in (Bias(), Popularity()):
        result["baselines"][baseline.name] = _judge(baseline.fit(history), history, test, progress)[0]
    if len(judged) == 2:
        interval = paired_interval(judged[0][1].ndcgs, judged[1][1].ndcgs, seed=seed)
        result["paired"] = {"ndcg_difference": interval.mean, "ndcg_interval": [interval.low, interval.high]}
    return result


def _judge(
    scorer: Scorer, history: Ratings, test: Ratings, progress: Progress
) -> tuple[Metrics, RankingResult]:
    ranking = rank_people(scorer, history, test, progress=progress)
    return evaluate_stars(scorer, test) | ranking.metrics, ranking


def _after(models: list[ServedModel], asked: int | None) -> int:
    cutoffs = [model.manifest["cutoff"] for model in models] + [asked]
    known = [int(cutoff) for cutoff in cutoffs if cutoff is not None]
    if not known:
        raise NoCutoffError("The artifacts do not say up to when they were trained; give --after SECONDS.")
    return max(known)
