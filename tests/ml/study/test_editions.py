"""Editions of one film, by the reviews they share."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.made_dump.maker import LAYOUTS, make_dump
from benchmarks.made_dump.truth import read_truth
from ml.data.ratings import Scale
from ml.study.editions import groups_by_shared_reviews
from ml.study.reviews import read_reviews


def table(*rows: tuple[str, str, float, int]) -> pd.DataFrame:
    reviews = pd.DataFrame(rows, columns=["reviewer", "movie", "stars", "timestamp"])
    return reviews.astype({"stars": np.float32, "timestamp": np.int64})


def both(reviewer: str, one: str, other: str) -> list[tuple[str, str, float, int]]:
    """One review that stands under two movies."""
    return [(reviewer, one, 5, 100), (reviewer, other, 5, 100)]


def test_movies_that_share_two_reviews_are_one_film() -> None:
    reviews = table(
        *both("ada", "vhs", "dvd"), *both("bob", "dvd", "vhs"), ("eve", "dvd", 1, 7), ("eve", "x", 1, 7)
    )

    assert groups_by_shared_reviews(reviews) == {"dvd": "dvd", "vhs": "dvd"}


def test_one_shared_review_is_chance_and_so_are_a_few_of_many() -> None:
    alone = both("ada", "vhs", "dvd")
    many = [(f"p{number}", movie, 3, number) for number in range(5) for movie in ("left", "right")]
    many = [(who + movie, movie, stars, when) for who, movie, stars, when in many]

    assert groups_by_shared_reviews(table(*alone)) == {}
    assert (
        groups_by_shared_reviews(table(*many, *both("ada", "left", "right"), *both("bob", "left", "right")))
        == {}
    )


def test_other_stars_or_another_day_are_another_review() -> None:
    rows = [("ada", "dvd", 5, 100), ("ada", "vhs", 4, 100), ("bob", "dvd", 5, 100), ("bob", "vhs", 5, 200)]

    assert groups_by_shared_reviews(table(*rows, *both("eve", "dvd", "vhs"))) == {}


def test_the_same_line_twice_shares_nothing() -> None:
    assert groups_by_shared_reviews(table(*(both("ada", "dvd", "vhs") * 3))) == {}


def test_a_chain_is_one_film() -> None:
    """Neighbours share reviews; the ends share none."""
    names = ["e", "c", "a", "d", "b"]
    rows = [
        row
        for one, other in pairwise(names)
        for who in ("ada", "bob", "eve")
        for row in both(f"{who} {one}", one, other)
    ]

    assert groups_by_shared_reviews(table(*rows)) == dict.fromkeys(sorted(names), "a")


def test_no_reviews_make_no_groups() -> None:
    assert groups_by_shared_reviews(table(*both("ada", "dvd", "vhs")).iloc[:0]) == {}


def test_on_a_made_dump_groups_are_films_and_hold_nearly_all_copies(tmp_path: Path) -> None:
    make_dump(tmp_path, 8_000, short_text=True, workers=1)
    truth, _ = read_truth(tmp_path)
    film = dict(zip(truth.asin.astype(str).tolist(), truth.asin_film.tolist(), strict=True))
    reviews = read_reviews(tmp_path / LAYOUTS["2018"][0], scale=Scale(1.0, 5.0, 1.0))

    groups = groups_by_shared_reviews(reviews)

    agreeing = [film[movie] == film[first] for movie, first in groups.items()]
    assert np.mean(agreeing) > 0.98
    copies = np.bincount(truth.line_review)[truth.line_review] > 1
    movies = pd.Series(truth.asin.astype(str)[truth.line_asin[copies]])
    assert len(movies) > 20
    assert movies.isin(groups).mean() > 0.8
