"""The films that somebody wants to watch, and those kept out of picks."""

import pytest
from django.urls import reverse

from catalog.models import Reviewer
from catalog.ratings import rate
from recommendations.models import Mark
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

pytestmark = pytest.mark.django_db
WATCHLIST, HIDDEN = reverse("watchlist"), reverse("hidden-films")


def put(client, movie, kind, **data):
    address = reverse("movie-mark", args=[movie.pk, kind])
    return client.post(address, {"on": "1", **data}, **HTMX)


def listed(tree):
    return [text_of(heading) for heading in tree.findall(".//article//h2")]


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
def test_newest_first_by_stars_or_by_title(request, films, active, client):
    client = request.getfixturevalue(client)
    client.post(reverse("movie-rate", args=[films[0].pk]), {"stars": "5"}, **HTMX)
    for film in (films[5], films[1], films[0], films[7]):  # of which one is rated, and waits no longer
        put(client, film, "watchlist")
    page = assert_good_page(client.get(WATCHLIST))
    assert listed(page) == ["Amélie", "Solaris", "Brief Encounter"]
    assert "for you" in text_of(page.find(".//article"))
    assert listed(assert_good_page(client.get(WATCHLIST, {"sort": "title"})))[0] == "Amélie"
    assert listed(assert_good_page(client.get(WATCHLIST, {"sort": "stars"})))[0] == "Solaris"
    assert listed(assert_good_page(client.get(WATCHLIST, {"sort": "nonsense"})))[0] == "Amélie"


def test_a_rated_film_waits_no_longer_until_its_rating_goes(as_ada, films):
    put(as_ada, films[0], "watchlist")
    rating = reverse("movie-rate", args=[films[0].pk])
    as_ada.post(rating, {"stars": "1"})
    assert listed(assert_good_page(as_ada.get(WATCHLIST))) == []
    as_ada.post(rating, {"stars": ""})
    assert listed(assert_good_page(as_ada.get(WATCHLIST))) == ["Alien"]


def test_a_film_is_taken_off_and_put_back_where_it_stood(as_ada, films, active):
    put(as_ada, films[0], "watchlist")
    gone = assert_good_part(put(as_ada, films[0], "watchlist", on="", **{"as": "row"}))
    assert "Alien is off your watchlist." in text_of(gone)
    assert "autofocus" in gone.find(".//button").attrib
    assert listed(assert_good_page(as_ada.get(WATCHLIST))) == []
    back = assert_good_part(put(as_ada, films[0], "watchlist", **{"as": "row"}))
    assert listed(back) == ["Alien"]
    assert listed(assert_good_page(as_ada.get(WATCHLIST))) == ["Alien"]


def test_empty_lists_help(as_stranger, as_ada):
    assert "Nothing to watch yet" in text_of(assert_good_page(as_stranger.get(WATCHLIST)))
    for kind, words in {
        "not-interested": "Nothing is hidden",
        "seen": "Nothing marked as seen",
        "unused": "All your ratings are used",
        "watchlist": "Nothing is hidden",
    }.items():
        assert words in text_of(assert_good_page(as_ada.get(HIDDEN, {"kind": kind})))


def test_hidden_films_a_kind_at_a_time(as_ada, ada, films):
    rate(Reviewer.objects.for_user(ada), films[2], 4)
    for film, kind in ((films[0], "not-interested"), (films[1], "seen"), (films[2], "unused")):
        put(as_ada, film, kind)
        page = assert_good_page(as_ada.get(HIDDEN, {"kind": kind}))
        assert listed(page) == [film.title]
    back = assert_good_part(put(as_ada, films[0], "not-interested", on="", **{"as": "row"}))
    assert "Alien can be picked again." in text_of(back)


def test_lists_are_a_persons_own(as_ada, as_bob, films):
    put(as_ada, films[0], "watchlist")
    assert listed(assert_good_page(as_bob.get(WATCHLIST))) == []
    assert "no-store" in as_ada.get(WATCHLIST)["Cache-Control"]


def test_long_lists_have_pages_in_a_constant_number_of_queries(
    as_ada, ada, films, active, django_assert_max_num_queries
):
    rate(Reviewer.objects.for_user(ada), films[0], 10)

    def queries():
        with django_assert_max_num_queries(16) as captured:
            page = assert_good_page(as_ada.get(WATCHLIST))
        return len(captured), len(listed(page))

    put(as_ada, films[1], "watchlist")
    few, n_few = queries()
    Mark.objects.bulk_create(
        Mark(user=ada, movie=make_movie(f"Film {n}", 2000, ["Drama"]), kind="watchlist") for n in range(30)
    )
    many, n_many = queries()
    assert (n_few, n_many) == (1, 20)
    assert many <= few + 1  # films that the model does not know are looked for under former ids
