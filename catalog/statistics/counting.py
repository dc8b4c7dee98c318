"""Counting all ratings by SQL over sets: what Python holds grows with months and data sets, never with reviewers.

Ratings are tallied into small temporary tables. PostgreSQL groups them by hashing. SQLite would sort them all, in
memory, for each grouping; there every row is counted up in the tally as it comes by, which takes a third of the time
and no room.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalog.models import DataSet, Movie
from catalog.models.movies import HALF_STARS
from catalog.statistics.figures import LONGEST_LIST, Figures, Group, Month, Title, greatest, in_buckets

Scope = int | None
"""The id of a data set; None for everything together, ratings of people of this site with it."""


@dataclass(frozen=True)
class _Tally:
    """A temporary table of how many rows of `source` (n), and what sum of `value` (total), there are for each of its
    keys: names with the type and the expression of each.
    """

    table: str
    keys: dict[str, tuple[str, str]]
    source: str
    value: str = "0"

    @contextmanager
    def filled(self, cursor: CursorWrapper) -> Iterator[None]:
        """The table is there as long as the context lasts."""
        for statement in self._in_sqlite() if connection.vendor == "sqlite" else self._in_postgresql():
            cursor.execute(statement)
        try:
            yield
        finally:
            cursor.execute(f"DROP TABLE {self.table}")

    def rows(self, cursor: CursorWrapper) -> list[tuple[Any, ...]]:
        """The keys, of which the first is a data set or None, and n."""
        cursor.execute(f"SELECT {', '.join(self.keys)}, n FROM {self.table}")  # noqa: S608 - our own names
        return [(row[0] or None, *row[1:]) for row in cursor.fetchall()]

    def _in_sqlite(self) -> Iterator[str]:
        typed = ", ".join(f"{name} {kind} NOT NULL" for name, (kind, _) in self.keys.items())
        names = ", ".join(self.keys)
        yield (
            f"CREATE TEMPORARY TABLE {self.table} ({typed}, n INTEGER NOT NULL, total INTEGER NOT NULL,"
            f" PRIMARY KEY ({names})) WITHOUT ROWID"
        )
        yield (
            f"INSERT INTO {self.table} SELECT {self._expressions()}, 1, {self.value} {self.source}"
            f" ON CONFLICT ({names}) DO UPDATE SET n = n + 1, total = total + excluded.total"
        )

    def _in_postgresql(self) -> Iterator[str]:
        expressions = self._expressions()
        yield (
            f"CREATE TEMPORARY TABLE {self.table} AS SELECT {expressions}, COUNT(*) AS n, SUM({self.value}) AS total"
            f" {self.source} GROUP BY {', '.join(str(n) for n in range(1, len(self.keys) + 1))}"
        )

    def _expressions(self) -> str:
        vendor = {"month": _MONTH[connection.vendor]}
        return ", ".join(f"{sql.format(**vendor)} AS {name}" for name, (_, sql) in self.keys.items())


_MONTH = {
    "sqlite": "substr(rating.rated_at, 1, 7)",
    "postgresql": "to_char(rating.rated_at AT TIME ZONE 'UTC', 'YYYY-MM')",
}

_DATA_SET = ("INTEGER", "COALESCE(reviewer.data_set_id, 0)")

# CROSS JOIN makes SQLite go through the ratings in the order in which they lie.
_RATINGS = """
    FROM catalog_rating AS rating CROSS JOIN catalog_reviewer AS reviewer
    WHERE reviewer.id = rating.reviewer_id AND NOT rating.superseded"""

_RATINGS_BY_REVIEWER = """
    FROM (SELECT reviewer_id, COUNT(*) AS ratings FROM catalog_rating WHERE NOT superseded GROUP BY reviewer_id)
         AS rated CROSS JOIN catalog_reviewer AS reviewer
    WHERE reviewer.id = rated.reviewer_id"""

_MONTHS = _Tally(
    "months_of_sets",
    {
        "data_set_id": _DATA_SET,
        "month": ("TEXT", "COALESCE({month}, '')"),
        "half_stars": ("INTEGER", "rating.half_stars"),
    },
    _RATINGS,
)
_REVIEWERS = _Tally(
    "reviewers_of_sets",
    {"data_set_id": _DATA_SET, "ratings": ("INTEGER", "rated.ratings")},
    _RATINGS_BY_REVIEWER,
)
_TITLES = _Tally(
    "titles_of_sets",
    {"data_set_id": _DATA_SET, "movie_id": ("INTEGER", "rating.movie_id")},
    _RATINGS,
    value="rating.half_stars",
)

_RATED_OF_ALL = """
    SELECT id AS movie_id, rating_count AS n, half_star_sum AS total
    FROM catalog_movie WHERE rating_count > 0 AND merged_into_id IS NULL"""

_RATED_OF_SET = "SELECT movie_id, n, total FROM titles_of_sets WHERE data_set_id = %s"

_TITLE_COUNTS = "SELECT n, COUNT(*) FROM ({rated}) AS rated GROUP BY n"

_MOST_RATED = f"""
    SELECT movie.id, movie.title, movie.year, rated.n, rated.total
    FROM ({{rated}}) AS rated JOIN catalog_movie AS movie ON movie.id = rated.movie_id
    ORDER BY rated.n DESC, movie.id LIMIT {LONGEST_LIST}"""  # noqa: S608

_DECADES = """
    SELECT movie.year / 10 * 10, COUNT(*), SUM(rated.n), SUM(rated.total)
    FROM ({rated}) AS rated JOIN catalog_movie AS movie ON movie.id = rated.movie_id
    GROUP BY 1"""

_GENRES = """
    SELECT genre.name, COUNT(*), SUM(rated.n), SUM(rated.total)
    FROM ({rated}) AS rated
    JOIN catalog_movie_genres AS link ON link.movie_id = rated.movie_id
    JOIN catalog_genre AS genre ON genre.id = link.genre_id
    GROUP BY genre.id, genre.name"""


@dataclass
class _Counts:
    """What the tallies say of one scope."""

    stars: Counter[int] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    month_sums: Counter[str] = field(default_factory=Counter)
    reviewers: Counter[int] = field(default_factory=Counter)
    """How many reviewers have n ratings, by n."""


def count_all(*, each_data_set: bool) -> dict[Scope, Figures]:
    """Figures of everything, and if wanted of each data set that has ratings; nothing at all without ratings.

    For figures that agree with each other, call it inside `one_moment`.
    """
    with connection.cursor() as cursor:
        if not each_data_set:
            return _count_all(cursor, each_data_set=False)
        with _TITLES.filled(cursor):
            return _count_all(cursor, each_data_set=True)


def _count_all(cursor: CursorWrapper, *, each_data_set: bool) -> dict[Scope, Figures]:
    counts = _counts_by_set(cursor)
    data_sets = {data_set.pk: data_set for data_set in DataSet.objects.all() if data_set.pk in counts}
    if not counts:
        return {}
    everything = _figures(cursor, None, _together(counts.values()))
    everything.unrated_titles = Movie.objects.current().filter(rating_count=0).count()
    everything.made_ratings = sum(counts[pk].stars.total() for pk, each in data_sets.items() if each.is_made)
    found: dict[Scope, Figures] = {None: everything}
    for pk, data_set in data_sets.items() if each_data_set else ():
        found[pk] = _figures(cursor, pk, counts[pk])
        found[pk].made_ratings = found[pk].ratings if data_set.is_made else 0
    for figures in found.values():
        figures.data_sets = [(pk, data_set.name) for pk, data_set in data_sets.items() if pk in found]
    return found


def _counts_by_set(cursor: CursorWrapper) -> dict[Scope, _Counts]:
    """By data set; ratings of people of this site stand under None."""
    counts: dict[Scope, _Counts] = defaultdict(_Counts)
    with _MONTHS.filled(cursor):
        for data_set_id, month, half_stars, n in _MONTHS.rows(cursor):
            counts[data_set_id].stars[half_stars] += n
            if month:
                counts[data_set_id].months[month] += n
                counts[data_set_id].month_sums[month] += n * half_stars
    with _REVIEWERS.filled(cursor):
        for data_set_id, ratings, reviewers in _REVIEWERS.rows(cursor):
            counts[data_set_id].reviewers[ratings] = reviewers
    return dict(counts)


def _together(parts: Iterable[_Counts]) -> _Counts:
    total = _Counts()
    for part in parts:
        total.stars += part.stars
        total.months += part.months
        total.month_sums += part.month_sums
        total.reviewers += part.reviewers
    return total


def _figures(cursor: CursorWrapper, scope: Scope, counts: _Counts) -> Figures:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        rated, params = (_RATED_OF_ALL, []) if scope is None else (_RATED_OF_SET, [scope])
        cursor.execute(sql.format(rated=rated), params)
        return cursor.fetchall()

    titles = {n: int(count) for n, count in rows(_TITLE_COUNTS)}
    return Figures(
        stars=[counts.stars[half_stars] for half_stars in HALF_STARS],
        months=[Month(month, n, counts.month_sums[month]) for month, n in sorted(counts.months.items())],
        reviewers=in_buckets(counts.reviewers),
        busiest=greatest(counts.reviewers),
        titles=in_buckets(titles),
        most_rated=[Title(*row) for row in rows(_MOST_RATED)],
        decades=sorted(_groups(rows(_DECADES)), key=lambda group: (group.name is None, group.name or 0)),
        genres=sorted(_groups(rows(_GENRES)), key=lambda group: (-group.ratings, group.name)),
    )


def _groups(rows: list[tuple[Any, ...]]) -> list[Group]:
    return [Group(name, titles, int(ratings), int(total)) for name, titles, ratings, total in rows]
