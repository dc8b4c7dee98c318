"""The parts of the data page: a table, what it says in a sentence or two, and its drawing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.models import Movie
from catalog.statistics import charts, insights, words
from catalog.statistics.charts import Chart
from catalog.statistics.comparisons import Comparison
from catalog.statistics.figures import Figures
from catalog.statistics.tables import TABLES, Table


@dataclass(frozen=True)
class Section:
    table: Table
    sentences: list[str]
    chart: Chart | Comparison | None

    def cells(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of the table as they are shown; the name of a film leads to it."""
        for n, row in enumerate(self.table.rows):
            cells = [
                {"words": column.words(value), "is_number": column.is_number}
                for column, value in zip(self.table.columns, row, strict=True)
            ]
            if self.table.movie_ids:
                cells[1]["url"] = Movie(pk=self.table.movie_ids[n], title=row[1]).get_absolute_url()
            yield cells


@dataclass(frozen=True)
class KeyFigure:
    name: str
    value: str
    note: str = ""


_CHARTS: dict[str, Callable[[Figures, Table], Chart | None]] = {
    "stars": charts.stars,
    "months": charts.months,
    "reviewers": charts.buckets,
    "films": charts.buckets,
    "busiest": charts.busiest,
    "most-rated": charts.most_rated,
    "decades": charts.decades,
    "genres": charts.genres,
}
_SENTENCES: dict[str, Callable[[Figures], list[str]]] = {
    "stars": insights.stars,
    "months": insights.months,
    "reviewers": insights.reviewers,
    "films": insights.titles,
    "busiest": insights.busiest,
    "most-rated": insights.most_rated,
    "decades": insights.decades,
    "genres": insights.genres,
}


def sections(figures: Figures) -> list[Section]:
    """In the order of the page, without those that have nothing to show."""
    found = []
    for name, draw in _CHARTS.items():
        table = TABLES[name](figures)
        if table.rows:
            found.append(Section(table, _SENTENCES[name](figures), draw(figures, table)))
    return found


def key_figures(figures: Figures) -> list[KeyFigure]:
    """What stands above all drawings."""
    pairs = 1 / figures.filled_share
    films = KeyFigure("Films with ratings", words.whole(figures.title_count))
    if figures.unrated_titles:
        films = KeyFigure(films.name, films.value, f"and {words.whole(figures.unrated_titles)} without")
    return [
        KeyFigure("Ratings", words.whole(figures.ratings)),
        KeyFigure("Reviewers", words.whole(figures.reviewer_count), _each(figures.reviewer_count, figures)),
        films,
        KeyFigure("Mean", words.stars(figures.mean), f"of 5 stars; the median is {figures.median:g}"),
        KeyFigure(
            "Pairs rated",
            words.percent(figures.filled_share),
            f"one in {words.whole(round(pairs))} pairs of a reviewer and a film",
        ),
    ]


def _each(members: int, figures: Figures) -> str:
    return f"{figures.ratings / members:.2f} ratings each, on average"


def made_note(figures: Figures) -> str:
    """Says so if a program made ratings that are counted here; nothing otherwise."""
    if not figures.made_ratings:
        return ""
    if figures.made_ratings == figures.ratings:
        return "All of these ratings are made by a program, so that there is something to see."
    return (
        f"{words.whole(figures.made_ratings)} of these {words.whole(figures.ratings)} ratings are made by a program,"
        " so that there is something to see."
    )
