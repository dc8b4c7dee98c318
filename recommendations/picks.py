"""What an answer of this package looks like, whoever asks and whatever it was made from."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q

from catalog.models import Movie


class Source(StrEnum):
    """What a pick, or a list as a whole, was made from."""

    MODEL = "model"
    CONTENT = "content"
    AVERAGE = "average"
    POPULAR = "popular"


EVERY_FILM = Q()
LOW_STARS = 2.5
"""Who gave a film no more than this rated it, but hardly likes what is like it: it is a reason because they know it."""


@dataclass(frozen=True)
class Reason:
    """A film the person rated with `stars`, and the `share` of a pick's score that it adds."""

    movie: Movie
    stars: float
    share: float

    @property
    def is_low(self) -> bool:
        return self.stars <= LOW_STARS


@dataclass(frozen=True)
class Pick:
    """One film of a list. `score` orders the picks of one source; `predicted_stars` is None without a model.

    `reasons` are the rated films that carry the pick, strongest first: at most three.
    """

    movie: Movie
    rank: int
    score: float
    predicted_stars: float | None
    source: Source
    reasons: list[Reason]

    @property
    def liked_reasons(self) -> list[Reason]:
        return [reason for reason in self.reasons if not reason.is_low]

    @property
    def low_reasons(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.is_low]


@dataclass(frozen=True)
class Why:
    """How the score of one film adds up for one person: base + shares + rest.

    `shares` are those of the rated films that move it most, up or down, the greatest first; `rest` is the sum of the
    other `rest_count`.
    """

    score: float
    base: float
    shares: list[Reason]
    rest: float
    rest_count: int
    model_version: str


@dataclass(frozen=True)
class PickList:
    """An answer. `model_version` is None where no model was used; `note` tells a person why these films."""

    picks: list[Pick]
    source: Source
    model_version: str | None
    rated_count: int
    note: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Candidate:
    """A pick before its film is read from the database. `shares`: (id of a rated movie, stars, share)."""

    movie_id: int
    score: float
    source: Source
    predicted_stars: float | None = None
    shares: Sequence[tuple[int, float, float]] = ()


def as_picks(candidates: Sequence[Candidate], passing: Q = EVERY_FILM) -> list[Pick]:
    """The candidates in their order, with the films read in a constant number of queries.

    A film that has gone from the database meanwhile, or into another, or does not pass any more, is left out.
    """
    movies = (
        Movie.objects.current()
        .filter(passing)
        .for_cards()
        .in_bulk([candidate.movie_id for candidate in candidates])
    )
    rated = Movie.objects.only("title", "year").in_bulk(
        {movie_id for c in candidates for movie_id, _, _ in c.shares}
    )
    present = [candidate for candidate in candidates if candidate.movie_id in movies]
    return [
        Pick(
            movie=movies[candidate.movie_id],
            rank=rank,
            score=candidate.score,
            predicted_stars=candidate.predicted_stars,
            source=candidate.source,
            reasons=as_reasons(candidate.shares, rated),
        )
        for rank, candidate in enumerate(present, start=1)
    ]


def as_reasons(shares: Iterable[tuple[int, float, float]], rated: dict[int, Movie]) -> list[Reason]:
    return [
        Reason(movie=rated[movie_id], stars=stars, share=share)
        for movie_id, stars, share in shares
        if movie_id in rated
    ]
