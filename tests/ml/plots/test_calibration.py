import pytest

from ml.plots.calibration import draw_calibration
from ml.plots.canvas import PlotError

WORDS = {"title": "T", "subtitle": "s"}
GROUPS = {"predicted": [2.0, 3.5], "actual": [2.25, 3.25], "interval": None}
SURE = {"predicted": [1.5, 4.0], "actual": [1.75, 4.5], "interval": {"wanted": 0.8, "coverage": 0.7912}}


def test_draws_the_groups_over_the_diagonal() -> None:
    axes = draw_calibration({"bias": GROUPS, "history": SURE}, **WORDS).axes[0]

    diagonal, bias, history = (line.get_xydata().tolist() for line in axes.lines)
    assert [x == y for x, y in diagonal] == [True, True]
    assert bias == [[2.0, 2.25], [3.5, 3.25]]
    assert history == [[1.5, 1.75], [4.0, 4.5]]
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((1.4, 4.6))


def test_intervals_are_told_where_a_model_has_them() -> None:
    axes = draw_calibration({"bias": GROUPS, "history": SURE}, **WORDS).axes[0]

    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named == ["as predicted", "bias", "history (80% intervals hold 79.1%)"]


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(PlotError, match="No model has predicted stars"):
        draw_calibration({"popularity": {"predicted": [], "actual": []}}, **WORDS)


def test_more_models_than_colours_are_refused() -> None:
    with pytest.raises(PlotError, match="8 lines cannot be told apart"):
        draw_calibration({f"model {number}": GROUPS for number in range(8)}, **WORDS)
