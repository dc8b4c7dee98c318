"""Every page in both themes: no violation that axe finds, nothing to scroll sideways on a small phone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from catalog.models import Movie
from tests.browser.conftest import DESKTOP, LONG_TITLE, wait_for_parts

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]
SMALL_PHONE = {"width": 360, "height": 740}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

FOR_STRANGERS = {
    "home": "/",
    "movie-list": "/movies/",
    "nothing found": "/movies/?q=zzz",
    "movie-detail": "/movies/{hard}/",
    "picks": "/picks/",
    "picks without scripts": "/picks/list/",
    "watchlist": "/watchlist/",
    "hidden-films": "/hidden-films/",
    "how-it-works": "/how-it-works/",
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
}
FOR_PEOPLE = {
    "home": "/",
    "movie-detail": "/movies/{hard}/",
    "picks": "/picks/",
    "my-ratings": "/ratings/",
    "my-ratings, none of these": "/ratings/?q=zzz",
    "compared": "/ratings/compared/",
    "taste": "/taste/",
    "track-record": "/ratings/track-record/",
    "second-look": "/ratings/second-look/",
    "because": "/because/",
    "how-it-works": "/how-it-works/",
    "email": "/accounts/email/",
    "password": "/accounts/password/change/",
    "logout": "/accounts/logout/",
}


COLOURS_STAND_STILL = """async () => {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
}"""
"""A change of theme starts transitions, however short: what is asked before they end has colours in between."""


def violations(page: Page, name: str, part: str | None = None) -> list[str]:
    """What axe complains of on a page, or in a part of it, in either theme."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate(COLOURS_STAND_STILL)
        for violation in Axe().run(page, context=part, options=RULES).response["violations"]:
            places = [node["html"][:120] for node in violation["nodes"][:3]]
            found.append(f"{name}, {theme}: {violation['id']} {places}")
    return found


def look_at(page: Page, addresses: dict[str, str]) -> list[str]:
    """The violations of all these pages."""
    found, hard = [], Movie.objects.get(title=LONG_TITLE).pk
    for name, address in addresses.items():
        page.goto(address.format(hard=hard))
        wait_for_parts(page)
        found += violations(page, name)
    return found


def sideways(page: Page, addresses: dict[str, str]) -> list[str]:
    """The pages that are wider than the window."""
    wide, hard = [], Movie.objects.get(title=LONG_TITLE).pk
    for name, address in addresses.items():
        page.goto(address.format(hard=hard))
        wait_for_parts(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(name)
    return wide


def test_axe_finds_nothing_for_strangers(visit: Visit):
    assert look_at(visit("/", viewport=DESKTOP), FOR_STRANGERS) == []


def test_axe_finds_nothing_for_people_nor_in_the_open_menu(visit: Visit, as_ada_rated: Any):
    page = visit("/", viewport=SMALL_PHONE, cookies=as_ada_rated)
    assert look_at(page, FOR_PEOPLE) == []
    page.locator(".menu summary").click()
    assert violations(page, "menu", ".menu") == []


def test_axe_finds_nothing_on_a_page_that_is_not_there(visit: Visit):
    assert violations(visit("/nope/", status=404), "404") == []


def test_nothing_is_wider_than_a_small_phone(visit: Visit, as_ada_rated: Any):
    assert sideways(visit("/", viewport=SMALL_PHONE), FOR_STRANGERS) == []
    assert sideways(visit("/", viewport=SMALL_PHONE, cookies=as_ada_rated), FOR_PEOPLE) == []


def test_half_stars_are_large_enough_to_hit(visit: Visit, as_ada_rated: Any):
    """WCAG 2.2, 2.5.8: at least 24 by 24."""
    page = visit("/ratings/", viewport=SMALL_PHONE, cookies=as_ada_rated)
    boxes = [label.bounding_box() for label in page.locator(".rating__stars label").all()[:10]]
    assert all(box and box["width"] >= 24 and box["height"] >= 24 for box in boxes)


@pytest.mark.parametrize("address", ["/", "/picks/", "/movies/{hard}/"])
@pytest.mark.parametrize("viewport", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_nothing_jumps_when_the_parts_of_a_page_arrive(
    visit: Visit, as_ada_rated: Any, address: str, viewport: dict[str, int]
):
    hard = Movie.objects.get(title=LONG_TITLE).pk
    page = visit(address.format(hard=hard), cookies=as_ada_rated, viewport=viewport)
    shift = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          const watch = (list) => list.getEntries().forEach((entry) => (sum += entry.value));
          new PerformanceObserver(watch).observe({type: "layout-shift", buffered: true});
          setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift <= 0.05
