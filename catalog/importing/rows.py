"""What every source is turned into, before anything knows of the database."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, Protocol

from catalog.importing.files import MAX_LINE_BYTES, LineFile


class BadLineKind(StrEnum):
    NOT_JSON = "not JSON"
    NOT_AN_OBJECT = "not a JSON object"
    UNDECODABLE = "undecodable bytes"
    TOO_LONG = "line too long"
    WRONG_COLUMNS = "wrong columns"
    MISSING_FIELD = "missing field"
    BAD_ID = "unusable id"
    BAD_STARS = "stars outside the scale"
    BAD_DATE = "bad date"


class BadLine(Exception):
    """A line that cannot be used. `detail` never repeats a reviewer's id."""

    def __init__(self, kind: BadLineKind, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


class TextRow(NamedTuple):
    """What a reviewer wrote, as plain text."""

    headline: str
    body: str
    helpful_votes: int


class RatingRow(NamedTuple):
    """One rating as a source gives it. A named tuple, because a dump makes millions of them.

    `reviewer` and `edition` are the source's ids. `rated_at` is UTC, None when the source does not say.
    `digest` orders rows of the same moment (`row_digest`). `verified` is None when the source does not know.
    `group` is what the source groups the edition by ("" if by nothing); `text` is there if it was asked for.
    """

    reviewer: str
    edition: str
    half_stars: int
    rated_at: datetime | None
    digest: int
    verified: bool | None = None
    format: str = ""
    group: str = ""
    text: TextRow | None = None


@dataclass(frozen=True, slots=True)
class MovieRow:
    """What a source says about one edition and its movie; an empty value means that it does not say.

    `title` is for people ("The Godfather"), `listed_title` the source's own ("Godfather, The (1972)").
    `genres` are names of `catalog.genres.GENRES`; `people` are directors or actors, the source does not say which.
    `dropped` names, one reason each, values that the source gave and that nobody could use.
    """

    external_id: str
    title: str = ""
    listed_title: str = ""
    year: int | None = None
    description: str = ""
    genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    image_url: str = ""
    imdb_id: str = ""
    tmdb_id: int | None = None
    price: Decimal | None = None
    url: str = ""
    group: str = ""
    dropped: tuple[str, ...] = ()

    def preference(self) -> tuple[int, bytes]:
        """Of rows with the same id the one that says most is taken, ties by digest: never by file order."""
        values = _said(self)
        said = len(values) - sum(map(values.count, ("", None, ())))
        return said, hashlib.blake2b(repr(values).encode(), digest_size=8).digest()


_said = attrgetter(*(field.name for field in fields(MovieRow) if field.name != "dropped"))

Row = MovieRow | RatingRow


@dataclass(frozen=True)
class Part:
    """One file of a source. `parse` turns a line into a row, into None (nothing to load: a header), or
    raises BadLine."""

    stage: str
    lines: Callable[[], LineFile]
    parse: Callable[[bytes], Row | None]

    def row(self, line: bytes) -> Row | None:
        """What `parse` says, for any line that a LineFile gives: too long ones are bad, empty ones nothing."""
        if len(line) > MAX_LINE_BYTES:
            raise BadLine(BadLineKind.TOO_LONG, f"more than {MAX_LINE_BYTES:,} bytes")
        return self.parse(line) if line and not line.isspace() else None


class Source(Protocol):
    """Files of one kind, found and looked into; making one raises ImportProblem if they are not that.

    Parts of `movies` yield MovieRow (or nothing), parts of `ratings` RatingRow.
    """

    default_name: str
    movies: list[Part]
    ratings: list[Part]

    def edition_url(self, external_id: str) -> str:
        """A link for an edition that only ratings name; may be empty."""
        ...


@dataclass(frozen=True)
class Selection:
    """Which ratings are wanted; both dates are included."""

    since: date | None = None
    until: date | None = None
    verified_only: bool = False

    def refusal(self, row: RatingRow) -> str | None:
        """Why a rating is left out; None when it is wanted."""
        if self.verified_only and not row.verified:
            return "not verified"
        if self.since is None and self.until is None:
            return None
        day = row.rated_at.date() if row.rated_at else None
        if day is None or (self.since and day < self.since) or (self.until and day > self.until):
            return "outside the dates"
        return None


EDITION_BITS = 24
"""How many bits of a digest tell editions apart; those above are of the review, and shared by its copies."""

TELLING_TEXT = 20
"""A shorter text ("Great!") may well be written twice: it does not show that two reviews are one."""


def row_digest(reviewer: str, edition: str, half_stars: int, moment: int | None, text: str = "") -> int:
    """64 bits (signed, as databases have them) of everything that a rating is.

    Two ratings of equal `digest >> EDITION_BITS` are one review that stands under two editions: same reviewer,
    same moment, same stars, same text. Without a telling text no two ratings are.
    """
    where = "" if len(text) >= TELLING_TEXT else edition
    review = f"{reviewer}\x1f{where}\x1f{half_stars}\x1f{moment}\x1f{text}".encode()
    high = hashlib.blake2b(review, digest_size=5).digest()
    low = hashlib.blake2b(edition.encode(), digest_size=EDITION_BITS // 8).digest()
    return int.from_bytes(high + low, "big", signed=True)
