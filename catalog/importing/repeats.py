"""Counting the pairs that stand in a file more than once, without remembering them all."""

import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

BUFFERED = 1 << 17


class PairCounter:
    """Writes 64 bits for each pair into a file of its own and sorts that at the end.

    Costs 8 bytes of disk a pair and no memory to speak of; two pairs of 10 million are taken for one with
    a probability of 3 in a million.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._buffer = array("q")
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._buffer.extend(map(hash, pairs))
        if len(self._buffer) >= BUFFERED:
            self._flush()

    def _flush(self) -> None:
        self._buffer.tofile(self._file)
        self._count += len(self._buffer)
        self._buffer = array("q")

    def repeats(self) -> tuple[int, int]:
        """How many pairs were added more than once, and how many times beyond the first in all."""
        self._flush()
        if not self._count:
            return 0, 0
        self._file.flush()
        pairs = np.memmap(self._file, dtype=np.int64, mode="r+", shape=(self._count,))
        pairs.sort()
        repeated_pairs = repeated_rows = 0
        was_same = False
        for start in range(1, self._count, BUFFERED):
            chunk = np.asarray(pairs[start - 1 : start + BUFFERED])
            same = chunk[1:] == chunk[:-1]
            repeated_rows += int(same.sum())
            repeated_pairs += int((same & ~np.concatenate(([was_same], same[:-1]))).sum())
            was_same = bool(same[-1])
        return repeated_pairs, repeated_rows
