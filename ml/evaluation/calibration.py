"""Whether predicted stars mean what they say."""

from typing import Any

import numpy as np

from ml.arraytypes import FloatArray

BINS = 10
_ROUNDING = 1e-5
"""Half stars and ends of a scale come out of float32 arithmetic this exact; an end belongs to its interval."""


def reliability(predicted: FloatArray, actual: FloatArray) -> dict[str, Any]:
    """Ratings in (at most) ten bins of equal size by predicted stars: mean predicted against mean true stars.

    {"predicted", "actual", "n_ratings": one entry a bin; "error": mean |predicted - actual| of the bins,
    weighted by their ratings}. Equal predictions are never parted, so a constant has one bin. At least one
    rating is needed.
    """
    edges = np.quantile(predicted, np.arange(1, BINS) / BINS)
    _, bins = np.unique(np.searchsorted(edges, predicted, side="left"), return_inverse=True)
    counts = np.bincount(bins)
    means = np.bincount(bins, weights=predicted) / counts
    truths = np.bincount(bins, weights=actual) / counts
    return {
        "predicted": means.tolist(),
        "actual": truths.tolist(),
        "n_ratings": counts.tolist(),
        "error": float(np.average(np.abs(means - truths), weights=counts)),
    }


def interval_quality(low: FloatArray, high: FloatArray, actual: FloatArray) -> dict[str, float]:
    """{"coverage": share of ratings within their interval, its ends included; "width": its mean, in stars}."""
    held = (low - _ROUNDING <= actual) & (actual <= high + _ROUNDING)
    return {"coverage": float(held.mean()), "width": float((high - low).mean(dtype=np.float64))}
