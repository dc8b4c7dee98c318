import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from ml.data.ratings import Content, Ratings
from ml.training.history_batches import (
    BATCH_SIGNATURE,
    Batch,
    BatchSizes,
    HistoryBatches,
    HistoryKind,
    fact_weights,
    gather_groups,
    input_and_rest,
    leave_one_out,
)
from tests.ml.builders import make_ratings, planted_ratings
from tests.ml.training.heads import movies_of

SMALL = BatchSizes(ratings=64)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    """Every rating is told from all others by its stars."""
    planted = planted_ratings()
    return replace(planted, stars=np.arange(len(planted), dtype=np.float32))


@pytest.fixture(scope="module")
def held_out(ratings: Ratings) -> np.ndarray:
    return np.random.default_rng(5).random(len(ratings)) < 0.2


STARS = HistoryKind(leave_one_out(0.5), 500, predicts_input=True, with_catalogue=False)
RANKING = HistoryKind(input_and_rest(0.5), 500, predicts_input=False, with_catalogue=True)
IN_TIME = replace(RANKING, in_time=True, half_life=2.0)


def batches_of(ratings: Ratings, kind: HistoryKind = STARS, **options: object) -> HistoryBatches:
    return HistoryBatches(ratings, kind, **{"sizes": SMALL, **options})


for_stars = partial(batches_of, kind=STARS)
for_alike = partial(batches_of, kind=replace(STARS, alike=True))
for_ranking = partial(batches_of, kind=RANKING)
for_ranking_in_time = partial(batches_of, kind=IN_TIME)
every_kind = pytest.mark.parametrize("make", [for_stars, for_alike, for_ranking, for_ranking_in_time])


def chosen(batches: Iterable[Batch], condition: str) -> list[int]:
    """Positions in the ratings (which their stars tell) of those that carry a non-zero `condition`."""
    found = [batch["stars"][batch[condition] > 0] for batch in batches]
    return np.sort(np.concatenate(found)).astype(int).tolist()


@every_kind
def test_batches_have_the_signature_they_promise(make: object, ratings: Ratings) -> None:
    for batch in make(ratings).training():
        assert {name: (array.ndim, array.dtype) for name, array in batch.items()} == {
            name: (1, spec.dtype.as_numpy_dtype) for name, spec in BATCH_SIGNATURE.items()
        }


@every_kind
def test_an_epoch_holds_every_rating_once_with_its_person_and_movie(make: object, ratings: Ratings) -> None:
    seen = Counter()
    for batch in make(ratings).training():
        positions = batch["stars"].astype(int)
        seen.update(positions.tolist())
        np.testing.assert_array_equal(batch["candidate"][batch["column"]], ratings.movie_indices[positions])
        reviewers = ratings.reviewer_indices[positions]
        assert (
            batch["place"] == np.arange(len(positions)) - np.searchsorted(batch["person"], batch["person"])
        ).all()
        assert (np.diff(batch["person"]) == (np.diff(reviewers) != 0)).all()
        assert batch["person"][0] == 0

    assert seen == Counter(range(len(ratings)))


def test_the_stars_head_predicts_every_rating(ratings: Ratings) -> None:
    assert chosen(for_stars(ratings).training(), "target_weight") == list(range(len(ratings)))


def test_the_ranking_head_never_predicts_its_input(ratings: Ratings) -> None:
    for batch in for_ranking(ratings).training():
        assert ((batch["is_input"] > 0) != (batch["target_weight"] > 0)).all()


def test_a_persons_ranking_targets_weigh_the_root_of_their_number(ratings: Ratings) -> None:
    for batch in for_ranking(ratings).training():
        n_targets = np.bincount(batch["person"], weights=batch["target_weight"] > 0)
        np.testing.assert_allclose(
            np.bincount(batch["person"], weights=batch["target_weight"]), np.sqrt(n_targets), rtol=1e-6
        )


@every_kind
def test_what_is_held_out_is_never_in_training(make: object, ratings: Ratings, held_out: np.ndarray) -> None:
    batches = make(ratings, held_out=held_out)
    every = np.concatenate([batch["stars"] for _ in range(3) for batch in batches.training()])

    assert set(every.astype(int)) == set(np.flatnonzero(~held_out))


