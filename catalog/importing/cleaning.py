"""Values of sources made safe and plain: text without markup or control characters, real prices, real dates."""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import nan
from typing import cast

from catalog.importing.rows import BadLine, BadLineKind

TITLE_LENGTH = 300
DESCRIPTION_LENGTH = 5_000
HEADLINE_LENGTH = 200
REVIEW_LENGTH = 20_000
NAME_LENGTH = 200
ID_LENGTH = 64
URL_LENGTH = 500
FIRST_YEAR, LAST_YEAR = 1870, 2100

HALF_STARS_OF = {half_stars / 2: half_stars for half_stars in range(1, 11)}

_SCRIPTS = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<!--.*?(-->|$)|</?[a-zA-Z][^<>]*>|<[a-zA-Z]+\s[^<>]*=[^<>]*$", re.DOTALL)
_BREAKS = re.compile(r"<(br|p|li|div)\b[^<>]*>", re.IGNORECASE)
_OPENINGS = re.compile(r"<(?=[a-zA-Z/!])")
_GAPS = re.compile(r"\n{3,}")
_CODE = re.compile(
    r"\{[^{}:]*:[^{}]*\}|\bfunction\s?\(|\bgetTime\(\)|\b(?:var|let|const) \w{1,40} ?="
    r"|\b(?:document|window)\.(?:write|get|location|add|create|on[a-z])|@(?:media|import|font-face)\b"
)
_PRICE = re.compile(r"(?:(?:US)?\$ ?)?(\d{1,3}(?:,\d{3})+|\d{1,7})\.(\d\d)|(?:US)?\$ ?(\d{1,7})")
_URL = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s\"'<>\\`{}|^]*)?", re.IGNORECASE)


def clean_line(text: object, length: int = TITLE_LENGTH) -> str:
    """One line of plain text: entities and tags gone, control characters and line breaks too, cut at a word.

    Anything that is no text, or is a script or a style sheet, becomes "".
    """
    if not isinstance(text, str):
        return ""
    plain = text[: 4 * length]
    if "<" in plain or "&" in plain:
        plain = _without_markup(plain)
    line = " ".join(printable(plain).split())
    if _may_be_code(line) and _CODE.search(line):
        return ""
    return shortened(line if line.isascii() else unicodedata.normalize("NFC", line), length)


def _may_be_code(line: str) -> bool:
    """Whether there is anything in it without which _CODE finds nothing: many times faster than to search."""
    in_signs = "{" in line or "=" in line or "@" in line
    return in_signs or "function" in line or "getTime" in line or "document." in line or "window." in line


def clean_text(text: object, length: int) -> str:
    """Plain text with its paragraphs, each a line: as `clean_line`, but what reads like a script is kept."""
    if not isinstance(text, str):
        return ""
    plain = text[: 4 * length]
    if "<" in plain or "&" in plain:
        plain = _without_markup(plain, "\n")
    lines = (" ".join(printable(line).split()) for line in plain.splitlines())
    whole = _GAPS.sub("\n\n", "\n".join(lines)).strip()
    return shortened(whole if whole.isascii() else unicodedata.normalize("NFC", whole), length)


def _without_markup(text: str, line_break: str = " ") -> str:
    """Tags and entities gone. Tags that only appear when others are taken away lose their first character.

    What is not seen goes first: it could hide a tag and let it reappear.
    """
    unescaped = html.unescape(html.unescape(text)) if "&" in text else text
    if "<" not in unescaped:
        return unescaped
    if not unescaped.isprintable():
        unescaped = "".join(ch for ch in unescaped if ch.isprintable() or ch.isspace())
    bare = _TAGS.sub("", _BREAKS.sub(line_break, _SCRIPTS.sub(" ", unescaped)))
    return _OPENINGS.sub("", bare) if _TAGS.search(bare) else bare


def printable(text: str) -> str:
    """Without characters that are not seen (controls, directions, joiners); line breaks become spaces."""
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else " " for ch in text if ch.isprintable() or ch.isspace())


def shortened(text: str, length: int) -> str:
    """At most `length` characters, cut between words, with an ellipsis where something is gone."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:.") + "…"


def clean_id(value: object, field: str) -> str:
    """A source's id as text; raises BadLine when it is missing or cannot be one."""
    if type(value) is str and value.isascii() and value.isalnum() and len(value) <= ID_LENGTH:
        return value
    if value is None or value == "":
        raise BadLine(BadLineKind.MISSING_FIELD, field)
    if not isinstance(value, str):
        raise BadLine(BadLineKind.BAD_ID, f"{field} is not text")
    cleaned = "".join(printable(value).split())
    if not cleaned:
        raise BadLine(BadLineKind.MISSING_FIELD, field)
    if len(cleaned) > ID_LENGTH:
        raise BadLine(BadLineKind.BAD_ID, f"{field} has {len(cleaned)} characters")
    return cleaned


def half_stars_of(value: object, field: str) -> int:
    """Stars as half stars (1 to 10); raises BadLine for what is not 0.5, 1, ... 5."""
    if type(value) is float and value in HALF_STARS_OF:
        return HALF_STARS_OF[value]
    if value is None or value == "":
        raise BadLine(BadLineKind.MISSING_FIELD, field)
    half_stars = HALF_STARS_OF.get(_number_in(value))
    if half_stars is None:
        raise BadLine(BadLineKind.BAD_STARS, f"{field} is {quoted(value)}")
    return half_stars


def _number_in(value: object) -> float:
    """A number, or the number that a text spells; NaN for anything else (True is no number here)."""
    if type(value) is float or type(value) is int:
        return value
    try:
        return float(value) if isinstance(value, str) else nan
    except ValueError:
        return nan


@lru_cache(maxsize=1 << 14)
def moment_of(seconds: int) -> datetime:
    """Seconds since 1970 as a moment; raises BadLine when it lies before 1970 or after tomorrow.

    A rating from the future would for ever be the latest one.
    """
    if 0 <= seconds < 1 << 34:
        moment = datetime.fromtimestamp(seconds, UTC)
        if moment <= datetime.now(UTC) + timedelta(days=1):
            return moment
    raise BadLine(BadLineKind.BAD_DATE, f"{quoted(seconds)} seconds since 1970")


def year_of(text: str) -> int | None:
    year = int(text)
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def price_of(value: object) -> Decimal | None:
    """The price if it looks like "$5.99", "5.99" or 5.99; None for anything else, a range or a style sheet say."""
    if type(value) in (int, float) and 0 < cast("float", value) < 10_000_000:
        value = f"{value:.2f}"
    found = _PRICE.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
    if found is None:
        return None
    price = Decimal(f"{found[1].replace(',', '')}.{found[2]}" if found[1] else found[3])
    return price if 0 < price < 10_000_000 else None


def votes_of(value: object) -> int:
    """How many found something helpful: 7, "1,234", or [7, 9] for 7 of 9; 0 for anything else."""
    if isinstance(value, list):
        value = value[0] if value else 0
    if isinstance(value, str):
        digits = value.strip().replace(",", "")
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    return value if type(value) is int and 0 < value < 1 << 31 else 0


def https_url(value: object) -> str:
    """The address if it is an https one without surprises (users, ports, quotes), else ""."""
    if not isinstance(value, str) or not value.isascii() or len(value) > URL_LENGTH:
        return ""
    return value if _URL.fullmatch(value) else ""


def quoted(value: object) -> str:
    """A bad value, short and safe, for the report."""
    return shortened(" ".join(printable(str(value)).split()), 80)
