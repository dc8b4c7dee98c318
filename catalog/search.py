"""Films by what somebody types: exact and beginning first, slips forgiven where those find little.

Every word must begin a word of the title, or of the name of somebody in the film; accents, case and the order of words
do not matter. An article in front need not be there, and a year may be the film's. The best match comes first, then
what most people rated. Where no film has all words, those with most of them are found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from catalog.lookup import ARTICLES as ARTICLES_OF_TITLES
from catalog.models import Movie
from catalog.search_conditions import (
    FEW,
    FEW_LOOKS,
    Condition,
    Sizes,
    Ways,
    either,
    exact_title_condition,
    fitting,
    title_condition,
    title_word_condition,
    word_condition,
    years_condition,
)
from catalog.search_nearest import nearest
from catalog.search_people import nameless_among
from catalog.search_spelling import SHORTEST, SHORTEST_OF_SEVERAL, joined, meant_by
from catalog.text import fold

MOST_WORDS = 8
FIRST = 25
"""Films that are read at once where they are few: for a page, and whether there is another one."""

WALKED = 3_000
"""Of the most rated films, so many are walked through for suggestions: who wants others types on, or asks for all."""

LITTLE = 3
"""Where fewer films are found, words that are one slip away are looked for, too."""

ARTICLES = ("", "the ", "a ", "an ")
"""Who looks for "matrix" means "The Matrix" as much as "Matrix"."""

LOOSE_ARTICLES = {"the", "a", "an"}
"""In front of other words, no film needs to have them. Others may be words ("Die Hard"): they are needed while films
are found with them.
"""

YEARS = range(1880, 2100)
"""Numbers that may be a film's year."""

TITLE = "catalog_movie.folded_title"
SPACED, TAIL = f"' ' || {TITLE}", " || ' '"


