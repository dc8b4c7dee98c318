"""What both heads share."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

from ml.data.ratings import Ratings
from ml.training.history_batches import Batch
from ml.training.history_heads import HistoryModel
from ml.training.history_model import HistoryTower
from ml.training.raters import NOBODY
from ml.training.sparse_adam import SparseAdam
from ml.training.stars_head import StarsHead
from tests.ml.builders import planted_ratings
from tests.ml.training.heads import (
    common,
    movies_of,
    ranking_batch_of,
    ranking_head,
    stars_batch_of,
    stars_head,
    tensors,
)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


@pytest.mark.parametrize(
    ("make", "batch_of"),
    [(stars_head, stars_batch_of), (ranking_head, ranking_batch_of)],
    ids=["stars", "ranking"],
)
def test_a_step_touches_only_the_films_of_its_batch(
    make: Callable[[Ratings], HistoryTower], batch_of: Callable[[Ratings], Batch], ratings: Ratings
) -> None:
    head, batch = make(ratings), batch_of(ratings)
    head.compile(optimizer=SparseAdam(0.1))
    before = head.history_embeddings.numpy()

    head.train_step(tensors(batch))

    own = np.unique(movies_of(batch))
    others = np.setdiff1d(np.arange(ratings.n_movies), own)
    moved = np.abs(head.history_embeddings.numpy() - before).max(axis=1) > 0
    assert len(others)
    assert moved[own].all()
    assert not moved[others].any()


def test_a_restart_depends_on_the_seed_alone(ratings: Ratings) -> None:
    base = np.linspace(3, 4, ratings.n_movies).astype(np.float32)
    heads = [
        StarsHead(
            minimum=1.0,
            maximum=5.0,
            n_raters=9,
            history_exponent=0.3,
            history_limit=4,
            **common(ratings, seed=seed),
        )
        for seed in (1, 1, 2)
    ]
    heads[1].compile(optimizer=SparseAdam(0.1))
    heads[1].train_step(tensors({**stars_batch_of(ratings), **NOBODY}))
    for head in heads:
        head.restart(base)
    one, same = ([weight.numpy() for weight in head.trainable_variables] for head in heads[:2])

    np.testing.assert_array_equal(one[0], base)
    for left, right in zip(one, same, strict=True):
        np.testing.assert_array_equal(left, right)
    for table, unlike in zip(heads[0].starting_lengths(), heads[2].starting_lengths(), strict=True):
        assert (table[0].numpy() != unlike[0].numpy()).any()
    for table, length in heads[0].starting_lengths():
        assert np.sqrt(np.square(table.numpy()).sum(axis=1).mean()) == pytest.approx(length, rel=0.3)


def test_heads_and_what_holds_them_are_keras_models(ratings: Ratings) -> None:
    model = HistoryModel(stars_head(ratings), ranking_head(ratings))
    assert all(isinstance(part, keras.Model) for part in (model, model.stars, model.ranking))
    scores = model(tensors({**ranking_batch_of(ratings), **NOBODY}))
    assert scores["stars"].shape == ranking_batch_of(ratings)["stars"].shape
    assert scores["ranking"].shape[1] == ratings.n_movies
