"""Which of many conditions on films the database should begin with.

Neither planner can know that "t" is in most titles, or how few films are both of a genre and of a decade. So each
condition is counted first, up to a bound: if one holds for few films, these are fetched and looked at; if all hold
for many, the films are walked through in the order asked for, and the first that fit are soon found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from catalog.search_words import NAMES, TITLES, Source

FEW = 1_500
"""Films that fulfil the one condition of a search, beyond which a walk finds a page sooner than fetching them all."""

FEW_OF_SEVERAL = 4_000
"""The same where a second condition may make the walk longer."""

FEW_OF_FILTERS = 10_000
"""The same for a genre or a decade, which may be rare among what most people rated: that makes the walk long."""

FEW_LOOKS = 300
"""Films up to which it is cheaper to read the names of each one's people than to read all people with a word first."""

ROWS_FOR_A_LOOK = 8
"""So many ids are read from an index while one film and its people are looked at."""

LETTERS_OF_SOME = 2
"""Of a word that few enough people have to read them all before a walk; with fewer most films are soon seen to fit."""

LETTERS_OF_BOTH = 3
"""Of two words side by side that are both read from the index; of fewer there are too many."""

AFTER_ALL = "\U0010ffff"
"""Sorts behind every letter."""

T = TypeVar("T", bound=QuerySet[Any])

Ways = Sequence[tuple[str, ...]]
"""For each word, the ways to write it of which one must be there; as typed comes first."""


@dataclass(frozen=True)
class Condition:
    """What a film must fulfil, said twice. `rows`: SQL for the ids of movies that do, perhaps some twice, quick to
    begin; `check`: SQL that looks at a row of catalog_movie. `sweep`, where there is one: a check that is slower to
    begin, and quicker for each of many rows.
    """

    rows: str
    params: tuple[Any, ...]
    check: str
    check_params: tuple[Any, ...]
    is_of_words: bool = False
    sweep: str = ""
    sweep_params: tuple[Any, ...] = ()
    is_frequent: bool = False
    """Whether so many fulfil it that the first of them are seen before a sweep has begun."""

    @property
    def ids(self) -> RawSQL:
        """The same ids; with words, also of the films that merged movies with them have become a part of."""
        sql = f"SELECT movie_id FROM ({self.rows}) AS found"  # noqa: S608 - our own names; values are parameters
        if self.is_of_words:
            sql = (
                f"WITH found AS (SELECT DISTINCT movie_id FROM ({self.rows}) AS named) "  # noqa: S608 - as above
                "SELECT movie_id FROM found UNION ALL SELECT edition.movie_id FROM found "
                "JOIN catalog_edition AS edition ON edition.home_id = found.movie_id"
            )
        return RawSQL(sql, self.params)  # noqa: S611 - as above

    @property
    def checked(self) -> RawSQL:
        return RawSQL(self.check, self.check_params, output_field=BooleanField())  # noqa: S611 - as above

    @property
    def for_many(self) -> tuple[str, tuple[Any, ...]]:
        """The sweep, or the check where there is none, and its parameters."""
        return (self.sweep, self.sweep_params) if self.sweep else (self.check, self.check_params)

    @property
    def for_walk(self) -> tuple[str, tuple[Any, ...]]:
        """What finds the first of many sooner, and its parameters."""
        return (self.check, self.check_params) if self.is_frequent else self.for_many

    @property
    def swept(self) -> RawSQL:
        return RawSQL(*self.for_many, output_field=BooleanField())  # noqa: S611 - as above


