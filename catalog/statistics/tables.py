"""The figures as tables: the same for the page, for CSV files and for the command line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalog.models.movies import HALF_STARS
from catalog.statistics import words
from catalog.statistics.figures import Bucket, Figures, Group

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Column:
    """`name` heads it in a file, `label` on a page, where `words` writes its values."""

    name: str
    label: str
    words: Callable[[Any], str] = words.whole
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """A row is as long as `columns`. `movie_ids`, if any, says which film each row is of."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    movie_ids: tuple[int, ...] = ()

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def safe_rows(self) -> Iterator[list[Any]]:
        """Rows for a file that a spreadsheet may open: no text in them is taken for a formula."""
        for row in self.rows:
            yield [safe_cell(value) for value in row]

    def write_csv(self, out: "Writable") -> None:
        writer = csv.writer(out)
        writer.writerow(self.names)
        writer.writerows(self.safe_rows())


class Writable(Protocol):
    def write(self, text: str, /) -> Any: ...


def safe_cell(value: Any) -> Any:
    """Text that would start a formula gets an apostrophe before it; nothing stays nothing."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip(" ").startswith(_DANGEROUS):
        return f"'{value}"
    return value


_RATINGS = Column("ratings", "Ratings")
_SHARE = Column("share_percent", "Share", lambda value: words.percent(value / 100))
_MEAN = Column("mean_stars", "Mean stars", words.stars)
_FILMS = Column("films", "Films")
_PLACE = Column("place", "Place")


def _text(name: str, label: str, how: Callable[[Any], str] = str) -> Column:
    return Column(name, label, how, is_number=False)


def overview(figures: Figures) -> Table:
    rows: list[tuple[Any, ...]] = [
        ("ratings", figures.ratings),
        ("reviewers", figures.reviewer_count),
        ("films with ratings", figures.title_count),
        ("mean stars", round(figures.mean, 4)),
        ("median stars", figures.median),
        ("standard deviation of stars", round(figures.deviation, 4)),
        ("share of filled pairs, percent", _in_percent(figures.filled_share)),
        ("ratings per reviewer", round(figures.ratings / figures.reviewer_count, 4)),
        ("ratings per film", round(figures.ratings / figures.title_count, 4)),
        ("ratings without a date", figures.undated),
        ("ratings made by a program", figures.made_ratings),
    ]
    if figures.unrated_titles is not None:
        rows.insert(3, ("films without ratings", figures.unrated_titles))
    columns = (_text("figure", "Figure"), Column("value", "Value", lambda value: f"{value:,}"))
    return Table("overview", "In short", columns, rows)


def stars(figures: Figures) -> Table:
    counts = list(zip(HALF_STARS, figures.stars, strict=True))
    if not any(count for half_stars, count in counts if half_stars % 2):
        counts = [(half_stars, count) for half_stars, count in counts if half_stars % 2 == 0]
    rows = [(half_stars / 2, count, _in_percent(count / figures.ratings)) for half_stars, count in counts]
    columns = (_text("stars", "Stars", words.stars_in_words), _RATINGS, _SHARE)
    return Table("stars", "How many stars people give", columns, rows)


def months(figures: Figures) -> Table:
    rows = [(month.month, month.ratings, _mean(month.half_stars, month.ratings)) for month in figures.months]
    columns = (_text("month", "Month", words.month), _RATINGS, _MEAN)
    return Table("months", "Ratings per month", columns, rows)


def reviewers(figures: Figures) -> Table:
    title = "How many ratings reviewers give"
    return _buckets("reviewers", title, "Reviewers", figures.reviewers, figures)


def titles(figures: Figures) -> Table:
    return _buckets("films", "How many ratings films get", "Films", figures.titles, figures)


def busiest(figures: Figures) -> Table:
    rows = [
        (place, "a reviewer", n, _in_percent(n / figures.ratings))
        for place, n in enumerate(figures.busiest, 1)
    ]
    return Table("busiest", "The busiest reviewers", (_PLACE, _text("who", "Who"), _RATINGS, _SHARE), rows)


def most_rated(figures: Figures) -> Table:
    rows = [
        (place, title.title, title.year, title.ratings, _mean(title.half_stars, title.ratings))
        for place, title in enumerate(figures.most_rated, 1)
    ]
    year = Column("year", "Year", lambda value: "" if value is None else str(value))
    columns = (_PLACE, _text("film", "Film"), year, _RATINGS, _MEAN)
    ids = tuple(title.movie_id for title in figures.most_rated)
    return Table("most-rated", "The most rated films", columns, rows, ids)


def decades(figures: Figures) -> Table:
    columns = (_text("decade", "Decade", words.decade), _FILMS, _RATINGS, _MEAN)
    return Table("decades", "From which decades", columns, _groups(figures.decades))


def genres(figures: Figures) -> Table:
    return Table(
        "genres",
        "Of which genres",
        (_text("genre", "Genre"), _FILMS, _RATINGS, _MEAN),
        _groups(figures.genres),
    )


TABLES: dict[str, Callable[[Figures], Table]] = {
    "overview": overview,
    "stars": stars,
    "months": months,
    "reviewers": reviewers,
    "films": titles,
    "busiest": busiest,
    "most-rated": most_rated,
    "decades": decades,
    "genres": genres,
}
"""Every table by its name: in addresses, as files, on the command line."""


def _buckets(name: str, title: str, who: str, buckets: Sequence[Bucket], figures: Figures) -> Table:
    everybody = sum(bucket.members for bucket in buckets)
    rows = [
        (
            words.span(bucket.first, bucket.last),
            bucket.members,
            _in_percent(bucket.members / everybody),
            bucket.ratings,
            _in_percent(bucket.ratings / figures.ratings),
        )
        for bucket in buckets
    ]
    columns = (
        _text("ratings_each", "Ratings each"),
        Column(who.lower(), who),
        Column(f"{who.lower()}_percent", f"Share of {who.lower()}", _SHARE.words),
        _RATINGS,
        Column("ratings_percent", "Share of ratings", _SHARE.words),
    )
    return Table(name, title, columns, rows)


def _groups(groups: Sequence[Group]) -> list[tuple[Any, ...]]:
    return [
        (group.name, group.titles, group.ratings, _mean(group.half_stars, group.ratings)) for group in groups
    ]


def _mean(half_stars: int, ratings: int) -> float:
    return round(half_stars / ratings / 2, 4)


def _in_percent(share: float) -> float:
    """Of four significant digits."""
    return float(f"{100 * share:.4g}")
