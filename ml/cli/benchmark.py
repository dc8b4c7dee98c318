"""`python -m ml benchmark`: every model on one split, each fitted in a process of its own."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ml.cli.benchmark_model import TEST, TRAIN, BenchmarkError, run_in_child
from ml.cli.files import read_indexed
from ml.cli.output import figure, print_table, shown_progress
from ml.data.ratings import Ratings
from ml.data.snapshot import write_snapshot
from ml.data.staging import replace_file, temporary_folder
from ml.evaluation.leaks import check_split
from ml.models import MODEL_NAMES, check_model_name

COLUMNS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "recall_at_20": "recall@20",
    "ndcg_at_10": "nDCG@10",
    "coverage_at_20": "cov.@20",
    "fit_seconds": "fit s",
    "peak_rss_mb": "MB",
}


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser("benchmark", help="compare models on a split")
    ratings = "reviewer,movie,stars[,timestamp]"
    parser.add_argument("--train", required=True, type=Path, metavar="A.csv", help=f"ratings: {ratings}")
    parser.add_argument("--test", required=True, type=Path, metavar="B.csv", help=f"ratings: {ratings}")
    parser.add_argument("--movies", type=Path, metavar="M.csv", help="movies: movie,title,year,genres")
    parser.add_argument("--models", metavar="NAME,...", help=f"default: {','.join(MODEL_NAMES)}")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--json", required=True, type=Path, metavar="OUT", help="where the figures go")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    names = _names(arguments.models)
    if not arguments.json.absolute().parent.is_dir() or arguments.json.is_dir():
        raise BenchmarkError(
            f"{arguments.json} cannot be written: its folder is missing, or it is one itself."
        )
    train, test = read_indexed([arguments.train, arguments.test], arguments.movies).ratings
    check_split(train, test, temporal=False)
    with temporary_folder("ml-benchmark-") as folder:
        write_ratings(folder / TRAIN, train)
        write_ratings(folder / TEST, test)
        figures = {name: _measure(folder, name, arguments.seed) for name in names}
    content = {"models": figures, "train": len(train), "test": len(test)}
    replace_file(
        arguments.json, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    rows = [[name, *(_cell(key, figures[name][key]) for key in COLUMNS)] for name in names]
    print_table(f"{len(train):,} training and {len(test):,} test ratings", ["model", *COLUMNS.values()], rows)


def _names(text: str | None) -> list[str]:
    """Each name once, in the order given; every one is checked before the first is fitted."""
    if text is None:
        return list(MODEL_NAMES)
    return list(dict.fromkeys(check_model_name(name.strip()) for name in text.split(",")))


def _measure(folder: Path, name: str, seed: int) -> dict[str, float]:
    with shown_progress(name) as progress:
        result = run_in_child(folder, name, seed=seed, progress=progress)
    return {key: result[key] for key in COLUMNS}


def _cell(key: str, value: float) -> str:
    return {"fit_seconds": f"{value:.2f}", "peak_rss_mb": f"{value:.0f}"}.get(key, figure(value))


def write_ratings(path: Path, ratings: Ratings) -> None:
    """A snapshot whose ids are the rows themselves: what the child reads back."""
    write_snapshot(
        path,
        movie_ids=np.arange(ratings.n_movies, dtype=np.int64),
        reviewer_ids=np.arange(ratings.n_reviewers, dtype=np.int64),
        reviewer_indices=ratings.reviewer_indices,
        movie_indices=ratings.movie_indices,
        stars=ratings.stars,
        timestamps=ratings.timestamps,
        scale=ratings.scale,
        content=ratings.content,
    )