@every_kind
def test_validation_predicts_what_is_held_out_from_all_the_rest(
    make: object, ratings: Ratings, held_out: np.ndarray
) -> None:
    batches = make(ratings, held_out=held_out)

    assert chosen(batches.validation(), "target_weight") == np.flatnonzero(held_out).tolist()
    concerned = np.isin(ratings.reviewer_indices, ratings.reviewer_indices[held_out])
    assert chosen(batches.validation(), "is_input") == np.flatnonzero(concerned & ~held_out).tolist()


def test_epochs_differ_and_seeds_repeat_them(ratings: Ratings) -> None:
    one, other = for_stars(ratings, seed=3), for_stars(ratings, seed=3)
    first, second = list(one.training()), list(one.training())

    for batch, same in zip(first, other.training(), strict=True):
        for name, array in batch.items():
            np.testing.assert_array_equal(array, same[name])
    assert chosen(first, "is_input") != chosen(second, "is_input")


def test_histories_are_sampled_down_to_their_maximum(ratings: Ratings) -> None:
    batches = for_stars(ratings, kind=replace(STARS, longest=4))
    lengths, seen = [], set()
    for _ in range(20):
        for batch in batches.training():
            lengths.append(np.bincount(batch["person"]))
            seen.update(batch["stars"].astype(int).tolist())

    assert np.concatenate(lengths).max() == 4
    assert len(seen) == len(ratings)


def test_in_time_the_input_comes_before_the_targets(ratings: Ratings) -> None:
    for batch in for_ranking_in_time(ratings).training():
        times = ratings.timestamps[batch["stars"].astype(int)]
        same_person = np.diff(batch["person"]) == 0
        assert (np.diff(times)[same_person] >= 0).all()
        assert (np.diff(batch["is_input"])[same_person] <= 0).all()


def test_what_is_longer_than_the_longest_is_a_stretch_of_time_drawn_anew(ratings: Ratings) -> None:
    batches = for_ranking_in_time(ratings, kind=replace(IN_TIME, longest=5))
    order = np.lexsort((ratings.timestamps, ratings.reviewer_indices))
    place = np.argsort(order)
    seen = set()
    for _ in range(150):
        for batch in batches.training():
            rows = batch["stars"].astype(int)
            assert (np.diff(place[rows])[np.diff(batch["person"]) == 0] == 1).all()
            seen.update(rows.tolist())
    assert len(seen) == len(ratings)


def test_ratings_of_one_moment_have_no_order() -> None:
    ratings = make_ratings([(0, movie, float(movie), 100) for movie in range(6)])
    batches = for_ranking_in_time(ratings)
    firsts = {float(batch["stars"][0]) for _ in range(60) for batch in batches.training()}
    assert firsts == {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}


def test_a_rating_weighs_half_with_every_half_life_since(ratings: Ratings, held_out: np.ndarray) -> None:
    batches = for_ranking_in_time(ratings, held_out=held_out)
    for batch in [*batches.training(), *batches.validation()]:
        for person in range(batch["person"][-1] + 1):
            weights = batch["weight"][batch["person"] == person]
            n = int(batch["is_input"][batch["person"] == person].sum())
            assert weights == pytest.approx([*0.5 ** (np.arange(n)[::-1] / 2), *[0] * (len(weights) - n)])


def test_without_a_half_life_all_input_weighs_the_same(ratings: Ratings) -> None:
    for batch in for_ranking(ratings).training():
        np.testing.assert_array_equal(batch["weight"], batch["is_input"])


def test_people_with_a_single_rating_have_nothing_to_be_ranked_from() -> None:
    ratings = make_ratings([(0, 1, 4.0), (1, 0, 3.0), (1, 2, 5.0)], n_movies=3)
    assert [len(batch["stars"]) for batch in for_ranking(ratings).training()] == [2]
    assert [len(batch["stars"]) for batch in for_stars(ratings).training()] == [3]


def test_people_alike_pad_each_other_little() -> None:
    lengths = [1] * 60 + [2] * 30 + [40, 33, 300]
    rows = [(person, movie, 3.0) for person, n in enumerate(lengths) for movie in range(n)]
    batches = for_alike(make_ratings(rows), sizes=BatchSizes(ratings=128, pairs=20_000))
    padded = []
    for batch in batches.training():
        n_people, longest = batch["person"][-1] + 1, batch["place"].max() + 1
        padded.append(n_people * longest)
        assert n_people == 1 or n_people * longest**2 <= 2 * 20_000
    assert sum(padded) < 2 * len(rows)


