from pathlib import Path

import numpy as np
import pytest

from ml.artifact import Artifact
from ml.evaluation.served import ServedScorer
from ml.serving import ServedModel
from tests.ml.builders import make_history_arrays, make_manifest, make_ratings


@pytest.fixture
def model() -> ServedModel:
    return ServedModel(Artifact(Path("made"), make_manifest(), make_history_arrays()))


@pytest.fixture
def scorer(model: ServedModel) -> ServedScorer:
    """A snapshot of four movies, of which 6 is unknown to the artifact; its rows are not the artifact's."""
    history = make_ratings([(0, 3, 5, 20), (0, 0, 1, 10), (0, 1, 4, 15), (2, 2, 3, 10)], n_reviewers=4)
    return ServedScorer(model, np.array([5, 6, 19, 26])).fit(history)


def test_scores_are_those_that_serving_gives(model: ServedModel, scorer: ServedScorer) -> None:
    person = model.person([(5, 1.0), (26, 5.0)])

    scores = scorer.ranking_scores(0)

    assert scores[[0, 2, 3]] == pytest.approx(model.ranking_scores(person)[[0, 2, 3]])
    predicted = scorer.predict_stars(np.array([0, 0, 0]), np.array([3, 0, 2]))
    assert predicted == pytest.approx(model.predicted_stars(person)[[3, 0, 2]])


def test_an_unknown_movie_scores_lowest_and_predicts_the_persons_average(
    model: ServedModel, scorer: ServedScorer
) -> None:
    person = model.person([(5, 1.0), (26, 5.0)])

    assert scorer.ranking_scores(0)[1] == model.ranking_scores(person).min()
    assert scorer.predict_stars(np.array([0]), np.array([1])) == pytest.approx(
        [model.stars_of_unknown(person)]
    )


def test_given_other_histories_people_are_what_those_say(model: ServedModel, scorer: ServedScorer) -> None:
    told = scorer.given(make_ratings([(0, 2, 4, 1), (1, 3, 5, 3), (1, 0, 1, 2)], n_movies=4))
    person = model.person([(5, 1.0), (26, 5.0)])

    assert told.ranking_scores(1)[[0, 2, 3]] == pytest.approx(model.ranking_scores(person)[[0, 2, 3]])
    assert told.predict_stars(np.array([1]), np.array([2])) == pytest.approx(
        model.predicted_stars(person)[[2]]
    )
    assert scorer.ranking_scores(0)[[0, 2, 3]] == pytest.approx(model.ranking_scores(person)[[0, 2, 3]])


def test_people_without_history_are_strangers(model: ServedModel, scorer: ServedScorer) -> None:
    expected = model.predicted_stars(model.person([]))[[2]]

    for reviewer in (-1, 1, 3):
        assert scorer.predict_stars(np.array([reviewer]), np.array([2])) == pytest.approx(expected)


def test_pairs_of_several_people_keep_their_order(scorer: ServedScorer) -> None:
    reviewers, movies = np.array([2, 0, -1, 2, 0]), np.array([0, 2, 3, 3, 1])

    together = scorer.predict_stars(reviewers, movies)

    apart = [
        scorer.predict_stars(np.array([u]), np.array([i]))[0] for u, i in zip(reviewers, movies, strict=True)
    ]
    assert together == pytest.approx(apart)
