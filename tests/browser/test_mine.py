"""A person's own pages in a real browser: narrowing, undoing, settling, and where the focus goes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from recommendations.models import Mark, Prediction
from tests.browser.conftest import PHONE, ROMANCE, SPACE, wait_for_parts
from tests.browser.test_access import look_at, sideways
from tests.recommendations.planted import plant_active

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def titles(page: Page) -> Any:
    return page.locator("#ratings article h2")


def rate_as(user: Any, **stars: int) -> None:
    for title, half_stars in stars.items():
        rate(Reviewer.objects.for_user(user), Movie.objects.get(title=title), half_stars)


def test_ratings_are_narrowed_in_place_taken_away_and_put_back(visit: Visit, ada: Any, as_ada_rated: Any):
    page = visit("/ratings/", cookies=as_ada_rated)
    expect(page.get_by_role("heading", name="You and everyone")).to_be_visible()
    stars = page.get_by_label("Stars", exact=True)
    stars.focus()
    stars.select_option("5")
    expect(titles(page)).to_have_text(["Alien"])
    expect(stars).to_be_focused()
    assert "stars=5" in page.url
    page.get_by_role("button", name="Take it away").click()
    back = page.get_by_role("button", name="Put 5 stars back")
    expect(back).to_be_visible()
    assert not Rating.objects.of_user(ada).filter(movie__title="Alien").exists()
    back.click()
    expect(page.locator(".rating__state")).to_contain_text("You gave it 5 stars")
    assert Rating.objects.of_user(ada).get(movie__title="Alien").half_stars == 10


def test_the_next_page_comes_in_place_and_the_focus_with_it(visit: Visit, ada: Any, as_ada: Any):
    reviewer = Reviewer.objects.for_user(ada)
    for n in range(25):
        rate(reviewer, Movie.objects.create(title=f"Film {n:02d}"), 7)
    page = visit("/ratings/?sort=title", cookies=as_ada.cookies)
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    page.get_by_role("link", name="Next").click()
    expect(titles(page)).to_have_text([f"Film {n}" for n in range(20, 25)])
    wait_for_parts(page)
    assert page.evaluate("document.documentElement.dataset.same") == "yes"
    assert page.evaluate("document.getElementById('ratings').contains(document.activeElement)")
    assert page.evaluate("document.getElementById('ratings').getBoundingClientRect().top") >= -1
    page.go_back()
    expect(titles(page).first).to_have_text("Film 00")


@pytest.fixture
def alien_is_odd(ada: Any) -> None:
    """Ada loves space and not romance, and rated Alien as low as can be."""
    films = Movie.objects.filter(title__in=SPACE + ROMANCE)
    tastes = {film.pk: "space" if film.title in SPACE else "romance" for film in films}
    plant_active("2026-11-02-history", tastes, stars_strength=1.0)
    rate_as(ada, **dict.fromkeys(SPACE[1:], 9), **dict.fromkeys(["Carol", "Once", "Ghost", "Casablanca"], 4))
    rate_as(ada, Alien=1)


def test_an_odd_rating_is_settled_and_opened_again(visit: Visit, alien_is_odd: None, ada: Any, as_ada: Any):
    page = visit("/ratings/track-record/", cookies=as_ada.cookies, viewport=PHONE)
    odd = page.locator("#second-look article")
    expect(odd.locator("h3")).to_have_text(["Alien"])
    odd.get_by_role("button", name="It is right").click()
    expect(odd).to_have_count(0)
    assert Mark.objects.get(user=ada).kind == Mark.Kind.MEANT
    page.get_by_role("button", name="Undo").click()
    expect(odd.locator("h3")).to_have_text(["Alien"])
    assert not Mark.objects.filter(user=ada).exists()


def test_a_part_that_needs_a_session_which_has_ended_leads_to_sign_in_and_back(
    visit: Visit, alien_is_odd: None, as_ada: Any
):
    page = visit("/ratings/track-record/", cookies=as_ada.cookies, viewport=PHONE)
    odd = page.locator("#second-look article")
    expect(odd.locator("h3")).to_have_text(["Alien"])
    Session.objects.all().delete()
    odd.get_by_role("button", name="It is right").click()
    page.wait_for_url("**/accounts/login/?next=/ratings/track-record/")
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", "ada-password")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/ratings/track-record/")
    expect(odd.locator("h3")).to_have_text(["Alien"])
    assert not Mark.objects.exists()


def test_what_was_rated_twice_is_settled_with_one_click(visit: Visit, ada: Any, site: str):
    rate_as(ada, Alien=3)
    page = visit(Movie.objects.get(title="Alien").get_absolute_url())
    page.locator(".film .rating label").nth(9).click()
    expect(page.locator(".rating__state")).to_contain_text("You gave it 5 stars")
    page.goto("/accounts/login/?next=/ratings/")
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", "ada-password")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("#ratings .rating__state")).to_contain_text("You gave it 1.5 stars")
    page.get_by_role("button", name="Take 5 stars").click()
    expect(page.locator("#conflicts section")).to_have_count(0)
    expect(page.locator("#ratings .rating__state")).to_contain_text("You gave it 5 stars")
    assert Rating.objects.of_user(ada).get().half_stars == 10


def test_axe_finds_nothing_on_pages_that_have_something_to_show(visit: Visit, ada: Any, as_ada: Any):
    rate_as(ada, **dict.fromkeys(SPACE, 9), **dict.fromkeys(["Carol", "Once", "Ghost", "Casablanca"], 4))
    for n, movie in enumerate(Movie.objects.filter(ratings__reviewer__user=ada)):
        at = datetime(2026, 1 + n % 9, 3, tzinfo=UTC)
        Prediction.objects.create(
            user=ada, movie=movie, stars=2.0 + n % 3, deviation=0.9, model_version="v1", created_at=at
        )
    page = visit("/taste/", cookies=as_ada.cookies, viewport=PHONE)
    expect(page.locator("figure")).to_have_count(2)
    assert look_at(page, {"taste": "/taste/", "record": "/ratings/track-record/", "home": "/"}) == []
    assert sideways(page, {"taste": "/taste/", "record": "/ratings/track-record/", "home": "/"}) == []
