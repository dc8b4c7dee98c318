"""Ways to part ratings into training and test. Every rating lands on exactly one side."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ml.arraytypes import BoolArray, Int64Array
from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.errors import InputError


class SplitError(InputError):
    """These ratings cannot be split the way that was asked for."""


class Split(NamedTuple):
    train: Ratings
    test: Ratings


def _split(ratings: Ratings, in_test: BoolArray) -> Split:
    return Split(train=ratings.subset(~in_test), test=ratings.subset(in_test))


def random_split(ratings: Ratings, *, fraction: float = 0.2, seed: int = 0) -> Split:
    """`fraction` of the ratings, rounded, drawn at random into test."""
    _check_fraction(fraction)
    in_test = np.zeros(len(ratings), dtype=np.bool_)
    order = np.random.default_rng(seed).permutation(len(ratings))
    in_test[order[: round(len(ratings) * fraction)]] = True
    return _split(ratings, in_test)


def leave_last_split(ratings: Ratings, *, fraction: float = 0.2) -> Split:
    """Each person's last ceil(fraction * n) ratings, by (timestamp, movie index), into test.

    Someone with one rating has it in test and is a stranger in training. Nothing of a person's own future is
    in training, but other people's may be: this is not a global split in time.
    """
    _check_fraction(fraction)
    histories = ratings.histories
    # Without the small term 25 * 0.28 is 7.000000000000001, and a person loses a rating to rounding.
    held_out = np.ceil(histories.counts * fraction - 1e-9).astype(np.int64)
    first_held_out = histories.indptr[1:] - held_out
    reviewer_of_place = np.repeat(np.arange(ratings.n_reviewers), histories.counts)
    in_test = np.zeros(len(ratings), dtype=np.bool_)
    in_test[histories.rows] = np.arange(len(ratings)) >= first_held_out[reviewer_of_place]
    return _split(ratings, in_test)


def global_temporal_split(ratings: Ratings, *, fraction: float = 0.1, maximum: int | None = None) -> Split:
    """The newest `fraction` (at most `maximum` ratings) into test; all of test is later than all of training.

    Ratings of one moment stay together, so test is a little smaller than asked for; if that would empty it,
    test is the newest moment as a whole. Ratings without a time go to training. SplitError when fewer than
    two moments are known.
    """
    _check_fraction(fraction)
    known = np.sort(ratings.timestamps[ratings.timestamps != NO_TIMESTAMP])
    if len(known) == 0 or known[0] == known[-1]:
        raise SplitError("A split in time needs ratings of at least two different times.")
    wanted = max(1, int(len(known) * fraction))
    wanted = wanted if maximum is None else min(wanted, max(1, maximum))
    last_trained = known[len(known) - wanted - 1]
    if last_trained == known[-1]:
        last_trained = known[np.searchsorted(known, known[-1]) - 1]
    return _split(ratings, ratings.timestamps > last_trained)


def reveal_earlier_half(split: Split) -> Split:
    """Of everyone's test ratings the earlier half, rounded down, becomes history; the later half is predicted.

    For judging a model after a split in time as it will be used: whoever came after the cut-off has told
    something of themselves before they are given a list. Models have learned from `split.train` alone.
    """
    given, later = leave_last_split(split.test, fraction=0.5)
    return Split(train=split.train.joined_with(given), test=later)


def first_and_later(ratings: Ratings, *, given: int, after: int) -> Split:
    """For newcomers: the first `given` ratings of each person as history, those after their first `after` to be
    predicted. What lies between is left out, and so is whoever has no more than `after` ratings.
    """
    if not 0 <= given <= after:
        raise SplitError(f"Of the first {after} ratings of a person, {given} cannot be given.")
    histories = ratings.histories
    people = np.repeat(np.arange(ratings.n_reviewers), histories.counts)
    place = np.arange(len(ratings)) - histories.indptr[people]
    enough = histories.counts[people] > after
    first, later = (histories.rows[enough & chosen] for chosen in (place < given, place >= after))
    return Split(train=ratings.subset(first), test=ratings.subset(later))


def hide_movies(ratings: Ratings, *, fraction: float = 0.1, seed: int = 0) -> Split:
    """All ratings of a random `fraction` of the rated movies, rounded, into test: training knows none of them."""
    _check_fraction(fraction)
    movies = np.random.default_rng(seed).permutation(np.unique(ratings.movie_indices))
    hidden = np.zeros(ratings.n_movies, dtype=np.bool_)
    hidden[movies[: round(len(movies) * fraction)]] = True
    return _split(ratings, hidden[ratings.movie_indices])


def sample_people(ratings: Ratings, maximum: int | None, *, seed: int = 0) -> Ratings:
    """All ratings of `maximum` random people among those who have any; everything if there are no more."""
    people = np.unique(ratings.reviewer_indices)
    if maximum is None or len(people) <= maximum:
        return ratings
    chosen = np.zeros(ratings.n_reviewers, dtype=np.bool_)
    chosen[np.random.default_rng(seed).choice(people, size=maximum, replace=False)] = True
    return ratings.subset(chosen[ratings.reviewer_indices])


def people_folds(ratings: Ratings, *, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """`folds` splits that part people, not ratings: everyone is in one test, with all their ratings."""
    people = np.random.default_rng(seed).permutation(np.unique(ratings.reviewer_indices))
    if not 2 <= folds <= len(people):
        raise SplitError(f"{len(people)} people cannot make {folds} folds (at least 2, each with a person).")
    fold_of = np.empty(ratings.n_reviewers, dtype=np.int64)
    fold_of[people] = np.arange(len(people)) % folds
    for fold in range(folds):
        yield _split(ratings, fold_of[ratings.reviewer_indices] == fold)


def k_folds(ratings: Ratings, *, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """`folds` random splits whose tests partition the ratings, their sizes differing by at most one."""
    order = np.random.default_rng(seed).permutation(len(ratings))
    yield from _folds(ratings, order, folds)


def stratified_k_folds(ratings: Ratings, *, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """As `k_folds`, and each fold's test holds every star value as often as the others, within one."""
    shuffled = np.random.default_rng(seed).permutation(len(ratings))
    order = shuffled[np.argsort(ratings.stars[shuffled], kind="stable")]
    yield from _folds(ratings, order, folds)


def _folds(ratings: Ratings, order: Int64Array, folds: int) -> Iterator[Split]:
    """Deal the ratings out like cards, in `order`."""
    if not 2 <= folds <= len(ratings):
        raise SplitError(
            f"{len(ratings)} ratings cannot make {folds} folds (at least 2, each with a rating)."
        )
    fold_of = np.empty(len(ratings), dtype=np.int64)
    fold_of[order] = np.arange(len(ratings)) % folds
    for fold in range(folds):
        yield _split(ratings, fold_of == fold)


def _check_fraction(fraction: float) -> None:
    if not 0 < fraction < 1:
        raise SplitError(f"The test's fraction must lie between 0 and 1, not at {fraction}.")