@dataclass(frozen=True)
class Sizes:
    """How many films fulfil each of some conditions, counted up to a bound."""

    sizes: tuple[int, ...]
    bound: int

    @classmethod
    def of(cls, conditions: Sequence[Condition], bound: int | None = None) -> "Sizes":
        """In one query, whatever they are."""
        if bound is None:
            search_bound = FEW if len(conditions) == 1 else FEW_OF_SEVERAL
            bound = search_bound if any(one.is_of_words for one in conditions) else FEW_OF_FILTERS
        if not conditions:
            return cls((), bound)
        counts = " UNION ALL ".join(
            f"SELECT {n} AS place, COUNT(*) FROM"  # noqa: S608 - as above
            f" (SELECT 1 FROM ({condition.rows}) AS named LIMIT {bound + 1}) AS some_{n}"
            for n, condition in enumerate(conditions)
        )
        with connection.cursor() as cursor:
            cursor.execute(counts, [value for condition in conditions for value in condition.params])
            return cls(tuple(size for _, size in sorted(cursor.fetchall())), bound)

    @property
    def smallest(self) -> int | None:
        """The place of the condition that the fewest films fulfil, if they are few."""
        place = min(range(len(self.sizes)), key=lambda n: self.sizes[n], default=None)
        return place if place is not None and self.sizes[place] <= self.bound else None


def fitting(movies: T, conditions: Sequence[Condition], sizes: Sizes) -> T:
    """Those of `movies` that fulfil all conditions; `sizes` are of the same conditions, or bounds of theirs."""
    first = sizes.smallest
    if first is None:
        return movies.filter(_walked(conditions)) if conditions else movies
    most = min(sizes.bound, sizes.sizes[first] * ROWS_FOR_A_LOOK)
    read = [n for n, size in enumerate(sizes.sizes) if n == first or size <= most]
    movies = movies.filter(pk__in=_in_all([conditions[n].ids for n in read]))
    for n, condition in enumerate(conditions):
        if n not in read:
            movies = movies.filter(condition.swept if sizes.sizes[first] > FEW_LOOKS else condition.checked)
    return movies


def _in_all(ids: Sequence[RawSQL]) -> RawSQL:
    sql = " INTERSECT ".join(f"SELECT movie_id FROM ({one.sql}) AS of_{n}" for n, one in enumerate(ids))  # noqa: S608 - as above
    return RawSQL(sql, [value for one in ids for value in one.params])  # noqa: S611 - as above


def _walked(conditions: Sequence[Condition]) -> RawSQL:
    """What a walk looks at, as one thing of which no planner has an opinion: PostgreSQL takes several conditions for
    much rarer than they are, and would fetch and sort all films instead of walking to the first few.
    """
    checks = [condition.for_walk for condition in conditions]
    sql = f"CASE WHEN {' AND '.join(sql for sql, _ in checks)} THEN TRUE ELSE FALSE END"
    params = [value for _, values in checks for value in values]
    return RawSQL(sql, params, output_field=BooleanField())  # noqa: S611 - as above


def beginning(column: str, text: str) -> tuple[str, tuple[str, ...]]:
    """SQL, and its parameters, for a folded `column` that begins with `text`, which an index can answer."""
    if connection.vendor == "sqlite":
        return f"{column} >= %s AND {column} < %s", (text, text + AFTER_ALL)
    return f"{column} LIKE %s", (f"{text}%",)


def begun(source: Source, text: str) -> tuple[str, tuple[str, ...]]:
    """The same for a word of a title or a name, or for two words side by side: both find, or if one is short the
    longer, and then the text is looked at.
    """
    head, _, tail = text.partition(" ")
    if not tail:
        return beginning("word", text)
    sql, params = ("word = %s", (head,)) if len(head) > len(tail) else beginning("word", tail)
    if min(len(head), len(tail)) >= LETTERS_OF_BOTH:
        (sql, params), (also, more) = beginning("word", tail), ("word = %s", (head,))
        # IS TRUE: each is read from the index once, instead of asking one for each of the other.
        sql += f" AND ({source.words}.{source.key} IN (SELECT {source.key} FROM {source.words} WHERE {also})) IS TRUE"  # noqa: S608 - our own names
        params += more
    whole = f"SELECT ' ' || whole.{source.text} FROM {source.table} AS whole"  # noqa: S608 - our own names
    return (
        f"{sql} AND ({whole} WHERE whole.id = {source.words}.{source.key}) LIKE %s",
        (*params, f"% {text}%"),
    )


