"""The made ratings that learning is timed on, and how seconds become rates."""

import numpy as np
import pytest

from benchmarks.made_ratings import KINDS, made_ratings, slice_of
from benchmarks.training_speed import epoch_clock, rates
from ml.data.ratings import Ratings


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return made_ratings(4_000, 1_500, 400, seed=3)


def test_as_many_different_pairs_as_asked_for_and_the_same_again(ratings: Ratings) -> None:
    again = made_ratings(4_000, 1_500, 400, seed=3)

    assert len(np.unique(ratings.pair_keys)) == len(ratings) == 4_000
    np.testing.assert_array_equal(again.pair_keys, ratings.pair_keys)
    assert (made_ratings(4_000, 1_500, 400, seed=4).pair_keys != ratings.pair_keys).any()


def test_people_rate_their_own_kind_more_often_and_higher(ratings: Ratings) -> None:
    own = ratings.reviewer_indices % KINDS == ratings.movie_indices % KINDS

    assert 0.5 < own.mean() < 0.8
    assert ratings.stars[own].mean() - ratings.stars[~own].mean() > 0.5
    assert set(np.unique(ratings.stars)) == {1, 2, 3, 4, 5}


def test_more_pairs_than_can_be_drawn_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="different pairs were drawn, not 5,000"):
        made_ratings(5_000, 30, 40)


def test_a_slice_has_all_tables_or_its_own(ratings: Ratings) -> None:
    whole, own = (slice_of(ratings, 50, keep_tables=keep) for keep in (True, False))

    assert (len(whole), whole.n_reviewers, whole.n_movies) == (50, 1_500, 400)
    assert own.n_reviewers == len(np.unique(whole.reviewer_indices)) == own.reviewer_indices.max() + 1
    assert own.n_movies == len(np.unique(whole.movie_indices))
    np.testing.assert_array_equal(own.stars, ratings.stars[:50])


def test_rates_are_of_the_median_epoch_after_the_first() -> None:
    assert rates(100, {"fit": [2.0, 1.0, 50.0], "one epoch": []}) == {"fit": 50}

    listen, seconds = epoch_clock()
    for done in (1, 2, 3):
        listen("fit", done, 3, "")
    assert [len(times) for times in seconds().values()] == [2]
    assert min(seconds()["fit"]) >= 0
