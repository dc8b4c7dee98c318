"""The ranking head against its formula, written out in loops."""

import numpy as np
import pytest
import tensorflow as tf

from ml.data.ratings import Ratings
from ml.training.history_batches import Batch
from ml.training.ranking_head import RankingHead
from tests.ml.builders import planted_ratings
from tests.ml.training.heads import (
    DAMPING,
    HISTORY_DAMPING,
    WIDTH,
    film_vector,
    levels_of,
    movies_of,
    ranking_batch_of,
    ranking_head,
    tensors,
)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


@pytest.fixture(scope="module")
def batch(ratings: Ratings) -> Batch:
    return ranking_batch_of(ratings)


def person(head: RankingHead, levels: np.ndarray, batch: Batch, rows: np.ndarray) -> np.ndarray:
    """h of someone who rated these, oldest first; a rating weighs half with every 2.5 ratings since."""
    movies = movies_of(batch)
    deviations = {row: batch["stars"][row] - levels[movies[row]] for row in rows}
    bias = sum(deviations.values()) / (DAMPING + len(rows))
    total, squares = np.zeros(WIDTH), 0.0
    for place, row in enumerate(rows):
        weight = 0.5 ** ((len(rows) - 1 - place) / 2.5)
        says = head.history_embeddings.numpy()[movies[row]]
        total += weight * (says + (deviations[row] - bias) * head.residual_embeddings.numpy()[movies[row]])
        squares += weight**2
    return total / np.sqrt(HISTORY_DAMPING + squares)


def test_scores_follow_the_formula(ratings: Ratings, batch: Batch) -> None:
    head = ranking_head(ratings)

    scores = head(tensors(batch)).numpy()

    assert scores.shape == (batch["person"][-1] + 1, ratings.n_movies)
    for place in range(len(scores)):
        rows = np.flatnonzero((batch["person"] == place) & (batch["is_input"] > 0))
        vector = person(head, levels_of(ratings), batch, rows)
        for column, movie in enumerate(batch["candidate"].tolist()):
            expected = head.biases.numpy()[movie] + vector @ film_vector(head, ratings, movie)
            assert scores[place, column] == pytest.approx(expected, abs=1e-4)


def test_the_loss_is_a_softmax_over_what_is_not_input(ratings: Ratings, batch: Batch) -> None:
    head = ranking_head(ratings)
    scores = head(tensors(batch)).numpy().astype(np.float64)

    losses = head.losses_of(tensors(batch), head.films(tensors(batch)), training=True).numpy()

    targets = np.flatnonzero(batch["target_weight"])
    assert len(targets)
    for row in targets:
        place = batch["person"][row]
        inputs = (batch["person"] == place) & (batch["is_input"] > 0)
        allowed = np.setdiff1d(np.arange(scores.shape[1]), batch["column"][inputs])
        chosen = scores[place, batch["column"][row]]
        expected = np.log(np.exp(scores[place, allowed]).sum()) - chosen
        assert losses[row] == pytest.approx(expected, abs=1e-4)


def test_held_out_targets_are_measured_by_their_ranks(ratings: Ratings, batch: Batch) -> None:
    """Among all that is not input; a film that stands for several is so many ranks."""
    head = ranking_head(ratings)
    scores = head(tensors(batch)).numpy()
    counts = np.random.default_rng(0).integers(1, 4, scores.shape[1]).astype(np.float32)

    measured = head.test_step(tensors({**batch, "log_count": np.log(counts)}))

    targets = np.flatnonzero(batch["target_weight"])
    np.testing.assert_array_equal(measured["weights"], batch["target_weight"][targets])
    for row, loss in zip(targets, measured["losses"].numpy(), strict=True):
        place, column = batch["person"][row], batch["column"][row]
        inputs = batch["column"][(batch["person"] == place) & (batch["is_input"] > 0)]
        rivals = np.setdiff1d(np.flatnonzero(scores[place] > scores[place, column] + 1e-5), inputs)
        assert loss == pytest.approx(1 - 1 / np.log2(2 + counts[rivals].sum()), abs=1e-5)


def test_a_candidate_counts_in_the_sum_as_often_as_it_stands_for_films(
    ratings: Ratings, batch: Batch
) -> None:
    head = ranking_head(ratings)
    for table in (head.biases, head.id_embeddings, head.content_embeddings):
        table.assign(tf.zeros_like(table.value))
    inputs = np.bincount(batch["person"], weights=batch["is_input"])
    n_own = batch["column"].max() + 1
    counts = np.where(np.arange(ratings.n_movies) < n_own, 1.0, 7.5)
    counted = tensors({**batch, "log_count": np.log(counts).astype(np.float32)})

    losses = head.losses_of(counted, head.films(counted), training=True).numpy()

    np.testing.assert_allclose(np.exp(losses), (counts.sum() - inputs)[batch["person"]], rtol=1e-4)


def test_targets_that_are_not_scored_count_once_in_their_own_sum(ratings: Ratings, batch: Batch) -> None:
    head = ranking_head(ratings)
    scores = head(tensors(batch)).numpy().astype(np.float64)
    scored = np.arange(0, scores.shape[1], 3)
    log_counts = np.random.default_rng(0).uniform(0, 2, len(scored)).astype(np.float32)
    places = np.where(batch["column"] % 3 == 0, batch["column"] // 3, -1)
    sampled = {"scored": scored.astype(np.int32), "scored_place": places.astype(np.int32)}
    drawn = tensors({**batch, **sampled, "log_count": log_counts})

    losses = head.losses_of(drawn, head.films(drawn), training=True).numpy()

    for row in np.flatnonzero(batch["target_weight"]):
        place, column = batch["person"][row], batch["column"][row]
        inputs = batch["column"][(batch["person"] == place) & (batch["is_input"] > 0)]
        allowed = ~np.isin(scored, inputs)
        total = np.exp(scores[place, scored] + log_counts)[allowed].sum()
        total += 0 if column % 3 == 0 else np.exp(scores[place, column])
        assert losses[row] == pytest.approx(np.log(total) - scores[place, column], abs=1e-4)
