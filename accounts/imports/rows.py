"""A film of somebody's files, whatever site wrote them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import ImportRow
from catalog.importing.cleaning import FIRST_YEAR, LAST_YEAR, clean_line, quoted
from catalog.text import fold
from moviesite.web.parameters import whole_number

Kind = ImportRow.Kind


class Unreadable(Exception):
    """A line that nothing can be made of; the sentence says why."""


@dataclass(frozen=True)
class FilmRow:
    """`rank` 0 is the site's last word on a film, 1 what is told along the way, as by a diary."""

    title: str
    year: int | None = None
    half_stars: int | None = None
    rated_at: datetime | None = None
    kind: ImportRow.Kind = Kind.RATING
    clues: dict[str, Any] = field(default_factory=dict)
    rank: int = 0
    file: str = ""
    line: int = 0
    problem: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for all rows of one film in one person's files, but for its marks, of which each counts."""
        ids = tuple(self.clues.get(name) for name in ("imdb", "movielens", "movie"))
        film = ids if any(ids) else (fold(self.title) or self.title, self.year)
        return (*film, self.clues.get("mark"))

    def at(self, file: str, line: int) -> "FilmRow":
        return replace(self, file=file[:120], line=line)

    def as_row(self, import_id: int) -> ImportRow:
        return ImportRow(
            rating_import_id=import_id,
            kind=self.kind,
            state=ImportRow.State.UNREADABLE if self.problem else ImportRow.State.NEW,
            file=self.file,
            line=self.line,
            title=self.title,
            year=self.year,
            clues={name: value for name, value in self.clues.items() if value},
            half_stars=self.half_stars,
            rated_at=self.rated_at,
            note=self.problem[:200],
        )


def one_row_a_film(rows: list[FilmRow]) -> list[FilmRow]:
    """Of a film's rows the one that counts, where the first of them stood; unreadable ones all.

    A rating outdoes having seen the film, that a wish to see it. Of ratings the site's last word counts, then the
    latest, then the higher one: never the order of lines.
    """
    best: dict[tuple[Any, ...], FilmRow] = {}
    unreadable = [row for row in rows if row.problem]
    for row in rows:
        if not row.problem and (row.key not in best or _weight(row) > _weight(best[row.key])):
            best[row.key] = row
    return [*best.values(), *unreadable]


_DAWN = datetime(1, 1, 1, tzinfo=UTC)
_KINDS = (Kind.MARK, Kind.WATCHLIST, Kind.WATCHED, Kind.RATING)


def _weight(row: FilmRow) -> tuple[int, int, datetime, int]:
    return _KINDS.index(row.kind), -row.rank, row.rated_at or _DAWN, row.half_stars or 0


# Cells


def title_of(text: str | None) -> str:
    title = clean_line(text or "")
    if not title:
        raise Unreadable("it names no film")
    return title


def year_of(text: str | None) -> int | None:
    """None for what is no year of a film. Unreadable for figures that no year has."""
    bare = (text or "").strip()
    if not (bare.isascii() and bare.isdigit()):
        return None
    if len(bare) > 4:
        raise Unreadable(f"its year is {quoted(bare)}, and years have four figures")
    return int(bare) if FIRST_YEAR <= int(bare) <= LAST_YEAR else None


def half_stars_of(text: str | None, *, of_ten: bool = False) -> int | None:
    """Half a star to five in half stars, or 1 to 10 `of_ten`; None for nothing. Unreadable for anything else."""
    bare = (text or "").strip()
    if not bare:
        return None
    try:
        doubled = float(bare) * (1 if of_ten else 2)
    except ValueError:
        doubled = 0.0
    if doubled not in range(1, 11):
        scale = "1 to 10" if of_ten else "half a star to five, in half stars"
        raise Unreadable(f"its rating is {quoted(bare)}, and ratings go from {scale}")
    return int(doubled)


def moment_of(text: str | None) -> datetime | None:
    """A day, a moment or seconds since 1970, in UTC; None for what is none, lies before 1970 or after tomorrow."""
    bare = (text or "").strip()
    try:
        if bare.isascii() and bare.isdigit():
            moment = datetime.fromtimestamp(int(bare[:12]), UTC)
        else:
            moment = datetime.fromisoformat(bare)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return (
        moment
        if datetime(1970, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC) + timedelta(days=1)
        else None
    )


def imdb_id_of(text: str | None) -> str:
    """ "tt0133093" from itself or from its figures; "" for anything else."""
    digits = (text or "").strip().removeprefix("tt")
    return f"tt{int(digits):07d}" if digits.isascii() and digits.isdigit() and len(digits) <= 9 else ""


def number_of(text: str | None) -> int | None:
    return whole_number((text or "").strip(), digits=9)
