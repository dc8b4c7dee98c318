"""Ratings of visitors who have not signed in: in their session, and nowhere else, until they sign up.

They count for the visitor's own picks alone. An entry is movie id -> (half stars, moment in seconds); the session keeps
the order in which films were rated.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from catalog.merges import current_ids
from catalog.rating_sets import Given

KEY = "ratings"
MOST_RATINGS = 300
"""A session is one row, read with every page of its visitor."""


def ratings_of_visitor(session: SessionBase) -> dict[int, Given]:
    """{id of a current movie: what the visitor gave}, oldest first. One query if there are any, else none."""
    stored = {int(movie_id): Given(half, moment(at)) for movie_id, (half, at) in session.get(KEY, {}).items()}
    today = current_ids(stored)
    return {today[movie_id]: given for movie_id, given in stored.items() if movie_id in today}


def half_stars_of_visitor(session: SessionBase, movie_ids: Iterable[int]) -> dict[int, int]:
    wanted = set(movie_ids)
    ratings = ratings_of_visitor(session)
    return {movie_id: given.half_stars for movie_id, given in ratings.items() if movie_id in wanted}


def rate_as_visitor(
    session: SessionBase, movie_id: int, half_stars: int, *, at: datetime | None = None
) -> None:
    """ValueError, with a sentence, when the session is full."""
    ratings = dict(session.get(KEY, {}))
    ratings.pop(str(movie_id), None)
    if len(ratings) >= MOST_RATINGS:
        raise ValueError(
            f"More than {MOST_RATINGS} ratings need an account: sign up, and all of them come along."
        )
    ratings[str(movie_id)] = [half_stars, math.floor((at or timezone.now()).timestamp())]
    session[KEY] = dict(sorted(ratings.items(), key=lambda entry: entry[1][1])) if at else ratings


def unrate_as_visitor(session: SessionBase, movie_id: int) -> None:
    """Takes the rating away, also if it was given to a movie that has become this one."""
    stored = session.get(KEY, {})
    today = current_ids(map(int, stored))
    session[KEY] = {key: given for key, given in stored.items() if today.get(int(key)) != movie_id}


def take_ratings(session: SessionBase) -> dict[int, Given]:
    """The visitor's ratings, which the session no longer has afterwards."""
    ratings = ratings_of_visitor(session)
    session.pop(KEY, None)
    return ratings


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
