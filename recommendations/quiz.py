"""The quiz: which film to ask somebody about next, how well the site knows them, and whether that is enough.

All of it follows from what they rated and marked; the quiz remembers nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from catalog.merges import current_ids, former_ids
from catalog.models import Movie
from catalog.templatetags.films import in_words
from ml.arraytypes import Int64Array
from ml.questions import MOST_ANSWERS, Question
from recommendations.active_model import ActiveModel, active_model
from recommendations.models import Mark
from recommendations.people import Someone
from recommendations.personal import known_person

KNOWN_WELL = 0.65
"""The share of the uncertainty about somebody's stars that about fifteen answers take away (docs/picks.md)."""

ENOUGH = "enough to go by"
WORDS = ((1.0, "well"), (0.65, ENOUGH), (0.35, "a little"), (0.0, "hardly at all"))
"""How well the site knows somebody, from how far the meter is: about five answers are enough to go by. That the quiz
has ended, as another answer would barely change the list, is not to be known well.
"""

ANSWERS = {"not-seen": Mark.Kind.NOT_SEEN, "not-for-me": Mark.Kind.NOT_INTERESTED}
"""What can be said of a film instead of stars."""

SAID = {Mark.Kind.NOT_SEEN: "not seen", Mark.Kind.NOT_INTERESTED: "not for you"}

SPARE = 5
"""Questions read beyond the one wanted, in place of films removed since the model was opened."""


@dataclass(frozen=True)
class Quiz:
    """`movie`: what to ask about, None when there is nothing left. `answers`: ratings that picks are made from.

    `known`: 0 to 1, how far the meter is: full for somebody who is known well. `is_enough`: another answer would
    barely change the list. `model_version`: None where the best known films are asked about in turn, because there is
    no model.
    """

    movie: Movie | None
    answers: int
    known: float
    is_enough: bool
    model_version: str | None

    @property
    def percent(self) -> int:
        return round(100 * self.known)

    @property
    def words(self) -> str:
        if self.is_enough and self.known < 1:
            return ENOUGH
        return next(words for least, words in WORDS if self.known >= least)


@dataclass(frozen=True)
class Answer:
    """What somebody said last, so that they can take it back: stars, or a mark."""

    movie: Movie
    stars: float | None
    kind: Mark.Kind | None

    @property
    def words(self) -> str:
        return SAID[self.kind] if self.kind else in_words(self.stars)


def quiz_for(person: Someone) -> Quiz:
    """A constant number of queries; the same film for the same ratings and marks."""
    model = active_model()
    return _by_model(model, person) if model else _by_popularity(person)


def last_answer(person: Someone, movie: Movie) -> Answer | None:
    """What the person said of a current movie; None if nothing that the quiz asks for."""
    half_stars = dict(person.ratings).get(movie.pk)
    if half_stars:
        return Answer(movie, half_stars / 2, None)
    kind = next((kind for kind in ANSWERS.values() if movie.pk in person.with_mark(kind)), None)
    return Answer(movie, None, kind) if kind else None


def _by_model(model: ActiveModel, person: Someone) -> Quiz:
    known = known_person(model, person.history).person
    hidden = _rows(model, person.hidden_ids)
    not_seen = _rows(model, person.with_mark(Mark.Kind.NOT_SEEN))
    questions = model.questionnaire.best(known, SPARE, not_seen=not_seen, closed=hidden)
    question, movie = _first_that_is_there(model, questions)
    is_enough = question is not None and model.questionnaire.is_enough(known, question, hidden=hidden)
    return Quiz(
        movie=movie or _best_known(person),
        answers=len(person.history),
        known=min(model.questionnaire.known(known) / KNOWN_WELL, 1.0),
        is_enough=is_enough,
        model_version=model.version,
    )


def _by_popularity(person: Someone) -> Quiz:
    answers = len(person.history)
    return Quiz(
        movie=_best_known(person),
        answers=answers,
        known=min(answers / MOST_ANSWERS, 1.0),
        is_enough=answers >= MOST_ANSWERS,
        model_version=None,
    )


def _first_that_is_there(
    model: ActiveModel, questions: Sequence[Question]
) -> tuple[Question | None, Movie | None]:
    """The best question whose film is still in the database, and the film as it is today."""
    trained_ids = [int(model.served.movie_ids[question.movie_index]) for question in questions]
    today = current_ids(trained_ids)
    for question, trained_id in zip(questions, trained_ids, strict=True):
        if trained_id in today:
            return question, Movie.objects.for_cards().get(pk=today[trained_id])
    return None, None


def _best_known(person: Someone) -> Movie | None:
    done = person.hidden_ids.union(person.with_mark(Mark.Kind.NOT_SEEN))
    return Movie.objects.most_rated().for_cards().exclude(pk__in=done).first()


def _rows(model: ActiveModel, movie_ids: Collection[int]) -> Int64Array:
    """The model's rows of films, also of those that have become one of them since."""
    rows = model.served.vocabulary.indices([*movie_ids, *former_ids(movie_ids)])
    return rows[rows >= 0]
