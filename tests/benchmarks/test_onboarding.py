"""How the quiz is measured: who answers what, and what counts."""

import numpy as np
import pytest

from benchmarks.onboarding import (
    AT_ANSWERS,
    AT_SHOWN,
    POPULAR,
    Interview,
    Subject,
    changed,
    entropy_of_stars,
    figures,
    in_order,
    interview,
    subjects,
    ways,
)
from ml.questions import QuestionSettings
from ml.serving import ServedModel, top_n
from tests.ml.builders import make_history_arrays, make_ratings
from tests.ml.test_serving import make_model

N = 120


@pytest.fixture
def model() -> ServedModel:
    return make_model(make_history_arrays(n_movies=N))


@pytest.fixture
def subject() -> Subject:
    """Can answer about every other film but the last ten, which are the test."""
    return Subject(
        7, dict.fromkeys(range(0, 110, 2), 4.0), np.arange(110, N), np.full(10, 3, dtype=np.float32)
    )


def test_half_of_everybodys_ratings_are_the_test_and_few_answers_are_not_enough():
    rows = [(0, i, 1 + i % 5) for i in range(41)] + [(1, i, 3) for i in range(12)]
    ratings = make_ratings(rows, n_movies=N)

    (one,) = subjects(ratings, np.arange(N), 0, 1)

    assert (len(one.stars), len(one.test)) == (20, 21)
    assert set(one.stars) | set(one.test.tolist()) == set(range(41))
    assert all(stars == 1 + row % 5 for row, stars in one.stars.items())
    assert one.test_stars.tolist() == [1 + row % 5 for row in one.test.tolist()]
    assert subjects(ratings, np.arange(5), 0, 1) == []  # of five films asked about nobody answers ten


def test_every_seed_draws_halves_of_the_same_people():
    """Of 22 films somebody answers ten with some halves and not with others; they are asked with all or with none."""
    ratings = make_ratings([(person, i, 3) for person in range(60) for i in range(40)], n_movies=N)
    asked = np.arange(22)
    alone = subjects(ratings, asked, 0, 1)

    first, second = (subjects(ratings, asked, seed, 2) for seed in (0, 1))

    assert [one.number for one in first] == [one.number for one in second]
    assert 0 < len(first) < len(alone) < 60
    assert any(one.stars.keys() != other.stars.keys() for one, other in zip(first, second, strict=True))


def test_films_that_were_not_rated_cost_a_question_and_test_films_are_not_asked_about(model, subject):
    asked = Interview(model, subject)
    while asked.ask(in_order(np.arange(N))):
        pass

    assert asked.rows == list(range(0, 110, 2))
    assert asked.not_seen == list(range(1, 110, 2))
    assert (asked.points["shown 10"].answers, asked.points["answers 10"].shown) == (5, 19)
    assert asked.points["answers 1"].shown == 1


def test_what_is_reached_is_judged_by_the_test_half(model, subject):
    points = interview(model, subject, in_order(np.arange(N)))

    assert list(points) == sorted(points, key=list(points).index)
    assert set(points) == {f"answers {n}" for n in AT_ANSWERS} | {f"shown {n}" for n in AT_SHOWN}
    person = model.person_at(np.arange(0, 10, 2), np.full(5, 4, dtype=np.float32))
    best = top_n(model.ranking_scores(person), 20, excluded=person.movie_indices)
    reached = points["answers 5"]
    assert reached.recall == np.isin(best, subject.test).sum() / 10
    errors = model.predicted_stars(person, subject.test).astype(float) - 3
    assert reached.squared_errors == pytest.approx(np.square(errors).sum())


def test_every_way_asks_about_the_best_known_films_alone(model, subject):
    generator = np.random.default_rng(0)
    pairs = {(int(u), min(int(generator.exponential(30)), N - 1)) for u in range(60) for _ in range(30)}
    train = make_ratings([(u, i, float(generator.integers(1, 6))) for u, i in sorted(pairs)], n_movies=N)
    settings = QuestionSettings(asked=40, judged=60)
    best_known = top_n(np.bincount(train.movie_indices, minlength=N).astype(np.float32), 40)

    asked, orders = {}, set()
    for name, way_of in ways(model, train, settings).items():
        one = Interview(model, subject)
        for _ in range(12):
            assert one.ask(way_of(7))
        asked[name] = one.rows + one.not_seen
        orders.add((*one.rows, -1, *one.not_seen))
        known = best_known if name != "the quiz" else np.arange(N)  # whose counts are the model's own
        assert set(asked[name]) <= set(known.tolist())

    assert len(orders) == len(asked) == 5
    assert set(asked[POPULAR]) == set(best_known[best_known < 110][:12].tolist())


def test_entropy_by_hand():
    """A film with one opinion tells nothing; one halved between two has one bit."""
    ratings = make_ratings([(0, 0, 3), (1, 0, 3), (0, 1, 1), (1, 1, 5), (0, 2, 4)], n_movies=4)
    assert entropy_of_stars(ratings).tolist() == [0, 1, 0, 0]


def test_figures_are_means_and_differences_to_the_most_popular():
    """Two seeds, three people; recall .1 more and a quarter of the squared errors."""
    base = np.tile([5.0, 20.0, 0.2, 40.0, 10.0], (2, 3, 1))
    better = base.copy()
    better[:, :, 2] += 0.1
    better[:, :, 3] /= 4
    found = figures({POPULAR: {"answers 5": base}, "the quiz": {"answers 5": better}})

    quiz = found["the quiz"]["answers 5"]
    assert (quiz["answers"], quiz["shown"], quiz["n_people"]) == (5, 20, 3)
    assert quiz["recall_at_20"] == pytest.approx(0.3)
    assert quiz["rmse"] == pytest.approx(1)
    assert quiz["recall_difference"]["low"] == pytest.approx(0.1)
    assert quiz["rmse_difference"]["mean"] == pytest.approx(-1)
    assert found[POPULAR]["answers 5"]["recall_difference"]["mean"] == 0


def test_settings_are_changed_by_name():
    assert changed(QuestionSettings(), ["asked=9", "stars=0.5"]) == QuestionSettings(asked=9, stars=0.5)
