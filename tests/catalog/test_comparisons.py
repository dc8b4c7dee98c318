"""Drawings of two things beside each other."""

import pytest

from catalog.statistics.charts import PLOT_HEIGHT, PLOT_TOP
from catalog.statistics.comparisons import differences, pairs


def drawn(*values):
    names = [str(n) for n in range(len(values))]
    return pairs("Two.", ("You", "Everyone"), names, values, names, words=lambda value: f"{value:g}")


def test_the_columns_of_a_pair_stand_beside_each_other_in_proportion():
    [first, second] = drawn((1.0, 2.0), (0.5, None)).pairs
    assert first.mine.height == first.theirs.height / 2 == second.mine.height * 2
    assert second.theirs is None
    base = PLOT_TOP + PLOT_HEIGHT
    assert all(c.y + c.height == pytest.approx(base) for c in (first.mine, first.theirs, second.mine))
    lefts = [float(column.x[:-1]) for column in (first.mine, first.theirs, second.mine)]
    assert lefts == sorted(lefts)
    assert float(first.theirs.x[:-1]) + float(first.theirs.width[:-1]) < lefts[2]


@pytest.mark.parametrize(
    ("highest", "labels"),
    [(1.75, ["0.5", "1", "1.5", "2"]), (0.04, ["0.05"]), (48.0, ["20", "40", "60"]), (0.0, ["0.05"])],
)
def test_a_few_round_lines_hold_the_highest_column(highest, labels):
    chart = drawn((highest, 0.0))
    assert [line.label for line in chart.lines] == labels
    assert chart.pairs[0].theirs.height == 0
    assert all(float(line.place) >= PLOT_TOP for line in chart.lines)


def test_nothing_to_compare_is_still_a_drawing():
    assert drawn((None, None)).pairs[0].mine is None
    assert drawn().pairs == []


def test_bars_grow_from_the_middle_to_the_side_they_are_of():
    more, less, none = differences("Bars.", ["a", "b", "c"], [1.0, -0.5, 0.0], ["+1.0", "−0.5", "0.0"]).bars
    assert (more.x, more.width) == ("50%", "50%")
    assert (less.x, less.width) == ("25%", "25%")
    assert (none.x, none.width) == ("50%", "0.4%")
    assert [bar.is_more for bar in (more, less, none)] == [True, False, True]
    assert differences("None.", [], [], []).height == 0
