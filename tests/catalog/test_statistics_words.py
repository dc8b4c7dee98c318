"""What stands on the data page besides sums: sentences, numbers in words, safe cells, and where drawings draw."""

import io
import re

import pytest

from catalog.statistics import charts, insights, words
from catalog.statistics.figures import Bucket, Figures, Group, Month, Title
from catalog.statistics.sections import key_figures, made_note, sections
from catalog.statistics.tables import TABLES, safe_cell


def figures(**changes) -> Figures:
    """100 ratings by 40 reviewers of 10 films, 80 of them five stars."""
    common = {
        "stars": [0, 5, 0, 5, 0, 0, 0, 10, 0, 80],
        "months": [Month("2017-12", 10, 90), Month("2018-01", 30, 240), Month("2018-03", 60, 500)],
        "reviewers": [Bucket(1, 1, 30, 30), Bucket(2, 2, 0, 0), Bucket(3, 5, 9, 30), Bucket(11, 50, 1, 40)],
        "busiest": [40, 5, 5],
        "titles": [Bucket(1, 1, 5, 5), Bucket(11, 50, 5, 95)],
        "most_rated": [Title(7, "Alien", 1979, 50, 450), Title(8, "Carol", None, 45, 400)],
        "decades": [Group(1970, 1, 50, 450), Group(1980, 2, 49, 400), Group(1990, 1, 1, 10)],
        "genres": [Group("Drama", 3, 60, 480), Group("Science Fiction", 2, 40, 380)],
    }
    return Figures(**{**common, **changes})


def said(name: str, **changes) -> list[str]:
    tell = {"films": insights.titles, "most-rated": insights.most_rated}.get(name) or getattr(insights, name)
    return [sentence.replace(words.NBSP, " ") for sentence in tell(figures(**changes))]


def test_sentences_say_what_the_figures_are():
    assert said("stars") == [
        "80 % of all ratings are 5 stars.",
        "Whoever always guesses 5 stars is wrong by 0.45 stars on average: what a prediction has to beat.",
    ]
    assert said("months") == [
        "The busiest month was March 2018, with 60 ratings.",
        "Half of the ratings are from March 2018 or later.",
    ]
    assert said("reviewers") == [
        "75 % of all reviewers have rated one film only.",
        "The 2.5 % with more than 10 ratings hold 40 % of all ratings.",
    ]
    assert said("films") == [
        "50 % of all films have a single rating.",
        "The 50 % with more than 10 ratings hold 95 % of all ratings.",
    ]
    assert said("busiest") == [
        "The busiest reviewer rated 40 films.",
        "The 3 busiest together gave 50 % of all ratings.",
    ]
    assert said("most-rated") == ["Alien has 50 ratings.", "The 2 films here hold 95 % of all ratings."]
    assert said("genres") == [
        "Science Fiction is liked best, with 4.75 stars on average, Drama least, with 4.00."
    ]


def test_sentences_follow_the_figures():
    assert said("months", months=[]) == ["100 ratings without a date cannot be shown here."]
    assert said("months", months=[Month("2018-01", 99, 9)]) == [
        "The busiest month was January 2018, with 99 ratings.",
        "1 rating without a date cannot be shown here.",
    ]
    assert said("reviewers", reviewers=[Bucket(1, 1, 100, 100)]) == [
        "100 % of all reviewers have rated one film only."
    ]
    assert said("busiest", busiest=[1]) == ["The busiest reviewer rated 1 film."]
    assert said("most-rated", most_rated=[]) == []
    assert said("stars", stars=[7] + [0] * 9)[0] == "100 % of all ratings are half a star."


def test_what_few_rated_is_neither_best_nor_least():
    few = [Group(1930, 1, 0, 0), Group(1970, 1, 60, 400), Group(None, 3, 40, 400)]
    assert said("decades", decades=few) == ["Of the films of 40 % of all ratings no year is known."]
    alike = [Group("Drama", 1, 50, 400), Group("War", 1, 50, 400)]
    assert said("genres", genres=alike) == []


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.9999, "99.9 %"),
        (0.614, "61 %"),
        (0.0999, "10.0 %"),
        (0.0312, "3.1 %"),
        (0.000045, "0.0045 %"),
    ],
)
def test_shares_have_two_figures_and_are_all_or_nothing_only_if_they_are(share, text):
    assert words.percent(share).replace(words.NBSP, " ") == text


