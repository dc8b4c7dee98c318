"""What the person behind a request gave films: from the database, or from a visitor's session."""

from collections.abc import Iterable

from django.core.exceptions import BadRequest
from django.http import HttpRequest

from catalog.models import Movie, Rating, Reviewer
from catalog.models.ratings import as_half_stars
from catalog.ratings import rate_as_user, unrate
from catalog.visitors import half_stars_of_visitor, rate_as_visitor, unrate_as_visitor


def half_stars_of(request: HttpRequest, movies: Iterable[Movie]) -> dict[int, int]:
    """{movie id: half stars}, of these movies; without those not rated."""
    ids = [movie.pk for movie in movies]
    if not request.user.is_authenticated:
        return half_stars_of_visitor(request.session, ids)
    ratings = Rating.objects.of_user(request.user).filter(movie__in=ids)
    return dict(ratings.values_list("movie_id", "half_stars"))


def set_stars(request: HttpRequest, movie: Movie, stars: str | None) -> int | None:
    """Rate a current movie, or, for "", take the rating away. Returns the half stars that it has now.

    BadRequest, in a sentence, for other stars.
    """
    try:
        half_stars = as_half_stars(stars or "none") if stars != "" else None
        _write(request, movie, half_stars)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return half_stars


def _write(request: HttpRequest, movie: Movie, half_stars: int | None) -> None:
    if not request.user.is_authenticated:
        if half_stars is None:
            unrate_as_visitor(request.session, movie.pk)
        else:
            rate_as_visitor(request.session, movie.pk, half_stars)
    elif half_stars is None:
        unrate(Reviewer.objects.for_user(request.user), movie)
    else:
        rate_as_user(request.user, movie, half_stars)
