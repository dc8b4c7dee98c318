"""Ratings that the model finds odd, and what can be said of them."""

import pytest
from django.urls import reverse

from catalog.ratings import rate_as_user
from recommendations.marks import mark, unmark
from recommendations.models import Mark
from recommendations.second_look import FEWEST_RATINGS, ODD, second_look
from recommendations.services import someone_signed_in
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL, SETTLE = reverse("second-look"), reverse("second-look-settle")


@pytest.fixture
def shelf(films):
    """Twenty films of each taste, and a model that is sure of what it says."""
    more = [make_movie(f"Space {n}", 2000 + n, ["Science Fiction"]) for n in range(16)]
    more += [make_movie(f"Love {n}", 2000 + n, ["Romance"]) for n in range(16)]
    known = films[:4] + more[:16] + films[4:] + more[16:]
    plant_active("v1", tastes_of(known), stars_strength=1.0)
    return known


@pytest.fixture
def slipped(ada, shelf):
    """Ada loves space and not romances; and of all things Alien got half a star."""
    for movie in shelf[1:8]:
        rate_as_user(ada, movie, 9)
    for movie in shelf[20:25]:
        rate_as_user(ada, movie, 4)
    rate_as_user(ada, shelf[0], 1)
    return ada


def odd_titles(user):
    return [odd.movie.title for odd in second_look(someone_signed_in(user)).odd]


def test_what_does_not_fit_is_found_and_what_fits_is_not(slipped):
    [odd] = second_look(someone_signed_in(slipped)).odd
    assert (odd.movie.title, odd.given, odd.half_stars) == ("Alien", 0.5, 1)
    assert odd.surprise < -ODD
    assert odd.given < odd.low < odd.expected < odd.high
    assert odd.expected > 4


def test_with_few_ratings_nothing_is_odd(ada, shelf):
    for movie in shelf[1 : FEWEST_RATINGS - 1]:
        rate_as_user(ada, movie, 9)
    rate_as_user(ada, shelf[0], 1)
    assert odd_titles(ada) == []
    rate_as_user(ada, shelf[10], 9)
    assert odd_titles(ada) == ["Alien"]


@pytest.mark.parametrize("kind", [Mark.Kind.MEANT, Mark.Kind.UNUSED])
def test_what_was_settled_is_not_asked_again_and_can_be_opened_again(slipped, shelf, kind):
    mark(slipped, shelf[0], kind)
    assert odd_titles(slipped) == []
    look = second_look(someone_signed_in(slipped))
    assert [movie.title for movie in look.meant + look.unused] == ["Alien"]
    unmark(slipped, shelf[0], kind)
    assert odd_titles(slipped) == ["Alien"]


def test_without_a_model_that_is_said(as_ada, ada, films):
    assert not second_look(someone_signed_in(ada)).has_model
    assert "No model is live" in text_of(assert_good_part(as_ada.get(URL, **HTMX)))


def test_the_list_offers_each_thing_that_can_be_done(as_ada, slipped):
    part = assert_good_part(as_ada.get(URL, **HTMX))
    words = text_of(part)
    assert "You gave it half a star. From your other ratings the site would expect" in words
    assert len(part.findall(".//input[@type='radio']")) == 10
    buttons = [text_of(button) for button in part.findall(".//button")]
    assert buttons == [
        "Save",
        "Take it away: your rating of Alien",
        "It is right: Alien",
        "Do not use it for picks: Alien",
    ]
    assert_good_page(as_ada.get(URL))


@pytest.mark.parametrize(
    ("kind", "said", "again"),
    [
        ("meant", "Alien is right: you will not be asked again.", "Ask again: Alien"),
        ("unused", "Alien is no longer used for picks.", "Use it again: Alien"),
    ],
)
def test_settle_and_undo(as_ada, slipped, shelf, kind, said, again):
    fields = {"movie": shelf[0].pk, "kind": kind}
    part = assert_good_part(as_ada.post(SETTLE, {**fields, "on": "1"}, **HTMX))
    assert said in text_of(part)
    assert [text_of(button) for button in part.findall(".//button")] == ["Undo: Alien", again]
    assert Mark.objects.get().kind == kind
    as_ada.post(SETTLE, {**fields, "on": "0"}, **HTMX)
    assert not Mark.objects.exists()
    assert odd_titles(slipped) == ["Alien"]


def test_without_scripts_one_goes_back_to_the_record(as_ada, slipped, shelf):
    response = as_ada.post(SETTLE, {"movie": shelf[0].pk, "kind": "meant"}, follow=True)
    assert response.redirect_chain == [(reverse("track-record"), 302)]
    assert "Alien is right" in text_of(assert_good_page(response).find(".//main"))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"movie": "1", "kind": "watchlist"}, 400),
        ({"movie": "²", "kind": "meant"}, 400),
        ({"movie": "9" * 30, "kind": "meant"}, 400),
        ({"movie": "987654", "kind": "meant"}, 404),
    ],
)
def test_what_cannot_be_meant_is_refused(as_ada, fields, status):
    assert as_ada.post(SETTLE, fields).status_code == status
    assert not Mark.objects.exists()


def test_the_number_of_queries_is_constant(as_ada, slipped, shelf, django_assert_num_queries):
    with django_assert_num_queries(7):  # session, user, ratings, marks, model, films, genres
        as_ada.get(URL, **HTMX)
    for movie in shelf[8:18]:
        rate_as_user(slipped, movie, 9)
        mark(slipped, movie, Mark.Kind.MEANT)
    with django_assert_num_queries(7):
        as_ada.get(URL, **HTMX)
