"""A made dump as ratings, and the best answers that its truth allows, as a model that any other can be held against.

Editions of one film are brought together by the truth, not by the site's matching: what is measured here are models.
"""

import gzip
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import orjson

from benchmarks.made_dump.maker import LAYOUTS
from benchmarks.made_dump.truth import Truth, read_truth
from catalog.importing.amazon_metadata import parse_metadata
from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Content, Ratings, Scale
from ml.errors import InputError
from ml.scoring import Progress, Scorer

SCALE = Scale(minimum=1.0, maximum=5.0, step=1.0)
REVIEWS, METADATA = LAYOUTS["2018"]
_STARS_AND_TIME = itemgetter("overall", "unixReviewTime")


class MadeDumpError(InputError):
    """A folder that holds no whole made dump in the layout of 2018."""


def read_made_dump(folder: Path) -> Ratings:
    """One rating a (reviewer, film), the latest; rows of the truth's reviewers and films are those of the ratings."""
    truth, stars, times = _lines(folder)
    kept = _latest(truth, times)
    return Ratings(
        reviewer_indices=truth.line_reviewer[kept].astype(np.int32),
        movie_indices=truth.line_film[kept].astype(np.int32),
        stars=stars[kept],
        timestamps=times[kept],
        n_reviewers=int(truth.line_reviewer.max()) + 1,
        n_movies=len(truth.film_kind),
        scale=SCALE,
        content=_content(folder, truth),
    )


class BestPossible(Scorer):
    """What there is to know of each review before its noise: the mean (best RMSE) or the median (best MAE).

    Made from the truth of the dump in `folder`; it learns nothing, and knows only pairs that the dump holds.
    """

    deterministic: ClassVar[bool] = True
    name: ClassVar[str] = "best-possible"

    def __init__(self, folder: Path, *, median: bool) -> None:
        truth, _, times = _lines(folder)
        kept = _latest(truth, times)
        answers = truth.line_best if median else truth.line_expected
        self._n_movies = len(truth.film_kind)
        keys = self._keys(truth.line_reviewer[kept], truth.line_film[kept])
        order = np.argsort(keys)
        self._known, self._answers = keys[order], answers[kept][order].astype(np.float32)

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        return self

    def given(self, histories: Ratings) -> Self:
        return self

    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        places = np.searchsorted(self._known, self._keys(reviewer_indices, movie_indices))
        return self._answers[places]

    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        """It has no opinion: the truth tells how a film is liked, not whether it is watched."""
        return np.zeros(self._n_movies, dtype=np.float32)

    def _keys(self, reviewers: IndexArray, films: IndexArray) -> Int64Array:
        return reviewers.astype(np.int64) * self._n_movies + films


def _lines(folder: Path) -> tuple[Truth, FloatArray, Int64Array]:
    """The truth, and by line of the review file its stars and its time."""
    try:
        truth, _ = read_truth(folder)
        rows = np.fromiter(map(_STARS_AND_TIME, _objects(folder / REVIEWS)), np.dtype("f4, i8"))
    except (ValueError, OSError, KeyError) as error:
        raise MadeDumpError(f"{folder} holds no whole made dump in the layout of 2018: {error}") from error
    if len(rows) != len(truth.line_asin):
        raise MadeDumpError(f"The truth in {folder} is of another dump: {len(rows):,} lines do not fit it.")
    return truth, np.ascontiguousarray(rows["f0"]), np.ascontiguousarray(rows["f1"])


def _latest(truth: Truth, times: Int64Array) -> Int64Array:
    """Lines, one a (reviewer, film): its latest, the first of several in the file."""
    keys = truth.line_reviewer.astype(np.int64) * len(truth.film_kind) + truth.line_film
    order = np.lexsort((np.arange(len(keys)), -times, keys))
    first: BoolArray = np.append(True, np.diff(keys[order]) != 0)
    return np.sort(order[first])


def _content(folder: Path, truth: Truth) -> Content:
    """As the site sees it: genres, decade and people of all of a film's editions that are described."""
    place = {
        code.decode(): film for code, film in zip(truth.asin.astype("S10"), truth.asin_film, strict=True)
    }
    tokens: list[set[str]] = [set() for _ in truth.film_kind]
    with gzip.open(folder / METADATA) as lines:
        for row in map(parse_metadata, lines):
            if row is None or row.external_id not in place:
                continue
            found = tokens[place[row.external_id]]
            found.update(f"genre:{genre}" for genre in row.genres)
            found.update(f"person:{person}" for person in row.people)
            found.update(() if row.year is None else [f"decade:{row.year // 10 * 10}"])
    return Content.from_tokens(tokens)


def _objects(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path) as lines:
        yield from map(orjson.loads, lines)
