"""The account in a real browser: bringing ratings, leaving; every page in both themes, narrow and wide."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.deletion import Receipt
from accounts.models import RatingImport
from catalog.models import Rating
from tests.accounts.imports.exports import DIARY, LETTERBOXD, RATINGS, archive
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_access import violations
from tests.factories import make_movie

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


@pytest.fixture
def letterboxd(tmp_path: Path) -> Path:
    """An archive of eight films, of which one is doubtful and one is not there."""
    path = tmp_path / "letterboxd-ada-2026-11-25.zip"
    diary = f"{DIARY}2024-03-01,Arrival,1980,https://boxd.it/9,4.5,,,2024-03-01\n".replace(",1972,", ",1980,")
    ratings = RATINGS.replace(",2001,", ",1950,")
    path.write_bytes(archive({**LETTERBOXD, "ratings.csv": ratings, "diary.csv": diary, "reviews.csv": ""}))
    make_movie("Solaris", 1980, ["Drama"])
    return path


def bring(page: Page, path: Path) -> None:
    page.goto("/account/")
    page.get_by_role("link", name="Bring your ratings").click()
    page.set_input_files("#id_files", path)
    page.get_by_role("button", name="Look at the files").click()
    expect(page.get_by_role("heading", name="Nothing is rated yet")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_bring_ratings(visit: Visit, ada: Any, as_ada: Any, letterboxd: Path, scripts: bool):
    page = visit("/", cookies=as_ada.cookies, viewport=PHONE, java_script_enabled=scripts)
    bring(page, letterboxd)
    page.get_by_role("button", name="Take Solaris (1980)").first.click()
    expect(page.get_by_text("Nothing is doubtful any more.")).to_be_visible()
    page.get_by_role("link", name="Not found").click()
    page.get_by_role("link", name="Search for Good Night").click()
    page.get_by_role("searchbox", name="Title or person").last.fill("interstellar")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name="This film Interstellar").click()
    page.get_by_role("button", name="Rate 5 films").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    rated = dict(Rating.objects.of_user(ada).values_list("movie__title", "half_stars"))
    assert rated == {"Alien": 9, "Amélie": 10, "Arrival": 9, "Solaris": 7, "Interstellar": 8}


def test_leave(visit: Visit, as_ada: Any, as_ada_rated: Any):
    page = visit("/", cookies=as_ada.cookies)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Delete my account").click()
    page.fill("#id_password", "ada-password")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Ratings, taken out of all averages")).to_be_visible()
    assert Rating.objects.filter(reviewer__user__isnull=False).count() == 0


def test_times_are_in_the_zone_of_the_browser(visit: Visit, ada: Any, as_ada: Any):
    run = RatingImport.objects.create(user=ada, source="IMDb")
    RatingImport.objects.update(created_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    page = visit("/", cookies=as_ada.cookies, timezone_id="Asia/Kolkata")
    page.goto("/account/import/")
    expect(page.get_by_text("2 July 2026, 05:00")).to_be_visible()
    run.delete()


PAGES = {
    "account": "/account/",
    "delete": "/account/delete/",
    "receipt": "/account/deleted/{receipt}/",
    "bring": "/account/import/",
    "review": "{run}",
    "not found": "{run}?show=missing",
    "found": "{run}?show=ready",
    "row": "{run}rows/{row}/",
    "done": "{done}",
    "sessions": "/accounts/sessions/",
    "second factor": "/accounts/2fa/",
    "set up": "/accounts/2fa/totp/activate/",
    "email": "/accounts/email/",
    "password": "/accounts/password/change/",
    "reauthenticate": "/accounts/reauthenticate/",
}


@pytest.fixture
def addresses(visit: Visit, ada: Any, as_ada: Any, letterboxd: Path) -> dict[str, str]:
    """Where the pages are, with an import to look at and one that is done."""
    page = visit("/", cookies=as_ada.cookies)
    page.goto("/accounts/reauthenticate/")
    page.fill("#id_password", "ada-password")
    page.get_by_role("button", name="Go on").click()
    bring(page, letterboxd)
    run = RatingImport.objects.get()
    done = RatingImport.objects.create(
        user=ada, source="IMDb", state="succeeded", phase="write", total=9, result={"new": 1234, "older": 2}
    )
    places = {
        "receipt": Receipt(1_790_000_000, 1234, 2, 3, 1, was_learned_from=True).token(),
        "run": run.get_absolute_url(),
        "row": run.rows.get(title="Solaris").pk,
        "done": done.get_absolute_url(),
    }
    return {name: address.format(**places) for name, address in PAGES.items()}


@pytest.mark.slow
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    visit: Visit, as_ada: Any, addresses: dict[str, str], viewport: dict[str, int]
):
    page = visit("/", cookies=as_ada.cookies, viewport=viewport)
    found = []
    for name, address in addresses.items():
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{name} is too wide")
        found += violations(page, name)
    assert not found, "\n".join(found)
