"""How sure a difference between two models is, from the people they were both judged on."""

from typing import NamedTuple

import numpy as np

from ml.arraytypes import Float64Array, Int64Array

MOST_DRAWN = 20_000


class Interval(NamedTuple):
    mean: float
    low: float
    high: float


def paired_interval(
    first: Float64Array,
    second: Float64Array,
    *,
    counts: Int64Array | None = None,
    root: bool = False,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """The first mean minus the second, and its percentile bootstrap interval over people (Efron 1979).

    first, second: (n_people,), the same person at the same place: a value of each person such as an nDCG or,
    with `counts`, sums over so many ratings of theirs, whose mean is one over all ratings. `root`: of the means'
    roots, so that sums of squared errors give a difference of RMSEs. The same seed gives the same interval.

    More than MOST_DRAWN people are first put into that many random groups, which are drawn in their place: a sum over
    groups varies as one over people does (the random group method; Wolter 2007), and a million people cost no more.
    """
    counts = np.ones(len(first), dtype=np.int64) if counts is None else counts
    if not first.shape == second.shape == counts.shape or first.ndim != 1 or len(first) == 0:
        raise ValueError(f"Cannot pair {first.shape} with {second.shape} over {counts.shape}.")
    generator = np.random.default_rng(seed)
    sums = _grouped(np.column_stack([first, second, counts]), generator)
    drawn = (generator.integers(len(sums), size=len(sums)) for _ in range(resamples))
    differences = [_difference(sums[people].sum(axis=0), root) for people in drawn]
    tail = (1 - confidence) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    return Interval(_difference(sums.sum(axis=0), root), float(low), float(high))


def _grouped(sums: Float64Array, generator: np.random.Generator) -> Float64Array:
    """sums: (n, 3), one row a person; the same with at most MOST_DRAWN rows, each of people drawn at random."""
    if len(sums) <= MOST_DRAWN:
        return sums
    group = generator.permutation(len(sums)) % MOST_DRAWN
    return np.column_stack([np.bincount(group, column) for column in sums.T])


def _difference(sums: Float64Array, root: bool) -> float:
    """sums: (3,), of the first, of the second, and the count."""
    first, second = np.sqrt(sums[:2] / sums[2]) if root else sums[:2] / sums[2]
    return float(first - second)
