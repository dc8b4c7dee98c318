"""The whole way on real data: imported, learned from, and picks that move with a newcomer's every rating."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, expect

from catalog.aggregates import wrong_histograms
from catalog.models import Movie, Rating, Reviewer
from recommendations import active_model
from recommendations.models import ModelVersion
from tests.browser.conftest import DESKTOP, wait_for_parts
from tests.browser.test_journeys import give_by_pointer, go_to_film, picks_on, sign_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

GIVEN = [("Alien", 10), ("Blade Runner", 10), ("Toy Story", 3), ("Aliens", 9), ("Titanic", 2)]


@pytest.fixture
def site(live_server: Any, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a site that has imported MovieLens and learned from it."""
    monkeypatch.setattr(active_model, "_opened", None)
    monkeypatch.setattr(active_model, "_refused", {})
    call_command("import_movielens", str(shared_data / "ml-latest-small"))
    assert (Movie.objects.count(), Rating.objects.count()) == (9_125, 100_004)
    assert Reviewer.objects.count() == 671
    assert not wrong_histograms().exists()
    call_command("train")
    return str(live_server.url)


def test_a_newcomer_rates_five_films_and_the_picks_move_with_each(
    visit: Callable[..., Any], tmp_path: Path, browser: Browser
) -> None:
    version = ModelVersion.objects.active()
    assert version is not None, ModelVersion.objects.values_list("decision", flat=True)
    page = visit("/accounts/signup/", viewport=DESKTOP)
    sign_up(page)
    expect(page.get_by_text("Welcome, carol.")).to_be_visible()
    lists = [picks_on(page)]
    for title, half_stars in GIVEN:
        give_by_pointer(go_to_film(page, title), half_stars, touch=False)
        expect(page.locator("#live")).to_contain_text(f"{title}: ")
        lists.append(picks_on(page))
        assert title not in lists[-1]
        assert lists[-1] != lists[-2]
    assert page.get_by_text(version.version).count() == 1
    assert page.get_by_text("Because you rated").count() > 0
    science_fiction = Movie.objects.filter(title__in=lists[-1], genres__name="Science Fiction").count()
    assert science_fiction >= len(lists[-1]) / 2
    wait_for_parts(page)
    page.screenshot(path=tmp_path / "picks.png", full_page=True)
