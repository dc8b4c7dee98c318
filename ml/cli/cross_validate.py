"""`python -m ml cross-validate`: the same model, from fresh weights, on every fold of a file."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ml.cli.files import read_indexed
from ml.cli.output import figure, print_table, shown_progress, write_json
from ml.models import MODEL_NAMES, check_model_name


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser("cross-validate", help="measure a model on k folds")
    parser.add_argument("file", type=Path, metavar="FILE", help="ratings: reviewer,movie,stars[,timestamp]")
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="default: 5")
    parser.add_argument(
        "--stratified", action="store_true", help="every star value equally often in each fold"
    )
    parser.add_argument("--model", default="history", metavar="NAME", help=f"one of {', '.join(MODEL_NAMES)}")
    parser.add_argument("--movies", type=Path, metavar="FILE", help="movies: movie,title,year,genres")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    check_model_name(arguments.model)
    (ratings,) = read_indexed([arguments.file], arguments.movies).ratings
    # Not at the top: it would make every other command wait for the training package.
    from ml.training.cross_validation import cross_validate

    with shown_progress(arguments.model) as progress:
        folds = cross_validate(
            ratings,
            model_name=arguments.model,
            folds=arguments.folds,
            stratified=arguments.stratified,
            seed=arguments.seed,
            progress=progress,
        )
    mean = {key: float(np.mean([fold[key] for fold in folds])) for key in folds[0]}
    deviation = {key: float(np.std([fold[key] for fold in folds])) for key in folds[0]}
    rows = [[str(number), *map(figure, fold.values())] for number, fold in enumerate(folds, start=1)]
    rows += [["mean", *map(figure, mean.values())], ["± sd", *map(figure, deviation.values())]]
    print_table(f"{arguments.model}, {len(folds)} folds", ["fold", *folds[0]], rows, stderr=True)
    write_json({"model": arguments.model, "folds": folds, "mean": mean, "standard_deviation": deviation})
