"""CSV files of ratings and of movies, for study on the command line. The site never reads them: it needs pandas.

Ratings: columns reviewer, movie, stars and, if known, timestamp (seconds UTC, may be blank). Movies: movie, title,
year, genres with | between them; year and genres may be blank. Further columns are ignored. Reviewers and movies
may be numbers or text; rows of the vocabularies follow their order as numbers if all are numbers, else as text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from ml.arraytypes import BoolArray, FloatArray, Int32Array, Int64Array
from ml.data.ratings import NO_TIMESTAMP, Content, Ratings, Scale
from ml.errors import InputError

_WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}")
_LATEST_SECOND = 2**53


class FilesError(InputError):
    """A file that cannot be read, or a line of it that says what cannot be."""


@dataclass(frozen=True)
class RatingsFile:
    """A file as it stands, duplicates included; four columns of one length."""

    path: Path
    reviewers: "pd.Series[str]"
    movies: "pd.Series[str]"
    stars: FloatArray
    timestamps: Int64Array


@dataclass(frozen=True)
class MoviesFile:
    """years: absent ones are None. genres: empty where the file names none."""

    path: Path
    movies: "pd.Series[str]"
    titles: list[str]
    years: list[int | None]
    genres: list[list[str]]

    def tokens(self) -> dict[str, set[str]]:
        """Content tokens by movie; rows of the same movie are joined."""
        found: dict[str, set[str]] = {}
        for movie, year, genres in zip(self.movies, self.years, self.genres, strict=True):
            tokens = found.setdefault(movie, set())
            tokens.update(f"genre:{genre}" for genre in genres)
            if year is not None:
                tokens.add(f"decade:{year // 10 * 10}")
        return found


@dataclass(frozen=True)
class IndexedFiles:
    """Several files of ratings over common vocabularies.

    ratings, n_duplicates: one entry a file. reviewer_keys, movie_keys: what the files call each row.
    """

    ratings: list[Ratings]
    n_duplicates: list[int]
    reviewer_keys: list[str]
    movie_keys: list[str]


def read_ratings_csv(path: Path) -> RatingsFile:
    """FilesError, with the line where there is one, for anything but at least one sound rating."""
    table = _read(path, required=("reviewer", "movie", "stars"), optional=("timestamp",))
    if table.empty:
        raise FilesError(f"{path} holds no ratings.")
    stars = _numbers(path, table["stars"])
    if "timestamp" in table:
        timestamps = _timestamps(path, table["timestamp"])
    else:
        timestamps = np.full(len(table), NO_TIMESTAMP, dtype=np.int64)
    return RatingsFile(
        path=path,
        reviewers=_keys(path, table["reviewer"]),
        movies=_keys(path, table["movie"]),
        stars=stars.astype(np.float32),
        timestamps=timestamps,
    )


def read_movies_csv(path: Path) -> MoviesFile:
    """FilesError, with the line where there is one, for anything but a table of movies."""
    table = _read(path, required=("movie", "title", "year", "genres"), optional=())
    blank = table["year"] == ""
    years = _numbers(path, table["year"].where(~blank, "0")).astype(np.int64)
    return MoviesFile(
        path=path,
        movies=_keys(path, table["movie"]),
        titles=table["title"].tolist(),
        years=[None if absent else int(year) for absent, year in zip(blank, years, strict=True)],
        genres=[_genres(text) for text in table["genres"]],
    )


def read_movie_groups_csv(path: Path) -> dict[str, str]:
    """What brings editions together: by movie, the group whose members are one film. Columns movie, movie_group."""
    table = _read(path, required=("movie", "movie_group"), optional=())
    movies, groups = _keys(path, table["movie"]), _keys(path, table["movie_group"])
    return dict(zip(movies, groups, strict=True))


def index_ratings(files: Sequence[RatingsFile], movies: MoviesFile | None = None) -> IndexedFiles:
    """Give all files common vocabularies and the scale of the first; movies without a rating get a row too.

    Of several ratings of a movie by a reviewer within a file the latest stays, of equally late ones the one
    with more stars: never does a file's order decide. FilesError if a later file leaves the first's scale.
    """
    scale = Scale.from_stars(files[0].stars)
    for file in files[1:]:
        _check_scale(file, scale, files[0].path)
    reviewer_rows, reviewer_keys = _rows([file.reviewers for file in files])
    named = [] if movies is None else [movies.movies]
    movie_rows, movie_keys = _rows([file.movies for file in files] + named)
    tokens = {} if movies is None else movies.tokens()
    content = None if movies is None else Content.from_tokens(tokens.get(key, ()) for key in movie_keys)
    indexed = [
        Ratings(
            reviewer_indices=reviewers,
            movie_indices=rated,
            stars=file.stars,
            timestamps=file.timestamps,
            n_reviewers=len(reviewer_keys),
            n_movies=len(movie_keys),
            scale=scale,
            content=content,
        )
        for file, reviewers, rated in zip(files, reviewer_rows, movie_rows, strict=False)
    ]
    current = [ratings.subset(_current(ratings)) for ratings in indexed]
    return IndexedFiles(
        ratings=current,
        n_duplicates=[len(all_) - len(kept) for all_, kept in zip(indexed, current, strict=True)],
        reviewer_keys=reviewer_keys,
        movie_keys=movie_keys,
    )


def _read(path: Path, *, required: tuple[str, ...], optional: tuple[str, ...]) -> pd.DataFrame:
    try:
        # Read first, parse then: an interrupt while the parser reads would come out as a malformed file.
        text = StringIO(path.read_text(encoding="utf-8-sig"))
        table = pd.read_csv(text, dtype=str, keep_default_na=False, skipinitialspace=True)
    except pd.errors.EmptyDataError as error:
        raise FilesError(f"{path} is empty.") from error
    except UnicodeDecodeError as error:
        raise FilesError(f"{path} is not text in UTF-8.") from error
    except pd.errors.ParserError as error:
        raise FilesError(f"{path} is not a table: {str(error).strip().splitlines()[-1]}.") from error
    except OSError as error:
        raise FilesError(f"{path} cannot be read: {error.strerror or error}.") from error
    table.columns = table.columns.str.strip()
    missing = [column for column in required if column not in table]
    if missing:
        present = ", ".join(table.columns)
        raise FilesError(f"{path} lacks the column {' and '.join(missing)}; its columns are {present}.")
    if not isinstance(table.index, pd.RangeIndex):  # what pandas makes of a first line longer than the header
        raise FilesError(f"{path} is not a table: line 2 has more fields than the header.")
    wanted = [column for column in (*required, *optional) if column in table]
    return table[wanted].fillna("").apply(lambda column: column.str.strip())


def _keys(path: Path, column: "pd.Series[str]") -> "pd.Series[str]":
    blank = (column == "").to_numpy()
    if blank.any():
        raise FilesError(f"{_line(path, blank)}: the {column.name} is missing.")
    return column


def _numbers(path: Path, column: "pd.Series[str]") -> np.ndarray:
    """float64 (n,); FilesError at the first cell that is not a finite number."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        text = column.iloc[int(bad.argmax())]
        raise FilesError(f"{_line(path, bad)}: {column.name} should be a number, not {text!r}.")
    return numbers


