"""Drawings of two things beside each other: pairs of columns, and bars to either side of a line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from catalog.statistics.charts import LABELS_HEIGHT, PLOT_HEIGHT, PLOT_TOP, ROW_HEIGHT, Tick, portion

_STEPS = (0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 25, 50)
MOST_LINES = 4


@dataclass(frozen=True)
class Upright:
    """One column of a pair."""

    x: str
    width: str
    y: float
    height: float


@dataclass(frozen=True)
class Pair:
    """`mine` or `theirs` is None where there is nothing to draw. `words` is what the pointer gets to see."""

    label: str
    middle: str
    hit_x: str
    hit_width: str
    mine: Upright | None
    theirs: Upright | None
    words: str


@dataclass(frozen=True)
class Pairs:
    """Two columns for each label; `names` tells whose they are, in the order of drawing."""

    description: str
    names: tuple[str, str]
    pairs: list[Pair]
    lines: list[Tick]
    base: int = PLOT_TOP + PLOT_HEIGHT
    label_y: int = PLOT_TOP + PLOT_HEIGHT + 18
    height: int = PLOT_TOP + PLOT_HEIGHT + LABELS_HEIGHT
    template: str = "catalog/_chart_pairs.html"


@dataclass(frozen=True)
class Difference:
    """A bar that grows from the line in the middle, to the right for more."""

    y: int
    label: str
    value: str
    value_y: int
    bar_y: int
    x: str
    width: str
    is_more: bool
    words: str

    @property
    def is_less(self) -> bool:
        return not self.is_more


@dataclass(frozen=True)
class Differences:
    """Lying bars, as `Bars` are, on both sides of a line in the middle."""

    description: str
    bars: list[Difference]
    height: int
    bar_height: int
    has_middle: bool = True
    template: str = "catalog/_chart_bars.html"


Comparison = Pairs | Differences
Two = tuple[float | None, float | None]


def pairs(
    description: str,
    names: tuple[str, str],
    labels: Sequence[str],
    values: Sequence[Two],
    said: Sequence[str],
    *,
    words: Callable[[float], str],
) -> Pairs:
    """Columns of `values` (none negative; None draws nothing), beside lines that `words` labels."""
    highest = max((value for two in values for value in two if value is not None), default=0.0)
    step = next((step for step in _STEPS if highest <= step * MOST_LINES), highest or 1.0)
    top = step * max(ceil(highest / step - 1e-9), 1)
    lines = [
        Tick(f"{PLOT_TOP + PLOT_HEIGHT * (1 - n * step / top):.1f}", words(n * step))
        for n in range(1, round(top / step) + 1)
    ]
    each = (0.97 - 0.025 * max(len(line.label) for line in lines)) / max(len(values), 1)
    return Pairs(
        description,
        names,
        [
            Pair(
                label=label,
                middle=portion((n + 0.5) * each),
                hit_x=portion(n * each),
                hit_width=portion(each),
                mine=_upright(two[0], top, (n + 0.12) * each, 0.36 * each),
                theirs=_upright(two[1], top, (n + 0.52) * each, 0.36 * each),
                words=sentence,
            )
            for n, (label, two, sentence) in enumerate(zip(labels, values, said, strict=True))
        ],
        lines,
    )


def _upright(value: float | None, top: float, left: float, width: float) -> Upright | None:
    if value is None:
        return None
    height = max(round(value / top * PLOT_HEIGHT, 1), 2) if value else 0  # what is there can be seen
    return Upright(portion(left), portion(width), round(PLOT_TOP + PLOT_HEIGHT - height, 1), height)


def differences(
    description: str, labels: Sequence[str], values: Sequence[float], said: Sequence[str]
) -> Differences:
    """Bars of `values` around zero, the largest of them half the drawing wide; `said` stands beside each."""
    largest = max(map(abs, values), default=0.0) or 1.0
    bars = []
    for n, (label, value, sentence) in enumerate(zip(labels, values, said, strict=True)):
        width = max(abs(value) / largest / 2, 0.004)
        bars.append(
            Difference(
                y=n * ROW_HEIGHT,
                label=label,
                value=sentence,
                value_y=n * ROW_HEIGHT + 14,
                bar_y=n * ROW_HEIGHT + 21,
                x=portion(0.5 if value >= 0 else 0.5 - width),
                width=portion(width),
                is_more=value >= 0,
                words=f"{label}: {sentence}",
            )
        )
    return Differences(description, bars, height=len(bars) * ROW_HEIGHT, bar_height=9)
