"""Rows of films near ones that somebody liked: "Because you gave Alien five stars"."""

from dataclasses import dataclass

from catalog.models import Movie
from recommendations.services import Someone, Source, similar_movies

ROWS, FILMS, FEWEST = 2, 6, 3
"""So many rows of so many films; a row of fewer than FEWEST is none."""

LIKED = 8
"""Half stars."""

LATEST, CONSIDERED = 10, 40


@dataclass(frozen=True)
class Row:
    movie: Movie
    half_stars: int
    films: list[Movie]


def because_rows(person: Someone) -> list[Row]:
    """A row each for the film liked last and, of those liked before, the last that shares no genre with it.

    What is rated or hidden is in no row, and no film in two. A constant number of queries.
    """
    rows: list[Row] = []
    shown = set(person.hidden_ids)
    for movie, half_stars in _liked(person)[:ROWS]:
        answer = similar_movies(movie, n=CONSIDERED, person=person)
        if answer.source not in (Source.MODEL, Source.CONTENT):
            continue
        films = [pick.movie for pick in answer.picks if pick.movie.pk not in shown][:FILMS]
        if len(films) >= FEWEST:
            rows.append(Row(movie, half_stars, films))
            shown.update(film.pk for film in films)
    return rows


def _liked(person: Someone) -> list[tuple[Movie, int]]:
    latest = [(pk, half) for pk, half in reversed(person.history) if half >= LIKED][:LATEST]
    movies = Movie.objects.prefetch_related("genres").in_bulk([pk for pk, _ in latest])
    liked = [(movies[pk], half) for pk, half in latest if pk in movies]
    if not liked:
        return []
    genres = {genre.pk for genre in liked[0][0].genres.all()}
    others = sorted(liked[1:], key=lambda one: any(genre.pk in genres for genre in one[0].genres.all()))
    return [liked[0], *others]
