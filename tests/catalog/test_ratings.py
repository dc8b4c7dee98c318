"""Rating a movie: one current rating per reviewer and movie, and a histogram that is always right."""

import pytest
from django.db import IntegrityError

from catalog.aggregates import recount, wrong_histograms
from catalog.models import Movie, Rating, Reviewer
from catalog.models.ratings import as_half_stars
from catalog.ratings import rate, unrate
from tests.factories import make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_rating_changing_and_unrating_move_the_histogram(ada):
    movie, reviewer = make_movie(), Reviewer.objects.for_user(ada)
    for half_stars in (7, 10, 10, 1):
        rate(reviewer, movie, half_stars)
        movie.refresh_from_db()
        assert movie.histogram == [int(n == half_stars) for n in range(1, 11)]
        assert (movie.rating_count, movie.half_star_sum, movie.mean_stars) == (1, half_stars, half_stars / 2)
    assert unrate(reviewer, movie) == 1
    assert unrate(reviewer, movie) is None
    movie.refresh_from_db()
    assert (movie.rating_count, movie.mean_stars) == (0, None)
    assert Rating.objects.count() == 0


def test_rating_a_merged_movie_rates_the_one_it_was_merged_into(ada):
    kept = make_movie("Alien")
    merged = make_movie("Alien (Director's Cut)", merged_into=kept)
    rating = rate(Reviewer.objects.for_user(ada), merged, 9)
    assert rating.movie == kept
    assert not wrong_histograms().exists()


def test_recount_repairs_what_is_wrong_and_leaves_superseded_copies_out():
    movie, other = make_movie(), make_movie("Aliens", 1986)
    rate_all(make_reviewers(3), movie, [10, 10, 3])
    Rating.objects.filter(half_stars=3).update(superseded=True)
    Movie.objects.filter(pk=other.pk).update(ratings_04=9)
    assert list(wrong_histograms()) == [movie, other]
    recount()
    movie.refresh_from_db()
    other.refresh_from_db()
    assert movie.histogram == [0] * 9 + [2]
    assert other.rating_count == 0
    assert not wrong_histograms().exists()


def test_the_database_refuses_a_second_current_rating_and_stars_outside_the_scale(ada):
    movie, reviewer = make_movie(), Reviewer.objects.for_user(ada)
    rate(reviewer, movie, 5)
    with pytest.raises(IntegrityError):
        Rating.objects.create(reviewer=reviewer, movie=movie, half_stars=6)


def test_the_database_refuses_half_stars_outside_the_scale(ada):
    with pytest.raises(IntegrityError):
        Rating.objects.create(reviewer=Reviewer.objects.for_user(ada), movie=make_movie(), half_stars=11)


@pytest.mark.parametrize(("stars", "half_stars"), [(0.5, 1), (5, 10), ("3.5", 7)])
def test_stars_as_half_stars(stars, half_stars):
    assert as_half_stars(stars) == half_stars


@pytest.mark.parametrize("stars", [0, 5.5, 3.25, "many", None, float("nan"), float("inf"), -1])
def test_other_stars_are_refused_with_a_sentence(stars):
    with pytest.raises(ValueError, match=r"from 0\.5 to 5"):
        as_half_stars(stars)
