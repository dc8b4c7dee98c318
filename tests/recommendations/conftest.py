"""A catalogue of two tastes, and a model that knows it."""

from typing import Any

import pytest

from catalog.models import Movie
from recommendations import active_model
from recommendations.models import ModelVersion
from tests.factories import make_movie
from tests.recommendations.planted import plant_active, tastes_of

TITLES = ("Alien", "Solaris", "Contact", "Gravity", "Carol", "Brief Encounter", "Roman Holiday", "Amélie")


@pytest.fixture(autouse=True)
def _as_in_a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model opened yet."""
    monkeypatch.setattr(active_model, "_opened", None)
    monkeypatch.setattr(active_model, "_refused", {})


@pytest.fixture
def films(db: Any) -> list[Movie]:
    """Four films about space, then four romances."""
    return [
        make_movie(title, 1980 + place, ["Science Fiction" if place < 4 else "Romance"])
        for place, title in enumerate(TITLES)
    ]


@pytest.fixture
def active(films: list[Movie]) -> ModelVersion:
    return plant_active("v1", tastes_of(films))
