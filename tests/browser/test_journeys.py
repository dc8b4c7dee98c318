"""What people come for, done in a real browser: on a phone and a desktop, by hand, by key, without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from catalog.models import Movie, Rating
from tests.browser.conftest import DESKTOP, PHONE, SPACE

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def sign_up(page: Page, name: str = "carol") -> None:
    page.fill("[name=username]", name)
    for field in ("password1", "password2"):
        page.fill(f"[name={field}]", "a-long-word-pair")
    page.get_by_role("button", name="Sign up").click()


def go_to_film(page: Page, title: str) -> Locator:
    """Search for a film, open it, and return its stars."""
    page.goto("/movies/")
    page.get_by_role("searchbox").press_sequentially(title.lower(), delay=10)
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return page.locator(".film .rating")


def give_by_pointer(stars: Locator, half_stars: int, *, touch: bool) -> None:
    label = stars.locator("label").nth(half_stars - 1)
    label.tap() if touch else label.click()


def give_by_keys(page: Page, stars: Locator, half_stars: int) -> None:
    stars.locator("input[type=radio]").first.focus()
    for _ in range(half_stars - 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")


def picks_on(page: Page) -> list[str]:
    page.goto("/picks/")
    page.wait_for_selector(".picks article")
    return page.locator(".picks article h2").all_inner_texts()


@pytest.mark.parametrize(("viewport", "touch"), [(DESKTOP, False), (PHONE, True)], ids=["desktop", "phone"])
def test_sign_up_rate_five_films_see_the_picks_change_after_each_and_leave(
    visit: Visit, viewport: Any, touch: bool
):
    page = visit("/accounts/signup/", viewport=viewport, has_touch=touch)
    sign_up(page)
    expect(page.get_by_text("Welcome, carol.")).to_be_visible()
    lists = [picks_on(page)]
    given = [("Alien", 10), ("Carol", 2), ("Moon", 9), ("Contact", 8), ("Amélie", 1)]
    for n, (title, half_stars) in enumerate(given):
        stars = go_to_film(page, title)
        if n % 2:
            give_by_keys(page, stars, half_stars)
        else:
            give_by_pointer(stars, half_stars, touch=touch)
        expect(stars.locator(".rating__state")).to_contain_text("You gave it")
        expect(page.locator("#live")).to_contain_text(f"{title}: ")
        lists.append(picks_on(page))
        assert title not in lists[-1]
        assert lists[-1] != lists[-2]
    left = set(SPACE) - {title for title, _ in given}
    assert set(lists[-1][: len(left)]) == left  # who loves space and no romance gets space first
    assert sorted(
        Rating.objects.filter(reviewer__user__username="carol").values_list("half_stars", flat=True)
    ) == (sorted(half_stars for _, half_stars in given))
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_arrow_keys_only_mark_a_choice_until_enter_or_leaving(visit: Visit, ada: Any, as_ada: Any):
    page = visit("/", cookies=as_ada.cookies)
    first, second = page.locator(".shelf--rate article").nth(0), page.locator(".shelf--rate article").nth(1)
    first.locator("input[type=radio]").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(first.get_by_role("button", name="Save")).to_be_visible()
    page.wait_for_timeout(300)
    assert not Rating.objects.of_user(ada).exists()
    second.get_by_role("link").last.focus()  # leaving sends it
    expect(first.locator(".rating__state")).to_contain_text("You gave it 2.5 stars")
    assert Rating.objects.of_user(ada).get().half_stars == 5


def test_focus_stays_in_the_stars_after_saving_and_after_taking_away(visit: Visit, as_ada: Any):
    page = visit("/", cookies=as_ada.cookies)
    stars = page.locator(".shelf--rate .rating").first
    give_by_keys(page, stars, 7)
    expect(stars.locator(".rating__state")).to_contain_text("You gave it 3.5 stars")
    # HTMX tells of the new part a moment before it has settled and got the focus.
    expect(stars.locator("input[value='3.5']")).to_be_focused()
    stars.get_by_role("button", name="Take it away").press("Enter")
    expect(stars.locator(".rating__state")).to_contain_text("Taken away")
    assert stars.locator("input:checked").count() == 0
    expect(stars.locator("input[name=stars]:focus")).to_have_count(1)


def test_rating_a_pick_replaces_it_without_losing_the_place(visit: Visit, as_ada_rated: Any):
    page = visit("/picks/", cookies=as_ada_rated)
    third = page.locator(".picks article").nth(2)
    title, following = third.locator("h2").inner_text(), page.locator(".picks article h2").nth(3).inner_text()
    third.locator("label").nth(8).click()
    expect(page.locator(".picks h2", has_text=title)).to_have_count(0)
    expect(page.locator("#live")).to_contain_text("The picks have changed.")
    assert page.locator(".picks article h2").nth(2).inner_text() == following
    assert (
        page.evaluate("document.activeElement.closest('article').querySelector('h2').innerText") == following
    )


def test_my_ratings_are_edited_where_they_stand(visit: Visit, ada_rated: Any, as_ada_rated: Any):
    page = visit("/ratings/?sort=title", cookies=as_ada_rated)
    alien = page.locator("article", has_text="Alien").first
    alien.locator("label").nth(3).click()
    expect(alien.locator(".rating__state")).to_contain_text("You gave it 2 stars")
    page.reload()
    expect(alien.locator("input:checked")).to_have_value("2")
    assert Rating.objects.of_user(ada_rated).get(movie__title="Alien").half_stars == 4


def test_a_film_page_shows_the_prediction_and_similar_films(visit: Visit, as_ada_rated: Any):
    page = visit("/movies/", cookies=as_ada_rated)
    stars = go_to_film(page, "Gravity")
    prediction = page.locator(".film__prediction")
    expect(prediction).to_contain_text("for you")
    expect(page.locator(".shelf article").first).to_be_visible()
    before = prediction.inner_text()
    page.goto("/movies/")
    give_by_pointer(go_to_film(page, "Moon"), 1, touch=False)
    expect(page.locator(".rating__state").first).to_contain_text("half a star")
    stars = go_to_film(page, "Gravity")
    expect(prediction).to_contain_text("for you")
    assert prediction.inner_text() != before
    expect(stars).to_be_visible()


def test_search_as_you_type_and_the_way_back(visit: Visit):
    page = visit("/movies/")
    page.get_by_role("searchbox").press_sequentially("AMELIE", delay=10)
    expect(page.locator(".card")).to_have_count(1)
    assert page.url.endswith("/movies/?q=AMELIE")
    expect(page.locator("#live")).to_contain_text("1 film found")
    assert page.evaluate("document.activeElement.id") == "search"
    page.locator(".card a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("AMELIE")
    expect(page.locator(".card")).to_have_count(1)


def test_the_theme_follows_the_system_until_it_is_switched_and_remembers(visit: Visit):
    page = visit("/", color_scheme="light")
    ground = "getComputedStyle(document.body.parentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto("/movies/")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")  # back to the system's, so it follows the system again
    assert page.evaluate(ground) == dark


def test_a_failed_request_says_so_and_puts_the_stars_back(
    visit: Visit, complaints: list[str], ada_rated: Any, as_ada_rated: Any
):
    page = visit("/ratings/?sort=title", cookies=as_ada_rated)
    alien = page.locator("article", has_text="Alien").first
    page.context.set_offline(True)
    alien.locator("label").first.click()
    expect(page.locator("#failure")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("That did not work.")
    expect(alien.locator("input:checked")).to_have_value("5")
    assert Rating.objects.of_user(ada_rated).get(movie__title="Alien").half_stars == 10
    page.context.set_offline(False)
    alien.locator("label").nth(1).click()
    expect(page.locator("#failure")).to_be_hidden()
    assert any("DISCONNECTED" in complaint for complaint in complaints)
    complaints.clear()


def test_without_scripts_people_sign_in_rate_and_read(visit: Visit, ada: Any):
    page = visit("/movies/", java_script_enabled=False)
    page.get_by_role("link", name="Alien").first.click()
    page.locator("label").nth(8).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".rating__state")).to_contain_text("You gave it 4.5 stars")
    page.get_by_role("link", name="Sign in").click()
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", "ada-password")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Your stars for one film came along.")).to_be_visible()
    page.goto(Movie.objects.get(title="Alien").get_absolute_url())
    expect(page.locator(".rating__state")).to_contain_text("You gave it 4.5 stars")
    page.get_by_role("link", name="Picks", exact=True).click()
    page.get_by_role("link", name="Show the list").click()
    expect(page.locator(".picks article h2").first).to_be_visible()
    assert page.locator(".picks article h2").first.inner_text() in SPACE
    page.get_by_role("link", name="My ratings").first.click()
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_text("Nothing rated yet")).to_be_visible()
    assert not Rating.objects.of_user(ada).exists()


def test_a_page_whose_form_is_of_another_session_says_that_it_is_out_of_date(
    visit: Visit, complaints: list[str], ada_rated: Any, as_ada_rated: Any
):
    page = visit("/ratings/?sort=title", cookies=as_ada_rated)
    alien = page.locator("article", has_text="Alien").first
    page.context.clear_cookies(name="csrftoken")  # as signing in elsewhere takes it away
    page.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "url": page.url}])
    alien.locator("label").first.click()
    expect(page.locator("#out-of-date")).to_be_visible()
    expect(page.locator("#failure")).to_be_hidden()
    expect(page.locator("#live")).to_contain_text("This page is out of date")
    complaints.clear()
    page.get_by_role("link", name="Load it again").click()
    expect(page.locator("#out-of-date")).to_be_hidden()
    assert page.url.endswith("/ratings/?sort=title")
    alien.locator("label").first.click()
    expect(alien.locator(".rating__state")).to_contain_text("half a star")
    assert Rating.objects.of_user(ada_rated).get(movie__title="Alien").half_stars == 1


def test_a_long_word_makes_no_page_scroll_sideways(visit: Visit):
    page = visit("/movies/?q=" + "w" * 90, viewport=PHONE)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_without_scripts_no_place_is_kept_for_what_does_not_come(visit: Visit, as_ada_rated: Any):
    page = visit("/picks/", cookies=as_ada_rated, java_script_enabled=False, viewport=PHONE)
    for box in (waiting.bounding_box() for waiting in page.locator(".waiting").all()):
        assert box
        assert box["height"] < 120


def test_a_day_is_written_the_same_with_and_without_scripts(visit: Visit, as_ada_rated: Any):
    days = [
        visit("/ratings/", cookies=as_ada_rated, timezone_id="UTC", **options)
        .locator("time[data-local]")
        .all_inner_texts()
        for options in ({}, {"java_script_enabled": False})
    ]
    assert days[0]
    assert days[0] == days[1]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_of_the_api_has_the_sites_theme_and_a_way_back(visit: Visit, viewport: Any):
    page = visit("/api/", color_scheme="dark", viewport=viewport)
    page.locator(".swagger-ui .info").wait_for()
    seen = (
        "[document.documentElement, document.querySelector('.swagger-ui')].map(e => getComputedStyle(e).{})"
    )
    ground, words = page.evaluate(seen.format("backgroundColor"))[0], page.evaluate(seen.format("color"))[1]
    assert ground == "rgb(28, 32, 34)"
    assert words != "rgb(59, 65, 81)"
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.get_by_role("link", name="Movie Picks").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
