import pytest

from ml.data.ratings import NO_TIMESTAMP
from ml.data.splits import global_temporal_split, leave_last_split, random_split
from ml.evaluation.leaks import LeakError, check_histories, check_split
from tests.ml.builders import make_ratings, planted_ratings


def test_honest_splits_pass() -> None:
    ratings = planted_ratings()

    check_split(*random_split(ratings), temporal=False)
    check_split(*leave_last_split(ratings), temporal=False)
    check_split(*global_temporal_split(ratings), temporal=True)


def test_a_pair_on_both_sides_is_a_leak_whatever_its_stars() -> None:
    train = make_ratings([(0, 0, 5), (3, 2, 4), (1, 1, 3)], n_reviewers=5, n_movies=4)
    test = make_ratings([(0, 1, 5), (3, 2, 1)], n_reviewers=5, n_movies=4)

    with pytest.raises(LeakError, match=r"1 ratings stand in both .* reviewer 3 of movie 2"):
        check_split(train, test, temporal=False)


def test_the_future_in_training_is_a_leak_of_temporal_splits_only() -> None:
    train = make_ratings([(0, 0, 5, 10), (1, 1, 3, 31)], n_reviewers=3, n_movies=4)
    test = make_ratings([(0, 1, 5, 30), (2, 2, 1, 40)], n_reviewers=3, n_movies=4)

    check_split(train, test, temporal=False)
    with pytest.raises(LeakError, match="1 training ratings are later than the earliest test rating"):
        check_split(train, test, temporal=True)


def test_a_person_split_is_no_global_split_in_time() -> None:
    with pytest.raises(LeakError, match="later than"):
        check_split(*leave_last_split(planted_ratings()), temporal=True)


def test_ratings_without_a_time_are_neither_past_nor_future() -> None:
    train = make_ratings([(0, 0, 5, NO_TIMESTAMP)], n_reviewers=2, n_movies=2)
    test = make_ratings([(1, 1, 5, NO_TIMESTAMP)], n_reviewers=2, n_movies=2)

    check_split(train, test, temporal=True)


def test_sides_of_different_vocabularies_cannot_be_compared() -> None:
    train = make_ratings([(0, 0, 5)], n_reviewers=2, n_movies=2)

    with pytest.raises(ValueError, match="share their vocabularies"):
        check_split(train, make_ratings([(0, 0, 5)], n_reviewers=2, n_movies=3), temporal=False)


def test_a_target_in_its_own_persons_history_is_a_leak() -> None:
    history = make_ratings([(0, 0, 5, 10), (1, 1, 3, 5)], n_reviewers=3, n_movies=4)

    check_histories(history, make_ratings([(0, 1, 5, 10), (1, 0, 1, 7)], n_reviewers=3, n_movies=4))
    with pytest.raises(LeakError, match="1 targets stand in their own person's history"):
        check_histories(history, make_ratings([(0, 1, 5, 10), (1, 1, 3, 7)], n_reviewers=3, n_movies=4))


def test_a_history_later_than_its_own_persons_targets_is_a_leak() -> None:
    """Reviewer 1's history may be later than reviewer 0's target."""
    history = make_ratings([(0, 0, 5, 10), (1, 1, 3, 50)], n_reviewers=3, n_movies=4)

    check_histories(
        history, make_ratings([(0, 1, 5, 30), (1, 0, 2, NO_TIMESTAMP)], n_reviewers=3, n_movies=4)
    )
    with pytest.raises(LeakError, match="1 ratings of histories are later"):
        check_histories(history, make_ratings([(0, 1, 5, 30), (1, 0, 2, 40)], n_reviewers=3, n_movies=4))
