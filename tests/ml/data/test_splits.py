from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.data.splits import (
    Split,
    SplitError,
    first_and_later,
    global_temporal_split,
    hide_movies,
    k_folds,
    leave_last_split,
    people_folds,
    random_split,
    reveal_earlier_half,
    sample_people,
    stratified_k_folds,
)
from tests.ml.builders import make_ratings, planted_ratings

times = st.one_of(st.integers(0, 40), st.just(NO_TIMESTAMP))


@st.composite
def some_ratings(draw: st.DrawFn, minimum: int = 1) -> Ratings:
    """Distinct pairs of up to 9 reviewers and 13 movies, with times that collide and times that are unknown."""
    pairs = draw(
        st.sets(st.tuples(st.integers(0, 8), st.integers(0, 12)), min_size=minimum, max_size=60).map(sorted)
    )
    rows = [(u, i, draw(st.integers(1, 5)), draw(times)) for u, i in draw(st.permutations(pairs))]
    return make_ratings(rows, n_reviewers=9, n_movies=13)


def assert_parts(ratings: Ratings, split: Split) -> None:
    """Disjoint, complete, and every rating whole."""
    columns = (ratings.pair_keys, ratings.stars, ratings.timestamps)
    expected = set(zip(*(column.tolist() for column in columns), strict=True))
    parts = [
        set(zip(part.pair_keys.tolist(), part.stars.tolist(), part.timestamps.tolist(), strict=True))
        for part in split
    ]
    assert parts[0] | parts[1] == expected
    assert len(parts[0]) + len(parts[1]) == len(ratings)


@given(some_ratings(), st.floats(0.05, 0.95), st.integers(0, 3))
def test_random_split_parts_the_ratings(ratings: Ratings, fraction: float, seed: int) -> None:
    split = random_split(ratings, fraction=fraction, seed=seed)

    assert_parts(ratings, split)
    assert len(split.test) == round(len(ratings) * fraction)


