"""What somebody rated: in the order and of the kind they ask for, and beside what everybody gave the same films."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Abs, Cast, Greatest
from django.http import HttpRequest, QueryDict

from catalog.models import Genre, Movie, Rating
from catalog.models.movies import HALF_STARS, HISTOGRAM_FIELDS
from catalog.models.ratings import as_half_stars
from catalog.text import fold
from catalog.visitors import ratings_of_visitor
from moviesite.web.parameters import search_text, slug_in, whole_number
from recommendations.services import User

MOST_WORDS = 8

_FROM_EVERYONES = Abs(
    F("half_stars") - Cast("movie__half_star_sum", FloatField()) / Greatest("movie__rating_count", Value(1))
)
ORDERS: dict[str, tuple[str, list[Any]]] = {
    "date": ("newest first", [F("rated_at").desc(nulls_last=True), "-pk"]),
    "oldest": ("oldest first", [F("rated_at").asc(nulls_last=True), "pk"]),
    "stars": ("most stars first", ["-half_stars", F("rated_at").desc(nulls_last=True), "-pk"]),
    "fewest": ("fewest stars first", ["half_stars", F("rated_at").desc(nulls_last=True), "-pk"]),
    "apart": ("furthest from everyone", [_FROM_EVERYONES.desc(), "-pk"]),
    "title": ("by title", ["movie__folded_title", "movie__year", "pk"]),
    "year": ("newest films first", [F("movie__year").desc(nulls_last=True), "movie__folded_title", "pk"]),
}


@dataclass(frozen=True)
class Rated:
    """A rating of a visitor; those of people with an account are rows with the same names."""

    movie: Movie
    half_stars: int
    rated_at: datetime | None

    @property
    def apart(self) -> float:
        """Half stars between this and everybody's mean; 0 where nobody else has rated."""
        count = self.movie.rating_count
        return abs(self.half_stars - self.movie.half_star_sum / count) if count else 0.0


@dataclass(frozen=True)
class Wanted:
    """Which of one's ratings, made sound: what cannot be meant is not asked for. `stars` in half stars."""

    order: str
    stars: int | None
    genre: Genre | None
    decade: int | None
    text: str

    @classmethod
    def from_query(cls, query: QueryDict) -> "Wanted":
        order, slug = query.get("sort", ""), slug_in(query.get("genre"))
        return cls(
            order=order if order in ORDERS else "date",
            stars=_half_stars(query.get("stars", "")),
            genre=Genre.objects.filter(slug=slug).first() if slug else None,
            decade=_decade(query.get("decade", "")),
            text=search_text(query.get("q", "")),
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.stars or self.genre or self.decade is not None or self.text)

    def of_films(self, film: str = "") -> Q:
        """What is asked of the films; `film` is the way to them, such as "movie__"."""
        asked = Q()
        if self.genre:
            asked &= Q(**{f"{film}genres": self.genre})
        if self.decade is not None:
            asked &= Q(**{f"{film}year__range": (self.decade, self.decade + 9)})
        for word in fold(self.text).split()[:MOST_WORDS]:
            asked &= Q(**{f"{film}folded_title__contains": word})
        return asked


def _half_stars(text: str) -> int | None:
    try:
        return as_half_stars(text)
    except ValueError:
        return None


def _decade(text: str) -> int | None:
    year = whole_number(text, digits=4)
    return year if year and len(text) == 4 and year % 10 == 0 else None


def ratings_asked_for(request: HttpRequest, wanted: Wanted) -> QuerySet[Rating] | list[Rated]:
    """With their films and genres, in order."""
    if not request.user.is_authenticated:
        return _of_visitor(request.session, wanted)
    ratings = Rating.objects.of_user(request.user).filter(wanted.of_films("movie__"))
    if wanted.stars:
        ratings = ratings.filter(half_stars=wanted.stars)
    ratings = ratings.select_related("movie").prefetch_related("movie__genres")
    return ratings.order_by(*ORDERS[wanted.order][1])


def _of_visitor(session: SessionBase, wanted: Wanted) -> list[Rated]:
    given = ratings_of_visitor(session)
    films = Movie.objects.filter(wanted.of_films()).prefetch_related("genres").in_bulk(given)
    newest_first = [
        Rated(films[movie_id], one.half_stars, one.rated_at)
        for movie_id, one in reversed(given.items())
        if movie_id in films and wanted.stars in (None, one.half_stars)
    ]
    return _sorted(newest_first, wanted.order)


def _sorted(rated: list[Rated], order: str) -> list[Rated]:
    """The orders of ORDERS for what is in no table; `rated` comes newest first."""
    if order == "oldest":
        return rated[::-1]
    if order in ("title", "year"):
        rated = sorted(rated, key=lambda one: (one.movie.folded_title, one.movie.year or 0))
    if order == "stars":
        return sorted(rated, key=lambda one: -one.half_stars)
    if order == "fewest":
        return sorted(rated, key=lambda one: one.half_stars)
    if order == "apart":
        return sorted(rated, key=lambda one: -one.apart)
    return sorted(rated, key=lambda one: -(one.movie.year or 0)) if order == "year" else rated


def decades_of(request: HttpRequest) -> list[int]:
    """Those of the films rated, newest first."""
    if request.user.is_authenticated:
        films = Movie.objects.filter(ratings__in=Rating.objects.of_user(request.user))
    else:
        films = Movie.objects.filter(pk__in=ratings_of_visitor(request.session))
    years = films.order_by().values_list("year", flat=True).distinct()
    return sorted({year // 10 * 10 for year in years if year}, reverse=True)


@dataclass(frozen=True)
class Compared:
    """Stars of somebody and of everybody else for the same films, every film counting once.

    mine: how many of each number of stars, half a star first. mine_shares, everyones_shares: shares of these; both over
    the `films` that others have rated as well. Means in stars.
    """

    films: int
    mine: list[int]
    mine_shares: list[float]
    everyones_shares: list[float]
    mine_mean: float
    everyones_mean: float


def compared_with_everyone(user: User, session: SessionBase) -> Compared | None:
    """None where nobody else has rated any of their films."""
    if user.is_authenticated:
        columns = (f"movie__{name}" for name in HISTOGRAM_FIELDS)
        rows = Rating.objects.of_user(user).order_by().values_list("half_stars", *columns)
        return compare(rows, is_counted=True)
    given = ratings_of_visitor(session)
    films = Movie.objects.filter(pk__in=given).order_by().values_list("pk", *HISTOGRAM_FIELDS)
    return compare(((given[pk].half_stars, *counts) for pk, *counts in films), is_counted=False)


def compare(rows: Iterable[Sequence[int]], *, is_counted: bool) -> Compared | None:
    """From (half stars, the film's histogram); `is_counted`: the histogram has the person's rating too."""
    table = np.array(list(rows), dtype=np.int64).reshape(-1, 11)
    given, counts = table[:, 0] - 1, table[:, 1:]
    if is_counted:
        counts[np.arange(len(given)), given] -= 1
    both = counts.sum(axis=1) > 0
    if not both.any():
        return None
    given, counts = given[both], counts[both]
    mine = np.bincount(given, minlength=len(HALF_STARS))
    everyones = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)
    stars = np.array(HALF_STARS) / 2
    return Compared(
        films=len(given),
        mine=mine.tolist(),
        mine_shares=(mine / len(given)).tolist(),
        everyones_shares=everyones.tolist(),
        mine_mean=float(mine @ stars / len(given)),
        everyones_mean=float(everyones @ stars),
    )
