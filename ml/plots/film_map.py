"""Films as a plane shows them: near each other where the model's vectors are."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ml.arraytypes import Float64Array, FloatArray, IndexArray
from ml.plots.canvas import CARD, COLOURS, INK, MUTED, PlotError, new_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

OTHER = "other"

_RING = 4.0

# Where a label may stand around its point: offsets in points, and which of its sides is there.
_PLACES = (
    ((5, 0), "left", "center"),
    ((-5, 0), "right", "center"),
    ((0, 5), "center", "bottom"),
    ((0, -5), "center", "top"),
    ((4, 4), "left", "bottom"),
    ((-4, 4), "right", "bottom"),
    ((4, -4), "left", "top"),
    ((-4, -4), "right", "top"),
)


def principal_components(vectors: FloatArray, n: int = 2) -> Float64Array:
    """(n_films, n): coordinates along the directions in which the vectors (n_films, d) differ most.

    Each axis is turned so that its largest coordinate is positive; an SVD alone leaves the sign open.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates = left[:, :n] * singular[:n]
    largest = np.abs(coordinates).argmax(axis=0)
    return coordinates * np.where(coordinates[largest, np.arange(coordinates.shape[1])] < 0, -1.0, 1.0)


def draw_film_map(
    points: Float64Array,
    genres: Sequence[str],
    titles: Sequence[str],
    to_label: IndexArray,
    *,
    most_labels: int = 30,
    title: str,
    subtitle: str,
) -> "Figure":
    """points: (n, 2). genres: of each film the one that colours it; all beyond the most frequent are grey.

    to_label: films in the order in which labels are placed, until there are `most_labels`; one that would cover
    another is left out.
    """
    if len(points) == 0:
        raise PlotError("There is no film to draw.")
    figure, axes = new_plot(title, subtitle, size=(8.6, 6.6))
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    for genre, colour, chosen in _by_genre(genres):
        axes.scatter(
            points[chosen, 0], points[chosen, 1], s=13, color=colour, alpha=0.75, linewidths=0, label=genre
        )
    handles, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda place: names[place] == OTHER)
    axes.legend(
        [handles[place] for place in order],
        [names[place] for place in order],
        frameon=False,
        fontsize=9,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        markerscale=1.8,
        handletextpad=0.1,
    )
    figure.draw_without_rendering()  # so that labels are measured where they will stand
    place_labels(axes, points[to_label], [titles[film] for film in to_label.tolist()], most=most_labels)
    return figure


def place_labels(axes: "Axes", points: Float64Array, labels: Sequence[str], *, most: int) -> list["Text"]:
    """Write labels beside their points: each at the first place around it that is free and inside; returns those
    that found one."""
    taken: list[Bbox] = []
    placed: list[Text] = []
    for (x, y), label in zip(points.tolist(), labels, strict=True):
        if len(placed) == most:
            break
        text = _placed(axes, (x, y), label, taken)
        if text is not None:
            placed.append(text)
            taken.append(_around(axes, (x, y)))
            axes.scatter([x], [y], s=20, facecolors="none", edgecolors=INK, linewidths=0.8)
    return placed


def _around(axes: "Axes", point: tuple[float, float]) -> "Bbox":
    """The ring around a labelled point, in pixels."""
    from matplotlib.transforms import Bbox

    x, y = axes.transData.transform(point)
    return Bbox.from_bounds(x - _RING, y - _RING, 2 * _RING, 2 * _RING)


def _placed(axes: "Axes", point: tuple[float, float], label: str, taken: list["Bbox"]) -> "Text | None":
    for offset, horizontal, vertical in _PLACES:
        text = axes.annotate(
            label, point, xytext=offset, textcoords="offset points", ha=horizontal, va=vertical, fontsize=7.5
        )
        text.set_bbox({"facecolor": CARD, "alpha": 0.6, "linewidth": 0, "pad": 0.4})
        box = text.get_window_extent().expanded(1.03, 1.15)
        inside = axes.bbox.containsx(box.x0) and axes.bbox.containsx(box.x1)
        if (
            inside
            and axes.bbox.containsy(box.y0)
            and axes.bbox.containsy(box.y1)
            and not box.count_overlaps(taken)
        ):
            taken.append(box)
            return text
        text.remove()
    return None


def _by_genre(genres: Sequence[str]) -> Iterable[tuple[str, str, IndexArray]]:
    """Genre, colour and films; the rest comes first, so that it lies beneath, and is named last."""
    names, counts = np.unique(np.asarray(genres), return_counts=True)
    frequent = [name for name in names[np.argsort(-counts, kind="stable")].tolist() if name != OTHER]
    coloured = dict(zip(frequent, COLOURS, strict=False))
    rest = np.flatnonzero(~np.isin(genres, list(coloured)))
    if len(rest):
        yield OTHER, MUTED, rest
    for name, colour in coloured.items():
        yield name, colour, np.flatnonzero(np.asarray(genres) == name)