class FirstRead:
    """A QuerySet of ids of which the FIRST, or all there are, were read already."""

    def __init__(self, first: tuple[int, ...], ids: Any) -> None:
        self._first, self._ids = first, ids

    def __getitem__(self, place: slice) -> list[int]:
        is_read = len(self._first) < FIRST or place.stop <= FIRST
        return list((self._first if is_read else self._ids)[place])


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
    """Films for some words, among those that fulfil `others`. `typed` is the whole text, with its article."""

    ways: Ways
    others: tuple[Condition, ...] = ()
    typed: str = field(default="", kw_only=True)
    nameless: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Words with which no word of a name begins."""
    with_years: bool = field(default=False, kw_only=True)
    """Whether a word that may be a year is fulfilled by films of that year, too."""
    is_unfinished: bool = field(default=False, kw_only=True)
    """Whether the last word may go on."""
    is_mended: bool = field(default=False, kw_only=True)
    is_nearest: bool = field(default=False, kw_only=True)
    """Whether no film has all words, so that these, best first in `known`, have only most of them."""
    by_title: bool = field(default=False, kw_only=True)
    """Whether the title must have all words; else the names of the film's people may."""
    known: tuple[int, ...] | None = field(default=None, kw_only=True)
    """Ids of all films that fit, best first, where somebody has already looked."""

    @cached_property
    def conditions(self) -> list[Condition]:
        return [*map(self._condition, self.ways), *self.others]

    def _condition(self, ways: tuple[str, ...]) -> Condition:
        if self.by_title:
            return title_word_condition(ways)
        condition = word_condition(ways, is_in_names=len(ways) > 1 or ways[0] not in self.nameless)
        if not self.is_year(ways):
            return condition
        return either(years_condition(int(ways[0]), int(ways[0])), condition)

    def is_year(self, ways: tuple[str, ...]) -> bool:
        return self.with_years and may_be_year(ways[0])

    @property
    def words(self) -> list[str]:
        return [ways[0] for ways in self.ways]

    @property
    def texts(self) -> list[str]:
        """What a title may be or begin with, best first: the text as typed, and without its article and its year."""
        bare = [ways[0] for ways in self.ways if not self.is_year(ways)]
        return list(dict.fromkeys(text for text in (self.typed, " ".join(bare)) if text))

    @cached_property
    def sizes(self) -> Sizes:
        return Sizes.of(self.conditions)

    @cached_property
    def in_title(self) -> Condition | None:
        """Of one word alone, that the title holds it: such films come before all that are found by people."""
        return title_word_condition(self.ways[0]) if len(self.ways) == 1 and not self.with_years else None

    @property
    def are_few(self) -> bool:
        """Few enough to be fetched, counted and sorted."""
        return self.known is not None or self.sizes.smallest is not None

    def all(self) -> QuerySet[Movie]:
        """In no order."""
        if self.known is not None:
            return Movie.objects.current().filter(pk__in=self.known)
        return fitting(Movie.objects.current(), self.conditions, self.sizes)

    @cached_property
    def first(self) -> tuple[int, ...]:
        """Ids of the best FIRST of few."""
        if self.in_title and self.sizes.sizes[0] > FEW_LOOKS:
            conditions = [self.in_title, *self.others]
            best = self._ranked(fitting(Movie.objects.current(), conditions, self.sizes))[:FIRST]
            if len(best) == FIRST:
                return tuple(best)
        return tuple(self._ranked(self.all())[:FIRST])

    def count(self) -> int:
        """Of few."""
        if self.known is not None:
            return len(self.known)
        return len(self.first) if self.ways and len(self.first) < FIRST else self.all().count()

    def _ranked(self, films: QuerySet[Movie]) -> Any:
        return films.order_by(match_rank(self), "-rating_count", "pk").values_list("pk", flat=True)

    def best_first(self, *, among: Q | None = None) -> Any:
        """Ids, to be sliced: a QuerySet of them, or something like it. `among` may end a walk through all films."""
        if self.known is not None:
            return list(self.known)
        if self.are_few:
            return FirstRead(self.first, self._ranked(self.all()))
        tiers, before = [], Q()
        for films, holds in self._tiers():
            tiers.append(films.filter(before))
            before &= ~Q(holds)
        tiers.append(self.all().filter(before, among or Q()))
        return Tiers(*(tier.order_by("-rating_count", "pk").values_list("pk", flat=True) for tier in tiers))

    def _tiers(self) -> list[tuple[QuerySet[Movie], Any]]:
        """Films that come before others, and what holds for them alone, each with a quick way to them."""
        exact = [exact_title_condition([article + text for article in ARTICLES]) for text in self.texts]
        begun = [title_condition(text) for text in self.texts]
        conditions = [condition for pair in zip(exact, begun, strict=True) for condition in pair]
        conditions[2:2] = [title_word_condition(ways[:1]) for ways in self.ways if self.is_year(ways)]
        conditions += [self.in_title] if self.in_title else []
        sizes = Sizes.of(conditions, FEW)
        return [
            (self._with(condition, size), condition.checked)
            for condition, size in zip(conditions, sizes.sizes, strict=True)
        ]

    def _with(self, condition: Condition, size: int) -> QuerySet[Movie]:
        """Of many, those that fulfil one more condition, as so many films do."""
        sizes = Sizes((size, *self.sizes.sizes), FEW)
        return fitting(Movie.objects.current(), [condition, *self.conditions], sizes)


def most_rated(n: int) -> Q:
    """The films that most people rated, about so many."""
    nth = (
        "SELECT rating_count FROM catalog_movie WHERE merged_into_id IS NULL"
        " ORDER BY rating_count DESC, id LIMIT 1 OFFSET %s"
    )
    return Q(RawSQL(f"catalog_movie.rating_count >= COALESCE(({nth}), 0)", (n - 1,), BooleanField()))  # noqa: S611 - as above


def movies_of(ids: Sequence[int], *related: str) -> list[Movie]:
    """Movies by ids, in their order, with what `related` names. Databases sort ids much faster than whole rows."""
    movies = Movie.objects.prefetch_related(*related).in_bulk(ids)
    return [movies[pk] for pk in ids if pk in movies]


def words_in(text: str) -> list[str]:
    return fold(text).split()[:MOST_WORDS]


def may_be_year(word: str) -> bool:
    return len(word) == 4 and word.isascii() and word.isdigit() and int(word) in YEARS


def without_article(words: Sequence[str]) -> Sequence[str]:
    """Words without the article in front that no film needs to have."""
    return words[1:] if len(words) > 1 and words[0] in LOOSE_ARTICLES else words


