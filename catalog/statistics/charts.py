"""Where everything stands in the drawings. Widths are shares of the drawing's, heights are pixels, so that a drawing
fits every screen while its letters keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from catalog.statistics import words
from catalog.statistics.figures import Figures, Group, Month
from catalog.statistics.tables import Table

PLOT_TOP, PLOT_HEIGHT, TALL_PLOT_HEIGHT, LABELS_HEIGHT = 26, 190, 300, 28
ROW_HEIGHT, BAR_TOP, BAR_HEIGHT = 40, 21, 9
UNITS = 1_000
"""The height of the plot of months in its own units; a month is one wide."""

LABELLED_COLUMNS = 10
MOST_YEARS, MOST_MONTHS = 5, 3
"""So many years, or months with their years, have room below a drawing on a phone."""

MOST_FILMS = 10
"""So many films are drawn; the table has more."""
_MONTHS_BETWEEN_TICKS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 24_000)


@dataclass(frozen=True)
class Tick:
    """A line at `place` (share of the width, or pixels from the top) and what stands beside it."""

    place: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Column:
    x: str
    width: str
    middle: str
    y: float
    height: float
    value: str
    value_y: float
    label: str
    words: str
    """What the pointer gets to see."""


@dataclass(frozen=True)
class Columns:
    """Upright columns; with numbers on top, or lines behind where there is no room for numbers."""

    description: str
    columns: list[Column]
    lines: list[Tick]
    base: int
    template: str = "catalog/_chart_columns.html"

    @property
    def label_y(self) -> int:
        return self.base + 18

    @property
    def height(self) -> int:
        return self.base + LABELS_HEIGHT


@dataclass(frozen=True)
class Bar:
    y: int
    label: str
    value: str
    value_y: int
    bar_y: int
    width: str
    words: str


@dataclass(frozen=True)
class Bars:
    """Lying bars, each below its label."""

    description: str
    bars: list[Bar]
    height: int
    bar_height: int = BAR_HEIGHT
    template: str = "catalog/_chart_bars.html"


@dataclass(frozen=True)
class Months:
    """A step for each month, with the empty ones between."""

    description: str
    span: int
    plot_width: str
    path: str
    edge: str
    ticks: list[Tick]
    lines: list[Tick]
    template: str = "catalog/_chart_months.html"
    units: int = UNITS
    top: int = PLOT_TOP
    plot_height: int = PLOT_HEIGHT
    base: int = PLOT_TOP + PLOT_HEIGHT
    label_y: int = PLOT_TOP + PLOT_HEIGHT + 18
    height: int = PLOT_TOP + PLOT_HEIGHT + LABELS_HEIGHT


Chart = Columns | Bars | Months


def stars(figures: Figures, table: Table) -> Columns:
    labels = ["½" if value == 0.5 else f"{value:g}" for value, *_ in table.rows]
    counts = [count for _, count, _ in table.rows]
    shares = [_over_column(count / figures.ratings) for count in counts]
    said = [
        f"{words.stars_in_words(value)}: {words.counted(count, 'rating')}" for value, count, _ in table.rows
    ]
    description = f"A column for each number of stars, from {said[0]}, to {said[-1]}."
    return _columns(description, counts, labels, shares, said)


def _over_column(share: float) -> str:
    """As narrow as the column is, or it would run into the next one's."""
    return "<0.1%" if 0 < share < 0.001 else words.percent(share).replace(words.NBSP, "")


def busiest(figures: Figures, table: Table) -> Columns:
    crowded = len(table.rows) > LABELLED_COLUMNS
    labels = ["" if crowded and place > 1 and place % 5 else str(place) for place, *_ in table.rows]
    said = [f"a reviewer with {words.counted(n, 'rating')}" for n in figures.busiest]
    description = f"A column for each reviewer, from {said[0]} to {said[-1]}."
    values = [words.whole(n) for n in figures.busiest]
    return _columns(description, figures.busiest, labels, values, said, plot_height=TALL_PLOT_HEIGHT)


def buckets(figures: Figures, table: Table) -> Bars:
    who = table.columns[1].label.lower()
    labels = [f"{row[0]} rating{'' if row[0] == '1' else 's'}" for row in table.rows]
    values = [f"{words.whole(row[1])} · {words.percent(row[2] / 100)}" for row in table.rows]
    description = f"A bar for each range of ratings: how many {who} there are."
    return _bars(description, [row[1] for row in table.rows], labels, values)


def most_rated(figures: Figures, table: Table) -> Bars:
    titles = figures.most_rated[:MOST_FILMS]
    labels = [f"{place}. {title.title}" for place, title in enumerate(titles, 1)]
    values = [words.whole(title.ratings) for title in titles]
    description = f"A bar for each of the first {len(titles)} films: how many ratings it has."
    return _bars(description, [title.ratings for title in titles], labels, values)


def decades(figures: Figures, table: Table) -> Bars:
    known = [group for group in figures.decades if group.name is not None]
    return _groups("decade", known, [words.decade(group.name) for group in known])


def genres(figures: Figures, table: Table) -> Bars:
    return _groups("genre", figures.genres, [group.name for group in figures.genres])


