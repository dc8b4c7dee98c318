"""Requests of one visitor at the same moment: what each of them writes into the session stays."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from catalog.visitors import half_stars_of_visitor, rate_as_visitor, ratings_of_visitor, unrate_as_visitor
from moviesite.web.sessions import SessionStore, with_changes
from recommendations.models import Mark
from recommendations.people import MARKS_KEY
from tests.factories import make_movie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def films():
    return [make_movie(f"Film {n}") for n in range(8)]


@pytest.fixture
def key(films):
    """Of the session of somebody who rated the first film."""
    session = SessionStore()
    rate_as_visitor(session, films[0].pk, 4)
    session.save()
    return session.session_key


def overlapping(key):
    """Two requests that have both read the session before either writes it."""
    stores = [SessionStore(key), SessionStore(key)]
    for store in stores:
        list(store.keys())
    return stores


def at_once(works):
    barrier = Barrier(len(works))

    def begin(work):
        try:
            barrier.wait(20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def with_session(key):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def test_quick_clicks_on_stars_and_marks_are_all_kept(films, key):
    clicks = [("movie-rate", [film.pk], {"stars": "5"}) for film in films]
    clicks += [("movie-mark", [film.pk, kind], {}) for film in films[:4] for kind in ("seen", "watchlist")]

    def click(name, args, data):
        return with_session(key).post(reverse(name, args=args), data, headers={"HX-Request": "true"})

    answers = at_once([lambda one=one: click(*one) for one in clicks])
    assert {answer.status_code for answer in answers} == {200}
    session = SessionStore(key)
    assert half_stars_of_visitor(session, [film.pk for film in films]) == {film.pk: 10 for film in films}
    marked = {str(film.pk) for film in films[:4]}
    assert {kind: set(of_kind) for kind, of_kind in session[MARKS_KEY].items()} == {
        Mark.Kind.SEEN: marked,
        Mark.Kind.WATCHLIST: marked,
    }


def test_a_request_that_writes_something_else_puts_no_old_ratings_back(films, key):
    rates, visits = overlapping(key)
    rate_as_visitor(rates, films[1].pk, 9)
    rates.save()
    visits["visit"] = {"seen": 1.5}
    visits.save()
    assert list(ratings_of_visitor(visits)) == [films[0].pk, films[1].pk]
    later = SessionStore(key)
    assert half_stars_of_visitor(later, [film.pk for film in films]) == {films[0].pk: 4, films[1].pk: 9}
    assert later["visit"] == {"seen": 1.5}


def test_what_one_takes_away_stays_away_and_what_the_other_gives_is_the_latest(films, key):
    takes, gives = overlapping(key)
    unrate_as_visitor(takes, films[0].pk)
    rate_as_visitor(gives, films[2].pk, 2)
    gives.save()
    rate_as_visitor(takes, films[1].pk, 8)
    takes.save()
    assert list(ratings_of_visitor(SessionStore(key))) == [films[2].pk, films[1].pk]


def test_a_session_goes_on_after_its_key_was_changed(films, key):
    session = SessionStore(key)
    rate_as_visitor(session, films[1].pk, 9)
    session.cycle_key()
    session["more"] = 1
    session.save()
    later = SessionStore(session.session_key)
    assert set(ratings_of_visitor(later)) == {films[0].pk, films[1].pk}
    assert later["more"] == 1
    assert not SessionStore().exists(key)


def test_a_session_that_is_emptied_without_being_read_is_empty(key):
    session = SessionStore(key)
    session.clear()
    session.save()
    assert list(SessionStore(key).keys()) == []


def test_two_first_clicks_at_once_are_no_error(films):
    def click(film):
        return Client().post(reverse("movie-rate", args=[film.pk]), {"stars": "4"}).status_code

    assert at_once([lambda film=film: click(film) for film in films]) == [302] * len(films)
    assert Session.objects.count() == len(films)


def test_sessions_that_django_wrote_are_read_and_the_other_way_round(key):
    theirs = DatabaseSessionStore(key)
    assert list(theirs.keys()) == ["ratings"]
    theirs["more"] = 1
    theirs.save()
    assert SessionStore(key)["more"] == 1


def test_only_what_was_changed_is_changed():
    before = {"a": 1, "b": {"x": 1, "y": 2}, "gone": 1, "was": {}}
    mine = {"a": 1, "b": {"x": 1, "y": 3}, "new": {"m": 1}, "was": 5}
    theirs = {"a": 2, "b": {"y": 2, "z": 4}, "gone": 2, "was": {"q": 1}, "new": {"t": 1}, "other": 1}
    assert with_changes(theirs, before, mine) == {
        "a": 2,
        "b": {"y": 3, "z": 4},
        "new": {"t": 1, "m": 1},
        "other": 1,
        "was": 5,
    }
