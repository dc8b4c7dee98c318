"""`python -m ml reproduce-seed`: the study this grew out of, made again, and what each of its mistakes was worth."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ml.cli.output import print_table, shown_progress
from ml.data.ratings import Scale
from ml.data.staging import replace_file
from ml.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from ml.study.preparation import Prepared


class StudyError(InputError):
    """The study cannot be made from what was asked for."""


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "reproduce-seed", help="the first study's figures, each beside an honest one"
    )
    parser.add_argument(
        "reviews", type=Path, metavar="REVIEWS", help="Amazon's JSON lines, or a CSV of ratings"
    )
    parser.add_argument(
        "--metadata", type=Path, metavar="META", help="only movies with a row in Amazon's file"
    )
    parser.add_argument(
        "--groups", type=Path, metavar="G.csv", help="movie,movie_group (default: by shared reviews)"
    )
    parser.add_argument(
        "--year", type=_year, metavar="Y", help="or all (default: 2018 of Amazon's, else all)"
    )
    parser.add_argument("--scale", type=_scale, default="1:5", metavar="MIN:MAX", help="default: 1:5")
    parser.add_argument("--min-per-reviewer", type=_count, default=2, metavar="N", help="default: 2")
    parser.add_argument("--min-per-movie", type=_count, default=2, metavar="N", help="default: 2")
    parser.add_argument("--epochs", type=_count, default=5, metavar="N", help="default: 5")
    parser.add_argument("--folds", type=_count, default=5, metavar="K", help="default: 5")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--json", type=Path, metavar="OUT", help="where the figures go, besides the tables")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="where the loss curves go (SVG)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    _check_outputs(arguments)
    prepared = _prepare(arguments)
    # Not at the top: it imports TensorFlow, and every other command would wait for that.
    from ml.study.experiments import Settings, Study
    from ml.study.report import mistakes, tables

    settings = Settings(folds=arguments.folds, epochs=arguments.epochs, seed=arguments.seed)
    with shown_progress("reproduce-seed") as progress:
        result = Study(prepared, settings, progress).run()
    result["mistakes"] = [mistake.as_json() for mistake in mistakes(result)]
    _write(arguments, result)
    for table in tables(result):
        print_table(table.title, table.columns, table.rows)


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Before hours of work: both places can be written, and plots can be drawn."""
    for path in filter(None, (arguments.json, arguments.plots)):
        if not path.absolute().parent.is_dir():
            raise StudyError(f"{path} cannot be written: its folder is missing.")
    if arguments.json is not None and arguments.json.is_dir():
        raise StudyError(f"{arguments.json} cannot be written: it is a folder.")
    if arguments.plots is not None:
        if arguments.plots.exists() and not arguments.plots.is_dir():
            raise StudyError(f"{arguments.plots} is no folder.")
        from ml.plots.canvas import check_matplotlib

        check_matplotlib()


def _prepare(arguments: argparse.Namespace) -> "Prepared":
    from ml.study.preparation import prepare

    reviews = _taken_reviews(arguments)
    return prepare(
        reviews,
        scale=arguments.scale,
        groups=_groups(arguments, reviews),
        min_per_reviewer=arguments.min_per_reviewer,
        min_per_movie=arguments.min_per_movie,
    )


def _groups(arguments: argparse.Namespace, reviews: "pd.DataFrame") -> dict[str, str]:
    """Of CSV only what is given: many sites note the same second for a page of ratings."""
    from ml.data.files import read_movie_groups_csv
    from ml.study.editions import groups_by_shared_reviews
    from ml.study.reviews import holds_json

    if arguments.groups is not None:
        return read_movie_groups_csv(arguments.groups)
    if not holds_json(arguments.reviews):
        sys.stderr.write("Without --groups every movie is taken for a film of its own.\n")
        return {}
    groups = groups_by_shared_reviews(reviews)
    films = len(set(groups.values()))
    sys.stderr.write(
        f"Without --groups, {len(groups):,} movies that share reviews are taken for {films:,} films.\n"
    )
    return groups


def _taken_reviews(arguments: argparse.Namespace) -> "pd.DataFrame":
    """The seed's first step: verified reviews of a year, of products with a metadata row."""
    from ml.study.reviews import SEED_YEAR, holds_json, read_described_movies, read_reviews

    year = SEED_YEAR if arguments.year is None and holds_json(arguments.reviews) else arguments.year
    reviews = read_reviews(arguments.reviews, scale=arguments.scale, year=year or None)
    if arguments.metadata is not None:
        reviews = reviews[reviews["movie"].isin(read_described_movies(arguments.metadata))]
    if reviews.empty:
        of_year = f" of {year}" if year else ""
        with_row = "" if arguments.metadata is None else f" of a movie with a row in {arguments.metadata}"
        raise StudyError(f"{arguments.reviews} holds no verified review{of_year}{with_row}.")
    return reviews.reset_index(drop=True)


def _write(arguments: argparse.Namespace, result: dict[str, Any]) -> None:
    """Everything is made before the first file is written, and each file appears whole."""
    files = {}
    if arguments.plots is not None:
        from ml.plots.canvas import as_svg
        from ml.study.figures import draw_losses

        for network, curves in result["splits"]["as_seed"]["curves"].items():
            files[arguments.plots / f"losses-{network}.svg"] = as_svg(draw_losses(network, curves))
        arguments.plots.mkdir(exist_ok=True)
    if arguments.json is not None:
        files[arguments.json] = orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    for path, content in files.items():
        replace_file(path, content)


def _year(text: str) -> int:
    """0 for all."""
    if text == "all":
        return 0
    if not text.isdecimal() or not 1 <= int(text) < 9999:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a year nor all")
    return int(text)


def _scale(text: str) -> Scale:
    try:
        minimum, maximum = map(float, text.split(":"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} should look like 1:5") from error
    if not -1e6 <= minimum < maximum <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no scale from less to more")
    return Scale(minimum=minimum, maximum=maximum, step=1.0)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
