"""The look, the files, and what happens where matplotlib is missing."""

import re
import subprocess
import sys
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from ml.plots import canvas
from ml.plots.canvas import COLOURS, MARKERS, PlotError, as_png, as_svg, name_line_ends, new_plot, spread
from tests.ml.cli.runner import ENVIRONMENT, ROOT


def drawn(title: str = "A title"):
    figure, axes = new_plot(title, "and what it is of")
    axes.plot([1, 2, 3], [2.0, 1.0, 0.5])
    return figure


def test_equal_plots_are_equal_files() -> None:
    assert as_svg(drawn()) == as_svg(drawn())
    assert as_png(drawn()) == as_png(drawn())
    assert as_svg(drawn()) != as_svg(drawn("Another"))


def test_a_png_is_opaque_and_light_so_that_it_reads_on_dark_pages() -> None:
    with Image.open(BytesIO(as_png(drawn()))) as image:
        assert image.info.get("transparency") is None
        assert min(image.convert("RGB").getpixel((2, 2))) > 240


def test_the_heading_stands_above_the_plot() -> None:
    figure = drawn()
    figure.draw_without_rendering()

    heights = [text.get_window_extent().y0 for text in figure.texts]

    assert min(heights) > figure.axes[0].bbox.y1


def contrast(one: str, other: str) -> float:
    """WCAG 2.2."""

    def luminance(colour: str) -> float:
        shares = np.array([int(part, 16) / 255 for part in re.findall("..", colour[1:])])
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_can_be_read_on_the_card() -> None:
    assert contrast(canvas.INK, canvas.CARD) > 12
    assert contrast(canvas.MUTED, canvas.CARD) > 4.5


def test_every_line_has_a_colour_and_a_marker_of_its_own() -> None:
    assert len(set(COLOURS)) == len(COLOURS) == len(set(MARKERS)) == len(MARKERS)


def test_names_of_lines_that_end_together_do_not_overlap() -> None:
    figure, axes = new_plot("Ends", "of four lines")
    ends = [(3, 1.0), (3, 1.001), (3, 1.002), (3, 2.0)]
    for x, y in ends:
        axes.plot([1, x], [0, y])
    name_line_ends(axes, ["first", "second", "third", "fourth"], ends)
    figure.draw_without_rendering()

    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)

    assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


@pytest.mark.parametrize("heights", [[1.0, 1.0, 1.0], [3.0, 1.0, 2.0], [0.0, 0.1, 9.0], [5.0]])
def test_spread_keeps_the_order_and_the_gap(heights: list[float]) -> None:
    placed = spread(np.array(heights), gap=0.5)

    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) >= 0.5 - 1e-12).all()
    assert placed.mean() == pytest.approx(np.mean(heights))


def test_what_is_apart_already_stays() -> None:
    assert spread(np.array([3.0, 1.0, 2.0]), gap=0.5).tolist() == [3.0, 1.0, 2.0]


def test_without_matplotlib_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(PlotError, match="Plots need matplotlib, which is not installed here"):
        new_plot("A title", "never drawn")


def test_nobody_imports_matplotlib_before_drawing() -> None:
    """Every module of plots and the commands in a process of their own; matplotlib is for development alone."""
    modules = "ml.cli.main, ml.plots.canvas, ml.plots.curves, ml.plots.calibration, ml.plots.film_map, ml.study.figures"
    code = f"import sys, {modules}; sys.exit('matplotlib' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, check=False).returncode == 0
    )
