"""What a whole training costs at several sizes: from a snapshot to an evaluated artifact, by `python -m ml train`.

    python -m benchmarks.training_size var/made [--sizes 100000,1000000,8765568] [--dump FOLDER]

For every size a dump is made in FOLDER (with the shape of the full one, and short texts), or taken from there if one is
left from before, and brought into a snapshot; editions of one film are one, so that ratings are fewer than reviews.
--dump names a made dump to take for the last size. The training runs in a process of its own, alone; peak memory is
its VmHWM; seconds are of the wall clock, also by stage, and of the processors, which other work on the machine leaves
as they are. Prints one JSON object; each size on stderr as it is known.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_dump.maker import make_dump
from benchmarks.models.made import read_made_dump
from ml.data.ratings import Ratings
from ml.data.snapshot import read_snapshot, write_snapshot
from ml.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
SIZES = (100_000, 1_000_000, 8_765_568)
MEMORY = "VmHWM:"


def snapshot_of(folder: Path, reviews: int, dump: Path | None) -> Path:
    """The snapshot of a dump of so many reviews; made, as the dump, if it is not there yet."""
    path = folder / f"snapshot-{reviews}"
    if not path.exists():
        if dump is None:
            dump = folder / f"dump-{reviews}"
            if not (dump / "truth.json").exists():
                make_dump(dump, reviews, seed=1, profile="full", layout="2018", short_text=True)
        write_ratings(path, read_made_dump(dump))
    return path


def write_ratings(path: Path, ratings: Ratings) -> None:
    """Rows become ids: 1, 2, 3, ..."""
    write_snapshot(
        path,
        movie_ids=np.arange(1, ratings.n_movies + 1),
        reviewer_ids=np.arange(1, ratings.n_reviewers + 1),
        reviewer_indices=ratings.reviewer_indices,
        movie_indices=ratings.movie_indices,
        stars=ratings.stars,
        timestamps=ratings.timestamps,
        scale=ratings.scale,
        content=ratings.content,
    )


def trained(snapshot: Path, model: str) -> dict[str, Any]:
    """What one training cost and what came out of it. SystemExit with the trainer's last words if it fails."""
    with tempfile.TemporaryDirectory(dir=snapshot.parent) as folder:
        command = [sys.executable, "-m", "ml", "train", str(snapshot.resolve()), "--model", model]
        began, spent_before = time.perf_counter(), spent_by_children()
        with subprocess.Popen(
            [*command, "--out", str(Path(folder).resolve() / "model")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            stages, peak, last = follow(process, began)
            words = process.stderr.read() if process.stderr else ""
        if process.returncode:
            raise SystemExit(f"The training of {snapshot} failed: {(words.splitlines() or ['no word'])[-1]}")
        manifest = json.loads((Path(folder) / "model" / "manifest.json").read_text())
        seconds, processor = time.perf_counter() - began, spent_by_children() - spent_before
    ratings = read_snapshot(snapshot, verify=False).info
    return {
        **{name: ratings[name] for name in ("n_ratings", "n_reviewers", "n_movies")},
        "seconds": round(seconds, 3),
        "processor_seconds": round(processor, 3),
        "seconds_a_million_ratings": round(seconds / ratings["n_ratings"] * 1e6, 1),
        "processor_seconds_a_million_ratings": round(processor / ratings["n_ratings"] * 1e6, 1),
        "peak_rss_mb": round(peak),
        "seconds_by_stage": stages,
        "epochs": manifest["hyper_parameters"].get("epochs"),
        "metrics": last["metrics"],
        "baselines": last["baselines"],
    }


def follow(process: subprocess.Popen[str], began: float) -> tuple[dict[str, float], float, dict[str, Any]]:
    """Seconds until each stage ended its last word, by stage; the peak memory in MiB; the last event."""
    ends: dict[str, float] = {}
    peak, event = 0.0, {}
    for line in process.stdout or ():
        event = json.loads(line)
        peak = max(peak, memory_of(process.pid))
        if event["event"] == "progress":
            ends.pop(event["stage"], None)
            ends[event["stage"]] = time.perf_counter() - began
    spent = np.diff([0.0, *ends.values()])
    stages = {stage: round(float(took), 1) for stage, took in zip(ends, spent, strict=True)}
    return stages, peak, event


def spent_by_children() -> float:
    """Processor seconds of all that have ended: what work costs, however busy the machine is with other things."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_of(pid: int) -> float:
    """The most that a process has held, in MiB; 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(MEMORY)), 0.0)


def measure(folder: Path, sizes: list[int], dump: Path | None, model: str) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for reviews in sizes:
        snapshot = snapshot_of(folder, reviews, dump if reviews == sizes[-1] else None)
        before = os.getloadavg()[0]
        figures[str(reviews)] = trained(snapshot, model) | {"load_before": round(before, 1)}
        print(reviews, json.dumps(figures[str(reviews)]), file=sys.stderr, flush=True)
    costs = [figure["processor_seconds_a_million_ratings"] for figure in figures.values()]
    return {
        "benchmark": "training_size",
        "model": model,
        "sizes": figures,
        "cost_of_a_rating_last_over_one_before": round(costs[-1] / costs[-2], 2) if len(costs) > 1 else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), metavar="N,...")
    parser.add_argument("--dump", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="history", help="(default: history, what the site serves)")
    arguments = parser.parse_args()
    try:
        sizes = sorted(map(int, arguments.sizes.split(",")))
        print(json.dumps(measure(arguments.folder, sizes, arguments.dump, arguments.model), indent=2))
    except (InputError, ValueError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
