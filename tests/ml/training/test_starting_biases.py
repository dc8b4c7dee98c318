"""Made ratings of which the variances, and what counts tell of averages, are known."""

import numpy as np
import pytest

from ml.baselines import Bias
from ml.data.ratings import Ratings, Scale
from ml.data.splits import random_split
from ml.people import count_weights
from ml.training.starting_biases import starting_biases, variances

SCALE = Scale(minimum=0.0, maximum=10.0, step=0.5)


def made(rows: np.ndarray, columns: np.ndarray, stars: np.ndarray) -> Ratings:
    return Ratings(
        reviewer_indices=rows.astype(np.int32),
        movie_indices=columns.astype(np.int32),
        stars=stars.astype(np.float32),
        timestamps=np.zeros(len(rows), dtype=np.int64),
        n_reviewers=int(rows.max()) + 1,
        n_movies=int(columns.max()) + 1,
        scale=SCALE,
    )


def test_variances_are_those_that_ratings_were_made_with() -> None:
    generator = np.random.default_rng(3)
    rows, columns = np.divmod(np.flatnonzero(generator.random(600 * 500) < 0.1), 500)
    people, films = generator.normal(0, 0.5, 600), generator.normal(0, 0.7, 500)
    stars = 5 + people[rows] + films[columns] + generator.normal(0, 0.9, len(rows))

    found = variances(made(rows, columns, stars))

    assert found.reviewers == pytest.approx(0.25, rel=0.15)
    assert found.movies == pytest.approx(0.49, rel=0.15)
    assert found.noise == pytest.approx(0.81, rel=0.05)


@pytest.mark.parametrize("stars", [[4.0], [4.0, 4.0, 4.0], [1.0, 5.0, 1.0]])
def test_variances_are_above_zero_whatever_there_is(stars: list[float]) -> None:
    ratings = made(np.arange(len(stars)), np.arange(len(stars)), np.array(stars))

    found, start = variances(ratings), starting_biases(ratings)

    assert min(found.reviewers, found.movies, found.noise) > 0
    assert np.isfinite(start.movies).all()
    assert np.isfinite(start.by_length).all()


def sparse(seed: int) -> Ratings:
    """Films of one or two ratings are half a star worse than those of thirty, and people who rate once a star more
    critical than others; by how much, the ridge biases know in part."""
    generator = np.random.default_rng(seed)
    n_of_film = np.repeat([1, 2, 30], [1_500, 1_000, 300])
    columns = np.repeat(np.arange(len(n_of_film)), n_of_film)
    once = generator.random(len(columns)) < 0.5
    rows = np.where(once, 1_000 + np.arange(len(columns)), generator.integers(0, 1_000, len(columns)))
    stars = 5 + 0.5 * (n_of_film[columns] > 2) - once + generator.normal(0, 0.5, len(columns))
    return made(rows, columns, stars)


def test_films_of_few_ratings_and_people_of_none_are_expected_to_be_what_such_are() -> None:
    start = starting_biases(sparse(5))

    few, many = start.movies[:1_500].mean(), start.movies[2_500:].mean()
    assert many - few == pytest.approx(0.5, abs=0.15)
    nobody, regular = count_weights(np.array([0, 10])) @ start.by_length
    assert 0.3 < regular - nobody < 1.1


def test_ratings_that_were_held_out_are_nearer_than_by_the_biases_alone() -> None:
    split = random_split(sparse(6), fraction=0.2, seed=1)
    train, test = split.train, split.test
    counts = np.bincount(train.reviewer_indices, minlength=train.n_reviewers)

    start, bias = starting_biases(train), Bias().fit(train)
    told = start.movies[test.movie_indices]
    told = told + count_weights(counts[test.reviewer_indices]) @ start.by_length

    by_biases = bias.global_mean + bias.movie_biases[test.movie_indices]
    assert np.mean((test.stars - told) ** 2) < 0.75 * np.mean((test.stars - by_biases) ** 2)


def test_weights_of_counts_are_linear_between_knots() -> None:
    weights = count_weights(np.array([0, 1, 3, 1_000, 2]))

    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights[:4].argmax(axis=1).tolist() == [0, 1, 2, 8]
    assert weights[4, 1:3] == pytest.approx([2 - np.log2(3), np.log2(3) - 1])
