"""The quiz in a real browser: by hand, by key, without scripts, on a phone, in both themes."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from catalog.models import Movie, Rating
from recommendations.models import Mark
from tests.browser.conftest import DESKTOP, LONG_TITLE, PHONE, SPACE, wait_for_parts
from tests.browser.test_access import SMALL_PHONE, violations

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def asked(page: Page) -> str:
    return page.locator("#question").inner_text()


def next_question(page: Page, before: str) -> str:
    """Waits until another film is asked about and its heading has the focus."""
    expect(page.locator("#question")).not_to_have_text(before)
    # Chromium gives it the focus, and HTMX does once more when the swap has settled.
    expect(page.locator(".htmx-added")).to_have_count(0)
    expect(page.locator("#question")).to_be_focused()
    return asked(page)


@pytest.mark.parametrize(("viewport", "touch"), [(DESKTOP, False), (PHONE, True)], ids=["desktop", "phone"])
def test_a_visitor_answers_by_hand_sees_the_picks_change_and_takes_an_answer_back(
    visit: Visit, viewport: Any, touch: bool
):
    page = visit("/", viewport=viewport, has_touch=touch)
    page.get_by_role("link", name="Take the short quiz").click()
    wait_for_parts(page)
    expect(page.get_by_text("The site does not know you yet.")).to_be_visible()
    first = asked(page)
    star = page.locator(".question label").nth(8)
    star.tap() if touch else star.click()
    second = next_question(page, first)
    expect(page.locator("#live")).to_contain_text(f"{first}: 4.5 stars")
    expect(page.locator("#quiz-known")).to_contain_text("from 1 answer")
    expect(page.locator("#picks .entry__why").first).to_contain_text(f"Because you rated {first}")
    page.locator("#quiz").get_by_role("button", name="Haven’t seen it").click()
    third = next_question(page, second)
    expect(page.locator(".quiz__last")).to_contain_text(f"{second}: not seen")
    page.locator("#quiz").get_by_role("button", name="Not for me").click()
    next_question(page, third)
    expect(page.locator("#picks article h2", has_text=re.compile(f"^{third}$"))).to_have_count(0)
    page.locator("#quiz").get_by_role("button", name="Undo").click()
    expect(page.locator("#question")).to_have_text(third)
    expect(page.locator(".quiz__last")).to_have_count(0)
    assert not Rating.objects.filter(reviewer__user__isnull=False).exists()


def press_at(page: Page, control: Locator) -> tuple[float, float]:
    """Press a control with nothing but the mouse: without the waiting of Playwright's click. Answers with where."""
    box = control.bounding_box()
    assert box
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*place)
    return place


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("answer", ["stars", "not-seen"])
def test_a_second_click_does_not_answer_about_the_next_film(
    visit: Visit, ada: Any, as_ada: Any, viewport: Any, answer: str
):
    page = visit("/quiz/", cookies=as_ada.cookies, viewport=viewport)
    first = asked(page)
    control = page.locator(".question label").nth(7)
    if answer == "not-seen":
        control = page.get_by_role("button", name="Haven’t seen it")
    control.scroll_into_view_if_needed()
    place = press_at(page, control)
    expect(page.locator("#question")).not_to_have_text(first)
    page.mouse.click(*place)
    page.wait_for_timeout(500)
    assert Rating.objects.of_user(ada).count() + Mark.objects.filter(user=ada).count() == 1
    page.mouse.click(*place)  # the same place holds the same control, which now takes it
    expect(page.locator(".quiz__last")).not_to_contain_text(first)
    assert Rating.objects.of_user(ada).count() + Mark.objects.filter(user=ada).count() == 2


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_pressed_keeps_its_place_from_question_to_question(visit: Visit, viewport: Any):
    """As long as the title has room beside the poster."""
    Movie.objects.filter(title=LONG_TITLE).update(title="How I Learned to Stop Worrying")
    for movie in Movie.objects.filter(title__in=SPACE[::2]):
        movie.description = "A long way from home. " * (movie.pk % 5 * 3)
        movie.save()
    page = visit("/quiz/", viewport=viewport)
    page.locator(".question").evaluate("film => film.scrollIntoView()")  # of a page that can move
    found = set()
    for _ in range(5):
        places = [
            page.locator(f".question {name}").first.bounding_box() for name in ("label", "button[name]")
        ]
        found.add(tuple(round(box["y"]) for box in places if box))
        before = asked(page)
        press_at(page, page.get_by_role("button", name="Haven’t seen it"))
        next_question(page, before)
        expect(page.locator("[data-fresh]")).to_have_count(0)
    assert len(found) == 1


def test_by_keys_alone(visit: Visit, ada: Any, as_ada: Any):
    page = visit("/quiz/", cookies=as_ada.cookies)
    first = asked(page)
    page.locator(".question input[type=radio]").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    assert not Rating.objects.of_user(ada).exists()  # arrows only choose
    page.keyboard.press("Enter")
    second = next_question(page, first)
    assert Rating.objects.of_user(ada).get().half_stars == 6
    for _ in range(3):  # from the heading to the stars, their button, and the other answers
        page.keyboard.press("Tab")
    expect(page.locator("#quiz").get_by_role("button", name="Haven’t seen it")).to_be_focused()
    page.keyboard.press("Enter")
    next_question(page, second)
    assert Mark.objects.get(user=ada).movie.title == second


def test_it_ends_leads_to_the_picks_and_goes_on_if_wanted(visit: Visit, as_ada_rated: Any):
    page = visit("/quiz/", cookies=as_ada_rated)
    film = asked(page)
    while film:
        page.locator(".question label").nth(7).click()
        expect(page.locator("#question", has_text=re.compile(f"^{re.escape(film)}$"))).to_have_count(0)
        film = asked(page) if page.locator("#question").count() else ""
    expect(page.locator("#quiz-end")).to_be_focused()
    assert Rating.objects.of_user(page_user()).count() >= 5
    page.get_by_role("link", name="Go on all the same").click()
    wait_for_parts(page)
    assert asked(page)
    page.go_back()
    page.get_by_role("link", name="See your picks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picks")


def page_user() -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username="ada")


def test_without_scripts(visit: Visit):
    page = visit("/quiz/", java_script_enabled=False)
    first = asked(page)
    page.locator(".question label").nth(6).click()
    page.locator("#quiz").get_by_role("button", name="Save").click()
    expect(page.locator(".quiz__last")).to_contain_text(f"{first}: 3.5 stars")
    second = asked(page)
    assert second != first
    page.locator("#quiz").get_by_role("button", name="Haven’t seen it").click()
    expect(page.locator(".quiz__last")).to_contain_text(f"{second}: not seen")
    page.locator("#quiz").get_by_role("button", name="Undo").click()
    expect(page.locator("#question")).to_have_text(second)
    page.get_by_role("link", name="Show the list").click()
    expect(page.locator(".picks article h2").first).to_be_visible()


def test_axe_finds_nothing_and_nothing_is_wider_than_a_small_phone(visit: Visit):
    page = visit("/quiz/", viewport=SMALL_PHONE)
    found = violations(page, "a question")
    page.locator(".question label").nth(6).click()
    expect(page.locator(".quiz__last")).to_be_visible()
    found += violations(page, "after an answer")
    assert found == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    boxes = [label.bounding_box() for label in page.locator(".question label").all()]
    assert all(box and box["width"] >= 24 and box["height"] >= 24 for box in boxes)
