"""What learning costs: ratings a second in an epoch, and seconds to the lists of a tuned implicit ALS.

    python -m benchmarks.training_speed [--quality FOLDER]

1,000,000 made ratings of 500,000 reviewers and 60,000 movies, drawn here from a seed; every contestant in a
process of its own, 32 wide but for the first study's network, which is exactly as it was: 50 wide, batches of 64,
Keras' fit, on a slice (`ratings`), so its rate for the whole is extrapolated. `deep` has the slice's own people and
films, `deep_whole_tables` those of all ratings, which is what each of its steps touches. A rate is that of the
median epoch after the first, which compiles. FOLDER is ml-100k or the like: there the served model and ALS also
learn all but everyone's last ratings and rank, and it is told when our ranking head, from fresh weights and with its
compilation, first ranks as well as ALS. implicit runs in .venv-peers (`make peers`). Prints one JSON object;
each part of it on stderr as it is known.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_ratings import made_ratings, of_folder, slice_of
from ml.data.splits import leave_last_split
from ml.evaluation.protocol import evaluate_ranking
from ml.scoring import Progress, Scorer

ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
WIDTH = 32
CLOCKS = ("seconds", "processor_seconds")


def epoch_clock() -> tuple[Progress, Callable[[], dict[str, list[float]]]]:
    """A listener, and the seconds of each epoch after the first, by stage."""
    told: dict[str, dict[int, float]] = {}

    def listen(stage: str, done: int, total: int, message: str) -> None:
        if done:
            told.setdefault(stage, {}).setdefault(done, time.perf_counter())

    return listen, lambda: {stage: np.diff([*times.values()]).tolist() for stage, times in told.items()}


def rates(n_ratings: int, seconds: dict[str, list[float]]) -> dict[str, int]:
    return {stage: round(n_ratings / float(np.median(times))) for stage, times in seconds.items() if times}


def deep(*, whole_tables: bool) -> dict[str, object]:
    from ml.training.deep import DeepScorer

    ratings = slice_of(made_ratings(), 3_200 if whole_tables else 32_000, keep_tables=whole_tables)
    listen, seconds = epoch_clock()
    DeepScorer(epochs=3).fit(ratings, progress=listen)
    return {
        "ratings": len(ratings),
        "extrapolated": True,
        "ratings_per_second": rates(len(ratings), seconds()),
    }


def factors() -> dict[str, object]:
    from ml.training.factors import FactorsScorer

    ratings = made_ratings()
    listen, seconds = epoch_clock()
    FactorsScorer(embedding_dim=WIDTH, epochs=8).fit(ratings, progress=listen)
    return {"ratings": len(ratings), "ratings_per_second": rates(len(ratings), seconds())}


def history() -> dict[str, object]:
    from ml.training.history import HistoryScorer
    from ml.training.history_training import HistorySettings

    ratings, settings = made_ratings(), HistorySettings()
    heads = {
        name: replace(getattr(settings, name), embedding_dim=WIDTH, epochs=3) for name in ("stars", "ranking")
    }
    listen, seconds = epoch_clock()
    HistoryScorer(replace(settings, **heads)).fit(ratings, progress=listen)
    return {"ratings": len(ratings), "ratings_per_second": rates(len(ratings), seconds())}


def als() -> dict[str, object]:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    from benchmarks.peers.ranking import rated_matrix

    ratings, seconds = made_ratings(), []
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=WIDTH, iterations=6, random_state=0)
        model.fit(
            rated_matrix(ratings), show_progress=False, callback=lambda _, took, __: seconds.append(took)
        )
    return {"ratings": len(ratings), "ratings_per_second": rates(len(ratings), {"sweep": seconds[1:]})}


def quality(make: Callable[[], Scorer], folder: Path) -> dict[str, object]:
    """Seconds of a whole `fit` on all but everyone's last ratings, and how good its lists are."""
    train, test = leave_last_split(of_folder(folder))
    clock = Clock()
    scorer = make().fit(train, seed=0)
    return {**clock.read(), **evaluate_ranking(scorer, train, test)}


class Clock:
    """Seconds of the wall and of the processors since it was made, without those in which it was stopped."""

    def __init__(self) -> None:
        self._began = self._stopped = self._now()

    def read(self) -> dict[str, float]:
        self._stopped = self._now()
        seconds, processor = (self._stopped - self._began).tolist()
        return {"seconds": round(seconds, 2), "processor_seconds": round(processor, 2)}

    def go_on(self) -> None:
        """From where it was read last."""
        self._began += self._now() - self._stopped

    @staticmethod
    def _now() -> np.ndarray:
        return np.array([time.perf_counter(), time.process_time()])


def history_quality(folder: Path, goal: float) -> dict[str, object]:
    from ml.training.history import HistoryScorer

    return quality(HistoryScorer, folder) | {"until_as_good": ranking_until(folder, goal)}


