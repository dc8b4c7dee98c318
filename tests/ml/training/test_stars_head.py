"""The stars head against ridge regression, written out in loops."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.data.ratings import Ratings
from ml.training.history_batches import Batch
from ml.training.stars_head import StarsHead
from tests.ml.builders import planted_ratings
from tests.ml.training.heads import (
    WIDTH,
    film_vector,
    movies_of,
    stars_batch_of,
    stars_head,
    tensors,
)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


@pytest.fixture(scope="module")
def batch(ratings: Ratings) -> Batch:
    return stars_batch_of(ratings)


def told(head: StarsHead, ratings: Ratings, batch: Batch, movie: int) -> Any:
    """What those outside the batch who rated a film say of it."""
    inside = {who_rated(ratings, batch, person) for person in range(batch["person"][-1] + 1)}
    outside = set(ratings.reviewer_indices[ratings.movie_indices == movie].tolist()) - inside
    return sum((head.rater_embeddings.numpy()[who] for who in outside), 0.0) / np.sqrt(max(len(outside), 1))


def who_rated(ratings: Ratings, batch: Batch, person: int) -> int:
    """The only one who gave a person's films their stars."""
    columns = (ratings.reviewer_indices, ratings.movie_indices, ratings.stars)
    every = list(zip(*(column.tolist() for column in columns), strict=True))
    rows = batch["person"] == person
    given = set(zip(movies_of(batch)[rows].tolist(), batch["stars"][rows].tolist(), strict=True))
    (reviewer,) = [
        who for who in range(ratings.n_reviewers) if given == {(m, s) for w, m, s in every if w == who}
    ]
    return reviewer


def by_hand(head: StarsHead, ratings: Ratings, batch: Batch, row: int) -> tuple[float, float]:
    """Mean and variance of one rating from the person's other input, by the posterior of p."""
    of_person = batch["person"] == batch["person"][row]
    others = np.flatnonzero(of_person & (batch["is_input"] > 0) & (np.arange(len(of_person)) != row))
    movies, noise = movies_of(batch), np.exp(2 * head.log_noise.numpy())

    def vector(movie: int) -> np.ndarray:
        of_film = film_vector(head, ratings, movie) + told(head, ratings, batch, movie)
        return np.append(head.average_scale.numpy(), of_film)

    expected = head.prior_mean.numpy().astype(float)
    expected[0] += np.interp(np.log2(1 + len(others)), range(9), head.prior_averages.numpy())
    for other in others:
        deviation = batch["stars"][other] - head.biases.numpy()[movies[other]]
        said = head.history_embeddings.numpy()[movies[other]]
        said = said + deviation * head.residual_embeddings.numpy()[movies[other]]
        expected += said * min(len(others), 4) ** 0.7 / len(others)
    precision, pull = np.eye(WIDTH + 1), expected.copy()
    for other in others:
        seen = vector(movies[other])
        precision += np.outer(seen, seen) / noise
        pull += seen * (batch["stars"][other] - head.biases.numpy()[movies[other]]) / noise
    covariance, target = np.linalg.inv(precision), vector(movies[row])
    mean = head.biases.numpy()[movies[row]] + target @ covariance @ pull
    return mean, noise + target @ covariance @ target


def test_stars_and_their_variances_are_those_of_the_posterior_from_the_other_input(
    ratings: Ratings, batch: Batch
) -> None:
    head = stars_head(ratings)

    means, variances = (part.numpy() for part in head.posterior(tensors(batch), head.films(tensors(batch))))

    assert set(batch["is_input"]) == {0.0, 1.0}
    assert np.bincount(batch["person"], batch["is_input"]).max() > head.history_limit + 1
    for row in range(0, len(means), 3):
        mean, variance = by_hand(head, ratings, batch, row)
        assert means[row] == pytest.approx(mean, rel=1e-3, abs=2e-4)
        assert variances[row] == pytest.approx(variance, rel=1e-3)


