"""Films and people by what somebody types: exact and beginning first, slips forgiven where those find little.

Every word must begin a word of the title, or of the name of somebody in the film; accents, case and the order of words
do not matter. The best match comes first, then what most people rated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from catalog.models import Movie, Person
from catalog.search_conditions import (
    FEW,
    Condition,
    Sizes,
    beginning,
    fitting,
    title_condition,
    word_condition,
)
from catalog.search_spelling import meant_by
from catalog.text import fold

MOST_WORDS = 8
LITTLE = 3
"""Where fewer films are found, words that are one slip away are looked for, too."""

ARTICLES = ("", "the ", "a ", "an ")
"""Who looks for "matrix" means "The Matrix" as much as "Matrix"."""

TITLE = "catalog_movie.folded_title"
SPACED, TAIL = f"' ' || {TITLE}", " || ' '"

Ways = Sequence[tuple[str, ...]]
"""For each word, the ways to write it of which one must be there; as typed comes first."""


class Tiers:
    """Several lists of ids as one, of which only as much is fetched as a slice needs."""

    def __init__(self, *tiers: Any) -> None:
        self.tiers = tiers

    def __getitem__(self, place: slice) -> list[int]:
        skipped, wanted = place.start or 0, place.stop - (place.start or 0)
        found: list[int] = []
        for n, tier in enumerate(self.tiers):
            some = list(tier[skipped : skipped + wanted - len(found)])
            found += some
            if len(found) == wanted or n + 1 == len(self.tiers):
                break
            skipped = 0 if some or not skipped else skipped - tier[:skipped].count()
        return found


@dataclass(frozen=True)
class Films:
    """Films for some words, among those that fulfil `others`."""

    ways: Ways
    others: tuple[Condition, ...] = ()
    is_mended: bool = field(default=False, kw_only=True)
    known: tuple[int, ...] | None = field(default=None, kw_only=True)
    """Ids of all films that fit, where somebody has already looked."""

    @cached_property
    def conditions(self) -> list[Condition]:
        return [*map(word_condition, self.ways), *self.others]

    @cached_property
    def sizes(self) -> Sizes:
        return Sizes.of(self.conditions)

    @property
    def are_few(self) -> bool:
        """Few enough to be fetched, counted and sorted."""
        return self.known is not None or self.sizes.smallest is not None

    def all(self) -> QuerySet[Movie]:
        """In no order."""
        if self.known is not None:
            return Movie.objects.current().filter(pk__in=self.known)
        return fitting(Movie.objects.current(), self.conditions, self.sizes)

    def best_first(self) -> Any:
        """Ids, to be sliced: a QuerySet of them, or something like it."""
        if self.are_few:
            ranked = self.all().order_by(match_rank(self.ways, self.is_mended), "-rating_count", "pk")
            return ranked.values_list("pk", flat=True)
        text = " ".join(ways[0] for ways in self.ways)
        exact = Q(folded_title__in=[article + text for article in ARTICLES])
        beginning_with = title_condition(text)
        begin = fitting(self.all(), [beginning_with], Sizes.of([beginning_with], FEW))
        tiers = (
            self.all().filter(exact),
            begin.exclude(exact),
            self.all().exclude(exact).exclude(beginning_with.checked),
        )
        return Tiers(*(tier.order_by("-rating_count", "pk").values_list("pk", flat=True) for tier in tiers))


def movies_of(ids: Sequence[int], *related: str) -> list[Movie]:
    """Movies by ids, in their order, with what `related` names. Databases sort ids much faster than whole rows."""
    movies = Movie.objects.prefetch_related(*related).in_bulk(ids)
    return [movies[pk] for pk in ids if pk in movies]


def words_in(text: str) -> list[str]:
    return fold(text).split()[:MOST_WORDS]


def find_films(words: Sequence[str], others: Sequence[Condition] = ()) -> Films:
    """For folded words. Where they find little, films for what else they may have meant come behind."""
    films = Films([(word,) for word in words], tuple(others))
    if not films.are_few:
        return films
    some = tuple(films.all().order_by().values_list("pk", flat=True)[:LITTLE])
    found = len(some)
    unknown = [word for word, size in zip(words, films.sizes.sizes, strict=False) if not size]
    if found >= LITTLE:
        return films
    films = replace(films, known=some)
    if others and not unknown:
        return films
    meant = meant_by(unknown or words)
    if not meant.is_other or (found and meant.are_whole):
        return films
    ways = dict(zip(unknown or words, meant.ways, strict=True))
    return Films([ways.get(word, (word,)) for word in words], tuple(others), is_mended=True)


def match_rank(ways: Ways, is_mended: bool) -> RawSQL:
    """0 for the title itself, with or without an article, 1 for one that begins with the text, 2 for one with all the
    words, 3 for what is found by people. After mending, titles with whole words come before others with words.
    """
    text = " ".join(each[0] for each in ways)
    ways_to_begin = [f"{article}{text}" for article in ARTICLES]
    whens = [
        f"WHEN {TITLE} IN (%s, %s, %s, %s) THEN 0",
        f"WHEN {' OR '.join([f'{TITLE} LIKE %s'] * len(ARTICLES))} THEN 1",
    ]
    params = [*ways_to_begin, *(f"{way}%" for way in ways_to_begin)]
    if is_mended:
        whens.append(f"WHEN {_all_in(SPACED + TAIL, ways)} THEN 2")
        params += [f"% {way} %" for each in ways for way in each]
    whens.append(f"WHEN {_all_in(SPACED, ways)} THEN 3")
    params += [f"% {way}%" for each in ways for way in each]
    return RawSQL(f"CASE {' '.join(whens)} ELSE 4 END", params, output_field=IntegerField())  # noqa: S611 - our own names; values are parameters


def _all_in(text: str, ways: Ways) -> str:
    return " AND ".join(f"({' OR '.join([f'{text} LIKE %s'] * len(each))})" for each in ways)


# People

# In this order: SQLite keeps to it.
_MOST_RATED = """
    (SELECT id, rating_count FROM catalog_movie WHERE merged_into_id IS NULL
     ORDER BY rating_count DESC, id LIMIT 1000) AS movie
    CROSS JOIN catalog_credit AS credit CROSS JOIN catalog_person AS person
    WHERE credit.movie_id = movie.id AND person.id = credit.person_id"""
_CREDITS = """
    JOIN catalog_person AS person ON person.id = named.person_id
    JOIN catalog_credit AS credit ON credit.person_id = named.person_id
    JOIN catalog_movie AS movie ON movie.id = credit.movie_id AND movie.merged_into_id IS NULL"""
FEW_PEOPLE = 200
FEW_PEOPLE_OF_SEVERAL = 2_000
"""The same where a second word leaves few of them: that takes a look at each name, and the walk none or all of it."""

FILMS_LOOKED_AT = 30


def find_people(ways: Ways, n: int) -> list[Person]:
    """People whose names hold all words: exact first, then those of the films that most people rated."""
    conditions = [_name_condition(each) for each in ways]
    bound = FEW_PEOPLE if len(conditions) == 1 else FEW_PEOPLE_OF_SEVERAL
    first = Sizes.of(conditions, bound).smallest
    others = [condition for n, condition in enumerate(conditions) if n != first]
    named = " AND ".join(condition.check for condition in others) or "1 = 1"
    params: list[Any] = [value for condition in others for value in condition.check_params]
    if first is None:
        sql = f"SELECT person.id FROM {_MOST_RATED} AND {named} ORDER BY movie.rating_count DESC, movie.id LIMIT %s"  # noqa: S608 - as above
        params.append(FILMS_LOOKED_AT)
    else:
        sql = (
            f"SELECT person.id FROM (SELECT DISTINCT person_id FROM ({conditions[first].rows}) AS every_way) AS named"  # noqa: S608 - as above
            f" {_CREDITS} WHERE {named}"
            " GROUP BY person.id, person.folded_name"
            " ORDER BY CASE WHEN person.folded_name = %s THEN 0 ELSE 1 END, SUM(movie.rating_count) DESC, person.id"
            " LIMIT %s"
        )
        params = [*conditions[first].params, *params, " ".join(each[0] for each in ways), n]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        ids = list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))[:n]
    people = Person.objects.in_bulk(ids) if ids else {}
    return [people[pk] for pk in ids]


def _name_condition(ways: tuple[str, ...]) -> Condition:
    """Of people, not of films: a word of the name begins in one of these ways."""
    sql, params = zip(*(beginning("word", way) for way in ways), strict=True)
    rows = " UNION ALL ".join(f"SELECT person_id FROM catalog_nameword WHERE {one}" for one in sql)  # noqa: S608 - as above
    likes_one = "' ' || person.folded_name LIKE %s"
    check = f"({' OR '.join([likes_one] * len(ways))})"
    likes = tuple(f"% {way}%" for way in ways)
    return Condition(
        rows, tuple(value for values in params for value in values), check, likes, is_of_words=True
    )