def word_condition(beginnings: Sequence[str], *, is_in_names: bool = True) -> Condition:
    """A word in the title, or in the name of somebody in the film, begins with one of these folded texts; of a text of
    two words, the second. Where no name has such a word, names need not be read.
    """
    beginnings = without_longer(beginnings)
    if not is_in_names:
        return replace(title_word_condition(beginnings), is_of_words=True)
    parts: list[str] = []
    params: list[str] = []
    for text in beginnings:
        for source, rows in (
            (TITLES, "SELECT movie_id FROM catalog_titleword"),
            (NAMES, f"SELECT credit.movie_id FROM {_credits_of_names()}"),  # noqa: S608 - as above
        ):
            sql, values = begun(source, text)
            parts.append(f"{rows} WHERE {sql}")
            params += values
    in_title, likes = with_word("catalog_movie.folded_title", beginnings)
    in_name, _ = with_word("person.folded_name", beginnings)
    # A scalar subquery: PostgreSQL would answer EXISTS by reading all credits at once.
    check = (
        f"({in_title} OR (SELECT 1 FROM catalog_credit AS credit JOIN catalog_person AS person"  # noqa: S608 - as above
        f" ON person.id = credit.person_id WHERE credit.movie_id = catalog_movie.id AND {in_name} LIMIT 1) = 1)"
    )
    people, named = rows_begun(NAMES, beginnings)
    # IS TRUE: neither planner may go by the people, of whom it would ask for each film anew.
    sweep = (
        f"({in_title} OR (SELECT 1 FROM catalog_credit AS credit WHERE credit.movie_id = catalog_movie.id"  # noqa: S608 - as above
        f" AND (credit.person_id IN ({people})) IS TRUE LIMIT 1) = 1)"
    )
    return Condition(
        " UNION ALL ".join(parts),
        tuple(params),
        check,
        likes + likes,
        is_of_words=True,
        sweep=sweep,
        sweep_params=(*likes, *named),
        is_frequent=any(len(text) < LETTERS_OF_SOME for text in beginnings),
    )


