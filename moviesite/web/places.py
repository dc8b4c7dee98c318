"""Long work takes only so many of a worker's threads, so that one is left for what is short."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore


class Places:
    """So many of a kind at a time, in this process. Who finds no place is told so and does not wait for one."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = Semaphore(most)

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether there is a place; it is kept for as long as the context lasts."""
        mine = self._free.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._free.release()
