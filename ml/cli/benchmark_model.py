"""One model of a benchmark, in a process of its own: its memory is its own, and a crash takes nobody along."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import orjson

from ml.cli.output import events_on_stdout
from ml.cli.processes import end_with_parent, peak_rss_mb
from ml.data.snapshot import read_snapshot
from ml.errors import InputError
from ml.evaluation.protocol import evaluate
from ml.models import make_scorer
from ml.scoring import Progress

TRAIN, TEST = "train", "test"

_COMMAND = "benchmark-model"
_PACKAGES = str(Path(__file__).resolve().parents[2])


class BenchmarkError(InputError):
    """A benchmark that cannot be run, or a model of it that failed."""


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(_COMMAND, help="(used by benchmark)")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds the snapshots train and test")
    parser.add_argument("--model", required=True, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Fit and evaluate; the result event carries the metrics, fit_seconds and peak_rss_mb."""
    end_with_parent()
    with events_on_stdout() as events:
        train = read_snapshot(arguments.folder / TRAIN).ratings
        test = read_snapshot(arguments.folder / TEST).ratings
        scorer = make_scorer(arguments.model)
        started = time.perf_counter()
        scorer.fit(train, seed=arguments.seed, progress=events.progress)
        fit_seconds = time.perf_counter() - started
        metrics = evaluate(scorer, train, test, progress=events.progress)
        events.result({**metrics, "fit_seconds": fit_seconds, "peak_rss_mb": peak_rss_mb()})


def run_in_child(folder: Path, name: str, *, seed: int, progress: Progress) -> dict[str, Any]:
    """The child's result event; BenchmarkError, with its last words, if it ends without one."""
    command = [sys.executable, "-m", "ml", _COMMAND, str(folder), "--model", name, "--seed", str(seed)]
    return result_of(command, name, progress)


def result_of(command: list[str], name: str, progress: Progress) -> dict[str, Any]:
    """The result event of a process that prints events; BenchmarkError, with its last words, if it prints none.

    It finds this checkout's packages whichever Python it runs, and ends when this process does.
    """
    paths = os.pathsep.join(filter(None, [_PACKAGES, os.environ.get("PYTHONPATH")]))
    result: dict[str, Any] | None = None
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # the child ends when it closes
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": paths},
        ) as child,
    ):
        try:
            result = _follow(child, progress)
            child.wait()
        finally:
            child.kill()
        if child.returncode != 0 or result is None:
            raise BenchmarkError(f'The model "{name}" failed: {_last_words(log, child.returncode)}')
    return result


def _follow(child: subprocess.Popen[bytes], progress: Progress) -> dict[str, Any] | None:
    result = None
    for line in child.stdout or ():
        event = orjson.loads(line)
        if event["event"] == "progress":
            progress(event["stage"], event["done"], event["total"], event["message"])
        elif event["event"] == "result":
            result = event
    return result


def _last_words(log: IO[bytes], code: int) -> str:
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    if code < 0 or not lines:
        return f"its process ended with code {code}" + (f" after: {lines[-1]}" if lines else ".")
    return lines[-1].strip()
