"""The track record, drawn and in tables."""

from collections.abc import Sequence

from catalog.statistics import words
from catalog.statistics.comparisons import Pairs, pairs
from catalog.statistics.sections import Section
from catalog.statistics.tables import Column, Table
from recommendations.track_record import Month, TrackRecord

MOST_MONTHS = 24
LABELLED = 5


def by_month(record: TrackRecord) -> Section:
    """The mean error of each month beside that of everybody's mean."""
    title = "How far off, month by month"
    columns = (
        Column("month", "Month", words.month, is_number=False),
        Column("films", "Films"),
        Column("mean_error", "Expected stars", words.stars),
        Column("mean_error_of_everyone", "Everyone’s mean", words.stars),
    )
    rows = [(month.month, month.films, month.error, month.everyones_error) for month in record.months]
    return Section(Table("months", title, columns, rows[::-1]), [_in_words(record)], _drawing(record.months))


def _in_words(record: TrackRecord) -> str:
    ours, theirs = (f"{error:.2f}" for error in (record.error, record.everyones_error))
    if ours == theirs:
        return (
            f"The expected stars were {ours} off on average, and so was everybody’s mean for the same films."
        )
    closer = "closer" if record.error < record.everyones_error else "further off"
    return (
        f"The expected stars were {ours} off on average, {closer} than everybody’s mean for the same films,"
        f" which was {theirs} off. That mean is today’s, and knows ratings given since."
    )


def _drawing(months: Sequence[Month]) -> Pairs:
    """The last two years of months in which there was something; months between them without a film stay empty."""
    last = _number(months[-1].month)
    first = max(_number(months[0].month), last - MOST_MONTHS + 1)
    known = {_number(month.month): month for month in months}
    span = range(first, last + 1)
    every = -(-len(span) // LABELLED)
    names = [f"{number // 12}-{number % 12 + 1:02d}" for number in span]
    shown = [known.get(number) for number in span]
    return pairs(
        f"Two columns for each month from {words.month(names[0])} to {words.month(names[-1])}: how many stars the"
        " site was off on average, and how many everybody’s mean was. Lower is better.",
        ("Expected for you", "Everyone’s mean"),
        [words.short_month(name) if n % every == every // 2 else "" for n, name in enumerate(names)],
        [(month.error, month.everyones_error) if month else (None, None) for month in shown],
        [_said(name, month) for name, month in zip(names, shown, strict=True)],
        words=lambda value: f"{value:.2g}",
    )


def _said(name: str, month: Month | None) -> str:
    if month is None:
        return f"{words.month(name)}: nothing first rated"
    films = words.counted(month.films, "film")
    return f"{words.month(name)}, {films}: {month.error:.2f} off, everyone’s mean {month.everyones_error:.2f}"


def _number(month: str) -> int:
    """Months since the year 0."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1
