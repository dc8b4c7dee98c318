"""What the person behind a request gave films: from the database, or from a visitor's session."""

from collections.abc import Iterable

from django.core.exceptions import BadRequest
from django.http import HttpRequest

from catalog.models import Movie, Rating, Reviewer
from catalog.models.ratings import as_half_stars
from catalog.rating_sets import Given, rate_many
from catalog.ratings import rate_as_user, unrate
from catalog.visitors import (
    half_stars_of_visitor,
    moment,
    rate_as_visitor,
    ratings_of_visitor,
    unrate_as_visitor,
)

TAKEN_KEY = "taken_ratings"
MOST_TAKEN = 20
"""So many of the last ratings that somebody took away can be put back, as long as their session lasts."""

JUST_TAKEN_KEY = "just_taken"
"""In the session: the movie whose rating was taken away without scripts, until a page has offered to put it back."""

BACK = "back"
"""In place of stars: those that were taken away, with the day they were given."""


def half_stars_of(request: HttpRequest, movies: Iterable[Movie]) -> dict[int, int]:
    """{movie id: half stars}, of these movies; without those not rated."""
    ids = [movie.pk for movie in movies]
    if not request.user.is_authenticated:
        return half_stars_of_visitor(request.session, ids)
    ratings = Rating.objects.of_user(request.user).filter(movie__in=ids)
    return dict(ratings.values_list("movie_id", "half_stars"))


def set_stars(request: HttpRequest, movie: Movie, stars: str | None) -> int | None:
    """Rate a current movie; for "" take the rating away, for BACK give it again. Returns the half stars it has now.

    BadRequest, in a sentence, for other stars, and where there is nothing to put back.
    """
    try:
        if stars == BACK:
            return _put_back(request, movie)
        half_stars = as_half_stars(stars or "none") if stars != "" else None
        if half_stars is None:
            _remember(request, movie)
        _write(request, movie, half_stars)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return half_stars


def taken_half_stars(request: HttpRequest, movie: Movie) -> int | None:
    """What can be put back; None where there is nothing."""
    taken = request.session.get(TAKEN_KEY, {}).get(str(movie.pk))
    return taken[0] if taken else None


def _remember(request: HttpRequest, movie: Movie) -> None:
    given = _given(request, movie)
    if given is None:
        return
    taken = {key: value for key, value in request.session.get(TAKEN_KEY, {}).items() if key != str(movie.pk)}
    taken[str(movie.pk)] = [given.half_stars, given.rated_at.timestamp() if given.rated_at else None]
    request.session[TAKEN_KEY] = dict(list(taken.items())[-MOST_TAKEN:])


def _put_back(request: HttpRequest, movie: Movie) -> int:
    taken = dict(request.session.get(TAKEN_KEY, {}))
    if str(movie.pk) not in taken:
        raise ValueError("There are no stars of yours to put back: they were put back before, or long ago.")
    half_stars, at = taken.pop(str(movie.pk))
    given = Given(half_stars, None if at is None else moment(at))
    if request.user.is_authenticated:
        rate_many(Reviewer.objects.for_user(request.user), {movie.pk: given})
    else:
        rate_as_visitor(request.session, movie.pk, half_stars, at=given.rated_at)
    request.session[TAKEN_KEY] = taken
    return int(half_stars)


def _given(request: HttpRequest, movie: Movie) -> Given | None:
    if not request.user.is_authenticated:
        return ratings_of_visitor(request.session).get(movie.pk)
    ratings = Rating.objects.of_user(request.user).filter(movie=movie)
    row = ratings.values_list("half_stars", "rated_at").first()
    return Given(*row) if row else None


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
