"""How much one transaction may do beside a living site."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

SECONDS = 0.08
"""What a transaction should take on SQLite, where whoever rates a film waits for the one lock."""

LEAST_SHARE = 50
"""Not fewer rows than that part of the most: each transaction costs something, too."""

REST, LONGEST_REST = 0.5, 0.1
"""What part of a transaction's time, and how many seconds at most, nobody is held up after it."""


class Pace:
    """Keeps transactions short on SQLite; elsewhere writers do not wait for each other, and `size` is `most`.

    `size`, in rows, follows what the machine can do: halved at once when a transaction took too long, never more
    than doubled.
    """

    def __init__(self, most: int) -> None:
        self.most, self.is_needed = most, connection.vendor == "sqlite"
        self.size = max(1, most // 4) if self.is_needed else most

    @contextmanager
    def keep(self, rows: int) -> Iterator[None]:
        """Around a transaction with so many rows; others have their turn after it."""
        began = time.perf_counter()
        yield
        if self.is_needed:
            took = time.perf_counter() - began
            self.follow(rows, took)
            time.sleep(min(REST * took, LONGEST_REST))

    def follow(self, rows: int, took: float) -> None:
        """A short last batch says little of how long a full one takes: only its slowness counts."""
        fitting = rows * SECONDS / max(took, 1e-6)
        if rows >= self.size or fitting < self.size:
            wanted = min(max(fitting, self.size / 2), self.size * 2)
            self.size = max(1, self.most // LEAST_SHARE, min(self.most, round(wanted)))
