"""Ratings of visitors who have not signed in."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from catalog import visitors
from catalog.visitors import half_stars_of_visitor, rate_as_visitor, ratings_of_visitor, take_ratings
from tests.factories import make_movie

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionStore()


def given(session):
    return {movie_id: rating.half_stars for movie_id, rating in ratings_of_visitor(session).items()}


def test_they_are_kept_in_the_order_in_which_they_were_given_last(session):
    alien, solaris = make_movie("Alien"), make_movie("Solaris")
    for movie, half_stars in ((alien, 3), (solaris, 10), (alien, 7)):
        rate_as_visitor(session, movie.pk, half_stars)
    session.save()
    again = SessionStore(session.session_key)
    assert list(given(again).items()) == [(solaris.pk, 10), (alien.pk, 7)]
    assert half_stars_of_visitor(again, [alien.pk]) == {alien.pk: 7}


def test_merged_films_count_as_what_they_became_and_removed_ones_not_at_all(session):
    alien = make_movie("Alien")
    copy, gone = make_movie("Alien [VHS]", merged_into=alien), make_movie("Gone")
    rate_as_visitor(session, copy.pk, 9)
    rate_as_visitor(session, gone.pk, 2)
    gone.delete()
    assert given(session) == {alien.pk: 9}
    visitors.unrate_as_visitor(session, alien.pk)
    assert given(session) == {}


def test_a_full_session_says_so_and_still_lets_ratings_be_changed(session, monkeypatch):
    monkeypatch.setattr(visitors, "MOST_RATINGS", 1)
    alien, solaris = make_movie("Alien"), make_movie("Solaris")
    rate_as_visitor(session, alien.pk, 9)
    with pytest.raises(ValueError, match="sign up"):
        rate_as_visitor(session, solaris.pk, 9)
    rate_as_visitor(session, alien.pk, 1)
    assert given(session) == {alien.pk: 1}


def test_taken_away_they_are_there_no_more(session):
    alien = make_movie("Alien")
    rate_as_visitor(session, alien.pk, 9)
    assert list(take_ratings(session)) == [alien.pk]
    assert take_ratings(session) == {}
