"""The Keras heads against the formula, written out in loops."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.data.ratings import Content, Ratings
from ml.training.history_batches import Batch, BatchSizes, HistoryBatches, input_and_rest, leave_one_out
from ml.training.history_model import HistoryTower, Penalties, RankingHead, StarsHead
from ml.training.sparse_adam import SparseAdam
from tests.ml.builders import planted_ratings

DAMPING = 3.5
WIDTH = 4
PENALTIES = Penalties(id_embeddings=0.3, history=0.2, content=0.1, biases=0.05)


def common(ratings: Ratings, **changes: Any) -> dict[str, Any]:
    content = ratings.content or Content.from_tokens([])
    return {
        "n_movies": ratings.n_movies,
        "n_tokens": len(content.names),
        "embedding_dim": WIDTH,
        "damping": DAMPING,
        "penalties": PENALTIES,
        "seed": 2,
    } | changes


def stars_head(ratings: Ratings, **changes: Any) -> StarsHead:
    head = StarsHead(minimum=1.0, maximum=5.0, **common(ratings, **changes))
    head.restart(np.random.default_rng(8).normal(3.5, 0.5, ratings.n_movies).astype(np.float32))
    return enlarged(head)


def ranking_head(ratings: Ratings, **changes: Any) -> RankingHead:
    head = RankingHead(**common(ratings, **changes))
    head.restart(np.random.default_rng(8).normal(-3.5, 0.5, ratings.n_movies).astype(np.float32))
    head.measure_from(levels_of(ratings))
    return enlarged(head)


def levels_of(ratings: Ratings) -> np.ndarray:
    return np.random.default_rng(9).normal(3.3, 0.4, ratings.n_movies).astype(np.float32)


def enlarged(head: Any) -> Any:
    """Embeddings far from their small start, so that no term of the formula hides in the tolerance."""
    tables = (head.id_embeddings, head.history_embeddings, head.residual_embeddings, head.content_embeddings)
    for index, table in enumerate(tables):
        table.assign(np.random.default_rng(index).normal(0, 0.7, table.shape))
    return head


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


@pytest.fixture(scope="module")
def stars_batch(ratings: Ratings) -> Batch:
    batches = HistoryBatches(
        ratings, leave_one_out(0.5), predicts_input=True, with_catalogue=False, sizes=BatchSizes(ratings=128)
    )
    return next(batches.training())


@pytest.fixture(scope="module")
def ranking_batch(ratings: Ratings) -> Batch:
    batches = HistoryBatches(
        ratings, input_and_rest(0.3), predicts_input=False, with_catalogue=True, sizes=BatchSizes(ratings=128)
    )
    return next(batches.training())


def tensors(batch: Batch) -> dict[str, tf.Tensor]:
    return {name: tf.constant(array) for name, array in batch.items()}


def film_vector(head: HistoryTower, ratings: Ratings, movie: int) -> np.ndarray:
    content = ratings.content
    tokens = content.indices[content.indptr[movie] : content.indptr[movie + 1]]
    vector = head.content_embeddings.numpy()[tokens].sum(axis=0) / np.sqrt(max(len(tokens), 1))
    return head.id_embeddings.numpy()[movie] + vector


def person(
    head: HistoryTower, levels: np.ndarray, rated: list[tuple[int, float]]
) -> tuple[np.ndarray, float]:
    """h and b of someone who rated (movie, stars), by the formula."""
    deviations = [stars - levels[movie] for movie, stars in rated]
    bias = sum(deviations) / (DAMPING + len(rated))
    total = np.zeros(WIDTH)
    for (movie, _), deviation in zip(rated, deviations, strict=True):
        total += head.history_embeddings.numpy()[movie]
        total += (deviation - bias) * head.residual_embeddings.numpy()[movie]
    return total / np.sqrt(max(len(rated), 1)), bias


def rated_films(batch: Batch, rows: np.ndarray) -> list[tuple[int, float]]:
    return [(int(batch["candidate"][batch["column"][row]]), float(batch["stars"][row])) for row in rows]


def test_stars_are_predicted_from_the_other_inputs_by_the_formula(
    ratings: Ratings, stars_batch: Batch
) -> None:
    head = stars_head(ratings)

    predicted = head(tensors(stars_batch)).numpy()

    levels = head.biases.numpy()
    for row in range(len(predicted)):
        of_person = stars_batch["person"] == stars_batch["person"][row]
        others = np.flatnonzero(
            of_person & (stars_batch["is_input"] > 0) & (np.arange(len(predicted)) != row)
        )
        vector, bias = person(head, levels, rated_films(stars_batch, others))
        movie = int(stars_batch["candidate"][stars_batch["column"][row]])
        expected = levels[movie] + bias + vector @ film_vector(head, ratings, movie)
        assert predicted[row] == pytest.approx(expected, abs=1e-4)


def test_a_rating_has_no_part_in_its_own_prediction(ratings: Ratings, stars_batch: Batch) -> None:
    """Its stars, its film's Y and X, and its part in n: none of them reaches its own prediction in training."""
    head = stars_head(ratings)
    row = int(np.flatnonzero(stars_batch["is_input"])[0])
    of_person = stars_batch["person"] == stars_batch["person"][row]
    assert of_person.sum() > 2
    changed = {**stars_batch, "stars": stars_batch["stars"].copy()}
    changed["stars"][row] -= 2

    before, after = head(tensors(stars_batch)).numpy(), head(tensors(changed)).numpy()

    others = of_person & (np.arange(len(before)) != row)
    assert after[row] == pytest.approx(before[row], abs=1e-5)
    assert (np.abs(after - before)[others] > 1e-3).all()
    np.testing.assert_allclose(after[~of_person], before[~of_person], atol=1e-6)

    without = {**stars_batch, "is_input": stars_batch["is_input"].copy()}
    without["is_input"][row] = 0
    assert head(tensors(without)).numpy()[row] == pytest.approx(before[row], abs=1e-5)


