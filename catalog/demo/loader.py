"""Puts the demo into the database: films as facts, and made ratings of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db import transaction

from catalog.aggregates import recount
from catalog.demo.films import Film, read_films
from catalog.demo.tastes import REVIEWERS, SEED, MadeRatings, make_ratings
from catalog.genres import get_genres
from catalog.models import Credit, DataSet, Edition, Movie, Person, Rating, Reviewer
from catalog.text import fold

DATA_SET_NAME = "Demo"
BATCH = 10_000

Progress = Callable[[str], None]


class DemoRefused(Exception):
    """The demo cannot be loaded; the message is a sentence for people."""


def load_demo(progress: Progress, *, seed: int = SEED, reviewers: int = REVIEWERS) -> dict[str, int]:
    """Load films, reviewers and ratings, and return how many of each are new: none if the demo is there.

    All of it is one transaction: a load that is killed leaves nothing behind, and of two at once one loads.
    Raises DemoRefused when other data bear the demo's name.
    """
    films = read_films()
    with transaction.atomic():
        data_set, is_new = DataSet.objects.get_or_create(
            name=DATA_SET_NAME,
            defaults={
                "kind": DataSet.Kind.DEMO,
                "licence_note": DataSet.LICENCE_NOTES[DataSet.Kind.DEMO],
            },
        )
        if not data_set.is_made:
            raise DemoRefused(f'A data set of other data is called "{DATA_SET_NAME}": rename it first.')
        if not is_new:
            progress("The demo data is loaded already.")
            return {"movies": 0, "reviewers": 0, "ratings": 0}
        progress(f"Making ratings of {len(films):,} films")
        made = make_ratings(films, seed=seed, reviewers=reviewers)
        return _load(data_set, films, made, progress)


def _load(data_set: DataSet, films: Sequence[Film], made: MadeRatings, progress: Progress) -> dict[str, int]:
    progress(f"Loading {len(films):,} films")
    editions, new_movies = _load_editions(data_set, films)
    people = Reviewer.objects.bulk_create(
        Reviewer(data_set=data_set, external_id=f"demo-{n:05d}") for n in range(made.reviewer_count)
    )
    _load_ratings(made, people, editions, progress)
    recount(Movie.objects.filter(editions__data_set=data_set))
    return {"movies": new_movies, "reviewers": len(people), "ratings": len(made)}


def _load_editions(data_set: DataSet, films: Sequence[Film]) -> tuple[list[Edition], int]:
    """An edition of each film, in order, and how many movies had to be made for them.

    A movie that is there already under the same title and year is taken as it is.
    """
    known = {
        (movie.folded_title, movie.year): movie
        for movie in Movie.objects.current().filter(folded_title__in=[fold(film.title) for film in films])
    }
    missing = [film for film in films if (fold(film.title), film.year) not in known]
    made = dict(zip(missing, _make_movies(missing), strict=True))
    movies = [made.get(film) or known[fold(film.title), film.year] for film in films]
    editions = Edition.objects.bulk_create(
        Edition(data_set=data_set, movie=movie, external_id=film.slug, title=str(movie))
        for film, movie in zip(films, movies, strict=True)
    )
    return editions, len(missing)


def _make_movies(films: Sequence[Film]) -> list[Movie]:
    movies = Movie.objects.bulk_create(
        Movie(
            title=film.title,
            folded_title=fold(film.title),
            year=film.year,
            description=film.description,
            runtime_minutes=film.runtime_minutes,
            series=film.series or "",
        )
        for film in films
    )
    _set_genres(films, movies)
    _set_credits(films, movies)
    return movies


def _set_genres(films: Sequence[Film], movies: Sequence[Movie]) -> None:
    genres = get_genres()
    genre_of_movie = Movie.genres.through
    genre_of_movie.objects.bulk_create(
        genre_of_movie(movie_id=movie.pk, genre_id=genres[name].pk)
        for film, movie in zip(films, movies, strict=True)
        for name in film.genres
    )


def _set_credits(films: Sequence[Film], movies: Sequence[Movie]) -> None:
    names = {name for film in films for name in film.people}
    Person.objects.bulk_create(
        [Person(name=name, folded_name=fold(name)) for name in sorted(names)], ignore_conflicts=True
    )
    people = {person.name: person for person in Person.objects.filter(name__in=names)}
    Credit.objects.bulk_create(
        Credit(movie=movie, person=people[name], role=role, position=position)
        for film, movie in zip(films, movies, strict=True)
        for role, named in ((Credit.Role.DIRECTOR, film.directors), (Credit.Role.ACTOR, film.leads))
        for position, name in enumerate(named)
    )


def _load_ratings(
    made: MadeRatings, reviewers: Sequence[Reviewer], editions: Sequence[Edition], progress: Progress
) -> None:
    columns = (made.reviewer_indices, made.film_indices, made.stars, made.rated_at)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    for start in range(0, len(rows), BATCH):
        Rating.objects.bulk_create(
            Rating(
                reviewer=reviewers[reviewer],
                movie_id=editions[film].movie_id,
                edition=editions[film],
                half_stars=2 * stars,
                rated_at=datetime.fromtimestamp(seconds, UTC),
            )
            for reviewer, film, stars, seconds in rows[start : start + BATCH]
        )
        progress(f"Loading ratings: {min(start + BATCH, len(rows)):,} of {len(rows):,}")
