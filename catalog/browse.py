"""What people ask of the list of films: words, a genre, an order, a page."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import QueryDict

from catalog.aggregates import damped_mean, site_mean_stars
from catalog.models import Genre, Movie
from catalog.text import fold

FILMS_PER_PAGE = 24
LONGEST_TEXT = 100
MOST_WORDS = 8
ORDERS = {"popular": "most rated", "best": "best rated", "newest": "newest", "title": "title"}


@dataclass(frozen=True)
class Browse:
    """A request for films, made sound: what cannot be meant falls back, and `unknown_genre` says so."""

    text: str
    genre: Genre | None
    unknown_genre: str
    order: str
    """A key of ORDERS; with words to search for and no order, the best match first ("")."""

    @classmethod
    def from_query(cls, query: QueryDict) -> "Browse":
        text = " ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST_TEXT]
        slug = query.get("genre", "").replace("\0", "")[:40]
        genre = Genre.objects.filter(slug=slug).first() if slug else None
        order = query.get("sort", "")
        if order not in ORDERS:
            order = "" if text else "popular"
        return cls(text, genre, slug if genre is None else "", order)

    def movies(self) -> QuerySet[Movie]:
        """The films asked for, in order, without what cards need beside them."""
        movies: Any = Movie.objects.current()
        if self.text:
            movies = Movie.objects.search(" ".join(fold(self.text).split()[:MOST_WORDS]))
        if self.genre:
            movies = movies.filter(genres=self.genre)
        return in_order(movies, self.order) if self.order else movies


def in_order(movies: QuerySet[Movie], order: str) -> QuerySet[Movie]:
    if order == "best":
        return movies.order_by(damped_mean(site_mean_stars() or 0.0).desc(), "pk")
    if order == "newest":
        return movies.order_by(F("year").desc(nulls_last=True), "-rating_count", "pk")
    if order == "title":
        return movies.order_by("folded_title", "year", "pk")
    return movies.order_by("-rating_count", "pk")


def page_of(items: Any, number: str | None, size: int = FILMS_PER_PAGE) -> Page:
    """A page of a list; what is no number is the first page, what is too high the last."""
    paginator = Paginator(items, size)
    page = paginator.get_page(number if number is None or len(number) < 10 else "1")
    page.adjusted_elided_page_range = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)  # type: ignore[attr-defined]
    return page
