"""What a visitor did before signing in or up comes along."""

import pytest
from django.urls import reverse

from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_movie
from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db
NEW = {"username": "carol", "password1": "space-and-time", "password2": "space-and-time"}
ADA = {"login": "ada", "password": "ada-password"}


@pytest.fixture
def films():
    return [make_movie("Alien"), make_movie("Solaris")]


@pytest.fixture
def visitor(as_stranger, films):
    """A stranger who gave both films five stars."""
    for film in films:
        as_stranger.post(reverse("movie-rate", args=[film.pk]), {"stars": "5"})
    return as_stranger


def stars_of(username):
    ratings = Rating.objects.current().filter(reviewer__user__username=username)
    return dict(ratings.values_list("movie__title", "half_stars"))


def test_whoever_signs_up_keeps_their_stars(visitor, films):
    response = visitor.post(reverse("account_signup"), NEW, follow=True)
    assert stars_of("carol") == {"Alien": 10, "Solaris": 10}
    assert [movie.rating_count for movie in Movie.objects.all()] == [1, 1]
    assert "Your stars for 2 films came along." in text_of(assert_good_page(response))
    assert "ratings" not in visitor.session


def test_what_the_account_said_stays_and_the_difference_is_told(visitor, films, ada):
    rate(Reviewer.objects.for_user(ada), films[0], 3)
    response = visitor.post(reverse("account_login"), ADA, follow=True)
    assert stars_of("ada") == {"Alien": 3, "Solaris": 10}
    words = text_of(assert_good_page(response))
    assert "Your stars for one film came along." in words
    assert "You had rated Alien otherwise before: the stars of your account stay." in words


def test_signing_in_again_moves_nothing(visitor, ada):
    visitor.post(reverse("account_login"), ADA, follow=True)
    visitor.post(reverse("account_logout"), follow=True)
    response = visitor.post(reverse("account_login"), ADA, follow=True)
    assert "came along" not in text_of(assert_good_page(response))
