"""Numbers as people read them. A no-break space keeps a number and its unit together."""

from math import floor, log10

NBSP = "\N{NO-BREAK SPACE}"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def whole(number: int) -> str:
    return f"{number:,}"


def compact(number: int) -> str:
    """2,500 -> "2,500", 20,000 -> "20k", 1,500,000 -> "1.5M": for round numbers beside a drawing."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number / 1e3:g}k" if number < 1_000_000 else f"{number / 1e6:g}M"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 film", "2,000 films"."""
    return f"{number:,}{NBSP}{one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """0.614 -> "61 %", 0.0312 -> "3.1 %", 0.000045 -> "0.0045 %"; "100 %" only if it is all, "0 %" if nothing."""
    value = 100 * share
    if value in (0, 100):
        text = f"{value:.0f}"
    elif value > 99:
        text = f"{min(floor(value * 10) / 10, 99.9):.1f}"
    else:
        text = f"{value:.{max(0, 1 - floor(log10(value)))}f}"
    return f"{text}{NBSP}%"


def stars(value: float) -> str:
    """4.336 -> "4.34"; the unit stands in the heading or in the sentence."""
    return f"{value:.2f}"


def stars_in_words(value: float) -> str:
    """0.5 -> "half a star", 1.0 -> "1 star", 4.5 -> "4.5 stars"."""
    if value == 0.5:
        return f"half a{NBSP}star"
    return f"{value:g}{NBSP}star{'' if value == 1 else 's'}"


def month(text: str) -> str:
    """ "2018-01" -> "January 2018"."""
    year, _, number = text.partition("-")
    return f"{_MONTHS[int(number) - 1]}{NBSP}{year}"


def short_month(text: str) -> str:
    """ "2018-01" -> "Jan 2018"."""
    year, _, number = text.partition("-")
    return f"{_MONTHS[int(number) - 1][:3]} {year}"


def span(first: int, last: int | None) -> str:
    """ "1", "3–5", "1,001 and more"."""
    if last is None:
        return f"{first:,} and more"
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def decade(year: int | None) -> str:
    return "unknown" if year is None else f"{year}s"
