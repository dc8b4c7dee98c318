"""The address that marks films: for people and visitors, with and without scripts, each time with a way back."""

import json

import pytest
from django.urls import reverse

from catalog.models import Movie, Reviewer
from catalog.ratings import rate
from recommendations.models import Mark
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

pytestmark = pytest.mark.django_db
LIST = reverse("picks-list")


def url_of(movie, kind):
    return reverse("movie-mark", args=[movie.pk, kind])


def put(client, movie, kind, **data):
    return client.post(url_of(movie, kind), {"on": "1", **data}, **HTMX)


def picked(client):
    tree = assert_good_part(client.get(LIST, **HTMX))
    return [text_of(heading) for heading in tree.findall(".//article//h2")]


def events(response):
    return set(json.loads(response.get("HX-Trigger", "{}")))


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
@pytest.mark.parametrize("kind", ["not-interested", "seen"])
def test_a_hidden_film_is_in_no_picks_until_it_is_taken_back(request, films, active, client, kind):
    client = request.getfixturevalue(client)
    client.post(reverse("movie-rate", args=[films[0].pk]), {"stars": "5"}, **HTMX)
    assert picked(client)[0] == "Solaris"
    stub = assert_good_part(response := put(client, films[1], kind, **{"as": "pick"}))
    assert events(response) == {"announce"}  # the list, and the way back in it, stays
    undo = stub.find(".//button")
    assert "Undo" in text_of(undo)
    assert "autofocus" in undo.attrib
    assert "Solaris" not in picked(client)
    response = put(client, films[1], kind, on="", **{"as": "pick"})
    assert events(response) == {"announce", "marks-changed"}
    assert response["HX-Reswap"] == "none"
    assert picked(client)[0] == "Solaris"


def test_a_hidden_film_is_on_no_surface_of_picks_but_is_found(as_ada, films, active):
    put(as_ada, films[1], "not-interested")
    similar = as_ada.get(reverse("movie-similar", args=[films[0].pk]), **HTMX)
    assert "Solaris" not in text_of(assert_good_part(similar))
    assert "Contact" in text_of(assert_good_part(similar))
    assert "Solaris" not in text_of(assert_good_part(as_ada.get(f"{LIST}?few", **HTMX)))
    assert b"Solaris" in as_ada.get(reverse("movie-list"), {"q": "solaris"}).content


def test_marks_are_a_persons_own(as_ada, as_bob, films, active):
    put(as_ada, films[1], "not-interested")
    assert "Solaris" in picked(as_bob)


def test_the_button_answers_with_itself_pressed_and_says_so(as_ada, films):
    part = assert_good_part(response := put(as_ada, films[0], "watchlist"))
    assert part.find(".//button").get("aria-pressed") == "true"
    assert part.find(".//input[@name='on']").get("value") == ""
    assert "Alien is on your watchlist." in response["HX-Trigger"]
    assert events(response) == {"announce", "watchlist-changed"}
    part = assert_good_part(put(as_ada, films[0], "watchlist", on=""))
    assert part.find(".//button").get("aria-pressed") == "false"
    assert not Mark.objects.exists()


def test_a_rating_that_is_not_used_makes_no_picks_and_can_be_used_again(as_ada, ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 7)
    rate(Reviewer.objects.for_user(ada), films[4], 10)
    first = picked(as_ada)
    assert events(put(as_ada, films[4], "unused", **{"as": "silent"})) == {"announce", "ratings-changed"}
    without = assert_good_part(as_ada.get(LIST, **HTMX))
    assert "One rating of yours is not used: Carol: use it again" in text_of(without)
    assert "from 1 rating of yours" in text_of(without)
    assert picked(as_ada) != first
    assert "Carol" not in picked(as_ada)  # still rated, so still no pick
    put(as_ada, films[4], "unused", on="", **{"as": "silent"})
    assert picked(as_ada) == first


def test_without_scripts_it_goes_back_and_says_what_it_did(as_ada, films):
    response = as_ada.post(url_of(films[0], "seen"), {"on": "1", "next": LIST}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Alien is marked as seen, and hidden from picks." in text_of(assert_good_page(response))
    away = as_ada.post(url_of(films[0], "seen"), {"on": "1", "next": "https://evil.example/"})
    assert away["Location"] == films[0].get_absolute_url()


def test_a_mark_on_a_merged_film_is_on_what_it_became(as_ada, films):
    copy = make_movie("Alien [VHS]", merged_into=films[0])
    put(as_ada, copy, "watchlist")
    assert Mark.objects.get().movie == films[0]


def test_strange_input_is_refused_and_loses_nothing(as_ada, as_stranger, films):
    assert put(as_ada, films[0], "nonsense").status_code == 404
    assert as_ada.post(reverse("movie-mark", args=[987654, "seen"])).status_code == 404
    assert as_ada.get(url_of(films[0], "seen")).status_code == 405
    put(as_ada, films[0], "seen", on="what", **{"as": "who"})
    assert not Mark.objects.exists()
    session = as_stranger.session
    session["marks"] = {"seen": {str(n): 0 for n in range(10_000, 10_300)}}
    session.save()
    as_stranger.cookies["sessionid"] = session.session_key
    assert as_stranger.post(url_of(films[0], "seen"), {"on": "1"}).status_code == 400
    assert Movie.objects.count() == len(films)
