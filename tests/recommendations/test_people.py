"""Whom an answer is for."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from catalog.visitors import rate_as_visitor
from recommendations.marks import keep_marks, mark, set_mark, take_marks, unmark
from recommendations.models import Mark
from recommendations.people import Someone, someone, someone_signed_in
from recommendations.services import picks_for
from tests.factories import make_movie
from tests.recommendations.test_services import rate_as

Kind = Mark.Kind


@pytest.fixture
def visitor(rf):
    request = rf.get("/")
    request.session = SessionStore()
    request.user = type("Visitor", (), {"is_authenticated": False})()
    return request


def titles(person, n=20):
    return [pick.movie.title for pick in picks_for(person, n=n).picks]


def test_what_is_seen_or_not_wanted_is_in_no_list(active, films, ada):
    rate_as(ada, (films[0], 10))
    assert titles(someone_signed_in(ada), 2) == ["Solaris", "Contact"]
    mark(ada, films[1], Kind.NOT_INTERESTED)
    mark(ada, films[2], Kind.SEEN)
    mark(ada, films[3], Kind.WATCHLIST)
    assert titles(someone_signed_in(ada), 1) == ["Gravity"]
    assert unmark(ada, films[1], Kind.NOT_INTERESTED)
    assert not unmark(ada, films[1], Kind.NOT_INTERESTED)
    assert titles(someone_signed_in(ada), 2) == ["Solaris", "Gravity"]


def test_a_rating_out_of_use_carries_no_pick_and_is_still_not_picked(active, films, ada):
    rate_as(ada, (films[0], 10), (films[4], 10))
    with_both = titles(someone_signed_in(ada))
    mark(ada, films[4], Kind.UNUSED)
    answer = picks_for(someone_signed_in(ada))
    assert {reason.movie for pick in answer.picks for reason in pick.reasons} == {films[0]}
    assert films[4].title not in titles(someone_signed_in(ada))
    assert titles(someone_signed_in(ada)) != with_both
    unmark(ada, films[4], Kind.UNUSED)
    assert titles(someone_signed_in(ada)) == with_both


def test_marks_follow_merges(films, ada):
    copy = make_movie("Alien [VHS]", merged_into=films[0])
    mark(ada, copy, Kind.SEEN)
    assert someone_signed_in(ada).with_mark(Kind.SEEN) == {films[0].pk}
    assert unmark(ada, films[0], Kind.SEEN)


def test_a_visitor_is_somebody_too_and_is_not_written_down(active, films, visitor):
    rate_as_visitor(visitor.session, films[0].pk, 10)
    set_mark(visitor, films[1], Kind.NOT_INTERESTED, on=True)
    person = someone(visitor)
    assert person.ratings == [(films[0].pk, 10)]
    assert titles(person, 1) == ["Contact"]
    assert set_mark(visitor, films[1], Kind.NOT_INTERESTED, on=False)
    assert titles(someone(visitor), 1) == ["Solaris"]
    assert not Mark.objects.exists()


def test_a_visitors_marks_move_into_the_account(films, ada, visitor):
    mark(ada, films[1], Kind.WATCHLIST)
    for film in films[:2]:
        set_mark(visitor, film, Kind.WATCHLIST, on=True)
    keep_marks(ada, take_marks(visitor.session))
    assert someone_signed_in(ada).with_mark(Kind.WATCHLIST) == {films[0].pk, films[1].pk}
    assert someone(visitor) == Someone([], {})


def test_the_number_of_queries_does_not_grow(films, ada, django_assert_num_queries):
    for kind in Kind:
        mark(ada, films[0], kind)
    with django_assert_num_queries(2):
        someone_signed_in(ada)
    mark(ada, films[1], Kind.SEEN)
    rate_as(ada, (films[2], 3), (films[3], 4))
    with django_assert_num_queries(2):
        someone_signed_in(ada)
