"""Movies and editions into the tables, a batch at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import connection, models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.genres import get_genres
from catalog.importing.bulk.tables import insert, take_ids, update
from catalog.importing.counts import Counts
from catalog.importing.errors import ImportProblem
from catalog.importing.rows import MovieRow
from catalog.models import Credit, DataSet, Edition, Movie, Person
from catalog.text import fold

MOVIE_FIELDS = ("title", "year", "description", "image_url", "imdb_id", "tmdb_id")
EDITION_FIELDS = {"title": "listed_title", "price": "price", "url": "url"}


def lock(data_set: DataSet) -> None:
    """Let imports into one data set take turns, and end when it was removed. For use in a transaction."""
    if DataSet.objects.select_for_update(no_key=True).filter(pk=data_set.pk).first() is None:
        raise ImportProblem(f"The data set {data_set.name} was removed in the middle of this import.")


def untitled(external_id: str) -> str:
    """What a movie is called of which only ratings are known."""
    return f"Untitled ({external_id})"


@dataclass(frozen=True)
class Known:
    """What is stored of an edition and of the movie that it was imported with."""

    edition_id: int
    movie_id: int
    movie: tuple[Any, ...]
    edition: tuple[Any, ...]


@dataclass
class Differing:
    """What rows say otherwise than it is known, ready to be written; `movie_ids`: whom that changes."""

    movies: list[tuple[Any, ...]] = field(default_factory=list)
    editions: list[tuple[Any, ...]] = field(default_factory=list)
    movie_ids: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, known: Mapping[str, Known], rows: Sequence[MovieRow]) -> "Differing":
        found = cls()
        for row in rows:
            stored = known.get(row.external_id)
            if stored is not None:
                found._compare(stored, row)
        return found

    def _compare(self, stored: Known, row: MovieRow) -> None:
        movie = _updated(stored.movie, (getattr(row, name) for name in MOVIE_FIELDS))
        edition = _updated(stored.edition, (getattr(row, source) for source in EDITION_FIELDS.values()))
        if movie != stored.movie:
            self.movies.append((*movie, fold(movie[0])[:300], stored.movie_id))
        if edition != stored.edition:
            self.editions.append((*edition, stored.edition_id))
        if movie != stored.movie or edition != stored.edition:
            self.movie_ids.add(stored.movie_id)

    def write(self, changed: Collection[int]) -> None:
        """`changed`: all movies of which something changes. They are locked as everybody locks them: by id."""
        movies = Movie.objects.filter(pk__in=changed)
        list(movies.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        update(Movie, [*MOVIE_FIELDS, "folded_title"], self.movies)
        update(Edition, [*EDITION_FIELDS], self.editions)
        movies.update(updated_at=timezone.now())


class MovieLoader:
    """Loads into one data set. What a row says replaces what was known; what it does not say stays.

    What a row says of an edition that was merged into another film goes to the movie it came from, so that a
    split finds it there.
    """

    def __init__(self, data_set: DataSet, counts: Counts) -> None:
        self.data_set, self.counts = data_set, counts
        self.genre_ids = {name: genre.pk for name, genre in get_genres().items()}

    def load(self, rows: Sequence[MovieRow]) -> None:
        """Each external id at most once in `rows`."""
        with transaction.atomic():
            lock(self.data_set)
            known = self._known(rows)
            movie_ids = {external_id: found.movie_id for external_id, found in known.items()}
            differing = Differing.of(known, rows)
            new = [row for row in rows if row.external_id not in known]
            movie_ids |= create_movies(self.data_set, new)
            changed = set_genres(
                {movie_ids[row.external_id]: self._genres(row) for row in rows if row.genres}
            )
            changed |= set_people({movie_ids[row.external_id]: row.people for row in rows if row.people})
            changed &= {found.movie_id for found in known.values()}
            changed |= differing.movie_ids
            differing.write(changed)
        self.counts.movies.new += len(new)
        self.counts.movies.changed += sum(found.movie_id in changed for found in known.values())

    def _known(self, rows: Sequence[MovieRow]) -> dict[str, Known]:
        """By external id. Plain tuples: a dump has many rows."""
        at_home = self.data_set.editions.filter(external_id__in=[row.external_id for row in rows])
        editions = at_home.values_list(
            "external_id", "pk", Coalesce("home_id", "movie_id"), *EDITION_FIELDS
        ).order_by()
        found = {external_id: (pk, movie_id, facts) for external_id, pk, movie_id, *facts in editions}
        movies = Movie.objects.filter(pk__in={movie_id for _, movie_id, _ in found.values()})
        facts_of = {pk: tuple(facts) for pk, *facts in movies.order_by().values_list("pk", *MOVIE_FIELDS)}
        return {
            external_id: Known(pk, movie_id, facts_of[movie_id], tuple(facts))
            for external_id, (pk, movie_id, facts) in found.items()
        }

    def _genres(self, row: MovieRow) -> list[int]:
        return [self.genre_ids[name] for name in row.genres]


def _updated(stored: tuple[Any, ...], said: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(old if value in ("", None) else value for old, value in zip(stored, said, strict=True))


def create_movies(data_set: DataSet, rows: Sequence[MovieRow]) -> dict[str, int]:
    """A movie and an edition for each row. Returns the movies' ids by external id."""
    if not rows:
        return {}
    movie_ids, edition_ids = take_ids(Movie, len(rows)), take_ids(Edition, len(rows))
    insert(Movie, ("id", *MOVIE_FIELDS, "folded_title"), map(_movie_values, movie_ids, rows))
    price = cast("Any", Edition._meta.get_field("price"))
    editions = (
        (
            *(edition_id, data_set.pk, movie_id, row.external_id, row.group, row.listed_title),
            *(price.get_db_prep_save(row.price, connection), row.url),
        )
        for edition_id, movie_id, row in zip(edition_ids, movie_ids, rows, strict=True)
    )
    insert(
        Edition,
        ("id", "data_set_id", "movie_id", "external_id", "source_group", *EDITION_FIELDS),
        editions,
    )
    return {row.external_id: movie_id for row, movie_id in zip(rows, movie_ids, strict=True)}