def test_validation_of_a_long_history_takes_its_latest_part() -> None:
    ratings = make_ratings([(0, movie, float(movie), movie) for movie in range(50)])
    held_out = np.arange(50) >= 40
    (batch,) = for_ranking_in_time(ratings, kind=replace(IN_TIME, longest=6), held_out=held_out).validation()
    assert batch["stars"].tolist() == [34, 35, 36, 37, 38, 39, 44, 45, 46, 47, 48, 49]
    assert batch["is_input"].tolist() == [1] * 6 + [0] * 6


def test_batches_are_about_as_large_as_asked_for(ratings: Ratings) -> None:
    sizes = [len(batch["stars"]) for batch in for_stars(ratings, sizes=BatchSizes(ratings=128)).training()]

    assert len(sizes) == pytest.approx(len(ratings) / 128, abs=1)
    assert max(sizes) < 2 * 128


def test_many_people_times_many_candidates_make_smaller_batches(ratings: Ratings) -> None:
    sizes = BatchSizes(ratings=10_000, scores=4 * ratings.n_movies)

    for batch in for_ranking(ratings, sizes=sizes).training():
        assert (batch["person"][-1] + 1) * len(batch["candidate"]) <= 5 * ratings.n_movies


def test_a_small_catalogue_is_all_candidates_counted_once(ratings: Ratings) -> None:
    for batch in for_ranking(ratings).training():
        assert sorted(batch["candidate"]) == list(range(ratings.n_movies))
        assert (batch["log_count"] == 0).all()


def test_a_catalogue_is_sampled_where_it_is_too_large_for_everybody_together(ratings: Ratings) -> None:
    pairs = ratings.n_reviewers * ratings.n_movies

    for most, whole in ((pairs, True), (pairs - 1, False)):
        sizes = BatchSizes(ratings=40, full_scores=most, sampled=2, sampled_own=2)
        batches = list(for_ranking(ratings, sizes=sizes).training())
        assert all(len(batch["scored"]) == ratings.n_movies for batch in batches) == whole


def test_sampled_candidates_stand_for_the_whole_catalogue(ratings: Ratings) -> None:
    sizes = BatchSizes(ratings=40, full_catalogue=5, sampled=6)
    for batch in for_ranking(ratings, sizes=sizes).training():
        n_own = batch["column"].max() + 1

        assert len(np.unique(batch["candidate"])) == len(batch["candidate"])
        assert (batch["log_count"][:n_own] == 0).all()
        if len(batch["candidate"]) > n_own:
            assert np.exp(batch["log_count"]).sum() == pytest.approx(ratings.n_movies, rel=1e-5)


def test_a_sum_over_sampled_candidates_is_the_catalogues_on_average() -> None:
    """As a softmax's denominator needs it to be."""
    ratings = make_ratings([(0, 3, 4.0), (0, 5, 2.0), (1, 3, 5.0), (1, 7, 1.0)], n_movies=40)
    values = np.random.default_rng(1).exponential(1, ratings.n_movies)
    batches = for_ranking(ratings, sizes=BatchSizes(full_catalogue=5, sampled=8))

    sums = [
        values[batch["candidate"]] @ np.exp(batch["log_count"])
        for _ in range(2000)
        for batch in batches.training()
    ]

    assert np.std(sums) > 1
    assert np.mean(sums) == pytest.approx(values.sum(), rel=0.02)


def test_popular_films_of_a_batch_stand_for_its_own() -> None:
    """A few films are drawn, popular ones more often; on average their sum is the whole catalogue's all the same."""
    popular = np.minimum(np.random.default_rng(4).geometric(0.15, (40, 6)), 30)
    rows = [(person, movie, 3.0) for person, films in enumerate(popular) for movie in set(films.tolist())]
    ratings = make_ratings(rows, n_movies=60)
    values = np.random.default_rng(1).exponential(1, ratings.n_movies)
    sizes = BatchSizes(ratings=10_000, full_catalogue=5, sampled_own=12, sampled=8)
    batches = for_ranking(ratings, sizes=sizes)

    sums, drawn = [], Counter()
    for _ in range(1500):
        for batch in batches.training():
            films = batch["candidate"][batch["scored"]]
            sums.append(values[films] @ np.exp(batch["log_count"]))
            own = batch["scored_place"] >= 0
            assert (films[batch["scored_place"][own]] == movies_of(batch)[own]).all()
            assert not np.isin(movies_of(batch)[~own], films).any()
            drawn.update(np.intersect1d(films, movies_of(batch)).tolist())

    assert len(films) <= 20
    assert np.mean(sums) == pytest.approx(values.sum(), rel=0.02)
    assert drawn[1] > 3 * drawn[20] > 0