def test_numbers_in_words():
    assert words.counted(1, "film").replace(words.NBSP, " ") == "1 film"
    assert words.counted(2_000, "film").replace(words.NBSP, " ") == "2,000 films"
    assert [words.compact(n) for n in (50, 2_500, 20_000, 1_500_000)] == ["50", "2,500", "20k", "1.5M"]
    assert [words.span(*b) for b in ((1, 1), (3, 5), (1_001, None))] == ["1", "3–5", "1,001 and more"]
    assert words.month("2018-01").replace(words.NBSP, " ") == "January 2018"
    assert words.decade(None) == "unknown"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_cells_that_a_spreadsheet_would_run_are_text(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Alien", "8½", "2001: A Space Odyssey", 3, 0.5, -1, "a reviewer"])
def test_other_cells_stay_as_they_are(value):
    assert safe_cell(value) == value


def test_every_table_can_be_written_however_little_there_is():
    least = figures(months=[], most_rated=[], decades=[], genres=[])
    for make in TABLES.values():
        out = io.StringIO()
        table = make(least)
        table.write_csv(out)
        assert out.getvalue().splitlines()[0] == ",".join(table.names)
    assert [s.table.name for s in sections(least)] == ["stars", "reviewers", "films", "busiest"]


def test_made_ratings_are_told_with_their_share():
    assert made_note(figures()) == ""
    assert made_note(figures(made_ratings=30)).startswith("30 of these 100 ratings are made by a program")
    assert made_note(figures(made_ratings=100)).startswith("All of these ratings")


def test_key_figures():
    found = {figure.name: (figure.value, figure.note) for figure in key_figures(figures(unrated_titles=3))}
    assert found["Films with ratings"] == ("10", "and 3 without")
    assert found["Mean"] == ("4.55", "of 5 stars; the median is 5")
    assert found["Pairs rated"][0].replace(words.NBSP, " ") == "25 %"


def drawing(name: str, **changes):
    return next(s.chart for s in sections(figures(**changes)) if s.table.name == name)


def test_columns_are_as_high_as_their_counts():
    columns = drawing("stars").columns
    assert [c.height for c in columns] == pytest.approx([190 * n / 80 for n in (5, 5, 0, 10, 80)], abs=0.06)
    assert [c.y + c.height for c in columns] == [drawing("stars").base] * 5
    assert [c.label for c in columns] == ["1", "2", "3", "4", "5"]


def test_what_is_there_can_be_seen_however_little_it_is():
    columns = drawing("stars", stars=[0, 1, 0, 0, 0, 0, 0, 0, 0, 1_000_000]).columns
    assert [c.height > 0 for c in columns] == [True, False, False, False, True]
    bars = drawing("genres", genres=[Group("Drama", 1, 9_000_000, 9), Group("War", 1, 1, 1)]).bars
    assert bars[1].width == "0.4%"


def test_many_columns_have_lines_beside_them_instead_of_numbers():
    chart = drawing("busiest", busiest=list(range(959, 939, -1)))
    assert [line.label for line in chart.lines] == ["500", "1,000"]
    assert {column.value for column in chart.columns} == {""}
    assert [c.label for c in chart.columns if c.label] == ["1", "5", "10", "15", "20"]
    last = chart.columns[-1]
    assert float(last.x[:-1]) + float(last.width[:-1]) < 90


def test_months_without_ratings_are_drawn_as_such():
    chart = drawing("months")
    assert chart.span == 4
    heights = [float(y) for y in re.findall(r"V([\d.]+)", chart.edge)]
    assert heights == [833.3, 500, 1000, 0, 1000]  # of 60: 10, 30, none, 60, and down again
    assert [line.label for line in chart.lines] == ["20", "40", "60"]


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2018-05", "2018-05", ["May 2018"]),
        ("2018-01", "2018-10", ["Jan 2018", "Jul 2018"]),
        ("1999-12", "2018-10", ["2000", "2005", "2010", "2015"]),
        ("1911-01", "2026-11", ["1950", "2000"]),
        ("0001-01", "9999-12", ["2000", "4000", "6000", "8000"]),
    ],
)
def test_time_is_told_in_few_words(first, last, labels):
    months = [Month(first, 50, 400)] + ([Month(last, 50, 400)] if last != first else [])
    ticks = drawing("months", months=months).ticks
    assert [tick.label for tick in ticks] == labels


@pytest.mark.parametrize(
    "highest", [1, 2, 3, 4, 5, 7, 19, 40, 41, 99, 100, 101, 959, 21_458, 123_456, 8_765_568]
)
def test_lines_are_few_and_round_and_above_everything(highest):
    lines, top = charts._lines(highest, 190)
    assert 1 <= len(lines) <= 5
    assert highest <= top <= max(2.5 * highest, 4)
    assert lines[-1].place == f"{charts.PLOT_TOP:.1f}"
