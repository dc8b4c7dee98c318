"""Models side by side under one protocol, each with every seed in a process of its own.

    python -m benchmarks.models PROTOCOL --data DIR [--models history,bias,...] [--seeds 3] [--out FILE]

PROTOCOL: folds (stars), leave_last, global_temporal, strangers, new_films, sparse (a random fifth); what each does
stands in `ml.evaluation.protocols`. DIR: MovieLens 100K, MovieLens CSVs, a made dump with its truth, or a snapshot.
Models: registered names, `python-executable:module:Class` for a model of another environment and, of a made dump,
best-possible-mean and best-possible-median. Prints a table: means over seeds, ± their standard deviation, and with
--against the paired bootstrap interval (95 %, over people) of the difference. --out takes all of it as JSON.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from benchmarks.models.child import ALL, BEST, NAMES
from benchmarks.models.data import BenchmarkData, read_data
from benchmarks.models.tables import against, gap_closed, print_figures, summary
from ml.cli.benchmark import write_ratings
from ml.cli.benchmark_model import BenchmarkError, result_of
from ml.cli.output import shown_progress
from ml.data.staging import replace_file
from ml.errors import InputError
from ml.models import MODEL_NAMES, check_model_name

RANKED_PEOPLE = 10_000


def main() -> int:
    arguments = _arguments()
    try:
        run(arguments)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(arguments: argparse.Namespace) -> None:
    """Everything is measured first, so that --out appears whole or not at all."""
    names = _names(arguments.models)
    models = [_command_and_model(name) for name in names]
    opponents = _names(arguments.against)
    for missing in set(opponents) - set(names):
        raise BenchmarkError(f"{missing} is not among the models.")
    data = read_data(arguments.data)
    with tempfile.TemporaryDirectory(prefix="benchmark-models-") as scratch:
        _write(data, Path(scratch), arguments.protocol)
        runs = [_runs(python, model, Path(scratch), arguments) for python, model in models]
    measured = {results[0]["name"]: results for results in runs}
    content = {
        "protocol": arguments.protocol,
        "data": arguments.data.resolve().name,
        "n_ratings": len(data.ratings),
        "n_people": data.ratings.n_reviewers,
        "n_movies": data.ratings.n_movies,
        "seeds": list(range(arguments.seeds)),
        "people_ranked_at_most": arguments.people,
        "models": {name: summary(results) for name, results in measured.items()},
    }
    content["gap_closed"] = gap_closed(content["models"])
    others = [runs[names.index(opponent)] for opponent in opponents]
    for name, results in measured.items():
        content["models"][name]["against"] = [
            against(other[0]["name"], results, other) for other in others if other is not results
        ]
    if arguments.out is not None:
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY
        replace_file(arguments.out, orjson.dumps(content, option=options))
    print_figures(content)


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _command_and_model(name: str) -> tuple[str, str]:
    """The Python that runs a model, and what it is called there."""
    python, colon, place = name.partition(":")
    if colon:
        if not Path(python).exists():
            raise BenchmarkError(f"There is no Python at {python}, which should run {place}.")
        return python, place
    return sys.executable, name if name in BEST else check_model_name(name)


def _write(data: BenchmarkData, folder: Path, protocol: str) -> None:
    if protocol != "folds":
        write_ratings(folder / ALL, data.ratings)
        return
    for number, split in enumerate(data.folds(), start=1):
        write_ratings(folder / f"train-{number}", split.train)
        write_ratings(folder / f"test-{number}", split.test)


def _runs(python: str, model: str, folder: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """One result a seed; the first alone if the seed changes nothing."""
    results: list[dict[str, Any]] = []
    for seed in range(arguments.seeds):
        command = [python, "-m", "benchmarks.models.child", str(folder), "--protocol", arguments.protocol]
        command += ["--model", model, "--seed", str(seed), "--people", str(arguments.people)]
        command += ["--data", str(arguments.data.resolve())]
        with shown_progress(f"{model}, seed {seed}") as progress:
            results.append(result_of(command, model, progress))
        if results[0]["deterministic"]:
            break
    return results


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.models",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("protocol", choices=NAMES)
    parser.add_argument("--data", required=True, type=Path, metavar="DIR")
    parser.add_argument("--models", default=",".join(MODEL_NAMES), help="default: all that are registered")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on (default: 3)")
    parser.add_argument(
        "--people", type=int, default=RANKED_PEOPLE, help=f"ranked at most (default: {RANKED_PEOPLE:,})"
    )
    parser.add_argument(
        "--against",
        default="",
        metavar="MODEL,...",
        help="some of the models, written as there, to compare all with",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="a file for the figures, too")
    arguments = parser.parse_args()
    if arguments.seeds < 1 or arguments.people < 1:
        parser.error("--seeds and --people must be at least 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
