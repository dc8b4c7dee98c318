from typing import Self

import numpy as np
import pytest

from ml.baselines import GlobalMean, Popularity
from ml.data.ratings import Ratings
from ml.data.splits import random_split
from ml.evaluation.protocol import (
    EmptyTestError,
    evaluate,
    evaluate_ranking,
    evaluate_stars,
    rank_people,
)
from ml.scoring import Progress, Scorer
from tests.ml.builders import make_ratings, planted_ratings


class Oracle(Scorer):
    """Scores by a given table, reviewers by movies."""

    name = "oracle"

    def __init__(self, table: np.ndarray) -> None:
        self.table = table.astype(np.float32)

    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        return self

    def predict_stars(self, reviewer_indices: np.ndarray, movie_indices: np.ndarray) -> np.ndarray:
        return self.table[reviewer_indices, movie_indices]

    def ranking_scores(self, reviewer_index: int) -> np.ndarray:
        return self.table[reviewer_index]

    def given(self, histories: Ratings) -> Self:
        return self


def test_ranking_by_hand() -> None:
    """Reviewer 0 trained on movie 0 and holds out 1 and 4; reviewer 2 is new and holds out 2; 1 holds out none.

    Without movie 0, reviewer 0's list is 3, 1, 2, 4: one hit of two in the first two, at rank 2. Reviewer 2's is
    2, 0, 1, ...: a hit at rank 1. Shown in first places of two: 3, 1, 2, 0 of five.
    """
    train = make_ratings([(0, 0, 5), (1, 3, 4)], n_reviewers=3, n_movies=5)
    test = make_ratings([(0, 4, 1), (0, 1, 5), (2, 2, 3)], n_reviewers=3, n_movies=5)
    scorer = Oracle(np.array([[9, 3, 2, 8, 1], [0, 0, 0, 0, 0], [4, 3, 5, 2, 1]]))

    result = rank_people(scorer, train, test, recall_k=2, ndcg_k=2, coverage_k=2)

    best = 1 + 1 / np.log2(3)
    assert result.reviewer_indices.tolist() == [0, 2]
    assert result.recalls.tolist() == [0.5, 1.0]
    assert result.ndcgs == pytest.approx([(1 / np.log2(3)) / best, 1.0])
    assert result.metrics == pytest.approx(
        {
            "recall_at_2": 0.75,
            "ndcg_at_2": ((1 / np.log2(3)) / best + 1) / 2,
            "coverage_at_2": 0.8,
            "n_test_people": 2,
        }
    )


def test_an_oracle_is_perfect_and_its_opposite_is_not() -> None:
    split = random_split(planted_ratings(), seed=1)
    table = np.zeros((split.test.n_reviewers, split.test.n_movies))
    table[split.test.reviewer_indices, split.test.movie_indices] = split.test.stars
    best = evaluate_ranking(Oracle(table), split.train, split.test)
    worst = evaluate_ranking(Oracle(-table), split.train, split.test, recall_k=2, ndcg_k=2)

    assert best["ndcg_at_10"] == best["recall_at_20"] == 1.0
    assert worst["ndcg_at_2"] == worst["recall_at_2"] == 0.0
    assert evaluate_stars(Oracle(table), split.test)["rmse"] == 0.0


def test_a_scorer_without_opinion_gains_nothing_from_the_order_of_movies() -> None:
    """A catalogue of 300 with the held-out films at its head: a constant scorer finds them no more than chance."""
    n_movies, n_people = 300, 40
    train = make_ratings([(u, 299, 3) for u in range(n_people)], n_reviewers=n_people, n_movies=n_movies)
    test = make_ratings(
        [(u, i, 3) for u in range(n_people) for i in range(30)], n_reviewers=n_people, n_movies=n_movies
    )

    recall = evaluate_ranking(GlobalMean().fit(train), train, test)["recall_at_20"]

    assert recall < 0.2


def test_all_metrics_come_with_their_counts() -> None:
    split = random_split(planted_ratings())

    metrics = evaluate(Popularity().fit(split.train), split.train, split.test)

    assert list(metrics) == [
        "mae",
        "rmse",
        "n_test_ratings",
        "recall_at_20",
        "ndcg_at_10",
        "coverage_at_20",
        "n_test_people",
    ]
    assert metrics["n_test_ratings"] == len(split.test)
    assert metrics["n_test_people"] == len(np.unique(split.test.reviewer_indices))


def test_nothing_to_evaluate_on_is_told() -> None:
    ratings = planted_ratings()
    scorer = Popularity().fit(ratings)

    with pytest.raises(EmptyTestError, match="no test rating"):
        evaluate_stars(scorer, ratings.subset([]))
    with pytest.raises(EmptyTestError, match="no test rating"):
        evaluate_ranking(scorer, ratings, ratings.subset([]))


def test_tells_how_far_it_is() -> None:
    split = random_split(planted_ratings())
    told: list[tuple[int, int]] = []

    rank_people(
        Popularity().fit(split.train),
        split.train,
        split.test,
        progress=lambda stage, done, total, message: told.append((done, total)),
    )

    people = len(np.unique(split.test.reviewer_indices))
    assert told[-1] == (people, people)


def test_the_same_scores_for_all_are_sorted_once_and_give_the_same_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two opinions in turn, each with many ties, over people who have seen much or nothing."""
    generator = np.random.default_rng(2)
    opinions = generator.integers(0, 4, (2, 30)).astype(np.float32)
    table = opinions[np.arange(24) // 6 % 2]
    pairs = [(u, i, 3.0) for u in range(24) for i in generator.permutation(30)[: 1 + u % 6 * 3]]
    known = make_ratings(pairs[::2], n_reviewers=24, n_movies=30)
    asked = make_ratings(pairs[1::2], n_reviewers=24, n_movies=30)

    sorted_once = rank_people(Oracle(table), known, asked, coverage_k=5)
    monkeypatch.setattr(np, "array_equal", lambda one, other: False)
    sorted_anew = rank_people(Oracle(table), known, asked, coverage_k=5)

    assert sorted_once.metrics == sorted_anew.metrics
    np.testing.assert_array_equal(sorted_once.ndcgs, sorted_anew.ndcgs)
