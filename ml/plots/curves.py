"""Lines over epochs and over the length of people's histories."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ml.plots.canvas import COLOURS, MARKERS, PlotError, check_can_be_told_apart, name_line_ends, new_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METRICS = {"rmse": "RMSE, stars", "mae": "MAE, stars", "ndcg_at_10": "nDCG@10", "recall_at_20": "recall@20"}


def draw_learning_curves(
    curves: Mapping[str, Sequence[float]], *, title: str, subtitle: str, unit: str = "loss"
) -> "Figure":
    """One line a curve; value i belongs to epoch i + 1. Empty curves are left out; PlotError if all are."""
    drawn = {name: values for name, values in curves.items() if len(values)}
    if not drawn:
        raise PlotError(f"There is no epoch to draw for {title!r}.")
    figure, axes = new_plot(title, subtitle)
    points = {name: (list(range(1, len(values) + 1)), list(values)) for name, values in drawn.items()}
    longest = max(len(values) for values in drawn.values())
    axes.set_xticks(range(1, longest + 1, max(1, longest // 10)))
    axes.set_xlabel("epoch")
    axes.set_ylabel(unit)
    _lines(axes, points)
    return figure


def draw_by_length(
    models: Mapping[str, Sequence[Mapping[str, Any]]], metric: str, *, title: str, subtitle: str
) -> "Figure":
    """models: by name, a row for each bin of history lengths: "length" ("2-4"), the metric, and "n_ratings" or
    "n_people". Bins where no model has the metric are left out; PlotError if none is left."""
    rows = {name: {row["length"]: row for row in bins if metric in row} for name, bins in models.items()}
    lengths = sorted({length for bins in rows.values() for length in bins}, key=_first_number)
    if not lengths:
        raise PlotError(f"No model has {metric} by length of history.")
    figure, axes = new_plot(title, subtitle)
    points = {
        name: (
            [place for place, length in enumerate(lengths) if length in bins],
            [float(bins[length][metric]) for length in lengths if length in bins],
        )
        for name, bins in rows.items()
        if bins
    }
    first = {length: next(bins[length] for bins in rows.values() if length in bins) for length in lengths}
    noun, count = ("test ratings", "n_ratings") if metric in ("rmse", "mae") else ("people", "n_people")
    axes.set_xticks(range(len(lengths)), [_tick(first[length], count) for length in lengths])
    axes.set_xlabel(f"ratings the person has given (in brackets: {noun} there)")
    axes.set_ylabel(_METRICS.get(metric, metric))
    _lines(axes, points)
    return figure


def _lines(axes: "Axes", points: Mapping[str, tuple[list[int], list[float]]]) -> None:
    check_can_be_told_apart(list(points))
    for position, (xs, ys) in enumerate(points.values()):
        axes.plot(
            xs,
            ys,
            color=COLOURS[position],
            marker=MARKERS[position],
            markeredgewidth=0,
        )
    name_line_ends(axes, list(points), [(xs[-1], ys[-1]) for xs, ys in points.values()])


def _first_number(length: str) -> int:
    return int(length.rstrip("+").split("-")[0])


def _tick(bins: Mapping[str, Any], of: str) -> str:
    """The bin and, beneath, how much it holds."""
    return f"{bins['length'].replace('-', '–')}\n({bins[of]:,})"
