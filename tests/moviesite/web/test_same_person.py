"""A page in another tab, of somebody who has signed out since."""

import json

import pytest
from django.urls import reverse

from catalog.models import Rating
from tests.factories import make_movie
from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def movie():
    return make_movie("Jaws", 1975)


def made_for(client, movie):
    """The headers that the film's page has HTMX send."""
    body = assert_good_page(client.get(movie.get_absolute_url())).find(".//body")
    if "hx-headers" in body.attrib:
        assert body.get("hx-inherit") == "hx-headers"  # what is inside does not inherit otherwise
    return json.loads(body.get("hx-headers", "{}"))


def rate(client, movie, headers):
    page = f"http://testserver{movie.get_absolute_url()}"
    headers = {"HX-Request": "true", "HX-Current-URL": page, **headers}
    return client.post(reverse("movie-rate", args=[movie.pk]), {"stars": "2"}, headers=headers)


def test_stars_of_somebody_signed_out_are_nobodys(as_ada, movie):
    headers = made_for(as_ada, movie)
    as_ada.logout()
    answer = rate(as_ada, movie, headers)
    assert answer.headers["HX-Redirect"] == f"{reverse('account_login')}?next=/movies/{movie.pk}/jaws/"
    assert "ratings" not in as_ada.session
    assert "nothing was changed" in text_of(assert_good_page(as_ada.get(answer.headers["HX-Redirect"])))


def test_stars_of_somebody_else_are_not_written_for_the_one_signed_in(as_ada, bob, movie):
    headers = made_for(as_ada, movie)
    as_ada.force_login(bob)
    answer = rate(as_ada, movie, headers)
    assert answer.headers["HX-Refresh"] == "true"
    assert not Rating.objects.exists()
    assert "You are signed in as bob now" in text_of(assert_good_page(as_ada.get(movie.get_absolute_url())))


def test_the_same_person_and_a_visitor_rate_as_ever(as_ada, as_stranger, movie):
    for client in (as_ada, as_stranger):
        assert rate(client, movie, made_for(client, movie)).status_code == 200
    assert Rating.objects.count() == 1
    assert as_stranger.session["ratings"]


def test_a_page_of_another_site_is_not_returned_to(as_ada, as_stranger, movie):
    headers = {
        **made_for(as_ada, movie),
        "HX-Request": "true",
        "HX-Current-URL": "https://elsewhere.example/x",
    }
    answer = as_stranger.post(reverse("movie-rate", args=[movie.pk]), {"stars": "2"}, headers=headers)
    assert answer.headers["HX-Redirect"] == reverse("account_login")
