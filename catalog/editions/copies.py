"""Reviews that stand under several editions, found by sorting. NumPy only: worker processes use it, too."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 8
"""With how many others an edition is compared within one review: enough to chain all that share it, however many."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """Two movies (as they were imported) under which `count` reviews stand both; `share` of the smaller one's."""

    first: int
    second: int
    count: int
    share: float


@dataclass(frozen=True)
class Copies:
    """Pairs of homes, (P, 2) with the lower id first, and how many reviews stand under both, (P,)."""

    pairs: IntArray
    counts: IntArray

    @classmethod
    def found_in(cls, reviews: IntArray, reviewers: IntArray, homes: IntArray) -> "Copies":
        """Of ratings, a place each: those of one review (what its copies share of the digest) and one reviewer."""
        repeated = _repeated(reviews)
        reviews, reviewers, homes = reviews[repeated], reviewers[repeated], homes[repeated]
        order = np.lexsort((homes, reviewers, reviews))
        return cls.counted(_neighbours(reviews[order], reviewers[order], homes[order]))

    @classmethod
    def counted(cls, packed: IntArray, weights: IntArray | None = None) -> "Copies":
        """`packed`: a pair in 64 bits, as often as it comes, or once with its weight."""
        found, places = np.unique(packed, return_inverse=True)
        counts = np.bincount(places, weights, minlength=len(found)).astype(np.int64)
        return cls(np.stack((found >> 32, found & 0xFFFFFFFF), axis=1), counts)

    @classmethod
    def together(cls, parts: Iterable["Copies"]) -> "Copies":
        """Of ratings that were looked at in parts; no reviewer's are in two of them."""
        pairs = [np.empty(0, np.int64)]
        counts = [np.empty(0, np.int64)]
        for part in parts:
            pairs.append(part.pairs[:, 0] << 32 | part.pairs[:, 1])
            counts.append(part.counts)
        return cls.counted(np.concatenate(pairs), np.concatenate(counts))

    def shared(self, sizes: Any) -> list[Shared]:
        """`sizes`: how many ratings each home has, by its id."""
        return [
            Shared(first, second, count, count / int(min(sizes[first], sizes[second])))
            for (first, second), count in zip(self.pairs.tolist(), self.counts.tolist(), strict=True)
        ]


def _repeated(reviews: IntArray) -> NDArray[np.bool_]:
    """Which of these are there more than once."""
    ordered = np.sort(reviews)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(again):
        return np.zeros(len(reviews), bool)
    places = np.minimum(np.searchsorted(again, reviews), len(again) - 1)
    return again[places] == reviews


def _neighbours(reviews: IntArray, reviewers: IntArray, homes: IntArray) -> IntArray:
    """Pairs of homes that follow each other within a review, packed."""
    packed = [np.empty(0, np.int64)]
    for step in range(1, min(NEIGHBOURS, len(reviews))):
        same = (reviews[step:] == reviews[:-step]) & (reviewers[step:] == reviewers[:-step])
        same &= homes[step:] != homes[:-step]
        packed.append(homes[:-step][same] << 32 | homes[step:][same])
    return np.concatenate(packed)
