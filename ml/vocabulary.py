"""The only translator between database keys (ids) and matrix rows (indices)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ml.arraytypes import Int64Array


@dataclass(frozen=True)
class Vocabulary:
    """Row i of every matrix belongs to `ids[i]`.

    ids: int64 (n,), strictly increasing; anything else raises ValueError.
    """

    ids: Int64Array

    def __post_init__(self) -> None:
        if self.ids.dtype != np.int64 or self.ids.ndim != 1:
            raise ValueError(
                f"A vocabulary needs a flat int64 array, not {self.ids.dtype} of shape {self.ids.shape}."
            )
        if np.any(self.ids[1:] <= self.ids[:-1]):
            raise ValueError("A vocabulary's ids must be strictly increasing.")

    def __len__(self) -> int:
        return len(self.ids)

    def indices(self, ids: ArrayLike) -> Int64Array:
        """Rows of these ids, in the shape of `ids`; -1 where the vocabulary does not hold one."""
        wanted = np.asarray(ids, dtype=np.int64)
        if len(self.ids) == 0:
            return np.full(wanted.shape, -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[rows] == wanted, rows, -1).astype(np.int64, copy=False)
