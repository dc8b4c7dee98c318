"""Finding films in a browser: suggestions by key and pointer, the newest answer, lists that grow, the way back."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from catalog.models import Movie
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_access import violations
from tests.factories import make_movie

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def field_of(page: Page) -> Any:
    return page.get_by_role("combobox", name="Search films")


@pytest.mark.parametrize("address", ["/", "/picks/"])
def test_suggestions_are_walked_by_keys(visit: Visit, address: str):
    page = visit(address)
    field = field_of(page)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("al", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Alien")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#live")).to_contain_text("suggestion")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("ArrowUp")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    field.press("Escape")
    expect(page.locator(".suggestions")).to_be_hidden()
    expect(field).to_have_value("al")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alien")


def test_enter_alone_asks_for_the_list_and_a_click_opens_a_film(visit: Visit):
    page = visit("/picks/", viewport=PHONE)
    field_of(page).press_sequentially("alein", delay=20)
    expect(page.get_by_role("option").first).to_contain_text("Alien")
    expect(page.locator(".suggestions")).to_contain_text("Nothing is written like that.")
    field_of(page).press("Enter")
    page.wait_for_url("**/movies/?q=alein")
    expect(page.locator(".note", has_text="one slip away")).to_be_visible()
    page.goto("/picks/")
    field_of(page).press_sequentially("sellers", delay=20)
    page.get_by_role("option", name="Peter Sellers").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 film with Peter Sellers")


def test_the_newest_answer_wins_and_nothing_moves(visit: Visit):
    page = visit("/how-it-works/")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if route.request.url.endswith("q=c"):
            held.append(route)
        else:
            route.continue_()

    page.route("**/movies/suggestions/*", hold_the_first)
    before = page.locator("main").bounding_box()
    with page.expect_request("**/movies/suggestions/*"):
        field_of(page).press("c")
    field_of(page).press_sequentially("ontac", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    assert held
    expect(page.get_by_role("option").first).to_contain_text("Contact")
    assert page.locator("main").bounding_box() == before
    field_of(page).fill("")
    expect(page.locator(".suggestions")).to_be_hidden()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_suggestions_and_filters(visit: Visit, viewport: Any):
    page = visit("/", viewport=viewport)
    field_of(page).press_sequentially("s", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    field_of(page).press("ArrowDown")
    assert violations(page, "suggestions") == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.goto("/movies/?genre=romance&decade=1950&sort=title")
    assert violations(page, "filters") == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_without_scripts_the_field_is_a_form_and_lists_have_pages(visit: Visit):
    for n in range(30):
        make_movie(f"Film {n:02d}", 1990)
    page = visit("/picks/", java_script_enabled=False)
    page.get_by_role("searchbox").fill("alien")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/movies/?q=alien")
    page.goto("/movies/")
    expect(page.locator(".card")).to_have_count(24)
    page.get_by_role("link", name="More films").click()
    expect(page.locator(".card")).to_have_count(47 - 24)
    assert page.url.endswith("/movies/?page=2")


def test_a_list_grows_and_the_way_back_leads_to_the_same_place(visit: Visit):
    Movie.objects.bulk_create(
        Movie(title=f"Film {n:03d}", folded_title=f"film {n:03d}", year=1990) for n in range(150)
    )
    page = visit("/movies/?sort=title", viewport=DESKTOP)
    cards = page.locator(".card")
    for n in (2, 3):
        page.locator("#more").scroll_into_view_if_needed()
        page.wait_for_url(f"**/movies/?sort=title&from=1&page={n}")
    expect(page.locator("#live")).to_contain_text("72 films shown")
    shown = cards.count()
    assert shown >= 72
    title = cards.nth(60).locator(".poster__title").inner_text()
    cards.nth(60).scroll_into_view_if_needed()
    top = page.evaluate("window.scrollY")
    cards.nth(60).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.go_back()
    expect(cards.nth(60).locator(".poster__title")).to_have_text(title)
    expect(cards.nth(60)).to_be_in_viewport()
    assert abs(page.evaluate("window.scrollY") - top) < 200


def test_who_asks_for_more_by_key_stands_before_the_first_of_them(visit: Visit):
    Movie.objects.bulk_create(
        Movie(title=f"Film {n:03d}", folded_title=f"film {n:03d}", year=1990) for n in range(150)
    )
    page = visit("/movies/?sort=title&from=1&page=5")
    expect(page.locator(".card")).to_have_count(120)
    page.get_by_role("link", name="More films").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(144)
    expect(page.locator(".card").nth(120).get_by_role("link")).to_be_focused()
