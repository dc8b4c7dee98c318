"""Marks that somebody puts on films: not for me, seen, watchlist, not in use, not seen. Each can be taken off again."""

import math
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from catalog.merges import current_ids, former_ids
from catalog.models import Movie
from catalog.visitors import moment
from recommendations.models import Mark
from recommendations.people import MARKS_KEY

MOST_MARKS = 300
"""Of one kind, in a visitor's session."""


def set_mark(request: HttpRequest, movie: Movie, kind: Mark.Kind, *, on: bool) -> bool:
    """Put a mark on a current movie, or take it off; returns whether that changed anything.

    ValueError, with a sentence, when a visitor's session is full.
    """
    if request.user.is_authenticated:
        return mark(request.user, movie, kind) if on else unmark(request.user, movie, kind)
    return (_mark_in if on else _unmark_in)(request.session, movie.pk, kind)


def mark(user: AbstractBaseUser, movie: Movie, kind: Mark.Kind) -> bool:
    return Mark.objects.get_or_create(user_id=user.pk, movie=movie, kind=kind)[1]


def unmark(user: AbstractBaseUser, movie: Movie, kind: Mark.Kind) -> bool:
    """Also off the movies that have become this one."""
    ids = [movie.pk, *former_ids([movie.pk])]
    return Mark.objects.filter(user_id=user.pk, movie__in=ids, kind=kind).delete()[0] > 0


def marked_at(request: HttpRequest, kind: Mark.Kind) -> dict[int, datetime]:
    """{id of a current movie: when the person marked it}, newest first."""
    if request.user.is_authenticated:
        rows = list(
            Mark.objects.filter(user_id=request.user.pk, kind=kind).values_list("movie_id", "created_at")
        )
    else:
        films = request.session.get(MARKS_KEY, {}).get(kind, {})
        rows = [(int(movie_id), moment(at)) for movie_id, at in films.items()][::-1]
    today = current_ids(movie_id for movie_id, _ in rows)
    marked: dict[int, datetime] = {}
    for movie_id, at in rows:
        if movie_id in today:
            marked.setdefault(today[movie_id], at)
    return marked


def take_marks(session: SessionBase) -> list[tuple[str, int, datetime]]:
    """(kind, id of a current movie, when) of a visitor, which the session no longer has afterwards."""
    stored = [
        (kind, int(movie_id), moment(at))
        for kind, films in session.pop(MARKS_KEY, {}).items()
        for movie_id, at in films.items()
    ]
    today = current_ids(movie_id for _, movie_id, _ in stored)
    return [(kind, today[movie_id], at) for kind, movie_id, at in stored if movie_id in today]


def keep_marks(user: AbstractBaseUser, marks: list[tuple[str, int, datetime]]) -> None:
    """Marks that a visitor brings into their account; those it has already stay as they are."""
    Mark.objects.bulk_create(
        [Mark(user_id=user.pk, movie_id=movie_id, kind=kind, created_at=at) for kind, movie_id, at in marks],
        ignore_conflicts=True,
    )


def _mark_in(session: SessionBase, movie_id: int, kind: str) -> bool:
    marks = _copy_of_marks(session)
    films = marks.setdefault(kind, {})
    if str(movie_id) in films:
        return False
    if len(films) >= MOST_MARKS:
        raise ValueError(
            f"More than {MOST_MARKS} marks of a kind need an account: sign up, and all come along."
        )
    films[str(movie_id)] = math.floor(timezone.now().timestamp())
    session[MARKS_KEY] = marks
    return True


def _unmark_in(session: SessionBase, movie_id: int, kind: str) -> bool:
    marks = _copy_of_marks(session)
    films = marks.get(kind, {})
    today = current_ids(map(int, films))
    gone = [key for key in films if today.get(int(key)) == movie_id]
    for key in gone:
        del films[key]
    session[MARKS_KEY] = marks
    return bool(gone)


def _copy_of_marks(session: SessionBase) -> dict[str, dict[str, int]]:
    """{kind: {movie id: when}}, to be changed and put back: a session notices nothing else."""
    return {kind: dict(films) for kind, films in session.get(MARKS_KEY, {}).items()}
