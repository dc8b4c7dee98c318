"""The data page in a browser: charts that fit a phone, that keyboards and screen readers can use, in both themes."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.aggregates import recount
from catalog.models import Movie, Rating
from tests.browser.conftest import DESKTOP
from tests.browser.test_access import SMALL_PHONE, violations
from tests.factories import make_data_set, make_movie, make_reviewers

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


@pytest.fixture
def rated(site: str) -> None:
    """Ratings of nine years, of films with long names and in other scripts, of two data sets."""
    draw = random.Random(5)  # noqa: S311
    make_movie("七人の侍 七人の侍 七人の侍 七人の侍 七人の侍 七人の侍", 1954, ["Drama"])
    films = list(Movie.objects.order_by("pk"))
    people = make_reviewers(
        60, make_data_set("A data set with a name that is rather long for a chip on a phone")
    )
    Rating.objects.bulk_create(
        Rating(
            reviewer=person,
            movie=film,
            half_stars=draw.choice([2, 4, 6, 8, 8, 9, 10, 10, 10]),
            rated_at=datetime(2009, 12, 1, tzinfo=UTC) + timedelta(days=int(3_240 * draw.random() ** 0.5)),
        )
        for person in people
        for film in films[: draw.choice([1, 1, 1, 2, 3, 5, 18])]
    )
    recount()


@pytest.mark.parametrize("viewport", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(visit: Visit, rated: None, viewport: Any):
    page = visit("/data/", viewport=viewport)
    assert violations(page, "data") == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    for summary in page.locator("figure summary").all():
        summary.click()
    assert violations(page, "data with its tables") == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("viewport", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_all_words_of_a_drawing_are_inside_it_and_none_lie_on_others(
    visit: Visit, rated: None, viewport: Any
):
    page = visit("/data/", viewport=viewport)
    wrong = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].flatMap((drawing) => {
          const frame = drawing.getBoundingClientRect();
          const place = (text) => [text.textContent, text.getBoundingClientRect()];
          const words = [...drawing.querySelectorAll("text, foreignObject")].map(place);
          const out = words.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1);
          const over = words.filter(([, a], i) => words.slice(i + 1).some(([, b]) =>
            a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3));
          return [...out, ...over].map(([word]) => word);
        })"""
    )
    assert wrong == []


def test_letters_are_as_large_on_a_phone_as_elsewhere(visit: Visit, rated: None):
    page = visit("/data/", viewport=SMALL_PHONE)
    heights = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart :is(text, div)")]
          .map((text) => text.getBoundingClientRect().height)"""
    )
    assert min(heights) >= 11


def test_a_table_opens_with_the_keyboard_and_can_be_scrolled_by_it(visit: Visit, rated: None):
    page = visit("/data/")
    figure = page.get_by_role("figure", name="Ratings per month")
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_role("table")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    scrolled = figure.get_by_role("region")
    scrolled.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.activeElement.scrollTop > 0")


def test_readers_of_screens_get_a_name_and_a_description(visit: Visit, rated: None):
    page = visit("/data/")
    for name in ("How many stars people give", "Ratings per month", "The most rated films"):
        expect(page.get_by_role("img", name=name)).to_be_visible()


def test_a_data_set_is_chosen_and_its_file_comes(visit: Visit, rated: None):
    page = visit("/data/", viewport=SMALL_PHONE)
    page.get_by_role("link", name="A data set with a name").click()
    expect(page.get_by_role("link", name="A data set with a name")).to_have_attribute("aria-current", "true")
    with page.expect_download() as download:
        page.get_by_role("figure", name="How many stars").get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "stars.csv"


def test_the_page_of_a_site_without_ratings(visit: Visit):
    Rating.objects.all().delete()
    recount()
    page = visit("/data/", viewport=SMALL_PHONE)
    expect(page.get_by_role("heading", name="No ratings yet")).to_be_visible()
    assert violations(page, "data, empty") == []
