"""Which film is meant: from ids, titles and years as other sites write them to movies of the catalogue.

Set-based: a few queries for thousands of films, and one pass over all titles for those that no query found.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar

from django.db.models import QuerySet

from catalog.editions.titles import NOTHING, title_key
from catalog.merges import current_ids
from catalog.models import DataSet, Edition, Movie
from catalog.text import fold

CHUNK = 5_000
MOST_CANDIDATES = 5
ALIKE_ENOUGH = 0.8
"""From here on a title is worth showing to a person; 1 is the same title."""

WORDS_LOOKED_UP = 3
MOST_READ = 500
"""So many films at most are compared word by word: those of the rarest word first, the most rated first."""

MOST_LOOKED_AT = 12
ARTICLES = ("the", "a", "an", "le", "la", "les", "l", "il", "el", "der", "die", "das")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Wanted:
    """A film as somebody else describes it. `movie_id` is this site's own, believed only beside a title of it."""

    titles: tuple[str, ...] = ()
    year: int | None = None
    imdb_id: str = ""
    tmdb_id: int | None = None
    movielens_id: str = ""
    movie_id: int | None = None


@dataclass(frozen=True)
class Found:
    """`movie_id` if there is no doubt, else `candidates`, best first; `how` is a few words for people."""

    how: str
    movie_id: int | None = None
    candidates: tuple[int, ...] = ()


class Listed(NamedTuple):
    """A title of the catalogue; `movie_id` is the film it belongs to today."""

    movie_id: int
    title: str
    year: int | None
    rating_count: int


def find_movies(wanted: Sequence[Wanted], alive: Callable[[], None] = lambda: None) -> list[Found]:
    """One answer for each film asked for, in order; `alive` is called before each that takes a while."""
    by_id = _Ids(wanted)
    listed = _with_titles({variant for one in wanted for title in one.titles for variant in variants(title)})
    found = [by_id.find(one) or _among(one, _of_title(one, listed)) for one in wanted]
    unknown = [n for n, answer in enumerate(found) if answer is None]
    for n, answer in zip(unknown, _like([wanted[n] for n in unknown], alive), strict=True):
        found[n] = answer
    return [answer or Found("no film of this title") for answer in found]


# By ids


