"""Lines of Amazon's review files as rows: the layouts of 2014 and 2018, of 2023, and the CSV files without texts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeGuard

from catalog.importing.cleaning import (
    HEADLINE_LENGTH,
    ID_LENGTH,
    REVIEW_LENGTH,
    clean_id,
    clean_line,
    clean_text,
    half_stars_of,
    moment_of,
    quoted,
    votes_of,
)
from catalog.importing.json_lines import object_in
from catalog.importing.rows import BadLine, BadLineKind, RatingRow, TextRow, row_digest

FORMAT_LENGTH = 40

_DAY = re.compile(r"(\d{1,2}) (\d{1,2}), (\d{4})")
_ASIN = re.compile(r"B[0-9A-Z]{9}|\d{9}[0-9X]")
_CSV_LINE = re.compile(r"[^,\s]{2,64},[^,\s]{2,64},[0-9](?:\.[0-9]+)?,-?[0-9]{9,14}")
_CSV_HEADERS = {
    "user_id": "reviewer",
    "reviewer_id": "reviewer",
    "user": "reviewer",
    "reviewerid": "reviewer",
} | {
    "asin": "edition",
    "parent_asin": "edition",
    "item": "edition",
    "item_id": "edition",
}
_FIRST_MILLISECONDS = 100_000_000_000
"""From here on a moment is in milliseconds: as seconds it lies beyond the year 5000."""


def parse_review(line: bytes, *, with_text: bool = False) -> RatingRow:
    """A review of 2018, or of 2014, which differs in what stands around it."""
    data = object_in(line)
    reviewer = clean_id(data.get("reviewerID"), "reviewerID")
    asin = clean_id(data.get("asin"), "asin")
    half_stars = half_stars_of(data.get("overall"), "overall")
    seconds = _seconds(data)
    text = data.get("reviewText")
    digest = row_digest(reviewer, asin, half_stars, seconds, text if type(text) is str else "")
    verified = data.get("verified")
    row = RatingRow(
        reviewer,
        asin,
        half_stars,
        None if seconds is None else moment_of(seconds),
        digest,
        verified if type(verified) is bool else None,
        _format(data.get("style")),
    )
    if not with_text:
        return row
    return row._replace(text=_text(data.get("summary"), text, data.get("vote", data.get("helpful"))))


def parse_review_2023(line: bytes, *, with_text: bool = False) -> RatingRow:
    """A review of 2023: in milliseconds, its editions grouped by `parent_asin`."""
    data = object_in(line)
    reviewer = clean_id(data.get("user_id"), "user_id")
    asin = clean_id(data.get("asin"), "asin")
    half_stars = half_stars_of(data.get("rating"), "rating")
    milliseconds = _milliseconds(data)
    text = data.get("text")
    verified = data.get("verified_purchase")
    return RatingRow(
        reviewer,
        asin,
        half_stars,
        None if milliseconds is None else moment_of_milliseconds(milliseconds),
        row_digest(reviewer, asin, half_stars, milliseconds, text if type(text) is str else ""),
        verified if type(verified) is bool else None,
        group=group_of(data.get("parent_asin")),
        text=_text(data.get("title"), text, data.get("helpful_vote")) if with_text else None,
    )


def group_of(parent_asin: object) -> str:
    """What the source groups an edition by; "" if it does not say so in a way that can be used."""
    return (
        clean_id(parent_asin, "parent_asin")
        if isinstance(parent_asin, str) and _may_be_id(parent_asin)
        else ""
    )


def _may_be_id(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= ID_LENGTH


def _text(headline: object, body: object, votes: object) -> TextRow | None:
    """None where nothing is written; a review whose text is only markup says nothing either."""
    row = TextRow(clean_line(headline, HEADLINE_LENGTH), clean_text(body, REVIEW_LENGTH), votes_of(votes))
    return row if row.headline or row.body else None


def _seconds(data: dict[str, Any]) -> int | None:
    """When the review was written: unixReviewTime, or else reviewTime ("04 8, 2018"), or else not known."""
    seconds = data.get("unixReviewTime")
    if type(seconds) is int:
        return seconds
    if (type(seconds) is float and seconds.is_integer()) or _spells_a_number(seconds):
        return int(seconds)
    if seconds is not None:
        raise BadLine(BadLineKind.BAD_DATE, f"unixReviewTime is {quoted(seconds)}")
    day = data.get("reviewTime")
    if day is None:
        return None
    found = _DAY.fullmatch(day.strip()) if isinstance(day, str) else None
    try:
        month, day_of_month, year = map(int, found.groups()) if found else (0, 0, 0)
        return int(datetime(year, month, day_of_month, tzinfo=UTC).timestamp())
    except ValueError:
        raise BadLine(BadLineKind.BAD_DATE, f"reviewTime is {quoted(day)}") from None


def _spells_a_number(value: object) -> TypeGuard[str]:
    return type(value) is str and value.isascii() and value.isdigit() and len(value) <= 14


def _milliseconds(data: dict[str, Any]) -> int | None:
    """`sort_timestamp` is what the first release called it."""
    moment = data.get("timestamp", data.get("sort_timestamp"))
    if moment is None or type(moment) is int:
        return moment
    if (type(moment) is float and moment.is_integer()) or _spells_a_number(moment):
        return int(moment)
    raise BadLine(BadLineKind.BAD_DATE, f"timestamp is {quoted(moment)}")


def moment_of_milliseconds(milliseconds: int) -> datetime:
    """Raises BadLine as `moment_of` does."""
    seconds, rest = divmod(milliseconds, 1000)
    return moment_of(seconds).replace(microsecond=rest * 1000)


def _format(style: object) -> str:
    named = style.get("Format:") if isinstance(style, dict) else None
    return _clean_format(named[: 4 * FORMAT_LENGTH]) if isinstance(named, str) else ""


@lru_cache(maxsize=1 << 12)
def _clean_format(named: str) -> str:
    return clean_line(named, FORMAT_LENGTH).replace(",", "")


@dataclass(frozen=True)
class RatingsCsv:
    """The lines of a CSV file: two ids, stars, a moment. The editions of 2014 and 2018 differ in which id is first."""

    reviewer: int = 0
    edition: int = 1

    @classmethod
    def found_in(cls, lines: Sequence[str]) -> "RatingsCsv | None":
        """The order of the columns in lines of such a file, by its header or by what looks like an ASIN; else None."""
        header = [_CSV_HEADERS.get(cell, "") for cell in _header_cells(lines[0])] if lines else []
        if sorted(header[:2]) == ["edition", "reviewer"]:
            return cls(header.index("reviewer"), header.index("edition"))
        cells = [line.split(",") for line in lines if _CSV_LINE.fullmatch(line)]
        if len(cells) < (len(lines) + 1) // 2:
            return None
        asins = Counter(place for row in cells for place in (0, 1) if _ASIN.fullmatch(row[place]))
        if not asins:
            return None
        return cls() if asins[1] >= asins[0] else cls(reviewer=1, edition=0)

    def parse(self, line: bytes) -> RatingRow | None:
        try:
            cells = line.decode().strip().split(",")
        except UnicodeDecodeError as error:
            raise BadLine(BadLineKind.UNDECODABLE, f"byte {error.start + 1} is not UTF-8") from None
        if len(cells) != 4:
            raise BadLine(BadLineKind.WRONG_COLUMNS, f"{len(cells)} instead of 4")
        if cells[0].casefold() in _CSV_HEADERS:
            return None
        reviewer, asin = clean_id(cells[self.reviewer], "reviewer"), clean_id(cells[self.edition], "asin")
        half_stars, moment = half_stars_of(cells[2], "rating"), _whole_number(cells[3])
        digest = row_digest(reviewer, asin, half_stars, moment)
        in_milliseconds = moment >= _FIRST_MILLISECONDS
        rated_at = moment_of_milliseconds(moment) if in_milliseconds else moment_of(moment)
        return RatingRow(reviewer, asin, half_stars, rated_at, digest)


def _header_cells(line: str) -> list[str]:
    return line.strip().casefold().split(",")


def _whole_number(text: str) -> int:
    if _spells_a_number(text):
        return int(text)
    if not text:
        raise BadLine(BadLineKind.MISSING_FIELD, "time")
    raise BadLine(BadLineKind.BAD_DATE, f"time is {quoted(text)}")
