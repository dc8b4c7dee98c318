"""Giving stars: by HTMX, by a plain form, as nobody, as somebody else, and with stars that do not exist."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Movie, Rating
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, by_id, checked, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alien():
    return make_movie("Alien", 1979, ["Horror"])


def url_of(movie):
    return reverse("movie-rate", args=[movie.pk])


def stars_of(user):
    return list(Rating.objects.of_user(user).values_list("movie__title", "half_stars"))


def test_by_htmx_the_stars_come_back_and_the_lists_hear_of_it(as_ada, ada, alien):
    response = as_ada.post(url_of(alien), {"stars": "3.5"}, **HTMX)
    part = assert_good_part(response)
    assert checked(part) == ["3.5"]
    assert "You gave it 3.5 stars" in text_of(by_id(part, f"rating-state-{alien.pk}"))
    assert json.loads(response["HX-Trigger"]) == {
        "announce": {"value": "Alien: 3.5 stars"},
        "ratings-changed": {},
    }
    assert stars_of(ada) == [("Alien", 7)]
    alien.refresh_from_db()
    assert alien.histogram == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_by_htmx_a_rating_is_taken_away(as_ada, ada, alien):
    as_ada.post(url_of(alien), {"stars": "5"}, **HTMX)
    response = as_ada.post(url_of(alien), {"stars": ""}, **HTMX)
    part = assert_good_part(response)
    assert checked(part) == []
    assert "ratings-changed" in json.loads(response["HX-Trigger"])
    assert stars_of(ada) == []
    assert as_ada.post(url_of(alien), {"stars": ""}, **HTMX).status_code == 200  # twice does no harm


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("", "/movies/{pk}/alien/"),
        ("/ratings/?sort=stars", "/ratings/?sort=stars"),
        ("https://evil.example/", "/movies/{pk}/alien/"),
        ("//evil.example/", "/movies/{pk}/alien/"),
        ("javascript:alert(1)", "/movies/{pk}/alien/"),
    ],
)
def test_a_plain_form_goes_back_to_a_page_of_this_site(as_ada, ada, alien, wanted, reached):
    response = as_ada.post(url_of(alien), {"stars": "0.5", "next": wanted})
    assert (response.status_code, response["Location"]) == (302, reached.format(pk=alien.pk))
    assert stars_of(ada) == [("Alien", 1)]


@pytest.mark.parametrize("stars", ["7", "0", "-1", "3.25", "many", "nan", "inf", "\0", "5" * 400, None])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_stars_that_do_not_exist_are_refused_with_a_sentence(as_ada, ada, alien, stars, headers):
    response = as_ada.post(url_of(alien), {} if stars is None else {"stars": stars}, **headers)
    words = text_of(assert_good_page(response, 400).find(".//main"))
    assert "Stars go from 0.5 to 5 in steps of 0.5." in words
    assert stars_of(ada) == []


def test_a_strangers_stars_stay_in_their_session_and_count_in_no_average(as_stranger, alien):
    response = as_stranger.post(url_of(alien), {"stars": "5", "next": "https://evil.example/"})
    assert (response.status_code, response["Location"]) == (302, f"/movies/{alien.pk}/alien/")
    page = assert_good_page(as_stranger.get(response["Location"]))
    assert "You gave it 5 stars" in text_of(by_id(page, f"rating-state-{alien.pk}"))
    assert (Rating.objects.count(), Movie.objects.get().rating_count) == (0, 0)
    as_stranger.post(url_of(alien), {"stars": ""}, **HTMX)
    page = assert_good_page(as_stranger.get(response["Location"]))
    assert "You gave it" not in text_of(by_id(page, f"rating-state-{alien.pk}"))


def test_everybody_rates_for_themselves_alone(as_ada, as_bob, ada, bob, alien):
    as_ada.post(url_of(alien), {"stars": "5"})
    as_bob.post(url_of(alien), {"stars": "1"})
    as_bob.post(url_of(alien), {"stars": ""})
    assert stars_of(ada) == [("Alien", 10)]
    assert stars_of(bob) == []


def test_a_merged_film_is_rated_as_the_one_it_was_merged_into(as_ada, ada, alien):
    copy = make_movie("Alien [VHS]", merged_into=alien)
    response = as_ada.post(url_of(copy), {"stars": "4"}, **HTMX)
    assert by_id(assert_good_part(response), f"rating-{alien.pk}") is not None
    assert stars_of(ada) == [("Alien", 8)]


def test_only_by_post_only_with_the_token_and_only_films_that_are(as_ada, ada, alien):
    assert as_ada.get(url_of(alien)).status_code == 405
    assert_good_page(as_ada.post(reverse("movie-rate", args=[987654]), {"stars": "5"}), 404)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    refused = strict.post(url_of(alien), {"stars": "5"})
    assert "Please send that again" in text_of(assert_good_page(refused, 403).find(".//main"))
    assert Rating.objects.count() == 0
    assert Movie.objects.get().rating_count == 0
