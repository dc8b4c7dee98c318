"""Movies of an import, all at once: chosen among their rows, numbered, put into the tables with their histograms."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

import numpy as np
from django.db import connection, models
from numpy.typing import NDArray

from catalog.genres import get_genres
from catalog.importing.bulk.blocks import (
    BlockFacts,
    BlockKey,
    MovieEntry,
    as_bytes,
    load_movies,
    load_preferences,
    movie_entries,
)
from catalog.importing.bulk.tables import insert, next_id
from catalog.importing.movie_loader import MOVIE_FIELDS, untitled
from catalog.importing.rating_loader import joined_formats
from catalog.importing.rows import MovieRow
from catalog.models import Credit, DataSet, Edition, Movie, Person
from catalog.models.movies import HISTOGRAM_FIELDS
from catalog.text import fold

MOVIES_AT_ONCE = 10_000
_movie_values = attrgetter(*MOVIE_FIELDS)
MOVIE_GENRE = cast("type[models.Model]", Movie.genres.through)

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Movie: ("id", *MOVIE_FIELDS, "folded_title", "merged_into_id", *HISTOGRAM_FIELDS),
    Edition: (
        *("id", "data_set_id", "movie_id", "home_id", "external_id", "format", "source_group"),
        *("title", "price", "url"),
    ),
    MOVIE_GENRE: ("id", "movie_id", "genre_id"),
    Person: ("id", "name", "folded_name"),
    Credit: ("id", "movie_id", "person_id", "role", "position"),
}
"""The tables that movies fill, and of each the columns that differ from row to row."""


class SaidTwice(Exception):
    """Two files of one source say something of the same movie: the later would have to change the earlier's."""


@dataclass
class Catalogue:
    """The movies of an import before they are in the tables. Movie n gets the n-th id, and so does its edition.

    First those that rows describe, in the order of the files (`chosen`: blocks, and places in them), then those of
    which only ratings are known, by id (`only_rated`).
    """

    folder: Path
    places: dict[str, int] = field(default_factory=dict)
    read: int = 0
    formats: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    chosen: list[tuple[BlockKey, list[int]]] = field(default_factory=list)
    only_rated: list[str] = field(default_factory=list)

    def add_part(self, keys: Sequence[BlockKey]) -> None:
        """Of the rows with the same id the one that says most is taken, of equal ones the first."""
        best: dict[str, tuple[tuple[int, bytes], int, int]] = {}
        for block, key in enumerate(keys):
            preferences = load_preferences(self.folder, key)
            self.read += len(preferences)
            for place, (external_id, preference) in enumerate(preferences):
                known = best.get(external_id)
                if known is None or preference > known[0]:
                    best[external_id] = (preference, block, place)
        if best.keys() & self.places.keys():
            raise SaidTwice
        chosen: dict[int, list[int]] = {}
        in_file_order = sorted(best.items(), key=lambda item: item[1][1:])
        for external_id, (_, block, place) in in_file_order:
            self.places[external_id] = len(self.places)
            chosen.setdefault(block, []).append(place)
        self.chosen += [(keys[block], places) for block, places in chosen.items()]

    @property
    def described(self) -> int:
        return len(self.places) - len(self.only_rated)

    @property
    def untitled(self) -> int:
        return len(self.only_rated)

    def add_rated(self, blocks: Iterable[BlockFacts]) -> None:
        rated: set[str] = set()
        for facts in blocks:
            rated.update(facts.editions)
            for external_id, name in facts.formats:
                self.formats.setdefault(external_id, set()).add(name)
            for external_id, group in facts.groups:
                self.groups[external_id] = max(group, self.groups.get(external_id, ""))
        self.only_rated = sorted(rated - self.places.keys())
        for external_id in self.only_rated:
            self.places[external_id] = len(self.places)

    def sorted_ids(self) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """All external ids, sorted, and the places of their movies."""
        ids = sorted(self.places)
        places = np.array([self.places[external_id] for external_id in ids], dtype=np.int32)
        return (as_bytes(ids) if ids else np.empty(0, "S1")), places

    def entries(self, url_of: Callable[[str], str]) -> Iterator[MovieEntry]:
        """In the order of their places; `url_of` gives links to movies that only ratings name."""
        for key, places in self.chosen:
            entries = load_movies(self.folder, key)
            yield from (entries[place] for place in places)
        yield from movie_entries(
            MovieRow(external_id, url=url_of(external_id)) for external_id in self.only_rated
        )