def test_random_split_depends_on_the_seed_alone() -> None:
    ratings = planted_ratings()

    first, again, other = (random_split(ratings, seed=seed).test.pair_keys.tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other


@given(some_ratings())
def test_leave_last_holds_out_a_fifth_of_each_person_rounded_up(ratings: Ratings) -> None:
    split = leave_last_split(ratings)

    assert_parts(ratings, split)
    counts = np.bincount(ratings.reviewer_indices, minlength=9)
    held_out = np.bincount(split.test.reviewer_indices, minlength=9)
    assert held_out.tolist() == [-(-count // 5) for count in counts.tolist()]


@given(some_ratings())
def test_leave_last_trains_on_nothing_of_a_persons_own_future(ratings: Ratings) -> None:
    split = leave_last_split(ratings)

    for reviewer in range(9):
        trained, held_out = (
            [
                (int(part.timestamps[row]), int(part.movie_indices[row]))
                for row in np.flatnonzero(part.reviewer_indices == reviewer)
            ]
            for part in split
        )
        if trained and held_out:
            assert max(trained) < min(held_out)


def test_leave_last_does_not_lose_a_rating_to_rounding() -> None:
    ratings = make_ratings(
        [(0, i, 3, i) for i in range(25)]
    )  # 25 * 0.28 is a little above 7 in floating point

    assert len(leave_last_split(ratings, fraction=0.28).test) == 7


@given(some_ratings(minimum=2), st.floats(0.05, 0.95))
def test_temporal_split_trains_on_nothing_as_late_as_its_test(ratings: Ratings, fraction: float) -> None:
    moments = set(ratings.timestamps.tolist()) - {NO_TIMESTAMP}
    if len(moments) < 2:
        with pytest.raises(SplitError, match="two different times"):
            global_temporal_split(ratings, fraction=fraction)
        return

    split = global_temporal_split(ratings, fraction=fraction)

    assert_parts(ratings, split)
    assert len(split.test) > 0
    assert split.train.timestamps.max() < split.test.timestamps.min()
    newest = int(np.count_nonzero(ratings.timestamps == max(moments)))
    assert len(split.test) <= max(newest, fraction * len(ratings), 1)


def test_temporal_split_takes_the_newest_tenth_and_at_most_the_maximum() -> None:
    ratings = make_ratings([(u, i, 3, 100 * u + i) for u in range(10) for i in range(20)])

    assert global_temporal_split(ratings).test.timestamps.tolist() == [900 + i for i in range(20)]
    assert global_temporal_split(ratings, maximum=7).test.timestamps.tolist() == [913 + i for i in range(7)]


def test_temporal_split_keeps_one_moment_together() -> None:
    ratings = make_ratings(
        [(0, 0, 3, 5), (0, 1, 3, 6), (1, 0, 3, 7), (1, 1, 3, 7), (2, 0, 3, 7), (2, 1, 3, 7)]
    )

    split = global_temporal_split(ratings, fraction=0.3)

    assert split.test.timestamps.tolist() == [7, 7, 7, 7]


@given(some_ratings(minimum=5))
def test_revealing_moves_the_earlier_half_of_everyones_test_to_their_history(ratings: Ratings) -> None:
    split = random_split(ratings, fraction=0.6)

    revealed = reveal_earlier_half(split)

    assert_parts(ratings, revealed)
    assert revealed.train.pair_keys[: len(split.train)].tolist() == split.train.pair_keys.tolist()
    given_to = split.test.histories.counts // 2
    assert revealed.test.histories.counts.tolist() == (split.test.histories.counts - given_to).tolist()
    for reviewer in range(ratings.n_reviewers):
        of_test = split.test.histories.of(reviewer)
        kept = revealed.test.histories.of(reviewer)
        last = split.test.pair_keys[of_test][given_to[reviewer] :]
        assert revealed.test.pair_keys[kept].tolist() == last.tolist()


@pytest.mark.parametrize("folding", [k_folds, stratified_k_folds])
@given(ratings=some_ratings(minimum=5), folds=st.integers(2, 5))
def test_folds_partition_the_ratings(folding: Callable[..., object], ratings: Ratings, folds: int) -> None:
    splits = list(folding(ratings, folds=folds, seed=1))  # type: ignore[call-overload]

    for split in splits:
        assert_parts(ratings, split)
    tested = np.concatenate([split.test.pair_keys for split in splits])
    assert sorted(tested) == sorted(ratings.pair_keys)
    sizes = [len(split.test) for split in splits]
    assert max(sizes) - min(sizes) <= 1


@given(some_ratings(minimum=5), st.integers(2, 5))
def test_stratified_folds_hold_every_star_value_equally_often(ratings: Ratings, folds: int) -> None:
    for value in np.unique(ratings.stars):
        counts = [
            int(np.count_nonzero(split.test.stars == value))
            for split in stratified_k_folds(ratings, folds=folds)
        ]
        assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("folds", [1, 0, 4])
def test_too_few_or_too_many_folds_are_refused(folds: int) -> None:
    with pytest.raises(SplitError, match=f"3 ratings cannot make {folds} folds"):
        list(k_folds(make_ratings([(0, 0, 1), (1, 0, 2), (1, 1, 3)]), folds=folds))


@pytest.mark.parametrize("splitting", [random_split, leave_last_split, global_temporal_split])
@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2])
def test_a_fraction_that_is_none_is_refused(splitting: Callable[..., object], fraction: float) -> None:
    with pytest.raises(SplitError, match="between 0 and 1"):
        splitting(planted_ratings(), fraction=fraction)


@given(some_ratings(), st.integers(0, 3), st.integers(3, 6))
def test_newcomers_tell_their_first_ratings_and_are_asked_for_later_ones(
    ratings: Ratings, k: int, after: int
) -> None:
    split = first_and_later(ratings, given=k, after=after)

    for reviewer in range(9):
        ordered = ratings.pair_keys[ratings.histories.of(reviewer)].tolist()
        first, later = (
            part.pair_keys[part.histories.of(reviewer)].tolist() for part in (split.train, split.test)
        )
        assert (first, later) == ((ordered[:k], ordered[after:]) if len(ordered) > after else ([], []))


def test_newcomers_by_hand() -> None:
    """Six ratings by reviewer 0, of which the first two are told and those after the fourth asked for; four by 1."""
    rows = [(0, movie, 3, 10 * movie) for movie in (5, 1, 3, 2, 6, 4)]
    ratings = make_ratings(rows + [(1, movie, 3, movie) for movie in range(4)])

    first, later = first_and_later(ratings, given=2, after=4)

    assert sorted(first.movie_indices.tolist()) == [1, 2]
    assert sorted(later.movie_indices.tolist()) == [5, 6]


def test_newcomers_cannot_tell_what_they_are_asked_for() -> None:
    with pytest.raises(SplitError, match="4 cannot be given"):
        first_and_later(planted_ratings(), given=4, after=3)


@given(some_ratings(minimum=2), st.integers(0, 3))
def test_hidden_movies_are_unknown_to_training(ratings: Ratings, seed: int) -> None:
    split = hide_movies(ratings, fraction=0.4, seed=seed)

    assert_parts(ratings, split)
    assert not set(split.train.movie_indices.tolist()) & set(split.test.movie_indices.tolist())
    rated = len(np.unique(ratings.movie_indices))
    assert len(np.unique(split.test.movie_indices)) == round(rated * 0.4)


def test_folds_of_people_part_the_people_evenly() -> None:
    ratings = planted_ratings()
    splits = list(people_folds(ratings, folds=4, seed=1))

    for split in splits:
        assert_parts(ratings, split)
        assert not set(split.train.reviewer_indices.tolist()) & set(split.test.reviewer_indices.tolist())
    sizes = [len(np.unique(split.test.reviewer_indices)) for split in splits]
    assert sorted(sizes) == [11, 11, 11, 12]
    with pytest.raises(SplitError, match="1 people cannot make 2 folds"):
        next(people_folds(ratings.subset(ratings.reviewer_indices == 0), folds=2))


def test_a_sample_holds_all_ratings_of_its_people() -> None:
    ratings = planted_ratings()
    sample = sample_people(ratings, 7, seed=3)

    people = np.unique(sample.reviewer_indices)
    assert len(people) == 7
    assert len(sample) == np.isin(ratings.reviewer_indices, people).sum()
    assert sample_people(ratings, 7, seed=4).pair_keys.tolist() != sample.pair_keys.tolist()
    assert sample_people(ratings, None) is sample_people(ratings, 45) is ratings
