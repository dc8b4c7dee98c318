"""A real browser before a real server, and what every visit must be free of."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from catalog.models import Movie, Person, Reviewer
from catalog.models.movies import Credit
from catalog.ratings import rate
from recommendations import active_model
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all
from tests.recommendations.planted import plant_active

# Playwright's own loop runs in this thread, where the tests also use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SPACE = ["Alien", "Solaris", "Contact", "Gravity", "Moon", "Interstellar", "Sunshine", "Arrival"]
ROMANCE = [
    "Carol",
    "Brief Encounter",
    "Roman Holiday",
    "Amélie",
    "Casablanca",
    "Once",
    "Ghost",
    "Notting Hill",
]
LONG_TITLE = (
    "Supercalifragilisticexpialidocious, or: How I Learned to Stop Worrying and Love the Blu-ray [Box]"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def site(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a site with two tastes of films, a model that knows them, and a film hard to show."""
    monkeypatch.setattr(active_model, "_opened", None)
    monkeypatch.setattr(active_model, "_refused", {})
    films = {make_movie(title, 1980, ["Science Fiction"]).pk: "space" for title in SPACE}
    films |= {make_movie(title, 1950, ["Romance", "Drama"]).pk: "romance" for title in ROMANCE}
    plant_active("2026-11-01-history", films)
    reviewers = make_reviewers(3, make_data_set("Demo", "demo"))
    for movie in Movie.objects.all():
        rate_all(reviewers, movie, [10, 8, 5])
    hard = make_movie(LONG_TITLE, 1964, ["Comedy", "War", "Musical"], description="A sentence. " * 30)
    make_edition(hard, "B1", title=LONG_TITLE, format="Blu-ray", price="7.99", url="https://shop.example/1")
    Credit.objects.create(
        movie=hard, person=Person.objects.create(name="Peter Sellers"), role=Credit.Role.ACTOR
    )
    return str(live_server.url)


@pytest.fixture
def ada_rated(ada: Any, site: str) -> Any:
    """Ada, who loves space."""
    reviewer = Reviewer.objects.for_user(ada)
    for title, half_stars in (("Alien", 10), ("Solaris", 9), ("Carol", 3), (LONG_TITLE, 7)):
        rate(reviewer, Movie.objects.get(title=title), half_stars)
    return ada


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to complain of; a test that provokes it clears it."""
    return []


@pytest.fixture
def visit(browser: Browser, site: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens pages of the site. At the end: nothing was written to a console, no other host was asked."""
    contexts = []

    def watch(page: Page) -> None:
        page.on("console", lambda m: complaints.append(m.text) if is_complaint(m) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if not is_own(r.url) else None)

    def is_own(url: str) -> bool:
        return url.startswith("data:") or urlsplit(url).netloc == urlsplit(site).netloc

    def open_page(address: str = "/", *, cookies: Any = None, status: int = 200, **options: Any) -> Page:
        context = browser.new_context(base_url=site, viewport=options.pop("viewport", DESKTOP), **options)
        contexts.append(context)
        if cookies:
            context.add_cookies([{"name": n, "value": c.value, "url": site} for n, c in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(10_000)
        watch(page)
        response = page.goto(address)
        assert response is not None
        assert response.status == status
        if status >= 400:  # which Chromium itself reports on the console
            complaints.clear()
        wait_for_parts(page)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:  # what the server still works on must end with this test
            page.wait_for_load_state("networkidle")
        context.close()
    assert not complaints


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether a line on the console is one; HTMX also logs that a page was left while a part of it came."""
    left = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return message.type in ("error", "warning") and not left


def wait_for_parts(page: Page) -> None:
    """Until the parts of the page that load themselves are there, and what was swapped has settled: then has the focus
    found its place."""
    page.wait_for_load_state("load")
    expect(page.locator(".js .waiting, .js .htmx-request, .js .htmx-settling")).to_have_count(0)


@pytest.fixture
def as_ada_rated(ada_rated: Any, as_ada: Any) -> Any:
    """The cookies of Ada, signed in."""
    assert django_settings.SESSION_COOKIE_NAME in as_ada.cookies
    return as_ada.cookies
