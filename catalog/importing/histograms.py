"""Movies' histograms moved by many ratings at once, in one UPDATE that costs what the ratings do."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from catalog.models.movies import HALF_STARS, HISTOGRAM_FIELDS

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
    cursor.execute(
        f"""
        UPDATE catalog_movie SET {_STEPS}
        FROM (SELECT movie_id, {_SUMS} FROM ({changes}) AS changes GROUP BY movie_id) AS steps
        WHERE catalog_movie.id = steps.movie_id""",  # noqa: S608 - our own names; values are parameters
        params,
    )
