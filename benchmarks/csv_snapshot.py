"""A snapshot of CSV files whose ids are numbers, so that `python -m ml train` makes a model of them without a site.

    python -m benchmarks.csv_snapshot ratings.csv movies.csv OUT

An artifact trained on it carries the files' movie numbers as its ids, as `python -m benchmarks.plots films` expects.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from ml.data.files import index_ratings, read_movies_csv, read_ratings_csv
from ml.data.snapshot import Snapshot, write_snapshot
from ml.errors import InputError


def snapshot_of(ratings: Path, movies: Path, out: Path) -> Snapshot:
    """InputError for files that cannot be read, ids that are no numbers, or if `out` exists."""
    indexed = index_ratings([read_ratings_csv(ratings)], read_movies_csv(movies))
    (rated,) = indexed.ratings
    return write_snapshot(
        out,
        movie_ids=_numbers(movies, indexed.movie_keys),
        reviewer_ids=_numbers(ratings, indexed.reviewer_keys),
        reviewer_indices=rated.reviewer_indices,
        movie_indices=rated.movie_indices,
        stars=rated.stars,
        timestamps=rated.timestamps,
        scale=rated.scale,
        content=rated.content,
    )


def _numbers(path: Path, keys: list[str]) -> np.ndarray:
    try:
        return np.array([int(key) for key in keys], dtype=np.int64)
    except ValueError as error:
        raise InputError(f"{path} has ids that are no whole numbers.") from error


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("ratings", "movies", "out"):
        parser.add_argument(name, type=Path)
    arguments = parser.parse_args(argv)
    try:
        snapshot = snapshot_of(arguments.ratings, arguments.movies, arguments.out)
    except InputError as error:
        print(f"No snapshot was written: {error}", file=sys.stderr)
        return 1
    print(f"{snapshot.path}: {len(snapshot.ratings):,} ratings of {len(snapshot.movie_ids):,} movies")
    return 0


if __name__ == "__main__":
    sys.exit(main())
