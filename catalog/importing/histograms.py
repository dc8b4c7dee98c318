"""Movies' histograms moved by many ratings at once, in one UPDATE that costs what the ratings do.

An UPDATE locks rows in whatever order it meets them. So that no two wait for each other in a circle, everybody who
changes several movies locks them before, in the order of ids.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalog.models.movies import HALF_STARS, HISTOGRAM_FIELDS
from catalog.models.ratings import RatingQuerySet

_SUMS = ", ".join(
    f"SUM(CASE WHEN half_stars = {half_stars} THEN step ELSE 0 END) AS step_{half_stars}"
    for half_stars in HALF_STARS
)
_STEPS = ", ".join(
    f"{field} = {field} + steps.step_{half_stars}"
    for field, half_stars in zip(HISTOGRAM_FIELDS, HALF_STARS, strict=True)
)


def shift_histograms(cursor: CursorWrapper, changes: str, params: Sequence[Any] = ()) -> None:
    """Add up `changes`, a SELECT of (movie_id, half_stars, step) with step +1 or -1, into the histograms.

    Run it in the transaction of the writes it counts.
    """
    _lock_movies(cursor, changes, params)
    shift_locked_histograms(cursor, changes, params)


def take_out_of_histograms(cursor: CursorWrapper, ratings: RatingQuerySet) -> None:
    """Before these ratings are deleted: those that count do no more."""
    current = ratings.current().order_by().values_list("movie_id", "half_stars")
    sql, params = current.query.sql_with_params()
    shift_histograms(cursor, f"SELECT movie_id, half_stars, -1 AS step FROM ({sql}) AS gone", params)  # noqa: S608


def _lock_movies(cursor: CursorWrapper, changes: str, params: Sequence[Any]) -> None:
    """SQLite has one lock for all. The array keeps PostgreSQL from going through the table: it is few rows of many."""
    if connection.vendor == "postgresql":
        cursor.execute(
            f"""
            SELECT id FROM catalog_movie WHERE id = ANY(ARRAY(SELECT movie_id FROM ({changes}) AS changes))
            ORDER BY id FOR NO KEY UPDATE""",  # noqa: S608 - our own names; values are parameters
            params,
        )


def shift_locked_histograms(cursor: CursorWrapper, changes: str, params: Sequence[Any] = ()) -> None:
    """`shift_histograms` for whoever holds the locks of the movies already."""
    cursor.execute(
        f"""
        UPDATE catalog_movie SET {_STEPS}
        FROM (SELECT movie_id, {_SUMS} FROM ({changes}) AS changes GROUP BY movie_id) AS steps
        WHERE catalog_movie.id = steps.movie_id""",  # noqa: S608 - our own names; values are parameters
        params,
    )
