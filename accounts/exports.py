"""All that the site holds about a person, in sections of plain rows: as one JSON file, or each section as CSV."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from knox.models import get_token_model

from accounts.imports.layouts import OUR_FORMAT
from accounts.models import ImportRow, RatingImport
from catalog.models import Rating
from recommendations.models import Mark, Prediction, TrainingOptOut

VERSION = 1
CHUNK = 2_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """`columns` are the keys of every row, in order."""

    name: str
    label: str
    columns: tuple[str, ...]
    rows: Callable[[User], Iterable[Row]]

    def table(self, user: User) -> Iterator[list[object]]:
        """As lines of a CSV file, the names of the columns first."""
        yield list(self.columns)
        for row in self.rows(user):
            yield [_plain(row[column], empty="") for column in self.columns]


def _account(user: User) -> Iterator[Row]:
    opted_out = TrainingOptOut.objects.filter(user=user).exists()
    yield {
        "username": user.username,
        "joined_at": user.date_joined,
        "last_signed_in_at": user.last_login,
        "models_may_learn_from_me": not opted_out,
    }


def _rating_rows(user: User, *, superseded: bool) -> Iterator[Row]:
    ratings = Rating.objects.filter(reviewer__user=user, superseded=superseded).select_related("movie")
    for rating in ratings.order_by("pk").iterator(chunk_size=CHUNK):
        movie = rating.movie
        yield {
            "movie_id": movie.pk,
            "title": movie.title,
            "year": movie.year,
            "imdb_id": movie.imdb_id,
            "tmdb_id": movie.tmdb_id,
            "stars": rating.stars,
            "rated_at": rating.rated_at,
            "created_at": rating.created_at,
            "updated_at": rating.updated_at,
        }


def _of(query: Callable[[User], QuerySet[Any]], names: dict[str, str]) -> Callable[[User], Iterator[Row]]:
    """Rows of a query, with the fields `names` maps to under the names it gives them."""

    def rows(user: User) -> Iterator[Row]:
        for values in query(user).order_by("pk").values_list(*names.values()).iterator(chunk_size=CHUNK):
            yield dict(zip(names, values, strict=True))

    return rows


def _section(name: str, label: str, query: Callable[[User], QuerySet[Any]], **names: str) -> Section:
    return Section(name, label, tuple(names), _of(query, names))


_RATING_COLUMNS = (
    *("movie_id", "title", "year", "imdb_id", "tmdb_id"),
    *("stars", "rated_at", "created_at", "updated_at"),
)
SECTIONS = (
    Section(
        "account",
        "Account",
        ("username", "joined_at", "last_signed_in_at", "models_may_learn_from_me"),
        _account,
    ),
    _section(
        "addresses",
        "E-mail addresses",
        lambda user: EmailAddress.objects.filter(user=user),
        email="email",
        confirmed="verified",
        main="primary",
    ),
    Section("ratings", "Ratings", _RATING_COLUMNS, lambda user: _rating_rows(user, superseded=False)),
    Section(
        "replaced-ratings",
        "Ratings of films that became one with another you rated",
        _RATING_COLUMNS,
        lambda user: _rating_rows(user, superseded=True),
    ),
    _section(
        "marks",
        "Marks on films",
        lambda user: Mark.objects.filter(user=user),
        movie_id="movie_id",
        title="movie__title",
        year="movie__year",
        mark="kind",
        marked_at="created_at",
    ),
    _section(
        "predictions",
        "What the site expected you to give films",
        lambda user: Prediction.objects.filter(user=user),
        movie_id="movie_id",
        title="movie__title",
        stars="stars",
        deviation="deviation",
        model_version="model_version",
        made_at="created_at",
    ),
    _section(
        "imports",
        "Imports of ratings",
        lambda user: RatingImport.objects.filter(user=user),
        id="pk",
        source="source",
        state="state",
        created_at="created_at",
        finished_at="finished_at",
    ),
    _section(
        "imported-films",
        "Films in them",
        lambda user: ImportRow.objects.filter(rating_import__user=user),
        import_id="rating_import_id",
        what="kind",
        title="title",
        year="year",
        half_stars="half_stars",
        rated_at="rated_at",
        state="state",
        movie_id="movie_id",
        note="note",
    ),
    _section(
        "sessions",
        "Where you signed in",
        lambda user: UserSession.objects.filter(user=user),
        signed_in_at="created_at",
        address="ip",
        browser="user_agent",
    ),
    _section(
        "tokens",
        "API tokens",
        lambda user: get_token_model().objects.filter(user=user),
        created_at="created",
        expires_at="expiry",
    ),
    _section(
        "second-factors",
        "Second factors",
        lambda user: Authenticator.objects.filter(user=user),
        kind="type",
        created_at="created_at",
        last_used_at="last_used_at",
    ),
)
"""What a person has here. A new table of theirs gets a line, and is in every export and on the account page."""


def section_named(name: str) -> Section | None:
    return next((section for section in SECTIONS if section.name == name), None)


def as_json(user: User) -> Iterator[str]:
    """The text of one JSON object, a row at a time: who wrote it and when, then a list for each section."""
    head = {
        "format": OUR_FORMAT,
        "version": VERSION,
        "site": settings.SITE_URL,
        "exported_at": timezone.now().isoformat(),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1]
    for section in SECTIONS:
        yield f",\n{json.dumps(section.name)}: ["
        for n, row in enumerate(section.rows(user)):
            plain = {name: _plain(value) for name, value in row.items()}
            yield f"{',' if n else ''}\n  {json.dumps(plain, ensure_ascii=False)}"
        yield "]"
    yield "}\n"


def _plain(value: Any, empty: Any = None) -> Any:
    """A value as files have it: moments in UTC, as ISO writes them."""
    if value is None:
        return empty
    return value.isoformat() if isinstance(value, datetime) else value
