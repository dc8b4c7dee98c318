"""The report of bad lines and the counting of repeats."""

import csv

import pytest

from catalog.importing.repeats import BUFFERED, PairCounter
from catalog.importing.report import BadLineReport, defused
from catalog.importing.rows import BadLine, BadLineKind


def test_the_report_names_every_bad_line(tmp_path):
    report = BadLineReport(tmp_path / "reports" / "import-1.csv")
    report.add("reviews.json", 3, BadLine(BadLineKind.BAD_STARS, "overall is 7"))
    report.add("reviews.json", 9, BadLine(BadLineKind.NOT_JSON, '=HYPERLINK("x"),\n"y"'))
    report.close()
    with report.path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "line", "kind", "detail"],
            ["reviews.json", "3", "stars outside the scale", "overall is 7"],
            ["reviews.json", "9", "not JSON", '\'=HYPERLINK("x"), "y"'],
        ]
    assert report.counts == {"stars outside the scale": 1, "not JSON": 1}


def test_without_bad_lines_there_is_no_report(tmp_path):
    report = BadLineReport(tmp_path / "import-1.csv")
    report.close()
    assert not report.path.exists()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\x00=1"])
def test_no_cell_is_a_formula(cell):
    assert defused(cell).startswith("'")
    assert defused("overall is -1") == "overall is -1"


def test_pairs_that_come_more_than_once_are_counted_across_buffers(tmp_path):
    with PairCounter(tmp_path) as pairs:
        pairs.add([("a", "x"), ("a", "y"), ("b", "x")])
        assert pairs.repeats() == (0, 0)
    with PairCounter(tmp_path) as pairs:
        for _ in range(3):
            pairs.add((str(n), "x") for n in range(BUFFERED // 2 + 7))
        pairs.add([("only", "once")])
        assert pairs.repeats() == (BUFFERED // 2 + 7, BUFFERED + 14)
    with PairCounter(tmp_path) as pairs:
        assert pairs.repeats() == (0, 0)
    assert list(tmp_path.iterdir()) == []
