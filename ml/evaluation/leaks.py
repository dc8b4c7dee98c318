"""The leak detector: runs before every training and evaluation and stops both, loudly."""

import numpy as np

from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.errors import InputError
from ml.evaluation.copies import copied_share
from ml.vocabulary import Vocabulary

COPIES_ALLOWED = 0.02
FEWEST_COPIES = 20


class LeakError(InputError):
    """Something of the test side is known to the training side, so that no figure from it would be honest."""


def check_split(train: Ratings, test: Ratings, *, temporal: bool) -> None:
    """Raise LeakError if a (reviewer, movie) pair stands on both sides, if many test ratings have a copy in
    training under another movie or, where `temporal`, if a training rating is later than the earliest of test.
    Ratings without a time are outside the last two rules.
    """
    _check_same_vocabularies(train, test)
    _check_pairs(train, test)
    _check_copies(train, test)
    if temporal:
        _check_times(train, test)


def check_histories(histories: Ratings, targets: Ratings) -> None:
    """Raise LeakError if what is asked of people stands in the history they are known by, or if that holds
    something later than the earliest of their targets. Ratings without a time are outside the second rule.
    """
    _check_same_vocabularies(histories, targets)
    repeated = len(np.intersect1d(histories.pair_keys, targets.pair_keys))
    if repeated:
        raise LeakError(
            f"{repeated:,} targets stand in their own person's history, so the answer would be part of the question."
        )
    known = targets.timestamps != NO_TIMESTAMP
    earliest = np.full(targets.n_reviewers, np.iinfo(np.int64).max)
    np.minimum.at(earliest, targets.reviewer_indices[known], targets.timestamps[known])
    later = int(np.count_nonzero(histories.timestamps > earliest[histories.reviewer_indices]))
    if later:
        raise LeakError(
            f"{later:,} ratings of histories are later than their own person's earliest target,"
            " so the future would be known beforehand."
        )


def _check_same_vocabularies(train: Ratings, test: Ratings) -> None:
    if (train.n_reviewers, train.n_movies) != (test.n_reviewers, test.n_movies):
        raise ValueError("Training and test must share their vocabularies.")


def _check_pairs(train: Ratings, test: Ratings) -> None:
    tested = Vocabulary(np.unique(test.pair_keys))
    both = np.flatnonzero(tested.indices(train.pair_keys) >= 0)
    if len(both):
        reviewer, movie = train.reviewer_indices[both[0]], train.movie_indices[both[0]]
        raise LeakError(
            f"{len(both):,} ratings stand in both training and test, the first by reviewer {reviewer}"
            f" of movie {movie} (rows of their vocabularies), so the test would be known beforehand."
        )


def _check_copies(train: Ratings, test: Ratings) -> None:
    share = copied_share(train, test)
    if share > COPIES_ALLOWED and share * len(test) >= FEWEST_COPIES:
        raise LeakError(
            f"{share:.1%} of the test ratings stand in training under another movie (same reviewer, time and stars, of"
            " films that share most of their ratings), so bring the editions of one film together first."
        )


def _check_times(train: Ratings, test: Ratings) -> None:
    times = test.timestamps[test.timestamps != NO_TIMESTAMP]
    if len(times) == 0:
        return
    later = int(np.count_nonzero(train.timestamps > times.min()))
    if later:
        raise LeakError(
            f"{later:,} training ratings are later than the earliest test rating,"
            " so the future would be known beforehand."
        )
