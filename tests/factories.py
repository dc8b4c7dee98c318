"""Small pieces of catalogue for tests."""

from collections.abc import Sequence

from catalog.aggregates import recount
from catalog.models import DataSet, Edition, Genre, Movie, Rating, Reviewer


def make_data_set(name: str = "Some reviews", kind: str = DataSet.Kind.AMAZON) -> DataSet:
    return DataSet.objects.get_or_create(name=name, defaults={"kind": kind})[0]


def make_movie(
    title: str = "Alien", year: int | None = 1979, genres: Sequence[str] = (), **fields: object
) -> Movie:
    movie = Movie.objects.create(title=title, year=year, **fields)
    movie.genres.set(
        Genre.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name})[0]
        for name in genres
    )
    return movie


def make_edition(
    movie: Movie, external_id: str, data_set: DataSet | None = None, **fields: object
) -> Edition:
    return Edition.objects.create(
        movie=movie, external_id=external_id, data_set=data_set or make_data_set(), **fields
    )


def make_reviewers(n: int, data_set: DataSet | None = None) -> list[Reviewer]:
    data_set = data_set or make_data_set()
    first = data_set.reviewers.count()
    return [Reviewer.objects.create(data_set=data_set, external_id=f"R{first + i}") for i in range(n)]


def rate_all(reviewers: Sequence[Reviewer], movie: Movie, half_stars: Sequence[int]) -> None:
    """One rating each of a movie, with its histogram."""
    Rating.objects.bulk_create(
        Rating(reviewer=reviewer, movie=movie, half_stars=n)
        for reviewer, n in zip(reviewers, half_stars, strict=True)
    )
    recount(Movie.objects.filter(pk=movie.pk))
