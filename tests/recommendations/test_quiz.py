"""What the quiz asks next, and when it ends."""

import pytest

from catalog.models import Movie
from ml.questions import Questionnaire
from recommendations.marks import mark
from recommendations.models import Mark
from recommendations.people import NOBODY, Someone, someone_signed_in
from recommendations.quiz import KNOWN_WELL, Quiz, quiz_for
from tests.factories import make_movie, make_reviewers, rate_all
from tests.recommendations.planted import plant_active, tastes_of
from tests.recommendations.test_services import rate_as

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Kind = Mark.Kind


def asked_of(person: Someone) -> list[Movie]:
    """All that it would ask somebody who has seen nothing."""
    films: list[Movie] = []
    not_seen = set(person.with_mark(Kind.NOT_SEEN))
    while movie := quiz_for(
        Someone(person.ratings, {**person.marked, Kind.NOT_SEEN: not_seen | {film.pk for film in films}})
    ).movie:
        films.append(movie)
    return films


def test_it_asks_about_every_film_but_those_that_are_answered_seen_or_not_wanted(active, films, ada):
    assert set(asked_of(NOBODY)) == set(films)
    rate_as(ada, (films[0], 10), (films[5], 3))
    mark(ada, films[1], Kind.NOT_INTERESTED)
    mark(ada, films[2], Kind.SEEN)
    mark(ada, films[3], Kind.NOT_SEEN)
    mark(ada, films[5], Kind.UNUSED)
    mark(ada, films[6], Kind.WATCHLIST)
    assert set(asked_of(someone_signed_in(ada))) == {films[4], films[6], films[7]}
    assert quiz_for(someone_signed_in(ada)).answers == 1


def test_the_same_answers_lead_to_the_same_question(active, films, ada):
    rate_as(ada, (films[0], 10))
    assert quiz_for(someone_signed_in(ada)) == quiz_for(someone_signed_in(ada))


def test_merged_films_are_asked_about_once_as_what_they_are_today(films, ada):
    copy = make_movie("Alien [VHS]")
    plant_active("v1", {**tastes_of(films), copy.pk: "space"})
    Movie.objects.filter(pk=copy.pk).update(merged_into=films[0])
    assert len(asked_of(NOBODY)) == len(films)
    rate_as(ada, (films[0], 10))
    assert films[0] not in asked_of(someone_signed_in(ada))


def test_films_that_went_since_the_model_was_opened_are_not_asked_about(active, films):
    quiz_for(NOBODY)
    gone = [film.pk for film in films[:7]]
    Movie.objects.filter(pk__in=gone).delete()
    assert asked_of(NOBODY) == [films[7]]


def test_it_knows_people_the_better_the_more_they_answer(active, films):
    quizzes = [quiz_for(Someone([(film.pk, 8) for film in films[:n]])) for n in (0, 1, 3, 6)]
    assert quizzes[0].known == pytest.approx(0, abs=1e-6)
    known = [quiz.known for quiz in quizzes]
    assert [quiz.words for quiz in quizzes[::2]] == ["hardly at all", "enough to go by"]
    assert known == sorted(set(known))
    assert not quizzes[2].is_enough


@pytest.mark.parametrize(
    ("known", "is_enough", "words"),
    [
        (0.1, False, "hardly at all"),
        (0.6, False, "a little"),
        (0.45 / KNOWN_WELL, False, "enough to go by"),
        (0.45 / KNOWN_WELL, True, "enough to go by"),
        (0.5, True, "enough to go by"),
        (0.99, False, "enough to go by"),
        (1.0, False, "well"),
        (1.0, True, "well"),
    ],
)
def test_well_is_said_of_who_is_known_well_and_not_of_who_is_at_the_end(known, is_enough, words):
    assert Quiz(None, 5, known, is_enough, "v1").words == words


def test_the_end_does_not_fill_the_meter(active, films, monkeypatch):
    monkeypatch.setattr(Questionnaire, "is_enough", lambda *_, **__: True)
    quiz = quiz_for(Someone([(films[0].pk, 8)]))
    assert quiz.is_enough
    assert 0 < quiz.known < 1


def test_without_a_model_the_best_known_films_are_asked_about(films):
    rate_all(make_reviewers(3), films[2], [10, 8, 6])
    quiz = quiz_for(NOBODY)
    assert (quiz.movie, quiz.model_version) == (films[2], None)
    assert asked_of(NOBODY)[0] == films[2]
    assert set(asked_of(NOBODY)) == set(films)
    assert quiz_for(Someone([(film.pk, 8) for film in films])).known > 0
