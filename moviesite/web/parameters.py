"""What an address or a form asks for, read from its words. Whatever these are, a page gets what it can work with."""

LONGEST_TEXT = 100
LONGEST_SLUG = 40
_DIGITS_OF_AN_ID = 18


def whole_number(text: str | None, *, digits: int = _DIGITS_OF_AN_ID) -> int | None:
    """The number that plain digits write, at most `digits` of them (18, as many as any id of a row has); else None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


def search_text(text: str) -> str:
    """On one line, without the zero byte that PostgreSQL takes for none, at most 100 characters."""
    return " ".join(text.replace("\0", " ").split())[:LONGEST_TEXT]


def slug_in(text: object) -> str:
    """What may be the slug of a genre: at most 40 characters, without the zero byte."""
    return str(text or "").replace("\0", "")[:LONGEST_SLUG]