def _movie_values(movie_id: int, row: MovieRow) -> tuple[Any, ...]:
    values = {name: getattr(row, name) for name in MOVIE_FIELDS}
    values["title"] = row.title or untitled(row.external_id)
    return (movie_id, *values.values(), fold(values["title"])[:300])


def add_untitled(data_set: DataSet, urls: Mapping[str, str]) -> None:
    """Movies and editions for external ids of which nothing but ratings is known, with their links."""
    create_movies(data_set, [MovieRow(external_id, url=url) for external_id, url in urls.items()])


def set_genres(wanted: Mapping[int, Collection[int]]) -> set[int]:
    """Give movies (by id) exactly these genres. Returns the movies for which that is a change."""
    through = cast("type[models.Model]", Movie.genres.through)
    stored = {
        (movie_id, genre_id): pk
        for pk, movie_id, genre_id in through._default_manager.filter(movie_id__in=wanted).values_list(
            "pk", "movie_id", "genre_id"
        )
    }
    right = {(movie_id, genre_id) for movie_id, genre_ids in wanted.items() for genre_id in genre_ids}
    missing, wrong = right - stored.keys(), stored.keys() - right
    through._default_manager.filter(pk__in=[stored[pair] for pair in wrong]).delete()
    through._default_manager.bulk_create(
        through(movie_id=movie_id, genre_id=genre_id) for movie_id, genre_id in sorted(missing)
    )
    return {movie_id for movie_id, _ in missing | wrong}


def set_people(wanted: Mapping[int, Sequence[str]]) -> set[int]:
    """Credit movies (by id) with these contributors. Returns the movies for which that is a change."""
    people = _people_ids({name for names in wanted.values() for name in names})
    contributors = Credit.objects.filter(role=Credit.Role.CONTRIBUTOR, movie_id__in=wanted)
    stored = {(credit.movie_id, credit.person_id): credit.pk for credit in contributors}
    right = {
        (movie_id, people[name]): position
        for movie_id, names in wanted.items()
        for position, name in enumerate(names)
    }
    missing, wrong = right.keys() - stored.keys(), stored.keys() - right.keys()
    Credit.objects.filter(pk__in=[stored[pair] for pair in wrong]).delete()
    Credit.objects.bulk_create(
        Credit(movie_id=pair[0], person_id=pair[1], role=Credit.Role.CONTRIBUTOR, position=right[pair])
        for pair in sorted(missing)
    )
    return {movie_id for movie_id, _ in missing | wrong}


def _people_ids(names: Collection[str]) -> dict[str, int]:
    known = dict(Person.objects.filter(name__in=names).values_list("name", "pk"))
    missing = [Person(name=name, folded_name=fold(name)[:200]) for name in sorted(set(names) - known.keys())]
    if not missing:
        return known
    Person.objects.bulk_create(missing, ignore_conflicts=True)
    return dict(Person.objects.filter(name__in=names).values_list("name", "pk"))