def find_films(
    words: Sequence[str],
    others: Sequence[Condition] = (),
    *,
    nameless: frozenset[str] | None = None,
    is_unfinished: bool = False,
) -> Films:
    """For folded words. Where they find little, films for what else they may have meant come behind; a last word that
    `is_unfinished` is no slip, though, as long as a film has it beside the others. `nameless`: those of the words that
    are in no name, where the caller knows.
    """
    nameless = nameless_among(words) if nameless is None else nameless
    bare = without_article(words)
    asked = Films([], tuple(others), typed=" ".join(words), nameless=nameless, is_unfinished=is_unfinished)
    return _found(asked, bare)


def _found(asked: Films, bare: Sequence[str]) -> Films:
    films = replace(asked, ways=[(word,) for word in bare], with_years=len(bare) > 1)
    if not films.are_few:
        return films
    if len(films.first) >= LITTLE:
        return films
    if len(bare) > 1 and bare[0] in ARTICLES_OF_TITLES:
        return _found(asked, bare[1:])
    if films.first:
        return _mended(films, found_any=True) or replace(films, known=films.first)
    return _instead(films)


def _instead(films: Films) -> Films:
    """Where no film has all words as they were typed."""
    words = films.words
    if len(words) == 1 and may_be_year(words[0]):
        return replace(films, with_years=True)
    mended = _mended(films, found_any=False)
    if mended and (not mended.are_few or mended.first):
        return mended
    together = joined(words)
    if together:
        one = replace(films, ways=[(word,) for word in together], is_mended=True)
        if one.are_few and one.first:
            return one
    ways = [each for each in (mended or films).ways if not films.is_year(each)]
    known = nearest(ways, films.others) if ways and len(films.ways) > 1 else ()
    return replace(films, ways=ways or films.ways, known=known, is_nearest=bool(known))


def _mended(films: Films, *, found_any: bool) -> Films | None:
    """With words in place of those that are not there, or None where there is nothing to mend."""
    sizes = zip(films.words, films.sizes.sizes, strict=False)
    unknown = [word for word, size in sizes if not size and not may_be_year(word)]
    if films.others and not unknown:
        return None
    tried = unknown or [word for word in films.words if not may_be_year(word)]
    if found_any and films.is_unfinished:
        tried = [word for word in tried if word != films.words[-1]]
    if not tried:
        return None
    meant = meant_by(tried, SHORTEST_OF_SEVERAL if unknown and len(films.ways) > 1 else SHORTEST)
    if not meant.is_other or (found_any and meant.are_whole):
        return None
    ways = dict(zip(tried, meant.ways, strict=True))
    return replace(films, ways=[ways.get(word, (word,)) for word in films.words], is_mended=True)


def match_rank(films: Films) -> RawSQL:
    """First the title itself, with or without an article, then those that begin with the text; then titles with the
    number that may be a year, and the same without article and year; then titles with all words, and last what is
    found by people. After mending, titles with whole words come before others with words.
    """
    whens = [when for text in films.texts for when in _is_or_begins(text)]
    if any(map(films.is_year, films.ways)):
        whens.insert(2, _all_in(SPACED, films.ways))
    words = [ways for ways in films.ways if not films.is_year(ways)]
    if films.is_mended:
        whens.append(_all_in(SPACED + TAIL, words, " %"))
    whens.append(_all_in(SPACED, words))
    cases = " ".join(f"WHEN {sql} THEN {n}" for n, (sql, _) in enumerate(whens))
    params = [value for _, values in whens for value in values]
    return RawSQL(f"CASE {cases} ELSE {len(whens)} END", params, output_field=IntegerField())  # noqa: S611 - our own names; values are parameters


def _is_or_begins(text: str) -> list[tuple[str, list[str]]]:
    ways = [f"{article}{text}" for article in ARTICLES]
    return [
        (f"{TITLE} IN ({', '.join(['%s'] * len(ways))})", ways),
        (" OR ".join([f"{TITLE} LIKE %s"] * len(ways)), [f"{way}%" for way in ways]),
    ]


def _all_in(text: str, ways: Ways, ending: str = "%") -> tuple[str, list[str]]:
    sql = " AND ".join(f"({' OR '.join([f'{text} LIKE %s'] * len(each))})" for each in ways)
    return sql or "1 = 1", [f"% {way}{ending}" for each in ways for way in each]