@dataclass(frozen=True)
class MovieIds:
    """The ids of the first movie and the first edition; the others follow in the order of the Catalogue."""

    movie: int
    edition: int

    @classmethod
    def next(cls) -> "MovieIds":
        return cls(next_id(Movie), next_id(Edition))


def insert_movies(
    data_set: DataSet,
    catalogue: Catalogue,
    ids: MovieIds,
    url_of: Callable[[str], str],
    histograms: NDArray[np.int64],
    roots: NDArray[np.int32],
) -> None:
    """By the places of the Catalogue: `histograms` (M, 10), and `roots` (M,), whose film each movie is."""
    genres = {name: genre.pk for name, genre in get_genres().items()}
    people = dict(Person.objects.values_list("name", "pk"))
    entries = catalogue.entries(url_of)
    start = 0
    while batch := list(islice(entries, MOVIES_AT_ONCE)):
        part = slice(start, start + len(batch))
        films = (roots[part] + np.int64(ids.movie)).tolist()
        insert(Movie, COLUMNS[Movie], _movies(batch, ids.movie + start, films, histograms[part].tolist()))
        insert(Edition, COLUMNS[Edition], _editions(batch, data_set.pk, ids, start, films, catalogue))
        insert(MOVIE_GENRE, COLUMNS[MOVIE_GENRE], _genres(batch, ids.movie + start, genres))
        _add_people(batch, people)
        insert(Credit, COLUMNS[Credit], _credits(batch, ids.movie + start, people))
        start += len(batch)


def _movies(
    entries: Sequence[MovieEntry], first_id: int, films: Sequence[int], histograms: list[list[int]]
) -> Iterator[tuple[Any, ...]]:
    """`films`: the id of the movie whose film each is."""
    for pk, (entry, film, histogram) in enumerate(zip(entries, films, histograms, strict=True), first_id):
        (title, *values), folded_title = _movie_values(entry.row), entry.folded_title
        if not title:
            title = untitled(entry.row.external_id)
            folded_title = fold(title)[:300]
        yield (pk, title, *values, folded_title, None if film == pk else film, *histogram)


def _editions(
    entries: Sequence[MovieEntry],
    data_set_id: int,
    ids: MovieIds,
    start: int,
    films: Sequence[int],
    catalogue: Catalogue,
) -> Iterator[tuple[Any, ...]]:
    for place, ((row, *_), film) in enumerate(zip(entries, films, strict=True), start):
        own, group = ids.movie + place, catalogue.groups.get(row.external_id, "")
        names = catalogue.formats.get(row.external_id)
        yield (
            *(ids.edition + place, data_set_id, film, None if film == own else own, row.external_id),
            *(joined_formats(names) if names else "", max(row.group, group)),
            *(row.listed_title, _price(row.price), row.url),
        )


@lru_cache(maxsize=1 << 14)
def _price(price: Decimal | None) -> Any:
    """As the database has it."""
    return cast("Any", Edition._meta.get_field("price")).get_db_prep_save(price, connection)


def _genres(
    entries: Sequence[MovieEntry], first_id: int, genres: Mapping[str, int]
) -> Iterator[tuple[int, ...]]:
    pairs = (
        (movie_id, genres[name])
        for movie_id, entry in enumerate(entries, first_id)
        for name in sorted(set(entry.row.genres))
    )
    return ((pk, *pair) for pk, pair in enumerate(pairs, next_id(MOVIE_GENRE)))


def _add_people(entries: Sequence[MovieEntry], people: dict[str, int]) -> None:
    """Make those who are not known yet, and put their ids into `people`."""
    new = sorted({name for entry in entries for name in entry.row.people} - people.keys())
    ids = {name: pk for pk, name in enumerate(new, next_id(Person))}
    insert(Person, COLUMNS[Person], ((pk, name, fold(name)[:200]) for name, pk in ids.items()))
    people.update(ids)


def _credits(
    entries: Sequence[MovieEntry], first_id: int, people: Mapping[str, int]
) -> Iterator[tuple[Any, ...]]:
    found = (
        (movie_id, people[name], Credit.Role.CONTRIBUTOR.value, position)
        for movie_id, entry in enumerate(entries, first_id)
        for name, position in {name: position for position, name in enumerate(entry.row.people)}.items()
    )
    return ((pk, *credit) for pk, credit in enumerate(found, next_id(Credit)))
