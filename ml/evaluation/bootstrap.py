"""How sure a difference between two models is, from the people they were both judged on."""

from typing import NamedTuple

import numpy as np

from ml.arraytypes import Float64Array


class Interval(NamedTuple):
    mean: float
    low: float
    high: float


def paired_interval(
    first: Float64Array,
    second: Float64Array,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Mean of `first - second` over people, and its percentile bootstrap interval (Efron 1979).

    first, second: (n_people,), the same person at the same place. The same seed gives the same interval.
    """
    if first.shape != second.shape or first.ndim != 1 or len(first) == 0:
        raise ValueError(f"Cannot pair {first.shape} with {second.shape}.")
    differences = first - second
    generator = np.random.default_rng(seed)
    means = np.array([generator.choice(differences, size=len(differences)).mean() for _ in range(resamples)])
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(differences.mean()), float(low), float(high))
