"""Films with editions, and people who rated more than one of them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zlib import crc32

import pytest

from catalog.aggregates import recount, wrong_histograms
from catalog.models import Edition, Movie, Rating, Reviewer
from tests.factories import make_data_set, make_edition, make_movie


@pytest.fixture(autouse=True)
def _what_must_always_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with a database: right histograms, and nothing that points into the middle of a tree."""
    yield
    if request.node.get_closest_marker("django_db"):
        assert not wrong_histograms().exists()
        assert not Rating.objects.exclude(movie__merged_into=None).exists()
        assert not Edition.objects.exclude(movie__merged_into=None).exists()


def film(title: str, *editions: str, year: int | None = None, **fields: object) -> Movie:
    """A movie as an import makes it, with these editions."""
    movie = make_movie(title, year, **fields)
    for external_id in editions:
        make_edition(movie, external_id)
    return movie


def reviewed(asin: str, stars: Sequence[tuple[str, int, int]]) -> None:
    """Ratings of an edition: the reviewer's id, half stars, and the day on which they were given."""
    edition = Edition.objects.get(external_id=asin)
    data_set = make_data_set()
    for name, half_stars, day in stars:
        reviewer, _ = Reviewer.objects.get_or_create(data_set=data_set, external_id=name)
        Rating.objects.create(
            reviewer=reviewer,
            movie=edition.movie,
            edition=edition,
            half_stars=half_stars,
            rated_at=datetime(2010, 1, day, tzinfo=UTC),
            digest=crc32(f"{name} {asin}".encode()),
            superseded=reviewer.ratings.current().filter(movie=edition.movie).exists(),
        )
    recount(Movie.objects.filter(pk=edition.movie_id))
