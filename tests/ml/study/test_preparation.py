"""The two data sets of the study, by hand."""

import numpy as np
import pandas as pd
import pytest

from ml.data.ratings import NO_TIMESTAMP, Scale
from ml.data.splits import Split
from ml.study.preparation import (
    PreparationError,
    describe,
    has_copy_in_training,
    one_rating_each,
    prepare,
    without_rare,
)

FIVE = Scale(minimum=1.0, maximum=5.0, step=1.0)


def table(*rows: tuple) -> pd.DataFrame:
    """Reviews from (reviewer, movie, stars[, timestamp])."""
    filled = [row if len(row) == 4 else (*row, NO_TIMESTAMP) for row in rows]
    reviews = pd.DataFrame(filled, columns=["reviewer", "movie", "stars", "timestamp"])
    return reviews.astype({"stars": np.float32, "timestamp": np.int64})


def test_rare_ones_are_counted_once_and_not_again() -> None:
    """Bob's second film goes with its only rating; that leaves Bob with one, and he stays, as in the seed."""
    reviews = table(("ada", "x", 5), ("ada", "y", 4), ("bob", "x", 3), ("bob", "z", 1), ("eve", "y", 2))

    kept = without_rare(reviews, 2, 2)

    assert kept[["reviewer", "movie"]].to_numpy().tolist() == [["ada", "x"], ["ada", "y"], ["bob", "x"]]


def test_the_latest_rating_of_a_film_stays() -> None:
    reviews = table(("ada", "x", 3, 30), ("ada", "x", 2, 30), ("ada", "x", 5, 10), ("ada", "y", 1, 5))

    assert one_rating_each(reviews)[["movie", "stars"]].to_numpy().tolist() == [["x", 3.0], ["y", 1.0]]


def worlds() -> pd.DataFrame:
    """Five people rate one film as DVD and as VHS alike, and each another film."""
    rows = []
    for person in range(5):
        rows += [(f"p{person}", "dvd", person % 5 + 1), (f"p{person}", "vhs", person % 5 + 1)]
        rows += [(f"p{person}", "other", 3)]
    return table(*rows)


def test_editions_are_merged_before_the_split_in_the_leak_free_set_alone() -> None:
    prepared = prepare(worlds(), scale=FIVE, groups={"dvd": "a film", "vhs": "a film"})

    assert (len(prepared.as_seed), prepared.as_seed.n_movies) == (15, 3)
    assert (len(prepared.leak_free), prepared.leak_free.n_movies) == (10, 2)
    assert len(np.unique(prepared.leak_free.pair_keys)) == 10
    dvd, other, vhs = prepared.film_of_movie
    assert dvd == vhs != other
    assert prepared.figures["all"]["ratings"] == 15


def test_a_group_called_like_a_movie_outside_it_is_another_film() -> None:
    prepared = prepare(worlds(), scale=FIVE, groups={"dvd": "other", "vhs": "other"})

    assert prepared.leak_free.n_movies == 2


def test_copies_are_found_under_another_edition() -> None:
    ratings = prepare(worlds(), scale=FIVE, groups={"dvd": "f", "vhs": "f"})
    dvd, vhs, other = 0, 1, 2  # the first person's rows

    split = Split(ratings.as_seed.subset([dvd]), ratings.as_seed.subset([vhs, other, 3 + dvd]))

    assert has_copy_in_training(split, ratings.film_of_movie).tolist() == [True, False, False]


def test_the_figures_by_hand() -> None:
    figures = describe(table(("ada", "x", 5), ("ada", "y", 5), ("bob", "x", 2)))

    assert (figures["ratings"], figures["reviewers"], figures["movies"]) == (3, 2, 2)
    assert (figures["mean"], figures["median"], figures["mae_of_median"]) == (4, 5, 1)
    assert figures["standard_deviation"] == pytest.approx(np.sqrt(2))
    assert figures["rmse_of_median"] == pytest.approx(np.sqrt(3))
    assert (figures["per_reviewer"], figures["busiest_reviewer"]) == (1.5, 2)


def test_too_little_left_is_refused() -> None:
    with pytest.raises(
        PreparationError,
        match="Of 15 reviews 0 are left of reviewers with at least 4 and movies with at least 1; the study needs 10",
    ):
        prepare(worlds(), scale=FIVE, groups={}, min_per_reviewer=4)


def test_one_rating_is_refused() -> None:
    with pytest.raises(PreparationError, match="Of 1 reviews 1 are left"):
        prepare(table(("ada", "x", 5)), scale=FIVE, groups={})


def test_equal_stars_are_refused() -> None:
    reviews = worlds().assign(stars=np.float32(4))

    with pytest.raises(PreparationError, match="All 15 ratings have 4 stars: nothing can be learned"):
        prepare(reviews, scale=FIVE, groups={})


def test_films_left_too_few_by_merging_are_told_as_well() -> None:
    reviews = pd.concat([table(*((f"p{n}", movie, n % 5 + 1) for n in range(5) for movie in ("dvd", "vhs")))])

    with pytest.raises(PreparationError, match="Of 10 reviews 5 are left"):
        prepare(reviews, scale=FIVE, groups={"dvd": "f", "vhs": "f"})