class _Ids:
    """Movies by the ids of other sites; one id may stand at several, as for editions that nobody merged."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        movies = Movie.objects.order_by()
        self.imdb = _ids_by(movies, "imdb_id", {one.imdb_id for one in wanted} - {""})
        self.tmdb = _ids_by(movies, "tmdb_id", {one.tmdb_id for one in wanted} - {None})
        self.movielens = _ids_by(
            _movielens_editions(), "external_id", {one.movielens_id for one in wanted} - {""}, "movie_id"
        )
        self.own = _listed_today({one.movie_id for one in wanted if one.movie_id})

    def find(self, one: Wanted) -> Found | None:
        """By this site's own id, else by the others' ids; None where none of them is known."""
        own = self.own.get(one.movie_id or 0)
        if own and _is_same_title(one, own) and not years_apart(one.year, own.year):
            return Found("by this site’s id", own.movie_id)
        for name, ids in (
            ("IMDb’s id", self.imdb.get(one.imdb_id)),
            ("TMDB’s id", self.tmdb.get(one.tmdb_id)),
            ("MovieLens’ id", self.movielens.get(one.movielens_id)),
        ):
            if ids:
                sure = next(iter(ids)) if len(ids) == 1 else None
                more = () if sure else tuple(sorted(ids)[:MOST_CANDIDATES])
                return Found(f"by {name}" if sure else f"several films have {name}", sure, more)
        return None


def _movielens_editions() -> QuerySet[Edition]:
    """Those whose ids are the ones that MovieLens uses today: the 100K data set counted its films anew."""
    data_sets = DataSet.objects.filter(kind=DataSet.Kind.MOVIELENS).exclude(name__icontains="100K")
    return Edition.objects.filter(data_set__in=list(data_sets.values_list("pk", flat=True))).order_by()


def _ids_by(
    rows: QuerySet[Any], name: str, values: Collection[Any], movie: str = "pk"
) -> dict[Any, set[int]]:
    """{value: ids of today's movies that carry it in the column `name`}."""
    pairs = [
        pair
        for some in _chunks(values)
        for pair in rows.filter(**{f"{name}__in": some}).values_list(name, movie)
    ]
    today = _today({movie_id for _, movie_id in pairs})
    found: dict[Any, set[int]] = defaultdict(set)
    for value, movie_id in pairs:
        found[value].add(today[movie_id])
    return found


def _listed_today(movie_ids: Collection[int]) -> dict[int, Listed]:
    """{id as somebody remembers it: the movie that it is today}"""
    today = _today(movie_ids)
    rows = (
        row
        for some in _chunks(set(today.values()))
        for row in Movie.objects.filter(pk__in=some).order_by().values_list(*_COLUMNS)
    )
    movies = {movie.movie_id: movie for movie in (Listed(*row) for row in rows)}
    return {old: movies[new] for old, new in today.items() if new in movies}


# By title and year

_COLUMNS = ("pk", "title", "year", "rating_count")


def variants(title: str) -> set[str]:
    """The folded ways to write a title: with its article in front, behind, or without."""
    words = fold(title).split()
    if len(words) > 1 and words[-1] in ARTICLES and "," in title:
        words = [words[-1], *words[:-1]]
    if not words:
        return set()
    bare = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    ways = {" ".join(words), " ".join(bare), " ".join([*bare, words[0]])}
    return {way[:300] for way in ways | {f"the {' '.join(bare)}"}}


def _with_titles(folded: Collection[str]) -> dict[str, list[Listed]]:
    """{folded title: movies that are, or once were, called so}."""
    rows = [
        row
        for some in _chunks(folded)
        for row in Movie.objects.filter(folded_title__in=some)
        .order_by()
        .values_list("folded_title", *_COLUMNS)
    ]
    today = _today({row[1] for row in rows})
    found: dict[str, list[Listed]] = defaultdict(list)
    for title, movie_id, *rest in rows:
        found[title].append(Listed(today[movie_id], *rest))
    return found


def _of_title(one: Wanted, listed: dict[str, list[Listed]]) -> list[Listed]:
    return [movie for title in one.titles for way in variants(title) for movie in listed.get(way, ())]


def _among(one: Wanted, movies: Sequence[Listed]) -> Found | None:
    """Which of the movies with the right title it is, by its year; None without any."""
    for apart, how in ((0, "title and year"), (1, "title, and a year beside")):
        ids = {movie.movie_id for movie in movies if years_apart(one.year, movie.year) == apart}
        if len(ids) == 1:
            return Found(how, ids.pop())
        if ids:
            return Found("several films of this title and year", None, _best(one, movies))
    if not movies:
        return None
    unknown = one.year is None or any(movie.year is None for movie in movies)
    return Found(
        "right title, no year to be sure" if unknown else "right title, other year", None, _best(one, movies)
    )


def years_apart(one: int | None, other: int | None) -> int | None:
    """None where either year is not known. Lists of other sites differ by one in when a film came out."""
    return abs(one - other) if one and other else None


def _best(one: Wanted, movies: Iterable[Listed]) -> tuple[int, ...]:
    """The nearest in years first, then the most rated; each film once."""

    def rank(movie: Listed) -> tuple[int, int, int]:
        apart = years_apart(one.year, movie.year)
        return (2 if apart is None else apart, -movie.rating_count, movie.movie_id)

    return tuple(dict.fromkeys(movie.movie_id for movie in sorted(movies, key=rank)))[:MOST_CANDIDATES]


# By what is like it

_Near = tuple[Listed, frozenset[str]]
"""A movie and the words of its folded title."""


def _like(unknown: Sequence[Wanted], alive: Callable[[], None]) -> Iterator[Found | None]:
    alike, answers = _Alike(unknown), []
    for one in unknown:
        alive()
        answers.append(alike.find(one))
    return _resolved(answers)


class _Alike:
    """Movies that share a telling word with a title that nobody found, from one pass over all titles."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        words = {word for one in wanted for word in _words(one)}
        self.movies: dict[str, list[_Near]] = defaultdict(list)
        self.of_year: dict[tuple[str, int], list[_Near]] = defaultdict(list)
        if words:
            for folded, movie in _all_titles():
                its_words = frozenset(folded.split())
                near = (movie, its_words)
                for word in words & its_words:
                    self.movies[word].append(near)
                    self.of_year[word, movie.year or 0].append(near)

    def find(self, one: Wanted) -> Found | None:
        """Sure only when the year is right and one of a movie's names is one of the film's."""
        near = self._near(one)
        same = [movie for movie in near if _is_same_title(one, movie)]
        found = _among(one, [movie for movie in same if years_apart(one.year, movie.year) in (0, 1)])
        if found is not None:
            return found
        scored = [(likeness(one, movie), movie) for movie in near]
        alike = sorted((-score, movie) for score, movie in scored if score >= ALIKE_ENOUGH)
        best = tuple(movie.movie_id for _, movie in alike[: 2 * MOST_CANDIDATES])
        return Found("a title like it", None, best) if best else None

    def _near(self, one: Wanted) -> list[Listed]:
        """Those with one of its rarest words, of about its year or of none that is known; most shared words first.

        They hold at least half of its words, or it half of theirs: anything less cannot be alike.
        """
        words = _words(one)
        rarest = sorted(words & self.movies.keys(), key=lambda word: (len(self.movies[word]), word))
        shares: dict[Listed, float] = {}
        read = chain.from_iterable(self._of_word(word, one.year) for word in rarest[:WORDS_LOOKED_UP])
        for movie, its_words in islice(read, MOST_READ):
            shared = len(words & its_words)
            if 2 * shared >= min(len(words), len(its_words)):
                shares[movie] = shared / len(words | its_words)
        return sorted(shares, key=lambda movie: (-shares[movie], movie.movie_id))[:MOST_LOOKED_AT]

    def _of_word(self, word: str, year: int | None) -> Iterable[_Near]:
        if not year:
            return self.movies[word]
        years = (year, year - 1, year + 1, 0)
        return chain.from_iterable(self.of_year.get((word, near), ()) for near in years)


def _words(one: Wanted) -> set[str]:
    return {word for title in one.titles for word in fold(title).split()} - set(ARTICLES)


def _all_titles() -> Iterator[tuple[str, Listed]]:
    """The most rated first: they are the likeliest where not all are read."""
    rows = (
        Movie.objects.order_by("-rating_count", "pk")
        .values_list("folded_title", *_COLUMNS)
        .iterator(chunk_size=CHUNK)
    )
    return ((folded, Listed(*rest)) for folded, *rest in rows)


def _resolved(answers: Sequence[Found | None]) -> Iterator[Found | None]:
    """With the movies of today in place of merged ones, each once."""
    found = [answer for answer in answers if answer is not None]
    named = {movie_id for answer in found for movie_id in (answer.movie_id, *answer.candidates) if movie_id}
    today = _today(named)
    for answer in answers:
        if answer is None:
            yield None
            continue
        candidates = tuple(dict.fromkeys(today[movie_id] for movie_id in answer.candidates))[:MOST_CANDIDATES]
        yield Found(answer.how, today[answer.movie_id] if answer.movie_id else None, candidates)


def likeness(one: Wanted, movie: Listed) -> float:
    """0 to 1: how alike the titles are; one that holds all words of the other, two at least, is 0.8 alike or more."""
    return max((_likeness(fold(title), fold(movie.title)) for title in one.titles), default=0.0)


def _likeness(one: str, other: str) -> float:
    words, others = set(one.split()), set(other.split())
    shared = words & others
    if 2 * len(shared) < min(len(words), len(others)):
        return 0.0
    ratio = SequenceMatcher(None, one, other).ratio()
    is_within = len(shared) > 1 and shared in (words, others)
    return 0.8 + 0.2 * ratio if is_within else ratio


def _is_same_title(one: Wanted, movie: Listed) -> bool:
    keys = {title_key(name) for title in one.titles for name in names_in(title)} - {NOTHING}
    return bool(keys & {title_key(name) for name in names_in(movie.title)})


def names_in(title: str) -> set[str]:
    """A title and, where it has brackets, what stands without and within: "Se7en (a.k.a. Seven)" is both."""
    inner = {found[1] or found[2] or "" for found in _BRACKETS.finditer(title)}
    outer = " ".join(_BRACKETS.sub(" ", title).split())
    return {name.removeprefix("a.k.a. ") for name in {title, outer, *inner} if name}


# Small things

T = TypeVar("T")


def _chunks(values: Collection[T]) -> Iterator[list[T]]:
    ordered = list(values)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def _today(ids: Collection[int]) -> dict[int, int]:
    return {old: new for some in _chunks(ids) for old, new in current_ids(some).items()}
