"""From the best candidates a list that is not ten times the same film, and a dial from familiar to adventurous.

Greedy maximal marginal relevance (Carbonell and Goldstein 1998): the next film of a list is the one with the highest

    (1 - strength) * relevance_i - strength * max_j cos(E_i, E_j),      j over the films already chosen,

where relevance is the score, taken linearly to 1 for the best candidate and 0 for the last, and cosines below zero
count as zero. Only the order changes: scores shown to people stay the model's own.
"""

import numpy as np

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int32Array, Int64Array

CANDIDATES = 200
"""How many of the best films a list is chosen from. Fixed, so that a longer list begins with the shorter one."""
DEFAULT_STRENGTH = 0.2
"""The strongest that costs less than 1 % of nDCG@10 and of recall@20: `python -m benchmarks.list_quality`."""
GROUP_MAXIMUM = 2
"""The most films of one series in a list."""
POPULARITY_DAMPING = 10.0
"""Ratings up to which a film counts as unknown, for the dial from familiar to adventurous."""


def diversify(
    scores: FloatArray,
    embeddings: FloatArray,
    n: int,
    *,
    strength: float = DEFAULT_STRENGTH,
    groups: IndexArray | None = None,
    group_maximum: int = GROUP_MAXIMUM,
) -> Int64Array:
    """Positions of n of m candidates, in the order to show them: the best first, then best and unlike those before.

    scores: (m,), higher is better; a candidate whose score is not finite is never chosen. embeddings: (m, d); a row
    with a number that is not finite is like nothing. groups: (m,), the series of each candidate, below zero for none;
    no more than `group_maximum` of one are chosen. So there may be fewer than n. strength: 0 is the order of scores,
    1 cares for nothing but difference after the first. Ties go to the better score, then to the earlier candidate.
    ValueError for a strength outside 0 to 1 or lengths that differ. Cost: m * n * d.
    """
    _check(scores, embeddings, groups, strength)
    order = np.argsort(-np.where(np.isfinite(scores), scores, -np.inf), kind="stable")
    order = order[np.isfinite(scores[order])]
    vectors = unit_rows(embeddings[order])
    relevance = (1 - strength) * _to_unit(scores[order])
    series = np.full(len(order), -1) if groups is None else np.asarray(groups)[order]
    room = _Room(series, group_maximum)
    likeness = np.zeros(len(order), dtype=np.float32)
    chosen: list[int] = []
    while len(chosen) < n and room.open.any():
        value = np.where(room.open, relevance - strength * likeness, -np.inf)
        best = int(value.argmax())
        chosen.append(best)
        room.take(best)
        np.maximum(likeness, vectors @ vectors[best], out=likeness)
    return order[chosen]


def familiarity(rating_counts: Int32Array) -> FloatArray:
    """float32 (m,): log(1 + count / 10), so that with hardly any ratings one more or less is no matter."""
    return np.log1p(rating_counts / np.float32(POPULARITY_DAMPING), dtype=np.float32)


def adventurous(scores: FloatArray, familiarities: FloatArray, adventurousness: float) -> FloatArray:
    """float32 (m,): scores - adventurousness * familiarities.

    Scores are logarithms of chances but for a constant. So at 1 what makes a film likely for everybody is taken off,
    at -1 it counts twice, and at 0 scores are as trained. ValueError outside -1 to 1.
    """
    if not -1 <= adventurousness <= 1:
        raise ValueError(f"Adventurousness must lie between -1 and 1, not at {adventurousness}.")
    if adventurousness == 0:
        return scores
    moved: FloatArray = scores - np.float32(adventurousness) * familiarities
    return moved


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Rows of length 1; zeros where a row has no direction or a number that is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    sound = np.isfinite(lengths) & (lengths > 1e-12)
    rows = np.divide(vectors, lengths, out=np.zeros(vectors.shape, dtype=np.float64), where=sound)
    return rows.astype(np.float32)


class _Room:
    """Which candidates may still be chosen."""

    def __init__(self, groups: IndexArray, maximum: int) -> None:
        self.open: BoolArray = np.ones(len(groups), dtype=np.bool_)
        self._groups = groups
        self._left: dict[int, int] = {}
        self._maximum = maximum

    def take(self, candidate: int) -> None:
        self.open[candidate] = False
        group = int(self._groups[candidate])
        if group < 0:
            return
        self._left[group] = self._left.get(group, self._maximum) - 1
        if self._left[group] <= 0:
            self.open[self._groups == group] = False


def _to_unit(scores: FloatArray) -> FloatArray:
    """(m,): linearly from 0 to 1; all 1 where all are equal. Best first."""
    if len(scores) == 0 or scores[0] == scores[-1]:
        return np.ones(len(scores), dtype=np.float32)
    exact = scores.astype(np.float64)
    return ((exact - exact[-1]) / (exact[0] - exact[-1])).astype(np.float32)


def _check(scores: FloatArray, embeddings: FloatArray, groups: IndexArray | None, strength: float) -> None:
    if not 0 <= strength <= 1:
        raise ValueError(f"The strength of diversity must lie between 0 and 1, not at {strength}.")
    lengths = {len(scores), len(embeddings), len(scores if groups is None else groups)}
    if len(lengths) > 1:
        raise ValueError(f"Scores, embeddings and groups of candidates differ in length: {sorted(lengths)}.")
