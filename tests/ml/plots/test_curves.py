"""What is drawn is what was given: read back from the axes."""

import pytest

from ml.plots.canvas import PlotError
from ml.plots.curves import draw_by_length, draw_learning_curves

WORDS = {"title": "T", "subtitle": "s"}


def test_a_learning_curve_has_a_point_an_epoch() -> None:
    figure = draw_learning_curves({"train": [3.0, 2.0, 1.5], "validation": [2.5, 2.25, 2.0]}, **WORDS)

    axes = figure.axes[0]
    assert [line.get_xydata().tolist() for line in axes.lines] == [
        [[1, 3.0], [2, 2.0], [3, 1.5]],
        [[1, 2.5], [2, 2.25], [3, 2.0]],
    ]
    assert [text.get_text() for text in axes.texts] == ["train", "validation"]
    assert [text.get_color() for text in axes.texts] == [line.get_color() for line in axes.lines]
    assert axes.get_xticks().tolist() == [1, 2, 3]


def test_one_epoch_is_a_point() -> None:
    figure = draw_learning_curves({"train": [3.0], "validation": []}, **WORDS)

    assert [line.get_xydata().tolist() for line in figure.axes[0].lines] == [[[1, 3.0]]]


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(PlotError, match="no epoch to draw"):
        draw_learning_curves({"train": []}, **WORDS)


def rows(**values: float) -> list[dict]:
    names = {"none": "0", "some": "2-4", "many": "50+"}
    return [{"length": names[name], "rmse": value, "n_ratings": 1200} for name, value in values.items()]


def test_bins_are_in_order_whoever_has_them() -> None:
    figure = draw_by_length(
        {"bias": rows(many=0.9, some=1.0), "history": rows(none=1.1, many=0.8)}, "rmse", **WORDS
    )

    axes = figure.axes[0]
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[1, 1.0], [2, 0.9]], [[0, 1.1], [2, 0.8]]]
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["0\n(1,200)", "2–4\n(1,200)", "50+\n(1,200)"]


def test_ranking_bins_hold_people() -> None:
    bins = [{"length": "1", "n_ratings": 5, "n_people": 3, "ndcg_at_10": 0.2}]
    axes = draw_by_length({"history": bins}, "ndcg_at_10", **WORDS).axes[0]

    assert axes.get_xticklabels()[0].get_text() == "1\n(3)"
    assert "people" in axes.get_xlabel()
    assert axes.get_ylabel() == "nDCG@10"


def test_a_metric_that_nobody_has_is_said() -> None:
    with pytest.raises(PlotError, match="No model has recall_at_20 by length"):
        draw_by_length({"bias": rows(some=1.0)}, "recall_at_20", **WORDS)


def test_more_models_than_colours_are_refused() -> None:
    with pytest.raises(PlotError, match="8 lines cannot be told apart; choose at most 7"):
        draw_by_length({f"model {number}": rows(some=1.0) for number in range(8)}, "rmse", **WORDS)
