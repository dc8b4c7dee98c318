"""One model under one protocol, in a process of its own; `benchmarks.models` starts it.

    python -m benchmarks.models.child FOLDER --protocol NAME --model NAME|MODULE:CLASS [--seed N] [--people N]

FOLDER holds the snapshot "all" and, for folds, "train-1", "test-1", ... JSON lines on stdout, the last one the result.
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from ml.cli.output import events_on_stdout
from ml.cli.processes import end_with_parent, peak_rss_mb, prepare_process
from ml.data.snapshot import read_snapshot
from ml.data.splits import Split
from ml.errors import InputError
from ml.evaluation import protocols
from ml.models import make_scorer
from ml.scoring import Progress

ALL = "all"
PROTOCOLS = {
    "leave_last": protocols.leave_last,
    "global_temporal": protocols.global_temporal,
    "strangers": protocols.strangers,
    "new_films": protocols.new_films,
    "sparse": protocols.random_holdout,
}
NAMES = ("folds", *PROTOCOLS)
BEST = {"best-possible-mean": False, "best-possible-median": True}


def main() -> int:
    arguments = _arguments()
    prepare_process()
    end_with_parent()
    with events_on_stdout() as events:
        try:
            make = maker(arguments.model, arguments.data)
            scorer = make()
            figures = _figures(arguments, make, events.progress)
        except InputError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        about = {"name": arguments.model if arguments.model in BEST else scorer.name}
        about |= {"deterministic": scorer.deterministic, "peak_rss_mb": peak_rss_mb()}
        events.result({**figures, **about})
    return 0


def maker(model: str, data: Path | None) -> protocols.Make:
    """How a model is made that is named as registered, as `module:Class`, or as one of BEST (from the dump in data)."""
    if model in BEST:
        from benchmarks.models.made import BestPossible  # it needs the catalogue's parsers, which peers lack

        return partial(BestPossible, data, median=BEST[model])
    if ":" not in model:
        return partial(make_scorer, model)
    module, _, class_name = model.partition(":")
    try:
        return getattr(import_module(module), class_name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"There is no model at {model}: {error}.") from error


def _figures(arguments: argparse.Namespace, make: protocols.Make, progress: Progress) -> dict[str, Any]:
    trial = protocols.Trial(make, arguments.seed, arguments.people, progress)
    if arguments.protocol == "folds":
        return protocols.folds(trial, _splits(arguments.folder))
    return PROTOCOLS[arguments.protocol](trial, read_snapshot(arguments.folder / ALL).ratings)


def _splits(folder: Path) -> Iterator[Split]:
    for number in range(1, 1 + len(list(folder.glob("train-*")))):
        train, test = (read_snapshot(folder / f"{side}-{number}").ratings for side in ("train", "test"))
        yield Split(train, test)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models.child")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--protocol", required=True, choices=NAMES)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