def _timestamps(path: Path, column: "pd.Series[str]") -> Int64Array:
    known = (column != "").to_numpy()
    seconds = _numbers(path, column.where(known, "0"))
    bad = np.abs(seconds) > _LATEST_SECOND
    if bad.any():
        raise FilesError(f"{_line(path, bad)}: the timestamp is no time in seconds.")
    return np.where(known, seconds.astype(np.int64), NO_TIMESTAMP)


def _line(path: Path, bad: BoolArray) -> str:
    """The first bad line, counted as editors do: the header is line 1."""
    return f"{path}, line {int(bad.argmax()) + 2}"


def _genres(text: str) -> list[str]:
    named = [genre.strip() for genre in text.split("|")]
    return [genre for genre in named if genre and genre != "(no genres listed)"]


def _rows(columns: Sequence["pd.Series[str]"]) -> tuple[list[Int32Array], list[str]]:
    """Rows of one common, ordered vocabulary for each column, and the vocabulary."""
    codes, uniques = pd.factorize(pd.concat(columns, ignore_index=True))
    names = [str(name) for name in uniques]
    numeric = all(_WHOLE_NUMBER.fullmatch(name) for name in names)
    order = sorted(range(len(names)), key=(lambda i: int(names[i])) if numeric else (lambda i: names[i]))
    row_of_code = np.empty(len(names), dtype=np.int32)
    row_of_code[order] = np.arange(len(names), dtype=np.int32)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return np.split(row_of_code[codes], ends), [names[i] for i in order]


def _check_scale(file: RatingsFile, scale: Scale, origin: Path) -> None:
    outside = (file.stars < scale.minimum) | (file.stars > scale.maximum)
    if outside.any():
        raise FilesError(
            f"{_line(file.path, outside)}: {file.stars[outside][0]:g} stars are outside the scale of {origin},"
            f" {scale.minimum:g} to {scale.maximum:g}."
        )


def _current(ratings: Ratings) -> BoolArray:
    """A mask of the one rating that stays of each (reviewer, movie)."""
    order = np.lexsort((ratings.stars, ratings.timestamps, ratings.pair_keys))
    keys = ratings.pair_keys[order]
    last = np.append(keys[1:] != keys[:-1], True)
    stays = np.zeros(len(ratings), dtype=np.bool_)
    stays[order[last]] = True
    return stays
