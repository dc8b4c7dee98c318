"""How it works: which model is live and how good it is, or that there is none."""

import pytest
from django.urls import reverse
from django.utils import timezone

from recommendations.models import ModelVersion
from tests.pages import assert_good_page, text_of
from tests.recommendations.planted import a_manifest

pytestmark = pytest.mark.django_db
URL = reverse("how-it-works")


def words_of(client):
    return text_of(assert_good_page(client.get(URL)).find(".//main"))


def live(**manifest):
    return ModelVersion.objects.create(
        version="v7",
        state=ModelVersion.State.ACTIVE,
        manifest=a_manifest("v7", **manifest),
        decision="Made active: better.",
        activated_at=timezone.now(),
    )


def test_without_a_model_that_is_said(as_stranger):
    ModelVersion.objects.create(version="v1", state=ModelVersion.State.REFUSED, manifest=a_manifest("v1"))
    words = words_of(as_stranger)
    assert "None at the moment." in words
    assert "v1" not in words


def test_the_live_one_with_what_it_learned_from_and_how_good_it_is(as_stranger):
    live()
    page = assert_good_page(as_stranger.get(URL))
    words = text_of(page.find(".//main"))
    assert "Version v7" in words
    assert "learned from 1,000 ratings of 100 people for 4 films, the newest of 14 November 2023" in words
    assert "400 ratings of 60 people that it had not seen, all of them newer" in words
    rows = [[text_of(cell) for cell in row] for row in page.findall(".//tbody/tr")]
    assert rows[0][1:] == ["10.0\xa0%".replace("\xa0", " "), "10.0 %the most rated films"]
    assert rows[1] == [
        "How far up the first ten it stands; 1 is all of it, in front (nDCG@10)",
        "0.200",
        "0.150the most rated films",
    ]
    assert rows[4][1:] == ["0.900", "0.950averages of film and person"]
    better = [text_of(cell) for cell in page.findall(".//tbody//strong")]
    assert better == ["0.200", "0.900"]
    assert "What was decided: Made active: better." in words


@pytest.mark.parametrize("manifest", [{"metrics": None}, {"metrics": {}, "baselines": {"bias": None}}])
def test_what_was_not_measured_is_not_claimed(as_stranger, manifest):
    live(**manifest)
    assert "nothing is claimed here" in words_of(as_stranger)


def test_a_random_holdout_is_not_called_newer(as_stranger):
    live(holdout={"split": "random", "n_ratings": 400}, cutoff=None)
    words = words_of(as_stranger)
    assert "drawn at random" in words
    assert "the newest of" not in words


def test_people_are_led_to_their_own_pages(as_ada):
    page = assert_good_page(as_ada.get(URL))
    addresses = {link.get("href") for link in page.findall(".//main//a")}
    assert {reverse("track-record"), reverse("account")} <= addresses


def test_the_number_of_queries_is_constant(as_stranger, django_assert_num_queries):
    live()
    with django_assert_num_queries(2):  # the live version, demo?
        as_stranger.get(URL)
