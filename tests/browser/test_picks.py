"""Picks in a real browser: hidden and taken back, told why, and steered, by pointer and by key."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from recommendations.models import Mark
from tests.browser.conftest import DESKTOP, PHONE, ROMANCE, wait_for_parts
from tests.browser.test_access import violations

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]
FOCUSED = "document.activeElement.innerText"


def titles_on(page: Page) -> list[str]:
    return page.locator(".picks article h2").all_inner_texts()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_dismiss_and_undo_in_the_list_by_key(visit: Visit, as_ada_rated: Any, viewport: Any):
    page = visit("/picks/", cookies=as_ada_rated, viewport=viewport)
    before = titles_on(page)
    second = page.locator(".picks article").nth(1)
    second.get_by_role("button", name="Not for me").focus()
    page.keyboard.press("Enter")
    expect(second).to_contain_text("is hidden: not for you.")
    wait_for_parts(page)
    assert page.evaluate(FOCUSED).startswith("Undo")
    expect(page.locator("#live")).to_contain_text("is not for you: hidden from picks.")
    assert titles_on(page) == [before[0], *before[2:]]  # nothing else moved
    assert violations(page, "hidden pick", ".picks") == []
    page.keyboard.press("Enter")
    expect(page.locator(".picks article h2").nth(1)).to_have_text(before[1])
    assert titles_on(page) == before
    wait_for_parts(page)
    assert page.evaluate(FOCUSED) == before[1]
    assert not Mark.objects.exists()


def test_a_dismissed_film_stays_away_and_comes_back_from_its_page(visit: Visit, as_ada_rated: Any):
    page = visit("/picks/", cookies=as_ada_rated)
    before = titles_on(page)
    page.locator(".picks article").first.get_by_role("button", name="Not for me").click()
    expect(page.locator(".picks article").first).to_contain_text("is hidden")
    page.reload()
    wait_for_parts(page)
    assert titles_on(page)[0] == before[1]
    page.get_by_role("link", name="Hidden from picks").click()
    page.get_by_role("button", name="Let it be picked again").click()
    expect(page.locator("article").get_by_text(f"{before[0]} can be picked again.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Let it be picked again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.goto("/picks/")
    wait_for_parts(page)
    assert titles_on(page) == before


def test_why_this_film_and_stop_using_a_rating(visit: Visit, as_ada_rated: Any):
    page = visit("/picks/", cookies=as_ada_rated)
    before = titles_on(page)
    first = page.locator(".picks article").first
    first.get_by_text("Why this film").click()
    expect(first.locator("tfoot")).to_contain_text("Together")
    assert violations(page, "why", ".picks article") == []
    for title in ("Alien", "Solaris"):
        article = page.locator(".picks article").first
        if not article.locator(".shares").count():
            article.get_by_text("Why this film").click()
        article.get_by_role("button", name=f"Stop using this rating of {title}").click()
        expect(page.locator(".unused")).to_contain_text(title)
    expect(page.locator(".picks article").first.locator(".entry__why")).not_to_contain_text("Alien")
    for title in ("Alien", "Solaris"):
        page.get_by_role("button", name=f"{title}: use it again").click()
        expect(page.locator(".unused", has_text=title)).to_have_count(0)
    expect(page.locator(".picks article h2").first).to_have_text(before[0])
    assert titles_on(page) == before


def test_the_watchlist_of_a_visitor_without_scripts(visit: Visit):
    page = visit("/picks/list/", java_script_enabled=False)
    title = titles_on(page)[0]
    page.locator(".picks article").first.get_by_role("button", name="Watchlist").click()
    expect(page.get_by_text(f"{title} is on your watchlist.")).to_be_visible()
    page.get_by_role("link", name="Watchlist", exact=True).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_role("button", name="Take it off").click()
    expect(page.get_by_text("Nothing to watch yet")).to_be_visible()


def test_the_watchlist_toggle_keeps_the_focus_and_its_state(visit: Visit, as_ada_rated: Any):
    page = visit("/movies/?q=gravity", cookies=as_ada_rated)
    page.locator(".card a").first.click()
    button = page.get_by_role("button", name="Watchlist")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    page.reload()
    wait_for_parts(page)
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_dials_steer_the_list_and_stand_in_the_address(visit: Visit, as_ada_rated: Any):
    page = visit("/picks/", cookies=as_ada_rated)
    page.get_by_text("Steer these picks").click()
    page.get_by_label("Genre").focus()
    page.get_by_label("Genre").select_option("romance")
    expect(page.get_by_role("link", name=re.compile("Romance.*take it back"))).to_be_visible()
    assert page.url.endswith("/picks/?genre=romance")
    expect(page.get_by_label("Genre")).to_be_focused()
    assert set(titles_on(page)) <= set(ROMANCE)
    page.locator(".steps-dial label").last.click()
    expect(page.get_by_role("link", name=re.compile("adventurous.*take it back"))).to_be_visible()
    assert violations(page, "dials") == []
    first = page.locator(".picks article").first
    first.locator("label").nth(8).click()  # a rating reloads the list with its wishes
    expect(page.locator(".picks h2", has_text=titles_on(page)[0])).to_have_count(0)
    assert set(titles_on(page)) <= set(ROMANCE)
    page.reload()
    wait_for_parts(page)
    expect(page.get_by_label("Genre")).to_have_value("romance")
    assert set(titles_on(page)) <= set(ROMANCE)
    page.get_by_label("Decade").select_option("1980")
    expect(page.get_by_text("No such film left to pick")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    wait_for_parts(page)
    assert page.url.endswith("/picks/")
    assert len(titles_on(page)) > len(ROMANCE) - 2


def test_a_films_page_tells_where_it_stands(visit: Visit, as_ada_rated: Any):
    page = visit("/movies/?q=gravity", cookies=as_ada_rated)
    page.locator(".card a").first.click()
    expect(page.locator("#for-you")).to_contain_text("(8 times out of 10)")
    page.get_by_text("In my picks, or why not?").click()
    expect(page.locator(".standing__rule")).to_contain_text("It is in your picks")
    page.get_by_role("button", name="Not for me").click()
    expect(page.locator(".standing__rule")).to_have_text("You said that it is not for you.")
    assert violations(page, "standing", "#for-you") == []


def let_stand_in_the_middle(page: Page, control: Locator) -> float:
    """Scroll as people do; answers with where the page stands."""
    box = control.bounding_box()
    assert box
    page.mouse.move(100, 400)
    page.mouse.wheel(0, box["y"] - 400)
    expect(control).to_be_in_viewport()
    page.wait_for_timeout(300)  # until it has stopped
    return float(page.evaluate("scrollY"))


def press_where_it_stands(page: Page, control: Locator) -> None:
    """Without the scrolling into view of Playwright's click."""
    box = control.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.parametrize("what", ["rate", "undo", "stop using"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_does_not_move_when_the_list_is_loaded_again(
    visit: Visit, as_ada_rated: Any, viewport: Any, what: str
):
    page = visit("/picks/", cookies=as_ada_rated, viewport=viewport)
    fifth = page.locator(".picks article").nth(4)
    control = fifth.locator("label").nth(8)
    if what == "undo":
        fifth.get_by_role("button", name="Not for me").click()
        control = fifth.get_by_role("button", name="Undo")
    if what == "stop using":
        fifth.get_by_text("Why this film").click()
        control = fifth.get_by_role("button", name="Stop using").first
    expect(control).to_be_attached()
    stood = let_stand_in_the_middle(page, control)
    with page.expect_response(re.compile("/picks/list/")):
        press_where_it_stands(page, control)
    wait_for_parts(page)
    page.wait_for_timeout(200)  # for a scroll that comes with the next frame
    assert stood > 300
    assert abs(page.evaluate("scrollY") - stood) < 1
