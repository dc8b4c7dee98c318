"""The films on which somebody put a mark, in an order."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from catalog.models import Movie
from recommendations.marks import marked_at
from recommendations.models import Mark
from recommendations.services import predicted_stars, someone

MARKED_ORDERS = {"added": "newest first", "stars": "most stars for you first", "title": "by title"}


@dataclass(frozen=True)
class MarkedRow:
    """A film, when it was marked, and the stars that its person would give it; None where nothing can be said."""

    movie: Movie
    marked_at: datetime
    predicted: float | None


def marked_rows(request: HttpRequest, kind: Mark.Kind, sort: str) -> list[MarkedRow]:
    """All of one kind, in one of MARKED_ORDERS, in a constant number of queries.

    A film to watch waits no longer once it is rated; it comes back if the rating goes.
    """
    person, marked = someone(request), marked_at(request, kind)
    if kind == Mark.Kind.WATCHLIST:
        rated = {movie_id for movie_id, _ in person.ratings}
        marked = {movie_id: at for movie_id, at in marked.items() if movie_id not in rated}
    movies = Movie.objects.prefetch_related("genres").in_bulk(marked)
    predicted = predicted_stars(person, movies.values()) if movies else {}
    rows = [
        MarkedRow(movies[movie_id], at, predicted.get(movie_id))
        for movie_id, at in marked.items()
        if movie_id in movies
    ]
    if sort == "stars":
        return sorted(rows, key=lambda row: -1.0 if row.predicted is None else row.predicted, reverse=True)
    return sorted(rows, key=lambda row: row.movie.folded_title) if sort == "title" else rows