def test_large_data_is_dealt_out_over_several_epochs(ratings: Ratings) -> None:
    batches = for_stars(ratings, sizes=replace(SMALL, epoch=len(ratings) // 3 + 1))
    epochs = [chosen(batches.training(), "target_weight") for _ in range(6)]

    for deal in (epochs[:3], epochs[3:]):
        assert Counter(row for epoch in deal for row in epoch) == Counter(range(len(ratings)))
        assert max(map(len, deal)) < 0.5 * len(ratings)
    assert epochs[0] != epochs[3]


@pytest.mark.parametrize("share", [1, 3])
def test_epochs_go_on_from_a_state(share: int, ratings: Ratings) -> None:
    one, other = (for_stars(ratings, sizes=replace(SMALL, epoch=len(ratings) // share)) for _ in range(2))
    for _ in range(2):
        list(one.training())
    other.state = json.loads(json.dumps(one.state))

    for batch, same in zip(one.training(), other.training(), strict=True):
        for name, array in batch.items():
            np.testing.assert_array_equal(array, same[name])


def test_validation_is_the_same_every_time_and_leaves_the_epochs_alone(
    ratings: Ratings, held_out: np.ndarray
) -> None:
    sizes = BatchSizes(ratings=64, full_catalogue=5, sampled=6, sampled_own=20)
    one, other = (for_ranking(ratings, held_out=held_out, sizes=sizes) for _ in range(2))
    first, again = list(one.validation()), list(one.validation())

    for before, after in ((first, again), (list(one.training()), list(other.training()))):
        for batch, same in zip(before, after, strict=True):
            for name, array in batch.items():
                np.testing.assert_array_equal(array, same[name])


def test_batches_grow_with_the_data() -> None:
    sizes = [BatchSizes().ratings_for(n) for n in (100, 20_000, 200_000, 1_600_000, 4_000_000, 9_000_000)]
    assert sizes == [128, 1000, 4096, 4096, 10_000, 16_384]


def test_tokens_are_the_candidates_content() -> None:
    content = Content.from_tokens([["a", "b", "c", "d"], [], ["b"]])
    ratings = make_ratings([(0, 2, 4.0), (0, 1, 4.0), (1, 0, 3.0), (1, 2, 5.0)], n_movies=3, content=content)

    for batch in for_ranking(ratings).training():
        films = batch["candidate"][batch["fact_column"]]
        found = Counter(zip(films.tolist(), batch["token"][batch["fact_token"]].tolist(), strict=True))
        assert found == Counter([(0, 0), (0, 1), (0, 2), (0, 3), (2, 1)])
        np.testing.assert_allclose(batch["fact_weight"], np.where(films == 0, 0.5, 1.0))


def test_leave_one_out_keeps_histories_whole_or_cuts_them_anywhere() -> None:
    generator = np.random.default_rng(0)
    lengths = np.repeat([1, 2, 7, 60], 4000)

    cut = leave_one_out(0.25)(lengths, generator)

    assert (cut[lengths == 1] < 2).all()
    for length in (2, 7, 60):
        drawn = cut[lengths == length]
        assert set(range(min(length, 7))) <= set(drawn)
        assert drawn.min() == 0
        assert drawn.max() == length
        assert (drawn == length).mean() == pytest.approx(0.75, abs=0.03)


def test_input_and_rest_always_leaves_something_to_predict() -> None:
    generator = np.random.default_rng(0)
    lengths = np.repeat([1, 2, 7, 60], 4000)

    whole, cut = (input_and_rest(share)(lengths, generator) for share in (0.0, 1.0))

    for drawn in (whole, cut):
        assert (drawn >= 0).all()
        assert (drawn < lengths).all()
    assert whole[lengths == 60].min() >= 30
    assert set(cut[lengths == 7]) == set(range(7))


def test_gather_groups_by_hand() -> None:
    positions, places = gather_groups(np.array([0, 2, 2, 5, 6]), np.array([2, 1, 0]))

    assert positions.tolist() == [2, 3, 4, 0, 1]
    assert places.tolist() == [0, 0, 0, 2, 2]


def test_fact_weights_by_hand() -> None:
    assert fact_weights(np.array([0, 0, 0, 0, 2])) == pytest.approx([0.5, 0.5, 0.5, 0.5, 1.0])
    assert fact_weights(np.array([], dtype=np.int64)).shape == (0,)