def rows_begun(source: Source, beginnings: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """SQL, and its parameters, for the ids of movies or people a word of which begins so, perhaps some twice."""
    sql, params = zip(*(begun(source, text) for text in beginnings), strict=True)
    rows = " UNION ALL ".join(f"SELECT {source.key} FROM {source.words} WHERE {one}" for one in sql)  # noqa: S608 - as above
    return rows, tuple(value for values in params for value in values)


def with_word(column: str, beginnings: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """SQL, and its parameters, for a folded `column` in which a word begins so, looked at row by row."""
    looks = " OR ".join([f"' ' || {column} LIKE %s"] * len(beginnings))
    return f"({looks})", tuple(f"% {text}%" for text in beginnings)


def without_longer(texts: Sequence[str]) -> tuple[str, ...]:
    """Without those that begin with another one: what begins with these begins with that."""
    return tuple(text for text in texts if not any(text != one and text.startswith(one) for one in texts))


def _credits_of_names() -> str:
    """Credits by the words of names: an index is asked for each person, and no further than somebody reads on.

    PostgreSQL would rather read all credits there are and start helpers for that; it may not look into what has an
    OFFSET. SQLite does as it is told.
    """
    if connection.vendor == "sqlite":
        return (
            "catalog_nameword JOIN catalog_credit AS credit ON credit.person_id = catalog_nameword.person_id"
        )
    return (
        "catalog_nameword CROSS JOIN LATERAL (SELECT of_person.movie_id FROM catalog_credit AS of_person"
        " WHERE of_person.person_id = catalog_nameword.person_id OFFSET 0) AS credit"
    )


def exact_title_condition(titles: Sequence[str]) -> Condition:
    """The folded title is one of these."""
    marks = ", ".join(["%s"] * len(titles))
    rows = f"SELECT id AS movie_id FROM catalog_movie WHERE folded_title IN ({marks})"  # noqa: S608 - as above
    # Not a column alone, as below.
    return Condition(rows, tuple(titles), f"'' || catalog_movie.folded_title IN ({marks})", tuple(titles))


def title_condition(text: str) -> Condition:
    """The title begins with a folded text."""
    sql, params = beginning("folded_title", text)
    # Merged ones, too: what they have become is no part of an index that answers by itself.
    rows = f"SELECT id AS movie_id FROM catalog_movie WHERE {sql}"  # noqa: S608 - as above
    # Not a column alone: SQLite would go by the index of titles where a walk was meant.
    return Condition(rows, params, "'' || catalog_movie.folded_title LIKE %s", (f"{text}%",))


def genre_condition(genre_id: int) -> Condition:
    table = "catalog_movie_genres"
    check = (
        f"(SELECT 1 FROM {table} AS of_movie WHERE of_movie.movie_id = catalog_movie.id"  # noqa: S608 - as above
        " AND of_movie.genre_id = %s LIMIT 1) = 1"
    )
    rows = f"SELECT movie_id FROM {table} WHERE genre_id = %s"  # noqa: S608 - as above
    return Condition(rows, (genre_id,), check, (genre_id,))


def person_condition(*person_ids: int) -> Condition:
    """By one of these people."""
    marks = ", ".join(["%s"] * len(person_ids))
    check = (
        "(SELECT 1 FROM catalog_credit AS credit WHERE credit.movie_id = catalog_movie.id"  # noqa: S608 - as above
        f" AND credit.person_id IN ({marks}) LIMIT 1) = 1"
    )
    rows = f"SELECT movie_id FROM catalog_credit WHERE person_id IN ({marks})"  # noqa: S608 - as above
    return Condition(rows, person_ids, check, person_ids)


def title_word_condition(beginnings: Sequence[str]) -> Condition:
    """A word of the title, not of one of a merged movie, begins with one of these folded texts."""
    beginnings = without_longer(beginnings)
    return Condition(*rows_begun(TITLES, beginnings), *with_word("catalog_movie.folded_title", beginnings))


def either(one: Condition, other: Condition) -> Condition:
    """What fulfils one of two; `one` is looked at first."""
    (sweep, params), (other_sweep, other_params) = one.for_many, other.for_many
    return Condition(
        f"{one.rows} UNION ALL {other.rows}",
        (*one.params, *other.params),
        f"({one.check} OR {other.check})",
        (*one.check_params, *other.check_params),
        is_of_words=one.is_of_words or other.is_of_words,
        sweep=f"({sweep} OR {other_sweep})",
        sweep_params=(*params, *other_params),
        is_frequent=one.is_frequent or other.is_frequent,
    )


def decade_condition(decade: int) -> Condition:
    """`decade`: its first year."""
    return years_condition(decade, decade + 9)


def years_condition(first: int, last: int) -> Condition:
    """Both included."""
    years = (first, last)
    rows = (
        "SELECT id AS movie_id FROM catalog_movie"
        " WHERE merged_into_id IS NULL AND COALESCE(year, 0) BETWEEN %s AND %s"
    )
    # Unary plus: SQLite would go by the index of years where a walk was meant.
    return Condition(rows, years, "+catalog_movie.year BETWEEN %s AND %s", years)


def running_time_condition(shortest: int, longest: int) -> Condition:
    """In minutes, both included."""
    bounds = (shortest, longest)
    rows = "SELECT id AS movie_id FROM catalog_movie WHERE runtime_minutes BETWEEN %s AND %s"
    return Condition(rows, bounds, "+catalog_movie.runtime_minutes BETWEEN %s AND %s", bounds)