def test_no_gradient_leads_from_a_prediction_to_its_own_history_terms(
    ratings: Ratings, stars_batch: Batch
) -> None:
    head = stars_head(ratings)
    row = int(np.flatnonzero(stars_batch["is_input"])[0])
    movie = int(stars_batch["candidate"][stars_batch["column"][row]])
    with tf.GradientTape() as tape:
        prediction = head(tensors(stars_batch))[row]
    tables = [head.history_embeddings.value, head.residual_embeddings.value]

    for gradient in tape.gradient(prediction, tables):
        dense = tf.convert_to_tensor(gradient).numpy()
        np.testing.assert_allclose(dense[movie], 0, atol=1e-6)
        assert np.abs(dense).max() > 1e-2


def test_the_stars_loss_is_the_squared_error_of_targets_clipped_only_outside_training(
    ratings: Ratings, stars_batch: Batch
) -> None:
    head = stars_head(ratings)
    batch = {
        **stars_batch,
        "target_weight": (np.arange(len(stars_batch["stars"])) % 3 == 0).astype(np.float32),
    }
    predicted = head(tensors(batch)).numpy()
    assert (predicted > 5).any()

    head.compile(optimizer="sgd")
    head.reset_metrics()
    measured = head.test_step(tensors(batch))["loss"].numpy()

    errors = (np.clip(predicted, 1, 5) - batch["stars"])[::3]
    assert measured == pytest.approx(np.square(errors).mean(), rel=1e-5)
    raw = head.losses_of(tensors(batch), tf.constant(predicted), training=True).numpy()
    np.testing.assert_allclose(raw, np.square(predicted - batch["stars"]), rtol=1e-4)


def test_ranking_scores_follow_the_formula(ratings: Ratings, ranking_batch: Batch) -> None:
    head = ranking_head(ratings)

    scores = head(tensors(ranking_batch)).numpy()

    levels = levels_of(ratings)
    assert scores.shape == (ranking_batch["person"][-1] + 1, ratings.n_movies)
    for place in range(len(scores)):
        rows = np.flatnonzero((ranking_batch["person"] == place) & (ranking_batch["is_input"] > 0))
        vector, _ = person(head, levels, rated_films(ranking_batch, rows))
        for column, movie in enumerate(ranking_batch["candidate"].tolist()):
            expected = head.biases.numpy()[movie] + vector @ film_vector(head, ratings, movie)
            assert scores[place, column] == pytest.approx(expected, abs=1e-4)


