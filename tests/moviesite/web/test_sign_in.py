"""Parts of pages that need a session which has ended: the page goes to sign-in, and comes back."""

import pytest
from django.test import Client

from tests.moviesite import test_access
from tests.moviesite.test_access import ACCESS, NOT_SO, PERSON, address
from tests.pages import HTMX

pytestmark = pytest.mark.django_db
words = test_access.words

SIGN_IN = "/accounts/login/"
PAGE = {"HTTP_HX_CURRENT_URL": "http://testserver/ratings/track-record/?page=2"}
FOR_PEOPLE = [route for route, cast in ACCESS.items() if cast[0] == PERSON]
FOR_VISITORS = {"movies/<int:movie_id>/rating/", "movies/<int:movie_id>/marks/<slug:kind>/"}


def assert_goes_to_sign_in(response, back="?next=/ratings/track-record/%3Fpage%3D2"):
    assert (response.status_code, response.content) == (200, b"")
    assert response["HX-Redirect"] == SIGN_IN + back
    assert "no-store" in response["Cache-Control"]


def test_what_a_page_reads_after_its_session_has_ended_leads_to_sign_in(words, as_stranger):
    for route in FOR_PEOPLE:
        assert_goes_to_sign_in(as_stranger.get(address(words, route), **HTMX, **PAGE))


def test_what_a_page_sends_after_its_session_has_ended_leads_to_sign_in(words, as_stranger):
    sent = set()
    for route in (route for route, cast in ACCESS.items() if cast[0] in (PERSON, NOT_SO)):
        response = as_stranger.post(address(words, route), **HTMX, **PAGE)
        if response.status_code != NOT_SO and route not in FOR_VISITORS:
            assert_goes_to_sign_in(response)
            sent.add(route)
    assert {"ratings/conflicts/", "ratings/second-look/settle/", "imports/<int:run_id>/pause/"} <= sent


@pytest.mark.parametrize(
    "page",
    [
        "http://elsewhere.example/ratings/",
        "https://testserver/ratings/",
        "http://testserver//elsewhere.example/",
        "http://testserver/\\elsewhere.example",
        "javascript:alert(1)",
        "/ratings/",
        "",
        None,
    ],
)
def test_nobody_is_led_to_another_place_than_a_page_of_this_site(page, as_stranger):
    asked = HTMX | ({} if page is None else {"HTTP_HX_CURRENT_URL": page})
    assert_goes_to_sign_in(as_stranger.get("/taste/", **asked), back="")


def test_whole_pages_are_sent_on_as_ever(as_stranger):
    response = as_stranger.get("/taste/")
    assert (response.status_code, response["Location"]) == (302, f"{SIGN_IN}?next=/taste/")
    again = as_stranger.get("/taste/", **HTMX, HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert again.status_code == 302


def test_after_signing_in_the_page_is_back(ada):
    client = Client()
    told = client.get("/taste/", **HTMX, **PAGE)["HX-Redirect"]
    response = client.post(told, {"login": "ada", "password": "ada-password"})
    assert response["Location"] == "/ratings/track-record/?page=2"
