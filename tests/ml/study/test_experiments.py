"""The seed's experiments on small data: that each does what its name says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.leaks import LeakError
from ml.study.experiments import BASELINES, CROSS_VALIDATED, NETWORKS, Settings, Study
from ml.study.preparation import Prepared, prepare
from tests.ml.builders import FIVE_STARS, planted_ratings

pytestmark = pytest.mark.slow

SETTINGS = Settings(epochs=2, folds=2, ranked_people=9)


def made_reviews() -> pd.DataFrame:
    """The planted ratings; every movie has a second edition, where every second rating stands again."""
    ratings = planted_ratings()
    reviews = pd.DataFrame(
        {
            "reviewer": ratings.reviewer_indices.astype(str),
            "movie": ratings.movie_indices.astype(str),
            "stars": ratings.stars,
            "timestamp": ratings.timestamps,
        }
    )
    return pd.concat(
        [reviews, reviews[::2].assign(movie="again " + reviews["movie"][::2])], ignore_index=True
    )


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    reviews = made_reviews()
    groups = {movie: movie.removeprefix("again ") for movie in reviews["movie"]}
    return prepare(reviews, scale=FIVE_STARS, groups=groups)


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def result(prepared: Prepared, told: list[str]) -> dict[str, Any]:
    return Study(prepared, SETTINGS, lambda stage, *_: told.append(stage)).run()


def test_every_model_is_measured_on_both_splits(result: dict[str, Any]) -> None:
    for split in result["splits"].values():
        assert list(split["models"]) == [*BASELINES, *NETWORKS]
        assert all(0 < figures["mae"] <= figures["rmse"] for figures in split["models"].values())
        assert {name: len(curve["validation"]) for name, curve in split["curves"].items()} == {
            "dot": 2,
            "deep": 2,
        }


def test_lists_are_judged_where_nothing_leaks(result: dict[str, Any]) -> None:
    models = {name: split["models"] for name, split in result["splits"].items()}

    assert all(0 <= figures["ndcg_at_10"] <= 1 for figures in models["leak_free"].values())
    assert {figures["n_ranked_people"] for figures in models["leak_free"].values()} == {9}
    assert not any("ndcg_at_10" in figures for figures in models["as_seed"].values())


def test_errors_over_copies_and_over_the_others_make_the_whole(result: dict[str, Any]) -> None:
    split = result["splits"]["as_seed"]
    share = split["copied_share"]

    assert 0.3 < share < 0.7
    for figures in split["models"].values():
        mixed = share * figures["copied_mae"] + (1 - share) * figures["unseen_mae"]
        assert figures["mae"] == pytest.approx(mixed)


def test_cross_validation_goes_through_every_fold(result: dict[str, Any], prepared: Prepared) -> None:
    for name, folds in result["cross_validation"].items():
        ratings = prepared.leak_free if name.startswith("leak_free") else prepared.as_seed
        assert sum(fold["n_test_ratings"] for fold in folds) == len(ratings)


def test_progress_names_every_training(result: dict[str, Any], told: list[str]) -> None:
    assert f"random split, {CROSS_VALIDATED}" in told
    assert "seed's cross-validation, fold 2 of 2" in told
    assert "leak-free cross-validation, fold 1 of 2" in told


def test_the_same_seed_gives_the_same_figures(result: dict[str, Any], prepared: Prepared) -> None:
    again = Study(prepared, SETTINGS, lambda *_: None).run()

    assert again == result


def test_another_seed_gives_others(result: dict[str, Any], prepared: Prepared) -> None:
    other = Study(prepared, replace(SETTINGS, seed=1), lambda *_: None).run()

    assert other["splits"]["leak_free"] != result["splits"]["leak_free"]


def test_a_leak_in_what_should_be_free_of_it_stops_the_study(prepared: Prepared) -> None:
    twice = np.repeat(np.arange(len(prepared.leak_free)), 2)
    leaking = replace(prepared, leak_free=prepared.leak_free.subset(twice))

    with pytest.raises(LeakError):
        Study(leaking, SETTINGS, lambda *_: None).run()
