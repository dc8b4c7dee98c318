"""Biased matrix factorisation whose training loop is its own: gradients, rows touched, and what it learns."""

import numpy as np
import pytest
import tensorflow as tf

from ml.data.splits import random_split
from ml.evaluation.protocol import evaluate_stars
from ml.scoring import Scorer
from ml.training.factors import FactorsScorer, FactorTraining
from tests.ml.builders import make_ratings, planted_ratings
from tests.ml.scorer_contract import ScorerContract
from tests.ml.training.worlds import NOISE, shuffled, tastes


class TestFactorsContract(ScorerContract):
    tolerance = 1e-5

    def make_scorer(self) -> Scorer:
        return FactorsScorer(embedding_dim=4, epochs=3)


def untrained(n_reviewers: int = 7, n_movies: int = 5) -> FactorsScorer:
    scorer = FactorsScorer(embedding_dim=3)
    rows = [
        (u, i, float(1 + (u + i) % 5)) for u in range(n_reviewers) for i in range(n_movies) if (u + i) % 2
    ]
    scorer.restart(make_ratings(rows), seed=4)
    return scorer


def tables(scorer: FactorsScorer) -> list[np.ndarray]:
    return [scorer.model.get_layer(f"{side}_embeddings").get_weights()[0] for side in ("reviewer", "movie")]


def test_stars_are_mean_biases_and_a_dot_product() -> None:
    scorer = untrained()
    reviewers, movies = tables(scorer)
    mean = float(scorer.model.get_layer("stars").mean.numpy())

    found = scorer.model([np.array([2, 6]), np.array([4, 0])]).numpy()

    expected = [
        mean + reviewers[u, 0] + movies[i, 0] + reviewers[u, 1:] @ movies[i, 1:] for u, i in ((2, 4), (6, 0))
    ]
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_gradient_written_out_is_the_tapes() -> None:
    scorer = untrained()
    training = FactorTraining(scorer.model, penalty=0.3)
    generator = np.random.default_rng(2)
    sides = [tf.constant(generator.normal(size=(6, 4)), tf.float32) for _ in range(2)]
    stars = tf.constant(generator.uniform(1, 5, 6), tf.float32)
    layer = scorer.model.get_layer("stars")
    with tf.GradientTape() as tape:
        tape.watch(sides)
        loss = tf.reduce_sum(tf.square(layer(sides) - stars)) + 0.3 * sum(
            tf.reduce_sum(tf.square(side)) for side in sides
        )

    slopes = training.slopes(sides, layer(sides) - stars)

    for slope, gradient in zip(slopes, tape.gradient(loss, sides), strict=True):
        np.testing.assert_allclose(2 * slope, gradient, rtol=1e-4, atol=1e-5)


def test_an_epoch_moves_the_rows_of_its_ratings_and_no_others() -> None:
    scorer = untrained()
    before = tables(scorer)
    seen = make_ratings([(1, 2, 5.0), (4, 2, 1.0)], n_reviewers=7, n_movies=5)

    FactorTraining(scorer.model, penalty=0.1).epoch(seen, np.array([1, 0]), 16, 0.1)

    moved = [
        np.flatnonzero((old != new).any(axis=1)).tolist()
        for old, new in zip(before, tables(scorer), strict=True)
    ]
    assert moved == [[1, 4], [2]]


def test_beats_the_constant_on_a_made_world_and_learns_nothing_from_chance() -> None:
    world = tastes(0)
    split = random_split(world, fraction=0.2, seed=0)
    spread = float(split.test.stars.std())

    assert NOISE < evaluate_stars(FactorsScorer().fit(split.train), split.test)["rmse"] < spread - 0.15

    chance = random_split(shuffled(world, 1), fraction=0.2, seed=0)
    assert evaluate_stars(FactorsScorer().fit(chance.train), chance.test)["rmse"] > spread - 0.15


def test_curves_have_a_value_an_epoch() -> None:
    split = random_split(planted_ratings(), fraction=0.3, seed=1)
    scorer = FactorsScorer(epochs=3)
    scorer.restart(split.train, seed=1)

    curves = scorer.train(split.train, validation=split.test, seed=1)

    assert [len(curves[name]) for name in ("train", "validation")] == [3, 3]
    assert curves["train"][-1] < curves["train"][0]
    pairs = zip(split.test.reviewer_indices, split.test.movie_indices, strict=True)
    stars = np.array([scorer.ranking_scores(reviewer)[movie] for reviewer, movie in pairs])
    assert curves["validation"][-1] == pytest.approx(np.square(stars - split.test.stars).mean(), rel=1e-4)
