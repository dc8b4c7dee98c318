"""The rows of a made site: films as the importers leave them, and people of the site who rated some."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from knox.models import AuthToken

from benchmarks.picks_artifact import made_counts, write_made_artifact
from catalog.genres import get_genres
from catalog.models import DataSet, Edition, Movie, Rating, Reviewer
from recommendations.models import ModelVersion
from recommendations.registry import activate

AT_ONCE, BATCH = 20_000, 2_000
VERSION = "20000101T000000Z-000000"
WORDS = np.array(
    ["night", "river", "house", "woman", "city", "road", "last", "first", "long", "red", "silent"]
)


def make_site(n_movies: int, n_people: int, n_rated: int) -> dict[str, Any]:
    """The whole of it; what a client needs to ask as each of the people."""
    make_films(n_movies)
    people = make_people(n_people, n_rated, n_movies)
    write_made_artifact(Path(settings.MODELS_DIR) / VERSION, n_movies)
    activate(ModelVersion.objects.create(version=VERSION))
    return {"version": VERSION, "people": people}


def make_films(n_movies: int) -> None:
    """Films with the ids 1 to n_movies, two or three genres and one edition each, rated as `made_counts` says."""
    genres = [genre.pk for genre in get_genres().values()]
    data_set = DataSet.objects.create(name="Made", kind=DataSet.Kind.AMAZON)
    in_genre = Movie.genres.through
    ids = range(1, n_movies + 1)
    _fill(Movie.objects.bulk_create, _films(n_movies))
    _fill(
        in_genre.objects.bulk_create,
        (in_genre(movie_id=pk, genre_id=genres[kind]) for pk in ids for kind in {pk % 17, pk % 11, pk % 3}),
    )
    _fill(Edition.objects.bulk_create, (_edition(data_set, pk) for pk in ids))


def _films(n_movies: int) -> Iterator[Movie]:
    words = np.random.default_rng(0).integers(0, len(WORDS), (n_movies, 42))
    for pk, (count, chosen) in enumerate(zip(made_counts(n_movies).tolist(), words, strict=True), start=1):
        title = f"The {' '.join(WORDS[chosen[:2]]).title()} {pk}"
        yield Movie(
            pk=pk,
            title=title,
            folded_title=title.lower(),
            year=1930 + pk % 95,
            runtime_minutes=70 + pk % 90,
            description=f"A {' '.join(WORDS[chosen[2:]])}.",
            ratings_06=count // 5,
            ratings_08=count // 2,
            ratings_10=count - count // 5 - count // 2,
        )


def _edition(data_set: DataSet, pk: int) -> Edition:
    return Edition(
        data_set=data_set,
        movie_id=pk,
        external_id=f"B{pk:09d}",
        format="DVD",
        price=f"{5 + pk % 20}.99",
        url=f"https://shop.example/dp/B{pk:09d}",
    )


def make_people(n_people: int, n_rated: int, n_movies: int) -> list[dict[str, Any]]:
    """Accounts that rated n_rated films each, popular ones rather than others; a token and a session of each."""
    chances = made_counts(n_movies) + 1.0
    chances /= chances.sum()
    generator = np.random.default_rng(1)
    people = []
    for number in range(n_people):
        user = get_user_model().objects.create_user(f"person-{number}")
        films = generator.choice(n_movies, min(n_rated, n_movies), replace=False, p=chances) + 1
        stars = generator.integers(1, 11, len(films))
        rate_all(Reviewer.objects.for_user(user), films.tolist(), stars.tolist())
        _, token = AuthToken.objects.create(user=user)
        client = Client()
        client.force_login(user)
        history = list(zip(films.tolist(), stars.tolist(), strict=True))
        people.append({"token": token, "session": client.cookies["sessionid"].value, "history": history})
    return people


def rate_all(reviewer: Reviewer, films: list[int], half_stars: list[int]) -> None:
    Rating.objects.bulk_create(
        Rating(
            reviewer=reviewer,
            movie_id=film,
            half_stars=given,
            rated_at=datetime(2020, 1, 1, 0, place, tzinfo=UTC),
        )
        for place, (film, given) in enumerate(zip(films, half_stars, strict=True))
    )


def _fill(create: Callable[..., object], rows: Iterable[Any]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, AT_ONCE)):
        create(batch, batch_size=BATCH)
