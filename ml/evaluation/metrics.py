"""Metrics of one list or one set of predictions. Averages over people are the protocol's business."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ml.arraytypes import IndexArray

AnyFloats = NDArray[np.floating]


def mae(predicted: AnyFloats, actual: AnyFloats) -> float:
    """Mean absolute error."""
    return float(np.abs(_errors(predicted, actual)).mean())


def rmse(predicted: AnyFloats, actual: AnyFloats) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.square(_errors(predicted, actual)).mean()))


def recall_at_k(ranked: IndexArray, relevant: IndexArray, k: int) -> float:
    """Share of the relevant items among the first k: hits / |relevant|, never divided by min(k, |relevant|).

    ranked: item indices, best first. relevant: distinct item indices, at least one.
    """
    return float(_hits(ranked, relevant, k).sum() / len(relevant))


def ndcg_at_k(ranked: IndexArray, relevant: IndexArray, k: int) -> float:
    """Binary nDCG: sum of 1 / log2(rank + 1) over hits in the first k, over that of the best possible list,
    which has min(k, |relevant|) hits at its head (Järvelin and Kekäläinen 2002).
    """
    hits = _hits(ranked, relevant, k)
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    return float(gains[: len(hits)][hits].sum() / gains[: len(relevant)].sum())


def auc(scores: AnyFloats, relevant: NDArray[np.bool_]) -> float:
    """The chance that a relevant item scores above one that is not; equal scores count half (Mann and Whitney 1947).

    scores, relevant: (n,), with at least one item of each kind.
    """
    above, others = scores[relevant], np.sort(scores[~relevant])
    if len(above) == 0 or len(others) == 0:
        raise ValueError("An AUC needs a relevant item and one that is not.")
    below = np.searchsorted(others, above, side="left") + np.searchsorted(others, above, side="right")
    return float(below.mean() / 2 / len(others))


def coverage_at_k(rankings: Iterable[IndexArray], n_movies: int, k: int) -> float:
    """Share of the catalogue that stands among the first k of at least one list."""
    shown = np.zeros(n_movies, dtype=np.bool_)
    for ranked in rankings:
        shown[ranked[:k]] = True
    return float(shown.mean())


def _errors(predicted: AnyFloats, actual: AnyFloats) -> NDArray[np.float64]:
    if predicted.shape != actual.shape or predicted.size == 0:
        raise ValueError(f"Cannot compare predictions {predicted.shape} with stars {actual.shape}.")
    return predicted.astype(np.float64) - actual.astype(np.float64)


def _hits(ranked: IndexArray, relevant: IndexArray, k: int) -> NDArray[np.bool_]:
    if len(relevant) == 0:
        raise ValueError("A ranking cannot be judged without a relevant item.")
    return np.isin(ranked[:k], relevant)
