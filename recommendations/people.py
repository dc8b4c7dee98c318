"""Whom an answer is for: what somebody rated and marked, from the database or from a visitor's session.

Everything of this package that is personal takes a `Someone`, so that visitors, people of the site and programs get the
same answers from the same functions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from catalog.merges import current_ids
from catalog.models import Rating
from catalog.visitors import ratings_of_visitor
from recommendations.models import Mark

User = AbstractBaseUser | AnonymousUser
History = Sequence[tuple[int, int]]
"""What somebody rated, oldest first: (id of a current movie, half stars)."""

MARKS_KEY = "marks"
HIDING = (Mark.Kind.NOT_INTERESTED, Mark.Kind.SEEN)
"""Marks that keep a film from every list of picks; search finds it all the same."""


@dataclass(frozen=True)
class Someone:
    """`ratings`: all current ones. `marked`: {kind: ids of current movies}; a kind without any may be missing."""

    ratings: History = ()
    marked: Mapping[str, Collection[int]] = field(default_factory=dict)

    def with_mark(self, kind: str) -> Collection[int]:
        return self.marked.get(kind, ())

    @property
    def history(self) -> History:
        """The ratings that picks are made from: without those that the person took out of use."""
        unused = self.with_mark(Mark.Kind.UNUSED)
        return [(movie_id, half) for movie_id, half in self.ratings if movie_id not in unused]

    @property
    def hidden_ids(self) -> set[int]:
        """Films that no list of picks shows: rated, seen, or not wanted."""
        rated = {movie_id for movie_id, _ in self.ratings}
        return rated.union(*(self.with_mark(kind) for kind in HIDING))

    def hidden_from(self, *, hide_watchlist: bool) -> set[int]:
        """Films that a list must not show, whatever they are."""
        watchlist = self.with_mark(Mark.Kind.WATCHLIST) if hide_watchlist else ()
        return self.hidden_ids.union(watchlist)


NOBODY = Someone()


def someone(request: HttpRequest) -> Someone:
    """The person behind a request. At most two queries, and one more where films that they marked were merged."""
    if request.user.is_authenticated:
        return someone_signed_in(request.user)
    session = getattr(request, "session", None)
    return NOBODY if session is None else _visitor(session)


def someone_signed_in(user: User) -> Someone:
    """Somebody without an account is nobody."""
    if not user.is_authenticated:
        return NOBODY
    ratings = Rating.objects.of_user(user).order_by(Coalesce("rated_at", "created_at"), "pk")
    marks = Mark.objects.filter(user_id=user.pk)
    rows = list(marks.values_list("kind", "movie_id", "movie__merged_into_id"))
    today = current_ids(pk for _, pk, into in rows if into)
    return Someone(
        ratings=list(ratings.values_list("movie_id", "half_stars")),
        marked=_by_kind((kind, today.get(pk, pk)) for kind, pk, _ in rows),
    )


def _visitor(session: SessionBase) -> Someone:
    ratings = ratings_of_visitor(session)
    marks = [(kind, int(pk)) for kind, films in session.get(MARKS_KEY, {}).items() for pk in films]
    today = current_ids(pk for _, pk in marks)
    return Someone(
        ratings=[(movie_id, given.half_stars) for movie_id, given in ratings.items()],
        marked=_by_kind((kind, today[pk]) for kind, pk in marks if pk in today),
    )


def _by_kind(marks: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    marked: dict[str, set[int]] = {}
    for kind, movie_id in marks:
        marked.setdefault(kind, set()).add(movie_id)
    return marked
