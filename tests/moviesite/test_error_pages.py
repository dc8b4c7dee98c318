"""Errors look like the rest of the site and tell nothing of its inside."""

from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client
from django.urls import path

from moviesite import urls
from tests.pages import assert_good_page, parse, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
RAISED: dict[str, Exception] = {
    "sentence": BadRequest("Stars go from 0.5 to 5."),
    "suspicious": SuspiciousOperation("secret detail"),
    "forbidden": PermissionDenied("secret detail"),
    "broken": RuntimeError("secret detail"),
}


def fail(request: HttpRequest, how: str) -> Any:
    raise RAISED[how]


urlpatterns = [path("fail/<str:how>/", fail), *urls.urlpatterns]
handler400 = urls.handler400


@pytest.fixture
def patient() -> Client:
    """Sees the page of an error instead of the error."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("sentence", 400, "Stars go from 0.5 to 5. Nothing was changed."),
        ("suspicious", 400, "That request made no sense to us"),
        ("forbidden", 403, "This is not yours to open"),
        ("broken", 500, "Something broke on our side"),
    ],
)
def test_errors_in_our_own_words(patient, how, status, words):
    page = assert_good_page(patient.get(f"/fail/{how}/"), status)
    assert words in text_of(page.find(".//main"))
    assert "secret" not in text_of(page)


@pytest.mark.parametrize("address", ["/nope/", "/movies/abc/", "/%00/", "/movies/1/x/y/", "/%FF/"])
def test_not_found_offers_a_search(patient, address):
    page = assert_good_page(patient.get(address), 404)
    assert page.find(".//main//form[@role='search']") is not None


def test_a_foreign_host_name_is_refused(patient):
    assert_good_page(patient.get("/", HTTP_HOST="evil.example"), 400)


def test_the_page_of_a_broken_site_needs_no_database(patient, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = patient.get("/fail/broken/")
    page = parse(response.content.decode())
    first, *_ = page.findall(".//link[@rel='stylesheet']")
    assert "fonts" in first.get("href")  # or it would be in other letters than the rest of the site


def test_robots_are_kept_from_what_is_personal(patient):
    lines = patient.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /accounts/", "Disallow: /ratings/"} <= set(lines)
