"""People by what somebody types of their names."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from catalog.models import Person
from catalog.search_conditions import (
    LETTERS_OF_SOME,
    Condition,
    Sizes,
    Ways,
    rows_begun,
    with_word,
    without_longer,
)
from catalog.search_words import NAMES

FEW = 200
"""People with a word in their names, beyond which a walk finds the first of them sooner than fetching them all."""

FEW_OF_SEVERAL = 2_000
"""The same where a second word leaves few of them: the walk would find none, or see all of it."""

FILMS_LOOKED_AT = 30

# In this order: SQLite keeps to it.
_MOST_RATED = """
    (SELECT id, rating_count FROM catalog_movie WHERE merged_into_id IS NULL
     ORDER BY rating_count DESC, id LIMIT 1000) AS movie
    CROSS JOIN catalog_credit AS credit WHERE credit.movie_id = movie.id"""
_CREDITS = """
    JOIN catalog_person AS person ON person.id = named.person_id
    JOIN catalog_credit AS of_film ON of_film.person_id = named.person_id
    JOIN catalog_movie AS movie ON movie.id = of_film.movie_id AND movie.merged_into_id IS NULL"""


def sizes_of_names(ways: Ways) -> Sizes:
    """How many people have each of some words in their names."""
    return Sizes.of([_name_condition(each) for each in ways], FEW if len(ways) == 1 else FEW_OF_SEVERAL)


def nameless_among(words: Sequence[str]) -> frozenset[str]:
    """Words with which no word of a name begins."""
    sizes = Sizes.of([_name_condition((word,)) for word in words], 0).sizes
    return frozenset(word for word, size in zip(words, sizes, strict=True) if not size)


def find_people(ways: Ways, n: int, sizes: Sizes | None = None) -> list[Person]:
    """People whose names hold all words: exact first, then those of the films that most people rated. `sizes`: of the
    names with these words, where the caller has counted them.
    """
    conditions = [_name_condition(each) for each in ways]
    sizes = sizes or sizes_of_names(ways)
    first = sizes.smallest
    if first is not None and not sizes.sizes[first]:
        return []
    if first is None:
        sql, params = _among_most_rated(conditions)
    else:
        conditions.insert(0, conditions.pop(first))
        sql, params = _by_their_films(conditions, " ".join(each[0] for each in ways), n)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        ids = list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))[:n]
    people = Person.objects.in_bulk(ids) if ids else {}
    return [people[pk] for pk in ids]


def _name_condition(ways: Sequence[str]) -> Condition:
    """Of people, not of films: a word of the name begins in one of these ways. Checks look at credit.person_id."""
    ways = without_longer(ways)
    rows, params = rows_begun(NAMES, ways)
    in_name, likes = with_word("person.folded_name", ways)
    return Condition(
        rows,
        params,
        # A scalar subquery: PostgreSQL would look through all names for a word.
        f"(SELECT 1 FROM catalog_person AS person WHERE person.id = credit.person_id AND {in_name}) = 1",  # noqa: S608 - our own names; values are parameters
        likes,
        sweep=f"(credit.person_id IN ({rows})) IS TRUE",
        sweep_params=params,
        is_frequent=any(len(way) < LETTERS_OF_SOME for way in ways),
    )


def _among_most_rated(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    checks = [condition.for_walk for condition in conditions]
    sql = (
        f"SELECT credit.person_id FROM {_MOST_RATED} AND {' AND '.join(sql for sql, _ in checks)}"  # noqa: S608 - as above
        " ORDER BY movie.rating_count DESC, movie.id LIMIT %s"
    )
    return sql, [*(value for _, values in checks for value in values), FILMS_LOOKED_AT]


def _by_their_films(conditions: Sequence[Condition], name: str, n: int) -> tuple[str, list[Any]]:
    """The first condition holds for few people. Words that many names have are looked for in theirs alone."""
    read = [one for place, one in enumerate(conditions) if place == 0 or not one.is_frequent]
    checked = [one for one in conditions if one not in read]
    lists = [f"SELECT person_id FROM ({one.rows}) AS of_{place}" for place, one in enumerate(read)]  # noqa: S608 - as above
    rows = " INTERSECT ".join(lists)
    checks = "".join(f" AND {one.check}" for one in checked)
    sql = (
        f"SELECT person.id FROM (SELECT DISTINCT person_id FROM ({rows}) AS credit WHERE 1 = 1{checks})"  # noqa: S608 - as above
        f" AS named {_CREDITS} GROUP BY person.id, person.folded_name"
        " ORDER BY CASE WHEN person.folded_name = %s THEN 0 ELSE 1 END, SUM(movie.rating_count) DESC, person.id"
        " LIMIT %s"
    )
    params = [value for one in read for value in one.params]
    params += [value for one in checked for value in one.check_params]
    return sql, [*params, name, n]
