"""What somebody sees of whom nothing is known: the average, with what was rated of late, mixed by genre."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Rating, Reviewer, Statistic
from catalog.ratings import rate
from catalog.statistics.stored import refresh_statistics, stored_recent
from recommendations.fallback import RECENT_STARS
from recommendations.services import NOBODY, Source, Wishes, picks_for, someone_signed_in
from tests.factories import make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NEWEST = datetime(2015, 6, 1, tzinfo=UTC)


def rate_at(reviewers, movie, half_stars, when):
    rate_all(reviewers, movie, [half_stars] * len(reviewers))
    Rating.objects.filter(movie=movie).update(rated_at=when)


def titles(answer):
    return [pick.movie.title for pick in answer.picks]


@pytest.fixture
def old_and_new(films):
    """Alien is the best rated, years before the newest rating; Carol is nearly as good, and rated of late."""
    reviewers = make_reviewers(30)
    rate_at(reviewers, films[0], 9, NEWEST - timedelta(days=2000))
    rate_at(reviewers, films[4], 8, NEWEST - timedelta(days=100))
    rate_at(reviewers[:1], films[5], 8, NEWEST)
    return films


def test_of_late_is_the_last_year_of_the_ratings_themselves(old_and_new):
    assert stored_recent() is None
    assert titles(picks_for(NOBODY, n=1)) == ["Alien"]  # not counted yet: the average alone
    refresh_statistics()
    assert stored_recent().counts == {old_and_new[4].pk: 30, old_and_new[5].pk: 1}
    answer = picks_for(NOBODY, n=2)
    assert (answer.source, answer.model_version) == (Source.AVERAGE, None)
    assert titles(answer) == ["Carol", "Alien"]
    site_mean = (30 * 4.5 + 30 * 4 + 4) / 61
    assert answer.picks[0].score == pytest.approx(
        (30 * 4 + 10 * site_mean) / 40 + RECENT_STARS * math.log(31) / math.log(101)
    )


def test_a_first_rating_on_the_site_does_not_make_the_data_old(old_and_new, ada):
    rate(Reviewer.objects.for_user(ada), old_and_new[6], 10)  # today, years after the data
    refresh_statistics()
    counts = stored_recent().counts
    assert counts == {old_and_new[4].pk: 30, old_and_new[5].pk: 1, old_and_new[6].pk: 1}


def test_counting_anew_keeps_one_row_and_ratings_without_a_moment_are_not_of_late(old_and_new):
    Rating.objects.update(rated_at=None)
    for _ in range(2):
        refresh_statistics()
    assert stored_recent().counts == {}
    assert Statistic.objects.count() == 1
    assert titles(picks_for(NOBODY, n=1)) == ["Alien"]


def test_genres_are_mixed_unless_variety_is_off(films):
    reviewers = make_reviewers(40)
    for film, half_stars in zip(films, (10, 10, 10, 9, 9, 8, 7, 7), strict=True):
        rate_all(reviewers, film, [half_stars] * 40)
    in_order = titles(picks_for(NOBODY, wishes=Wishes(variety="off")))
    assert in_order == [film.title for film in films]
    mixed = titles(picks_for(NOBODY))
    assert mixed[:2] == ["Alien", "Carol"]
    assert sorted(mixed) == sorted(in_order)


def test_adventurous_prefers_what_few_know(films):
    rate_all(make_reviewers(60), films[0], [9] * 60)
    rate_all(make_reviewers(8), films[1], [10] * 8)
    assert titles(picks_for(NOBODY, n=1, wishes=Wishes(adventurous=-1.0)))[0] == "Alien"
    assert titles(picks_for(NOBODY, n=1, wishes=Wishes(adventurous=1.0)))[0] == "Solaris"


@pytest.mark.parametrize("half_stars", [1, 10])
def test_strange_histories_give_sane_lists(active, films, ada, half_stars):
    for film in films[:7]:
        rate(Reviewer.objects.for_user(ada), film, half_stars)
    answer = picks_for(someone_signed_in(ada))
    assert titles(answer) == ["Amélie"]
    assert 0.5 <= answer.picks[0].predicted_stars <= 5


def test_the_number_of_queries_is_constant(old_and_new, django_assert_num_queries):
    refresh_statistics()
    for n_more in (0, 60):
        for n in range(n_more):
            make_movie(f"Film {n}", 2000, ["Drama"])
        # Rated of late; best known, rated of late; their genres; films, genres, editions.
        with django_assert_num_queries(7):
            picks_for(NOBODY)