def _groups(what: str, groups: Sequence[Group], labels: Sequence[str]) -> Bars:
    values = [
        f"{words.whole(group.ratings)} · {words.stars(group.half_stars / group.ratings / 2)} ★"
        for group in groups
    ]
    description = f"A bar for each {what}: how many ratings its films have, and their mean stars."
    return _bars(description, [group.ratings for group in groups], labels, values)


def months(figures: Figures, table: Table) -> Months | None:
    """None where no rating has a date."""
    if not figures.months:
        return None
    first = _number_of(figures.months[0].month)
    span = _number_of(figures.months[-1].month) - first + 1
    highest = max(month.ratings for month in figures.months)
    lines, top = _lines(highest, PLOT_HEIGHT)
    width = _width_beside(lines)
    edge = _steps(figures.months, first, top)
    begins, ends = (words.month(figures.months[place].month) for place in (0, -1))
    return Months(
        f"Ratings per month from {begins} to {ends}, at most {words.whole(highest)} in one.",
        span,
        portion(width),
        f"M0 {UNITS}{edge}V{UNITS}Z",
        f"M0 {UNITS}{edge}V{UNITS}",
        _ticks(first, span, width),
        lines,
    )


def _steps(rows: Sequence[Month], first: int, top: int) -> str:
    """The outline, month by month; where nothing was rated it runs along the bottom."""
    steps, end = [], 0
    for row in rows:
        start = _number_of(row.month) - first
        if start > end:
            steps.append(f"V{UNITS}H{start}")
        end = start + 1
        steps.append(f"V{round(UNITS - row.ratings / top * UNITS, 1):g}H{end}")
    return "".join(steps)


def _number_of(month: str) -> int:
    """Months since the year 0."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _ticks(first: int, span: int, width: float) -> list[Tick]:
    """A few months or years to read the time by."""
    step = next(
        (step for step in _MONTHS_BETWEEN_TICKS if span / step <= (MOST_MONTHS if step < 12 else MOST_YEARS)),
        _MONTHS_BETWEEN_TICKS[-1],
    )
    places = [number for number in range(first, first + span) if number % step == 0] or [first]
    ticks = []
    for number in places:
        share = (number - first) / span * width
        label = words.short_month(f"{number // 12}-{number % 12 + 1}") if step < 12 else str(number // 12)
        anchor = "start" if share < 0.05 else "end" if share > 0.92 else "middle"
        ticks.append(Tick(portion(share), label, anchor))
    return ticks


def _lines(highest: int, plot_height: int) -> tuple[list[Tick], int]:
    """Two to five lines at round numbers, and the number at the top of the plot."""
    rough = highest / 4
    power = 10 ** max(0, ceil(log10(rough)) - 1) if rough > 1 else 1
    step = next(power * times for times in (1, 2, 5, 10) if power * times * 4 >= highest)
    top = step * ceil(highest / step)
    lines = [
        Tick(f"{PLOT_TOP + plot_height * (1 - value / top):.1f}", words.compact(value))
        for value in range(step, top + 1, step)
    ]
    return lines, top


def _width_beside(lines: Sequence[Tick]) -> float:
    """The share of the width that is left to the plot when the words of its lines stand to the right of it."""
    return 0.97 - 0.025 * max(len(line.label) for line in lines) if lines else 1.0


def _columns(
    description: str,
    counts: Sequence[int],
    labels: Sequence[str],
    values: Sequence[str],
    said: Sequence[str],
    *,
    plot_height: int = PLOT_HEIGHT,
) -> Columns:
    labelled = len(counts) <= LABELLED_COLUMNS
    lines, top = ([], max(counts)) if labelled else _lines(max(counts), plot_height)
    step, base = _width_beside(lines) / len(counts), PLOT_TOP + plot_height
    columns = []
    for n, (count, label, value, sentence) in enumerate(zip(counts, labels, values, said, strict=True)):
        height = max(round(count / top * plot_height, 1), 2) if count else 0  # what is there can be seen
        columns.append(
            Column(
                x=portion((n + 0.1) * step),
                width=portion(0.8 * step),
                middle=portion((n + 0.5) * step),
                y=base - height,
                height=height,
                value=value if labelled else "",
                value_y=base - height - 7,
                label=label,
                words=sentence,
            )
        )
    return Columns(description, columns, lines, base)


def _bars(description: str, counts: Sequence[int], labels: Sequence[str], values: Sequence[str]) -> Bars:
    highest = max(counts, default=0) or 1
    bars = [
        Bar(
            y=n * ROW_HEIGHT,
            label=label,
            value_y=n * ROW_HEIGHT + 14,
            value=value,
            bar_y=n * ROW_HEIGHT + BAR_TOP,
            width=portion(max(count / highest, 0.004) if count else 0),
            words=f"{label}: {value}",
        )
        for n, (count, label, value) in enumerate(zip(counts, labels, values, strict=True))
    ]
    return Bars(description, bars, height=len(bars) * ROW_HEIGHT)


def portion(value: float) -> str:
    return f"{100 * value:.3f}".rstrip("0").rstrip(".") + "%"
