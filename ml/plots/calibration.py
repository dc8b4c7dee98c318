"""Whether predicted stars mean what they say."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ml.plots.canvas import COLOURS, MARKERS, MUTED, PlotError, check_can_be_told_apart, new_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_calibration(models: Mapping[str, Mapping[str, Any]], *, title: str, subtitle: str) -> "Figure":
    """models: by name, "predicted" and "actual", the mean stars of each group of predictions, and perhaps
    "interval" with "coverage" and "wanted". PlotError if no model has a group."""
    drawn = {name: groups for name, groups in models.items() if groups["predicted"]}
    if not drawn:
        raise PlotError("No model has predicted stars to compare with given ones.")
    check_can_be_told_apart(list(drawn))
    figure, axes = new_plot(title, subtitle, size=(5.6, 5.2))
    _draw_diagonal(axes, [value for groups in drawn.values() for value in _values(groups)])
    for position, (name, groups) in enumerate(drawn.items()):
        axes.plot(
            groups["predicted"],
            groups["actual"],
            color=COLOURS[position],
            marker=MARKERS[position],
            markeredgewidth=0,
            label=_label(name, groups.get("interval")),
        )
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("predicted stars, mean of a tenth of the predictions")
    axes.set_ylabel("stars given, mean of the same tenth")
    axes.legend(frameon=False, loc="upper left", labelcolor="linecolor", fontsize=9)
    return figure


def _draw_diagonal(axes: "Axes", values: Sequence[float]) -> None:
    low, high = min(values) - 0.1, max(values) + 0.1
    axes.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle=(0, (4, 4)), label="as predicted")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")


def _values(groups: Mapping[str, Any]) -> list[float]:
    return [*groups["predicted"], *groups["actual"]]


def _label(name: str, interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return name
    return f"{name} ({interval['wanted']:.0%} intervals hold {interval['coverage']:.1%})"
