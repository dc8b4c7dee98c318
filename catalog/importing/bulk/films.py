"""Which movies of an import are one film, found before any of them is in the tables: places stand for their ids."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.editions.copies import Copies
from catalog.editions.decisions import Key, holding_by_hand
from catalog.editions.descriptions import Names, people_named_in
from catalog.editions.evidence import Candidate, namesakes
from catalog.editions.joining import FINDING, Joined
from catalog.editions.matching import Found, Matching
from catalog.importing.bulk.movies import Catalogue, MovieIds
from catalog.importing.bulk.tables import insert, next_id
from catalog.importing.bulk.told import Told
from catalog.importing.bulk.worker import TellOfMovies
from catalog.importing.bulk.workers import Workers
from catalog.importing.pipeline import Progress
from catalog.models import DataSet, Edition, MergeDecision, Person

MOVIES_BETWEEN_SIGNS = 1_000
DECISION_COLUMNS = ("id", "kind", "movie_id", "other_id", "movie_keys", "other_keys", "evidence")


@dataclass(frozen=True)
class Films:
    """`roots` (M,): the place of the movie whose film each movie is, its own where it is joined to none."""

    roots: NDArray[np.int32]
    found: list[Found] = field(default_factory=list)

    @classmethod
    def apart(cls, movies: int) -> "Films":
        return cls(np.arange(movies, dtype=np.int32))

    @classmethod
    def joined(cls, movies: int, found: list[Found]) -> "Films":
        films = cls.apart(movies)
        for film in found:
            films.roots[film.others] = film.into
        return cls(films.roots, found)

    def summary(self, copies: int) -> Joined:
        """`copies`: how many ratings that hides."""
        return Joined(len(self.found), sum(len(film.others) for film in self.found), copies)


def may_be_joined_at_once() -> bool:
    """Whether there is nothing yet that movies of the import could be joined with but each other."""
    return not Edition.objects.exists()


def find_films(
    data_set: DataSet,
    catalogue: Catalogue,
    ratings: NDArray[np.int64],
    copies: Copies,
    workers: Workers,
    watch: Callable[[Progress], None],
) -> Films:
    """`ratings` (M,): how many each movie has; `copies`: the reviews that stand under two of them."""
    total = len(catalogue.places)

    def heard(done: int) -> None:
        watch(Progress(FINDING, done, total, done))

    candidates = _candidates(data_set.pk, catalogue, workers, heard)
    by_hand = holding_by_hand(_Homes(data_set.name, catalogue.places))
    matching = Matching(candidates, by_hand, lambda: heard(total))
    matching.gather(copies.shared(ratings))
    found = matching.found(catalogue.places.values(), dict(enumerate(ratings.tolist())))
    watch(Progress(FINDING, total, total, total, is_over=True))
    return Films.joined(total, found)


def insert_decisions(data_set: DataSet, catalogue: Catalogue, ids: MovieIds, found: Iterable[Found]) -> None:
    """A row for each merge, with the evidence, as `catalog.editions.merging` makes them."""
    names = list(catalogue.places)

    def row(pk: int, place: int, film: Found) -> tuple[Any, ...]:
        keys = (json.dumps([[data_set.name, names[one]]]) for one in (place, film.into))
        movie_ids = (ids.movie + one for one in (place, film.into))
        return pk, MergeDecision.Kind.MERGE.value, *movie_ids, *keys, json.dumps(film.why[place])

    merges = ((place, film) for film in found for place in film.others)
    rows = (row(pk, *merge) for pk, merge in enumerate(merges, next_id(MergeDecision)))
    insert(MergeDecision, DECISION_COLUMNS, rows)


@dataclass(frozen=True)
class _Homes:
    """Where decisions by hand find the editions that they name."""

    data_set: str
    places: dict[str, int]

    def __call__(self, keys: Iterable[Sequence[str]]) -> dict[Key, int]:
        return {
            (name, external_id): self.places[external_id]
            for name, external_id in keys
            if name == self.data_set and external_id in self.places
        }


def _candidates(
    data_set: int, catalogue: Catalogue, workers: Workers, heard: Callable[[int], None]
) -> list[Candidate]:
    people = dict(Person.objects.values_list("name", "pk"))
    found: list[Candidate] = []
    phrases: list[str] = []
    for told in _told(catalogue, workers):
        heard(len(found))
        for one in told:
            found.append(_candidate(len(found), data_set, one, catalogue, people))
            phrases.append(one.phrases)
    _add_people_named(found, phrases, people, lambda: heard(len(found)))
    for external_id in catalogue.only_rated:
        group = catalogue.groups.get(external_id) or external_id
        untitled = Candidate(len(found), len(found), data_sets={data_set}, groups={(data_set, group)})
        found.append(untitled)
    return found


def _told(catalogue: Catalogue, workers: Workers) -> Iterator[list[Told]]:
    """What the rows tell, in the order of their places; all that can be found out of one row, the workers do."""
    return workers.in_order(TellOfMovies(key, tuple(places)) for key, places in catalogue.chosen)


def _candidate(
    place: int, data_set: int, told: Told, catalogue: Catalogue, people: dict[str, int]
) -> Candidate:
    """`people` by name; who is new gets a number there."""
    group = max(told.group, catalogue.groups.get(told.external_id, ""))
    return Candidate(
        place,
        place,
        key=told.key,
        with_article=told.with_article,
        year=told.year,
        imdb_id=told.imdb_id,
        tmdb_id=told.tmdb_id,
        told_year=told.told_year,
        data_sets={data_set},
        groups={(data_set, group or told.external_id)},
        people={people.setdefault(name, -len(people) - 1) for name in told.people},
    )


def _add_people_named(
    candidates: list[Candidate], phrases: Sequence[str], people: dict[str, int], alive: Callable[[], None]
) -> None:
    """Names and years out of descriptions count where another movie has the same title: elsewhere nobody asks."""
    names = Names.of(sorted(people.items()))
    alike = {candidate.movie_id for group in namesakes(candidates) for candidate in group}
    for candidate, lines in zip(candidates, phrases, strict=True):
        if candidate.movie_id % MOVIES_BETWEEN_SIGNS == 0:
            alive()
        if candidate.movie_id in alike:
            candidate.people |= people_named_in(lines.split("\n"), names)
        else:
            candidate.told_year = None
