"""Reviews as the seed's study took them from its files: a row a line, copies of a review included.

A table of reviews has the columns reviewer, movie (as the file calls them), stars (float32) and timestamp (int64,
seconds UTC, NO_TIMESTAMP where unknown).
"""

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import orjson
import pandas as pd

from ml.data.files import read_ratings_csv
from ml.data.ratings import NO_TIMESTAMP, Scale
from ml.errors import InputError

SEED_YEAR = 2018

_GZIP = b"\x1f\x8b"
_Row = tuple[str, str, float, int]


class ReviewsError(InputError):
    """A file of reviews that cannot be read, or a line of it that says what cannot be."""


def holds_json(path: Path) -> bool:
    """Whether a file, unpacked if need be, begins as JSON lines do; anything else is taken for CSV."""
    first = next(_lines(path), (1, b""))[1]
    return first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{")


def read_reviews(path: Path, *, scale: Scale, year: int | None = None) -> pd.DataFrame:
    """Amazon's JSON lines, of which only verified ones are taken, or CSV; `year`: of those that are of it alone.

    Reviews that do not say whether they are verified (Amazon's files of 2014, CSV) are taken. ReviewsError or
    FilesError, with the line, for what is no review or has stars outside the scale.
    """
    return _read_json(path, scale, year) if holds_json(path) else _read_csv(path, scale, year)


def read_described_movies(path: Path) -> frozenset[str]:
    """The ASINs that have a row in Amazon's file of metadata."""
    return frozenset(_text(path, number, row, "asin") for number, row in _json_rows(path))


def _read_csv(path: Path, scale: Scale, year: int | None) -> pd.DataFrame:
    file = read_ratings_csv(path)
    columns = {"reviewer": file.reviewers, "movie": file.movies}
    reviews = pd.DataFrame({**columns, "stars": file.stars, "timestamp": file.timestamps})
    outside = ~reviews["stars"].between(scale.minimum, scale.maximum).to_numpy()
    if outside.any():
        line = int(outside.argmax())
        raise _outside(path, line + 2, file.stars[line], scale)
    if year is None:
        return reviews
    if (reviews["timestamp"] == NO_TIMESTAMP).all():
        raise ReviewsError(f"{path} has no timestamps, so its reviews of {year} cannot be told.")
    first, end = _seconds(year)
    return reviews[reviews["timestamp"].between(first, end, inclusive="left")].reset_index(drop=True)


def _read_json(path: Path, scale: Scale, year: int | None) -> pd.DataFrame:
    first, end = _seconds(year) if year is not None else (NO_TIMESTAMP, np.iinfo(np.int64).max)
    rows = (
        _review(path, number, row, scale)
        for number, row in _json_rows(path)
        if row.get("verified", True) is True
    )
    taken = [row for row in rows if first <= row[3] < end]
    reviews = pd.DataFrame(taken, columns=["reviewer", "movie", "stars", "timestamp"])
    return reviews.astype({"reviewer": "str", "movie": "str", "stars": np.float32, "timestamp": np.int64})


def _review(path: Path, number: int, row: dict[str, Any], scale: Scale) -> _Row:
    stars, seconds = row.get("overall"), row.get("unixReviewTime")
    if not isinstance(stars, int | float) or not isinstance(seconds, int):
        name, value = ("unixReviewTime", seconds) if isinstance(stars, int | float) else ("overall", stars)
        raise ReviewsError(f"{path}, line {number}: {name} should be a number, not {value!r}.")
    if not scale.minimum <= stars <= scale.maximum:
        raise _outside(path, number, stars, scale)
    return _text(path, number, row, "reviewerID"), _text(path, number, row, "asin"), stars, seconds


def _text(path: Path, number: int, row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise ReviewsError(f"{path}, line {number}: {name} is missing.")
    return value


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ReviewsError(f"{path}, line {number} is not JSON: {error.msg}.") from error
        if not isinstance(row, dict):
            raise ReviewsError(f"{path}, line {number} is no JSON object.")
        yield number, row


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered from 1, unpacked where the file is gzip."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == _GZIP
            stream.seek(0)
            lines = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream
            yield from enumerate(lines, start=1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ReviewsError(f"{path} is a damaged gzip file: {error}.") from error


def _seconds(year: int) -> tuple[int, int]:
    """The first second of a year and of the next, UTC."""
    first, end = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
    return first, end


def _outside(path: Path, line: int, stars: float, scale: Scale) -> ReviewsError:
    return ReviewsError(
        f"{path}, line {line}: {stars:g} stars are outside the scale of {scale.minimum:g} to {scale.maximum:g}"
        " (--scale gives another)."
    )
