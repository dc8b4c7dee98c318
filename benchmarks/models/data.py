"""Folders with public or made data as ratings: what the models are measured on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.models.made import read_made_dump
from benchmarks.movielens_csv.__main__ import read_movies, read_ratings
from ml.data.files import MoviesFile, RatingsFile, index_ratings
from ml.data.ratings import Ratings
from ml.data.snapshot import read_snapshot
from ml.data.splits import Split, k_folds
from ml.errors import InputError

CANONICAL_FOLDS = range(1, 6)


class DataError(InputError):
    """A folder that holds none of the data sets that can be read."""


@dataclass(frozen=True)
class BenchmarkData:
    """ratings: all there are. canonical: the folds that the data comes with, of the same vocabularies."""

    ratings: Ratings
    canonical: Sequence[Split] = ()

    def folds(self) -> Iterable[Split]:
        """The canonical ones, else five random ones."""
        return self.canonical or k_folds(self.ratings, folds=5, seed=0)


def read_data(folder: Path) -> BenchmarkData:
    """MovieLens 100K, MovieLens CSVs, a made dump with its truth, or a snapshot; DataError for anything else."""
    if (folder / "u.data").exists():
        return _movielens_100k(folder)
    if (folder / "ratings.csv").exists():
        return BenchmarkData(_indexed(folder, ["ratings.csv"])[0])
    if (folder / "truth.npz").exists():
        return BenchmarkData(read_made_dump(folder))
    if (folder / "snapshot.json").exists():
        return BenchmarkData(read_snapshot(folder).ratings)
    raise DataError(
        f"{folder} holds neither MovieLens (u.data or ratings.csv), nor a made dump, nor a snapshot."
    )


def _movielens_100k(folder: Path) -> BenchmarkData:
    sides = [f"u{fold}.{side}" for fold in CANONICAL_FOLDS for side in ("base", "test")]
    whole, *parts = _indexed(folder, ["u.data", *sides])
    folds = [Split(train, test) for train, test in zip(parts[::2], parts[1::2], strict=True)]
    return BenchmarkData(whole, folds)


def _indexed(folder: Path, names: Sequence[str]) -> list[Ratings]:
    """Films without a rating, which the file of films alone knows, are candidates as well."""
    return index_ratings([_ratings_file(folder / name) for name in names], _movies_file(folder)).ratings


def _ratings_file(path: Path) -> RatingsFile:
    table = read_ratings(path)
    return RatingsFile(
        path=path,
        reviewers=table["reviewer"].astype(str),
        movies=table["movie"].astype(str),
        stars=table["stars"].to_numpy(np.float32),
        timestamps=table["timestamp"].to_numpy(np.int64),
    )


def _movies_file(folder: Path) -> MoviesFile:
    table = read_movies(folder)
    years, genres = table["year"], table["genres"].fillna("")
    return MoviesFile(
        path=folder,
        movies=table["movie"].astype(str),
        titles=table["title"].astype(str).tolist(),
        years=[None if missing else int(year) for year, missing in zip(years, years.isna(), strict=True)],
        genres=[[genre for genre in named.split("|") if genre] for named in genres],
    )
