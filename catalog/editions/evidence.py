"""What is known of each movie as it was imported, before any merge: the material for `catalog.editions.matching`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.editions.descriptions import Names, people_named_in, phrases_in, year_told_in
from catalog.editions.titles import NOTHING, TitleKey, has_article, title_key
from catalog.models import Credit, Edition, Movie, Person

MOVIES_IN_A_CHUNK = 2_000


@dataclass(slots=True)
class Candidate:
    """A movie as it was imported, whatever it was merged into since (`root`).

    `with_article` is whether the title begins with one, which its key leaves out. `year` is the title's; `told_year`
    the one that its description gives, if it gives one. `people` are the ids of those it credits and of those its
    description names. `groups`: what its sources group its editions by.
    """

    movie_id: int
    root: int
    key: TitleKey = NOTHING
    with_article: bool = False
    year: int | None = None
    told_year: int | None = None
    imdb_id: str = ""
    tmdb_id: int | None = None
    data_sets: set[int] = field(default_factory=set)
    groups: set[tuple[int, str]] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Candidates:
    """All movies that have editions. `home_of`: the movie that each edition was imported with; `ratings`: how many
    each of today's movies has."""

    by_id: dict[int, Candidate]
    home_of: dict[int, int]
    ratings: dict[int, int]


def read_candidates() -> Candidates:
    by_id: dict[int, Candidate] = {}
    home_of: dict[int, int] = {}
    editions = Edition.objects.order_by("pk").values_list(
        "pk", "data_set_id", "movie_id", "home_id", "source_group", "external_id"
    )
    for pk, data_set_id, movie_id, home_id, group, external_id in editions.iterator(
        chunk_size=MOVIES_IN_A_CHUNK
    ):
        home = home_id or movie_id
        home_of[pk] = home
        candidate = by_id.setdefault(home, Candidate(home, movie_id))
        candidate.data_sets.add(data_set_id)
        # What others are grouped by may be the id of this one.
        candidate.groups |= {(data_set_id, group or external_id)}
    ratings = _read_movies(by_id)
    _read_credits(by_id)
    _read_descriptions(by_id)
    return Candidates(by_id, home_of, ratings)


def _read_movies(by_id: Mapping[int, Candidate]) -> dict[int, int]:
    """Fills in what movies say of themselves; returns how many ratings each of today's movies has."""
    ratings: dict[int, int] = {}
    movies = Movie.objects.order_by("pk").values_list(
        "pk", "title", "year", "imdb_id", "tmdb_id", "rating_count"
    )
    for pk, title, year, imdb_id, tmdb_id, count in movies.iterator(chunk_size=MOVIES_IN_A_CHUNK):
        ratings[pk] = count
        candidate = by_id.get(pk)
        if candidate is not None:
            candidate.key, candidate.with_article = title_key(title), has_article(title)
            candidate.year = year
            candidate.imdb_id, candidate.tmdb_id = imdb_id, tmdb_id
    return ratings


def _read_credits(by_id: Mapping[int, Candidate]) -> None:
    credits_ = Credit.objects.order_by("pk").values_list("movie_id", "person_id")
    for movie_id, person_id in credits_.iterator(chunk_size=MOVIES_IN_A_CHUNK):
        if movie_id in by_id:
            by_id[movie_id].people.add(person_id)


def _read_descriptions(by_id: Mapping[int, Candidate]) -> None:
    """Names and years, where another movie has the same title: elsewhere nobody asks."""
    names = Names.of(Person.objects.order_by("pk").values_list("name", "pk").iterator())
    alike = sorted(movie.movie_id for group in namesakes(by_id.values()) for movie in group)
    for movie_id, description in _descriptions(alike):
        candidate = by_id[movie_id]
        candidate.people |= people_named_in(phrases_in(description), names)
        candidate.told_year = year_told_in(description)


def _descriptions(movie_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(movie_ids), MOVIES_IN_A_CHUNK):
        chosen = Movie.objects.filter(pk__in=movie_ids[start : start + MOVIES_IN_A_CHUNK]).exclude(
            description=""
        )
        yield from chosen.order_by("pk").values_list("pk", "description")


def namesakes(candidates: Collection[Candidate]) -> list[list[Candidate]]:
    """Those whose titles say the same, together; titles that say nothing are left out."""
    alike: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.key != NOTHING:
            alike.setdefault(candidate.key[:2], []).append(candidate)
    return [group for group in alike.values() if len(group) > 1]
