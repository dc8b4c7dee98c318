"""Many ratings at once: the same as one by one, histograms included, and twice is once."""

from datetime import UTC, datetime

import pytest

from catalog.aggregates import wrong_histograms
from catalog.models import Movie, Rating, Reviewer
from catalog.rating_sets import Given, Outcome, rate_many, remove_reviewer
from catalog.ratings import rate
from tests.factories import make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
EARLY, LATE = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))


@pytest.fixture
def adas(ada):
    return Reviewer.objects.for_user(ada)


def current(reviewer):
    return dict(Rating.objects.current().filter(reviewer=reviewer).values_list("movie_id", "half_stars"))


def test_each_outcome(adas):
    new, same, changed, older = (make_movie(f"Film {n}") for n in range(4))
    for movie, half_stars in ((same, 5), (changed, 5), (older, 5)):
        rate(adas, movie, half_stars, at=LATE)
    given = {new.pk: Given(9, EARLY), same.pk: Given(5), changed.pk: Given(8), older.pk: Given(8, EARLY)}
    expected = [Outcome.NEW, Outcome.UNCHANGED, Outcome.CHANGED, Outcome.OLDER]
    assert rate_many(adas, given) == dict(zip(given, expected, strict=True))
    assert current(adas) == {new.pk: 9, same.pk: 5, changed.pk: 8, older.pk: 5}
    assert not wrong_histograms().exists()
    assert Rating.objects.get(movie=new).rated_at == EARLY


def test_twice_changes_nothing(adas):
    given = {make_movie(f"Film {n}").pk: Given(1 + n) for n in range(10)}
    rate_many(adas, given)
    before = list(Rating.objects.order_by("pk").values())
    assert set(rate_many(adas, given).values()) == {Outcome.UNCHANGED}
    assert list(Rating.objects.order_by("pk").values()) == before


def test_a_film_that_was_merged_meanwhile_is_rated_where_it_is_now(adas):
    root, gone = make_movie("Alien"), 10**9
    merged = make_movie("Alien again", merged_into=root)
    assert rate_many(adas, {merged.pk: Given(7, EARLY), gone: Given(3)}) == {merged.pk: Outcome.NEW}
    assert current(adas) == {root.pk: 7}
    assert Rating.objects.get().rated_at == EARLY
    assert not wrong_histograms().exists()


def test_a_rating_that_came_with_a_merge_is_hidden_not_written_over(adas):
    root, merged = make_movie("Alien"), make_movie("Alien again")
    rating = rate(adas, root, 4, at=EARLY)
    Rating.objects.filter(pk=rating.pk).update(home=merged)
    assert rate_many(adas, {root.pk: Given(9, LATE)}) == {root.pk: Outcome.CHANGED}
    assert current(adas) == {root.pk: 9}
    rating.refresh_from_db()
    assert (rating.half_stars, rating.superseded) == (4, True)


def test_the_cost_does_not_grow_with_the_ratings(adas, django_assert_max_num_queries):
    given = {make_movie(f"Film {n}").pk: Given(1 + n % 10) for n in range(60)}
    with django_assert_max_num_queries(
        20
    ):  # two locks, what is there, the rows, a histogram step for each star
        rate_many(adas, given)
    assert len(current(adas)) == 60


def test_who_is_removed_leaves_the_averages(adas):
    movies = [make_movie(f"Film {n}") for n in range(3)]
    others = make_reviewers(1)
    rate_all(others, movies[0], [10])
    rate_many(adas, {movie.pk: Given(2 + n) for n, movie in enumerate(movies)})
    Rating.objects.filter(reviewer=adas, movie=movies[2]).update(superseded=True)
    Movie.objects.filter(pk=movies[2].pk).update(ratings_04=0)
    assert remove_reviewer(adas) == 2
    assert not Reviewer.objects.filter(pk=adas.pk).exists()
    assert list(Rating.objects.values_list("reviewer_id", flat=True)) == [others[0].pk]
    assert not wrong_histograms().exists()