def ranking_until(folder: Path, goal: float) -> dict[str, object]:
    """Seconds until the ranking head's lists first have an nDCG@10 of `goal`, and how it went; without those in which
    it is looked at. It starts from fresh weights with nothing but the ridge biases, as in every training."""
    from ml.artifact import Artifact
    from ml.evaluation.served import ServedScorer
    from ml.serving import ServedModel
    from ml.training.history import HistoryScorer
    from ml.training.history_training import HistorySettings, ranking_by_epochs

    train, test = leave_last_split(of_folder(folder))
    ids = np.arange(train.n_movies, dtype=np.int64)
    scorer, manifest = HistoryScorer(), {"kind": "history", "version": "", "scale": asdict(train.scale)}
    scorer.ratings, course = train, []
    clock = Clock()
    for scorer.trained in ranking_by_epochs(train, HistorySettings(), seed=0):
        times = clock.read()
        served = ServedModel(Artifact(Path("unsaved"), manifest, scorer.arrays(ids)))
        ndcg = evaluate_ranking(ServedScorer(served, ids).fit(train), train, test)["ndcg_at_10"]
        course.append([*times.values(), round(float(ndcg), 4)])
        if ndcg >= goal:
            return {"goal": goal, **times, "seconds_and_ndcg_at_10_by_epoch": course}
        clock.go_on()
    return {
        "goal": goal,
        "seconds": None,
        "processor_seconds": None,
        "seconds_and_ndcg_at_10_by_epoch": course,
    }


def als_quality(folder: Path, goal: float) -> dict[str, object]:
    from benchmarks.peers.implicit_models import TunedALS

    return quality(TunedALS, folder)


SPEEDS: dict[str, Callable[[], dict[str, object]]] = {
    "deep": lambda: deep(whole_tables=False),
    "deep_whole_tables": lambda: deep(whole_tables=True),
    "factors": factors,
    "history": history,
    "implicit_als": als,
}
QUALITIES = {"implicit_als": als_quality, "history": history_quality}
"""ALS first: how good its lists are is what the other is to reach."""


def in_child(contestant: str, *arguments: str) -> dict[str, object]:
    python = str(PEERS_PYTHON) if contestant == "implicit_als" else sys.executable
    command = [python, "-m", "benchmarks.training_speed", "--contestant", contestant, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'"{contestant}" failed: {(done.stderr.strip().splitlines() or ["no word"])[-1]}')
    print(contestant, done.stdout.splitlines()[-1], file=sys.stderr, flush=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(folder: Path | None) -> dict[str, object]:
    speeds = {name: in_child(name) for name in SPEEDS}
    fastest = {name: max(speed["ratings_per_second"].values()) for name, speed in speeds.items()}
    result: dict[str, object] = {
        "benchmark": "training_speed",
        "width": WIDTH,
        "contestants": speeds,
        "factors_over_deep": round(fastest["factors"] / fastest["deep"], 1),
        "factors_over_deep_whole_tables": round(fastest["factors"] / fastest["deep_whole_tables"], 1),
    }
    if folder is not None:
        result["to_quality"] = to_quality(folder.resolve())
    return result


def to_quality(folder: Path) -> dict[str, object]:
    times: dict[str, Any] = {}
    for name in QUALITIES:
        goal = times["implicit_als"]["ndcg_at_10"] if times else 0.0
        times[name] = in_child(name, "--quality", str(folder), "--goal", str(goal))
    als, ours, until = times["implicit_als"], times["history"], times["history"]["until_as_good"]
    return times | {
        f"{name}_over_als": {
            clock: seconds[clock] and round(seconds[clock] / als[clock], 1) for clock in CLOCKS
        }
        for name, seconds in (("history_until_as_good", until), ("history", ours))
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quality", type=Path, metavar="FOLDER")
    parser.add_argument("--contestant", choices=SPEEDS, help="(used by the benchmark itself)")
    parser.add_argument("--goal", type=float, default=0.0, help="(used by the benchmark itself)")
    parser.add_argument("--only-quality", action="store_true", help="leave the rates out")
    arguments = parser.parse_args()
    if arguments.contestant is None:
        if not PEERS_PYTHON.exists():
            raise SystemExit("implicit is not installed: make peers")
        if arguments.only_quality and arguments.quality is None:
            parser.error("--only-quality needs --quality FOLDER")
        figures = (
            to_quality(arguments.quality.resolve()) if arguments.only_quality else measure(arguments.quality)
        )
        print(json.dumps(figures, indent=2))
    elif arguments.quality is None:
        print(json.dumps(SPEEDS[arguments.contestant]()))
    else:
        print(json.dumps(QUALITIES[arguments.contestant](arguments.quality, arguments.goal)))


if __name__ == "__main__":
    main()