def test_a_rating_has_no_part_in_its_own_prediction(ratings: Ratings, batch: Batch) -> None:
    """Its stars, its film's Y, and its part in n: none of them reaches its own prediction in training."""
    head = stars_head(ratings)
    row = int(np.flatnonzero(batch["is_input"])[0])
    of_person = batch["person"] == batch["person"][row]
    assert of_person.sum() > 2
    changed = {**batch, "stars": batch["stars"].copy()}
    changed["stars"][row] -= 2

    before, after = head(tensors(batch)).numpy(), head(tensors(changed)).numpy()

    others = of_person & (np.arange(len(before)) != row)
    assert after[row] == pytest.approx(before[row], abs=1e-4)
    assert (np.abs(after - before)[others] > 1e-3).all()
    np.testing.assert_allclose(after[~of_person], before[~of_person], atol=1e-5)

    without = {**batch, "is_input": batch["is_input"].copy()}
    without["is_input"][row] = 0
    assert head(tensors(without)).numpy()[row] == pytest.approx(before[row], abs=2e-4)


def test_no_gradient_leads_from_a_prediction_to_its_own_history_terms(ratings: Ratings, batch: Batch) -> None:
    head = stars_head(ratings)
    row = int(np.flatnonzero(batch["is_input"])[0])
    with tf.GradientTape() as tape:
        prediction = head(tensors(batch))[row]

    tables = (head.history_embeddings, head.residual_embeddings)
    gradients = tape.gradient(prediction, [table.value for table in tables])

    for gradient in (tf.convert_to_tensor(each).numpy() for each in gradients):
        np.testing.assert_allclose(gradient[movies_of(batch)[row]], 0, atol=1e-4)
        assert np.abs(gradient).max() > 1e-2


def test_nobody_in_a_batch_says_anything_of_its_films(ratings: Ratings, batch: Batch) -> None:
    inside = {who_rated(ratings, batch, person) for person in range(batch["person"][-1] + 1)}

    assert len(set(batch["rater"])) > 5
    assert not inside & set(batch["rater"].tolist())


def test_the_loss_is_the_density_of_the_stars_and_outside_training_the_served_error(
    ratings: Ratings, batch: Batch
) -> None:
    head = stars_head(ratings)
    given = tensors({**batch, "target_weight": (np.arange(len(batch["stars"])) % 3 == 0).astype(np.float32)})
    films = head.films(given)
    means, variances = (part.numpy() for part in head.posterior(given, films))
    assert (means > 5).any()

    head.compile(optimizer="sgd")
    measured = head.test_step(given)

    errors = (np.clip(means, 1, 5) - batch["stars"])[::3]
    np.testing.assert_allclose(measured["losses"], np.square(errors), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(measured["weights"], np.ones(len(errors)))
    density = np.square(means - batch["stars"]) / (2 * variances) + np.log(np.sqrt(variances))
    np.testing.assert_allclose(head.losses_of(given, films, training=True), density, rtol=1e-3, atol=1e-4)


def test_the_penalty_counts_a_film_once_for_each_rating(ratings: Ratings, batch: Batch) -> None:
    head = stars_head(ratings)
    head.biases.assign_add(np.linspace(0, 1, ratings.n_movies))

    penalty = float(head._penalty(tensors(batch), head.films(tensors(batch))))

    expected = []
    for movie in movies_of(batch):
        content = film_vector(head, ratings, movie) - head.id_embeddings.numpy()[movie]
        expected.append(
            0.3 * np.square(head.id_embeddings.numpy()[movie]).sum()
            + 0.2 * np.square(head.history_embeddings.numpy()[movie]).sum()
            + 0.15 * np.square(head.residual_embeddings.numpy()[movie]).sum()
            + 0.1 * np.square(content).sum()
            + 0.05 * np.linspace(0, 1, ratings.n_movies)[movie] ** 2
        )
    of_raters = np.mean([np.square(head.rater_embeddings.numpy()[who]).sum() for who in batch["rater"]])
    assert penalty == pytest.approx(np.mean(expected) + 0.25 * of_raters, rel=1e-4)