def test_the_ranking_loss_is_a_softmax_over_what_is_not_input(ratings: Ratings, ranking_batch: Batch) -> None:
    head = ranking_head(ratings)
    scores = head(tensors(ranking_batch)).numpy().astype(np.float64)

    losses = head.losses_of(tensors(ranking_batch), tf.constant(scores, tf.float32), training=True).numpy()

    targets = np.flatnonzero(ranking_batch["target_weight"])
    assert len(targets)
    for row in targets:
        place = ranking_batch["person"][row]
        inputs = (ranking_batch["person"] == place) & (ranking_batch["is_input"] > 0)
        allowed = np.setdiff1d(np.arange(scores.shape[1]), ranking_batch["column"][inputs])
        chosen = scores[place, ranking_batch["column"][row]]
        expected = np.log(np.exp(scores[place, allowed]).sum()) - chosen
        assert losses[row] == pytest.approx(expected, abs=1e-4)


def test_a_candidate_counts_in_the_sum_as_often_as_it_stands_for_films(
    ratings: Ratings, ranking_batch: Batch
) -> None:
    head = ranking_head(ratings)
    scores = tf.zeros((int(ranking_batch["person"][-1]) + 1, ratings.n_movies))
    inputs = np.bincount(ranking_batch["person"], weights=ranking_batch["is_input"])
    n_own = ranking_batch["column"].max() + 1
    counts = np.where(np.arange(ratings.n_movies) < n_own, 1.0, 7.5)
    batch = {**ranking_batch, "log_count": np.log(counts).astype(np.float32)}

    losses = head.losses_of(tensors(batch), scores, training=True).numpy()

    np.testing.assert_allclose(np.exp(losses), (counts.sum() - inputs)[batch["person"]], rtol=1e-4)


def test_the_penalty_counts_a_film_once_for_each_rating(ratings: Ratings, stars_batch: Batch) -> None:
    head = stars_head(ratings)
    head.biases.assign_add(np.linspace(0, 1, ratings.n_movies))
    batch = tensors(stars_batch)

    penalty = float(head._penalty(batch, head.films(batch)))

    expected = []
    for movie in stars_batch["candidate"][stars_batch["column"]]:
        content = film_vector(head, ratings, movie) - head.id_embeddings.numpy()[movie]
        expected.append(
            0.3 * np.square(head.id_embeddings.numpy()[movie]).sum()
            + 0.2 * np.square(head.history_embeddings.numpy()[movie]).sum()
            + 0.2 * np.square(head.residual_embeddings.numpy()[movie]).sum()
            + 0.1 * np.square(content).sum()
            + 0.05 * np.linspace(0, 1, ratings.n_movies)[movie] ** 2
        )
    assert penalty == pytest.approx(np.mean(expected), rel=1e-4)


@pytest.mark.parametrize("make", [stars_head, ranking_head])
def test_a_step_touches_only_the_films_of_its_batch(
    make: Any, ratings: Ratings, stars_batch: Batch, ranking_batch: Batch
) -> None:
    head = make(ratings)
    is_stars = isinstance(head, StarsHead)
    batch = dict(stars_batch if is_stars else ranking_batch)
    head.compile(optimizer=SparseAdam(0.1))
    before = head.history_embeddings.numpy()

    head.train_step(tensors(batch))

    own = np.unique(batch["candidate"][batch["column"]])
    others = np.setdiff1d(np.arange(ratings.n_movies), own)
    moved = np.abs(head.history_embeddings.numpy() - before).max(axis=1) > 0
    assert len(others)
    assert moved[own].all()
    assert not moved[others].any()


def test_a_restart_depends_on_the_seed_alone(ratings: Ratings, stars_batch: Batch) -> None:
    base = np.linspace(3, 4, ratings.n_movies).astype(np.float32)
    heads = [StarsHead(minimum=1.0, maximum=5.0, **common(ratings, seed=seed)) for seed in (1, 1, 2)]
    heads[1].compile(optimizer=SparseAdam(0.1))
    heads[1].train_step(tensors(stars_batch))
    for head in heads:
        head.restart(base)
    one, same, other = ([weight.numpy() for weight in head.trainable_variables] for head in heads)

    np.testing.assert_array_equal(one[0], base)
    for left, right, unlike in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(left, right)
        assert left.ndim == 1 or (left != unlike).any()
    assert np.sqrt(np.square(one[1]).sum(axis=1).mean()) == pytest.approx(0.3, rel=0.2)


def test_heads_are_keras_models() -> None:
    assert isinstance(stars_head(planted_ratings()), keras.Model)
