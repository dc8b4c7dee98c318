"""What a visitor did before signing in or up comes along."""

import pytest
from django.urls import reverse

from catalog.aggregates import recount
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

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
    assert (
        "You had rated Alien otherwise before: the stars of your account stay. My ratings has both." in words
    )


class TestRatedTwice:
    @pytest.fixture
    def signed_in(self, visitor, films, ada):
        """Ada, whose account says 1.5 and 2 stars where she gave five as a visitor."""
        for film, half_stars in zip(films, (3, 4), strict=True):
            rate(Reviewer.objects.for_user(ada), film, half_stars)
        visitor.post(reverse("account_login"), ADA)
        return visitor

    def settle(self, client, **fields):
        return client.post(reverse("rating-conflicts"), fields, **HTMX)

    def test_both_are_listed_until_they_are_settled(self, signed_in, films):
        page = assert_good_page(signed_in.get(reverse("my-ratings")))
        lines = [text_of(line) for line in page.findall(".//*[@id='conflicts']//li")]
        assert lines[0].startswith("Alien (1979): 1.5 stars in your account Take 5 stars")
        assert len(lines) == 2

    def test_one_click_takes_the_other(self, signed_in, films):
        response = self.settle(signed_in, movie=films[0].pk, take="1")
        assert "Solaris" in text_of(part := assert_good_part(response))
        assert "Alien" not in text_of(part)
        assert "conflict-settled" in response["HX-Trigger"]
        assert stars_of("ada") == {"Alien": 10, "Solaris": 4}
        self.settle(signed_in, movie=films[1].pk, take="0")
        assert stars_of("ada") == {"Alien": 10, "Solaris": 4}
        assert "rating_conflicts" not in signed_in.session

    def test_all_can_be_dismissed_also_without_scripts(self, signed_in, films):
        response = signed_in.post(reverse("rating-conflicts"), {"take": "0"}, follow=True)
        assert response.redirect_chain == [(reverse("my-ratings"), 302)]
        assert assert_good_page(response).findall(".//*[@id='conflicts']//li") == []
        assert stars_of("ada") == {"Alien": 3, "Solaris": 4}

    def test_what_became_the_same_or_was_taken_away_is_none(self, signed_in, films, ada):
        rate(ada.reviewer, films[0], 10)
        Rating.objects.filter(movie=films[1]).delete()
        page = assert_good_page(signed_in.get(reverse("my-ratings")))
        assert page.findall(".//*[@id='conflicts']//li") == []

    def test_a_merge_since_then_is_followed(self, signed_in, films, ada):
        root = make_movie("Alien: Director's Cut")
        films[0].merged_into = root
        films[0].save()
        Rating.objects.filter(movie=films[0]).update(movie=root)
        recount()
        self.settle(signed_in, movie=root.pk, take="1")
        assert Rating.objects.of_user(ada).get(movie=root).half_stars == 10

    @pytest.mark.parametrize("movie", ["abc", "²", "9" * 30])
    def test_what_is_no_film_is_refused(self, signed_in, movie):
        assert signed_in.post(reverse("rating-conflicts"), {"movie": movie, "take": "1"}).status_code == 400


def test_signing_in_again_moves_nothing(visitor, ada):
    visitor.post(reverse("account_login"), ADA, follow=True)
    visitor.post(reverse("account_logout"), follow=True)
    response = visitor.post(reverse("account_login"), ADA, follow=True)
    assert "came along" not in text_of(assert_good_page(response))
