"""The statistics of movies: kept right by every write, in sets, never by a loop over movies."""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, ExpressionWrapper, F, FloatField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce

from catalog.models.movies import HALF_STARS, HISTOGRAM_FIELDS, Movie
from catalog.models.ratings import Rating


def move_in_histogram(movie_id: int, *, old: int | None, new: int | None) -> None:
    """One rating of a movie went from `old` to `new` half stars (None: there was or is none)."""
    move_in_histograms([movie_id], old=old, new=new)


def move_in_histograms(movie_ids: Collection[int], *, old: int | None, new: int | None) -> None:
    """One rating of each of these movies, named once, went from `old` to `new` half stars, in one UPDATE."""
    if old == new:
        return
    changes: dict[str, Any] = {}
    if old is not None:
        changes[HISTOGRAM_FIELDS[old - 1]] = F(HISTOGRAM_FIELDS[old - 1]) - 1
    if new is not None:
        changes[HISTOGRAM_FIELDS[new - 1]] = F(HISTOGRAM_FIELDS[new - 1]) + 1
    Movie.objects.filter(pk__in=movie_ids).update(**changes)


@transaction.atomic
def recount(movies: QuerySet[Movie] | None = None) -> int:
    """Set the histograms of `movies` (all by default) from their current ratings, in one UPDATE.

    They are locked before, so that nobody's rating comes between counting and writing. Call it in the transaction
    of the writes it counts. Returns the number of movies.
    """
    chosen = Movie.objects.all() if movies is None else movies
    locked = Movie.objects.select_for_update(no_key=True).filter(pk__in=chosen.order_by().values("pk"))
    list(locked.order_by("pk").values_list("pk"))  # as everybody does who changes several
    return chosen.update(**{name: _count_of(n) for name, n in zip(HISTOGRAM_FIELDS, HALF_STARS, strict=True)})


def _count_of(half_stars: int) -> Coalesce:
    of_this_movie = Rating.objects.current().filter(movie=OuterRef("pk"), half_stars=half_stars)
    counted = of_this_movie.order_by().values("movie").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


_RIGHT = ", ".join(
    f"SUM(CASE WHEN half_stars = {half_stars} THEN 1 ELSE 0 END) AS {name}"
    for name, half_stars in zip(HISTOGRAM_FIELDS, HALF_STARS, strict=True)
)
_DIFFERS = " OR ".join(f"movie.{name} <> COALESCE(counted.{name}, 0)" for name in HISTOGRAM_FIELDS)
_WRONG = f"""
    SELECT movie.id FROM catalog_movie AS movie LEFT JOIN (
        SELECT movie_id, {_RIGHT} FROM catalog_rating
        WHERE NOT superseded AND movie_id BETWEEN %s AND %s GROUP BY movie_id
    ) AS counted ON counted.movie_id = movie.id
    WHERE movie.id BETWEEN %s AND %s AND ({_DIFFERS})"""  # noqa: S608 - our own names; values are parameters


def wrong_histograms(first_id: int = 0, last_id: int = 2**62) -> QuerySet[Movie]:
    """Movies with these ids whose histogram is not that of their current ratings: always none, unless something is
    broken. All of them are counted at once.
    """
    bounds = (first_id, last_id, first_id, last_id)
    return Movie.objects.filter(pk__in=RawSQL(_WRONG, bounds)).order_by("pk")  # noqa: S611 - as above


def site_mean_stars() -> float | None:
    """The mean of all current ratings, from the movies' sums; None without ratings."""
    table = Movie._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT SUM(half_star_sum), SUM(rating_count) FROM {table}")  # noqa: S608 - our own table
        total, count = cursor.fetchone()
    return float(total) / float(count) / 2 if count else None


DAMPING = 10
"""Ratings at the site's mean that every film is given on top of its own, so that one 5 does not win."""


def damped_mean(site_mean: float) -> ExpressionWrapper:
    """(sum of stars + DAMPING * site mean) / (count + DAMPING), in stars, computed by the database."""
    total: Combinable = F("half_star_sum") / Value(2.0) + Value(DAMPING * site_mean)
    return ExpressionWrapper(total / (F("rating_count") + Value(float(DAMPING))), output_field=FloatField())
