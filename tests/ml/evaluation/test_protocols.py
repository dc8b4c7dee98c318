"""Every protocol with models that need no training, on a planted world; published rows stand in test_published_rows."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pytest

from ml.baselines import Bias, MovieMean, Popularity
from ml.data.ratings import Ratings
from ml.data.splits import k_folds
from ml.evaluation import protocols
from ml.evaluation.leaks import LeakError
from ml.evaluation.protocol import EmptyTestError
from ml.evaluation.protocols import Trial
from ml.evaluation.results import StarsResult
from ml.scoring import Progress
from tests.ml.builders import make_ratings, planted_ratings
from tests.ml.training.worlds import tastes

Protocol = Callable[..., dict[str, Any]]
OF_RATINGS = {
    "leave_last": protocols.leave_last,
    "random_holdout": protocols.random_holdout,
    "global_temporal": protocols.global_temporal,
    "strangers": protocols.strangers,
    "new_films": protocols.new_films,
}


class Spy(Bias):
    """Remembers what it was fitted on and what it was given."""

    fitted: list[Ratings]
    told: list[Ratings]

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        type(self).fitted.append(ratings)
        return super().fit(ratings, seed=seed, progress=progress)

    def given(self, histories: Ratings) -> Self:
        type(self).told.append(histories)
        return super().given(histories)


@pytest.fixture
def spy() -> type[Spy]:
    Spy.fitted, Spy.told = [], []
    return Spy


@pytest.mark.parametrize("protocol", OF_RATINGS.values(), ids=OF_RATINGS.keys())
def test_the_same_data_is_asked_whatever_the_seed(protocol: Protocol, spy: type[Spy]) -> None:
    ratings = tastes(0)

    first, second = (protocol(Trial(spy, seed), ratings) for seed in (1, 2))

    assert first["cases"] == second["cases"]
    assert len(first["people"]) == len(first["cases"])
    assert first["fit_seconds"] > 0


@pytest.mark.parametrize("protocol", OF_RATINGS.values(), ids=OF_RATINGS.keys())
def test_of_many_people_a_sample_is_ranked(protocol: Protocol) -> None:
    figures = protocol(Trial(Popularity, maximum_people=9), tastes(0))

    for case in figures["cases"].values():
        assert case["metrics"]["n_test_people"] in (9, 45)  # strangers: nine a fold


def test_folds_are_averaged_and_their_tables_pooled() -> None:
    ratings = planted_ratings()

    cases = protocols.folds(Trial(Bias), k_folds(ratings, folds=3))["cases"]

    assert list(cases) == ["u1", "u2", "u3", "mean"]
    errors = [cases[name]["metrics"]["rmse"] for name in ("u1", "u2", "u3")]
    assert cases["mean"]["metrics"]["rmse"] == pytest.approx(np.mean(errors))
    assert cases["mean"]["metrics"]["n_test_ratings"] == len(ratings)
    assert sum(row["n_ratings"] for row in cases["mean"]["by_length"]) == len(ratings)


def test_strangers_are_unknown_and_tell_their_first_ratings(spy: type[Spy]) -> None:
    ratings = tastes(0)
    protocols.strangers(Trial(spy), ratings)

    assert len(spy.fitted) == 5
    assert len(spy.told) == 20
    assert sum(len(ratings) - len(known) for known in spy.fitted) == len(ratings)
    for known, told in zip(np.repeat(np.arange(5), 4), spy.told, strict=True):
        assert not np.isin(told.reviewer_indices, spy.fitted[known].reviewer_indices).any()
    for k, told in zip([1, 3, 5, 10] * 5, spy.told, strict=True):
        assert set(np.bincount(told.reviewer_indices)) == {0, k}
        row = int(told.reviewer_indices[0])
        first = ratings.timestamps[ratings.histories.of(row)][:k]
        assert sorted(told.timestamps[told.reviewer_indices == row]) == sorted(first)


def test_folds_without_a_long_history_are_left_out_and_none_at_all_is_told() -> None:
    long = planted_ratings()
    counts = np.bincount(long.reviewer_indices)
    busiest = int(counts.argmax())
    assert counts[busiest] > 10
    alone = long.subset((counts[long.reviewer_indices] <= 10) | (long.reviewer_indices == busiest))

    cases = protocols.strangers(Trial(Popularity), alone)["cases"]

    assert {case["metrics"]["n_test_ratings"] for case in cases.values()} == {counts[busiest] - 10}
    with pytest.raises(EmptyTestError, match="Nobody has more than 10 ratings"):
        protocols.strangers(Trial(Popularity), long.subset(counts[long.reviewer_indices] <= 10))


def test_after_a_split_in_time_people_tell_what_they_rated_meanwhile(spy: type[Spy]) -> None:
    ratings = tastes(0)

    cases = protocols.global_temporal(Trial(spy), ratings)["cases"]

    (known,), (told,) = spy.fitted, spy.told
    as_trained, half_given = (cases[name]["metrics"] for name in ("as trained", "half given"))
    assert as_trained["n_test_ratings"] == len(ratings) - len(known)
    assert half_given["n_test_ratings"] == len(ratings) - len(told)
    assert known.timestamps.max() < ratings.timestamps.max()


def test_hidden_films_are_ranked_among_themselves(spy: type[Spy]) -> None:
    ratings = tastes(0, n_unrated=4)

    metrics = protocols.new_films(Trial(spy), ratings)["cases"]["all"]["metrics"]

    hidden = np.setdiff1d(ratings.movie_indices, spy.fitted[0].movie_indices)
    assert metrics["n_hidden_films"] == len(hidden) == round(86 * 0.1)
    assert metrics["auc"] == 0.5  # of films without a rating, biases say nothing
    assert metrics["chance_recall"] == 1.0


def test_what_was_copied_into_a_history_stops_everything() -> None:
    train = make_ratings([(0, 0, 5, 10), (1, 1, 3, 31)], n_reviewers=3, n_movies=4)

    with pytest.raises(LeakError, match="stand in both training and test"):
        protocols.folds(Trial(MovieMean), [(protocols.Split(train, train))])


def test_a_case_is_a_table_by_length_of_history() -> None:
    """Strangers with errors 1 and 1, someone of three ratings with an error of 2."""
    stars = StarsResult(
        reviewer_indices=np.array([4, 2, 4]),
        history_lengths=np.array([0, 3, 0]),
        predicted=np.array([3, 3, 4], dtype=np.float32),
        actual=np.array([4, 5, 3], dtype=np.float32),
    )

    case, people = protocols.case_of(stars), protocols.people_of(stars)

    assert case["by_length"] == [
        {"length": "0", "n_ratings": 2, "mae": 1.0, "rmse": 1.0},
        {"length": "2-4", "n_ratings": 1, "mae": 2.0, "rmse": 2.0},
    ]
    assert case["metrics"] == pytest.approx({"mae": 4 / 3, "rmse": 2**0.5, "n_test_ratings": 3})
    assert {name: array.tolist() for name, array in people.items()} == {
        "starred": [2, 4],
        "n_ratings": [1, 2],
        "absolute_errors": [2.0, 2.0],
        "squared_errors": [4.0, 2.0],
    }
