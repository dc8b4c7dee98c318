"""Heads with embeddings far from their small start, and what the formulas need, written out in loops."""

from typing import Any

import numpy as np
import tensorflow as tf

from ml.data.ratings import Content, Ratings
from ml.training.history_batches import (
    Batch,
    BatchSizes,
    HistoryBatches,
    HistoryKind,
    input_and_rest,
    leave_one_out,
)
from ml.training.history_model import HistoryTower, Penalties
from ml.training.ranking_head import RankingHead
from ml.training.raters import Raters
from ml.training.stars_head import StarsHead

DAMPING = 3.5
HISTORY_DAMPING = 0.7
WIDTH = 4
PENALTIES = Penalties(id_embeddings=0.3, history=0.2, residuals=0.15, content=0.1, biases=0.05, raters=0.25)


def common(ratings: Ratings, **changes: Any) -> dict[str, Any]:
    content = ratings.content or Content.from_tokens([])
    return {
        "n_movies": ratings.n_movies,
        "n_tokens": len(content.names),
        "embedding_dim": WIDTH,
        "penalties": PENALTIES,
        "seed": 2,
    } | changes


def stars_head(ratings: Ratings, **changes: Any) -> StarsHead:
    own = {"n_raters": ratings.n_reviewers, "history_exponent": 0.3, "history_limit": 4}
    head = StarsHead(minimum=1.0, maximum=5.0, **common(ratings, **(own | changes)))
    head.restart(np.random.default_rng(8).normal(3.5, 0.5, ratings.n_movies).astype(np.float32), noise=0.8)
    return enlarged(head, head.prior_mean, head.prior_averages)


def ranking_head(ratings: Ratings, **changes: Any) -> RankingHead:
    head = RankingHead(damping=DAMPING, history_damping=HISTORY_DAMPING, **common(ratings, **changes))
    head.restart(np.random.default_rng(8).normal(-3.5, 0.5, ratings.n_movies).astype(np.float32))
    head.measure_from(levels_of(ratings))
    return enlarged(head)


def levels_of(ratings: Ratings) -> np.ndarray:
    return np.random.default_rng(9).normal(3.3, 0.4, ratings.n_movies).astype(np.float32)


def enlarged(head: Any, *more: Any) -> Any:
    """So that no term of the formula hides in the tolerance."""
    for index, table in enumerate((*(table for table, _ in head.starting_lengths()), *more)):
        table.assign(np.random.default_rng(index).normal(0, 0.7, table.shape))
    return head


def stars_batch_of(ratings: Ratings) -> Batch:
    kind = HistoryKind(leave_one_out(0.5), 500, predicts_input=True, with_catalogue=False)
    return next(
        HistoryBatches(ratings, kind, sizes=BatchSizes(ratings=128), raters=raters_of(ratings)).training()
    )


def raters_of(ratings: Ratings) -> Raters:
    return Raters(ratings, np.arange(ratings.n_reviewers))


def ranking_batch_of(ratings: Ratings) -> Batch:
    kind = HistoryKind(
        input_and_rest(0.3), 500, predicts_input=False, with_catalogue=True, in_time=True, half_life=2.5
    )
    return next(HistoryBatches(ratings, kind, sizes=BatchSizes(ratings=128)).training())


def tensors(batch: Batch) -> dict[str, tf.Tensor]:
    return {name: tf.constant(array) for name, array in batch.items()}


def film_vector(head: HistoryTower, ratings: Ratings, movie: int) -> np.ndarray:
    content = ratings.content
    tokens = content.indices[content.indptr[movie] : content.indptr[movie + 1]]
    vector = head.content_embeddings.numpy()[tokens].sum(axis=0) / np.sqrt(max(len(tokens), 1))
    return head.id_embeddings.numpy()[movie] + vector


def movies_of(batch: Batch) -> np.ndarray:
    """(R,): the film of each rating."""
    return batch["candidate"][batch["column"]]
