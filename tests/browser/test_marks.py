"""Marks in a real browser: what a press changes is seen at once, wherever the button stands."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Movie, Rating
from recommendations.models import Mark
from tests.browser.conftest import DESKTOP, PHONE, wait_for_parts

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def aborted(page: Page) -> list[str]:
    """What HTMX tells of requests that were given up, from now on."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.text.startswith("htmx:sendAbort") else None)
    return found


def film_page(title: str) -> str:
    return Movie.objects.get(title=title).get_absolute_url()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["Seen it", "Not for me"])
def test_a_mark_on_a_films_page_is_seen_at_once_and_taken_back(
    visit: Visit, ada: Any, as_ada_rated: Any, name: str, viewport: Any
):
    page = visit(film_page("Gravity"), cookies=as_ada_rated, viewport=viewport)
    given_up = aborted(page)
    button = page.locator("#for-you .marks").get_by_role("button", name=name)
    button.click()
    expect(page.locator("#for-you [aria-pressed=true]")).to_have_count(1)
    assert Mark.objects.filter(user=ada, movie__title="Gravity").count() == 1
    page.locator("#for-you [aria-pressed=true]").click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert not Mark.objects.filter(user=ada).exists()
    assert given_up == []


def test_stars_on_a_page_of_somebody_signed_out_are_nobodys(visit: Visit, as_ada: Any, as_ada_rated: Any):
    """As in another tab: the page still shows the name, and the server tells."""
    page = visit(film_page("Gravity"), cookies=as_ada_rated)
    as_ada.logout()
    page.locator("#your-stars ~ * label, #your-stars ~ label").last.click()
    page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    expect(page.locator("main")).to_contain_text("nothing was changed")
    assert Rating.objects.filter(movie__title="Gravity", reviewer__user__isnull=False).count() == 0


@pytest.mark.parametrize("address", ["/picks/", "/", "/quiz/"])
def test_a_double_click_on_not_for_me_hides_the_film_once(
    visit: Visit, ada: Any, as_ada_rated: Any, address: str
):
    page = visit(address, cookies=as_ada_rated)
    given_up = aborted(page)
    first = page.locator(".picks article").first
    first.get_by_role("button", name="Not for me").dblclick()
    expect(first).to_contain_text("is hidden: not for you.")
    wait_for_parts(page)
    assert Mark.objects.get(user=ada).kind == Mark.Kind.NOT_INTERESTED
    assert given_up == []
