"""The look of all plots, and the one place that imports matplotlib: a light card, readable on light and dark pages.

Colours are Okabe and Ito's, which people with any kind of colour vision tell apart; lines also differ in their
markers and are named where they end.
"""

import importlib.util
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.arraytypes import Float64Array
from ml.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CARD, INK, MUTED, GRID = "#fcfcfa", "#1f2328", "#656d76", "#e4e6e9"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d1f")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

_PIXELS_PER_INCH = 160
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that a plot is the same everywhere
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.facecolor": CARD,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "figure.facecolor": CARD,
    "svg.hashsalt": "movie picks",  # equal plots are equal files
}


class PlotError(InputError):
    """A plot cannot be drawn here, or not from this."""


def check_matplotlib() -> None:
    """PlotError where it is missing: only who draws needs it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise PlotError("Plots need matplotlib, which is not installed here: pip install matplotlib.")


def check_can_be_told_apart(names: Sequence[str]) -> None:
    """PlotError for more lines than there are colours."""
    if len(names) > len(COLOURS):
        raise PlotError(f"{len(names)} lines cannot be told apart; choose at most {len(COLOURS)}.")


def new_plot(title: str, subtitle: str, *, size: tuple[float, float] = (7.2, 4.2)) -> tuple["Figure", "Axes"]:
    """An empty plot of so many inches, its heading in place."""
    check_matplotlib()
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.1))
        axes = figure.add_subplot()
    left = 0.15 / size[0]
    # The second line of the heading is kept free for the subtitle, which has a size of its own.
    figure.suptitle(f"{title}\n", x=left, ha="left", fontsize=12.5, fontweight="bold")
    figure.text(left, 0.98 - 0.27 / size[1], subtitle, va="top", fontsize=9, color=MUTED)
    return figure, axes


def as_svg(figure: "Figure") -> bytes:
    return _saved(figure, format="svg", metadata={"Date": None})


def as_png(figure: "Figure") -> bytes:
    """With a palette of 256 colours, which a plot does not exceed to the eye: a third of the bytes."""
    from PIL import Image

    whole = _saved(figure, format="png", dpi=_PIXELS_PER_INCH)
    with Image.open(BytesIO(whole)) as image, BytesIO() as stream:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(stream, format="png", optimize=True)
        return stream.getvalue()


def name_line_ends(axes: "Axes", names: Sequence[str], ends: Sequence[tuple[float, float]]) -> None:
    """Write each name to the right of its line's last point, in the line's colour, none over another."""
    low, high = axes.get_ylim()
    heights = spread(np.array([y for _, y in ends]), gap=(high - low) * 0.055)
    for position, (name, (x, _), height) in enumerate(zip(names, ends, heights, strict=True)):
        axes.annotate(
            name,
            (x, float(height)),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=COLOURS[position],
            fontweight="bold",
            annotation_clip=False,
        )


def spread(heights: Float64Array, *, gap: float) -> Float64Array:
    """The heights (n,), moved as little as a pass up and its centring do, so that all are `gap` apart."""
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    raised = np.maximum.accumulate(heights[order] - steps) + steps
    placed = np.empty(len(heights))
    placed[order] = raised - (raised - heights[order]).mean()
    return placed


def _saved(figure: "Figure", **options: Any) -> bytes:
    import matplotlib

    with matplotlib.rc_context(_SETTINGS), BytesIO() as stream:
        figure.savefig(stream, **options)
        return stream.getvalue()
