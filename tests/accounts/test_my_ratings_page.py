"""My ratings: mine alone, in the order I ask for, editable where they stand."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.views import RATINGS_PER_PAGE
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, checked, text_of

pytestmark = pytest.mark.django_db
URL = reverse("my-ratings")


@pytest.fixture
def rated(ada):
    """Ada rated three films, in this order."""
    reviewer = Reviewer.objects.for_user(ada)
    for day, (title, half_stars) in enumerate([("Zodiac", 10), ("Alien", 3), ("Moon", 7)], start=1):
        rate(reviewer, make_movie(title), half_stars, at=datetime(2026, 3, day, 12, tzinfo=UTC))


def films_on(page):
    return [text_of(heading) for heading in page.findall(".//article//h2")]


def test_a_stranger_signs_in_first_and_comes_back(as_stranger):
    response = as_stranger.get(URL)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={URL}")


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Moon", "Alien", "Zodiac"]),
        ("?sort=date", ["Moon", "Alien", "Zodiac"]),
        ("?sort=stars", ["Zodiac", "Moon", "Alien"]),
        ("?sort=title", ["Alien", "Moon", "Zodiac"]),
        ("?sort=%00&page=abc", ["Moon", "Alien", "Zodiac"]),
    ],
)
def test_in_order(as_ada, rated, query, order):
    assert films_on(assert_good_page(as_ada.get(URL + query))) == order


def test_nobody_else_sees_them(as_bob, as_owner, rated):
    for client in (as_bob, as_owner):
        page = assert_good_page(client.get(URL))
        assert films_on(page) == []
        assert "Nothing rated yet" in text_of(page.find(".//main"))


def test_each_can_be_changed_where_it_stands(as_ada, ada, rated):
    page = assert_good_page(as_ada.get(f"{URL}?sort=title"))
    form = page.find(".//article//form")
    assert checked(form) == ["1.5"]
    back = form.find("./input[@name='next']").get("value")
    response = as_ada.post(form.get("action"), {"stars": "4", "next": back})
    assert response["Location"] == f"{URL}?sort=title"
    assert Rating.objects.of_user(ada).get(movie__title="Alien").half_stars == 8


def test_the_day_is_marked_up_for_the_visitors_own_zone(as_ada, rated):
    time = assert_good_page(as_ada.get(URL)).find(".//time[@data-local]")
    assert time.get("datetime") == "2026-03-03T12:00:00+00:00"
    assert text_of(time) == "3 March 2026"


def test_pages_and_the_number_of_queries(as_ada, ada, django_assert_num_queries):
    reviewer = Reviewer.objects.for_user(ada)
    for n in range(RATINGS_PER_PAGE + 1):
        rate(reviewer, make_movie(f"Film {n:02d}", 2000, ["Drama", "War"]), 1 + n % 10)
    with django_assert_num_queries(6):  # session, user, count, ratings with films, genres, demo?
        page = assert_good_page(as_ada.get(f"{URL}?sort=title"))
    assert len(films_on(page)) == RATINGS_PER_PAGE
    following = page.find(".//a[@rel='next']").get("href")
    assert following == "?sort=title&page=2"
    assert films_on(assert_good_part(as_ada.get(URL + following, **HTMX))) == ["Film 20"]
