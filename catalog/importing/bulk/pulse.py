"""Signs of life while one long transaction runs."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import connection

from catalog.importing.pipeline import Progress

SECONDS = 1.0


class Pulse:
    """Calls `watch` with the latest progress once a second, from a thread with a database connection of its own.

    What `watch` raises (somebody cancelled, the run was lost) is raised by the next `tell`. Where no other
    connection can write or see the run meanwhile (SQLite, a test's transaction), `tell` calls `watch` itself.
    """

    def __init__(self, watch: Callable[[Progress], None]) -> None:
        self.watch, self.latest = watch, Progress("loading", 0, 1, 0)
        self.error: BaseException | None = None
        self._over = threading.Event()
        is_apart = connection.vendor == "postgresql" and not connection.in_atomic_block
        self._thread = threading.Thread(target=self._beat, name="pulse") if is_apart else None

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def tell(self, progress: Progress) -> None:
        self.latest = progress
        if self._thread is None:
            self.watch(progress)
        elif self.error is not None:
            raise self.error

    def stop(self) -> None:
        """No beat after this; call it before this transaction itself touches the run."""
        if self._thread is not None and self._thread.is_alive():
            self._over.set()
            self._thread.join()
        if self._thread is not None and self.error is not None:
            error, self.error = self.error, None
            raise error

    def _beat(self) -> None:
        try:
            while not self._over.wait(SECONDS):
                self.watch(self.latest)
        except BaseException as error:  # raised again where the work is
            self.error = error
        finally:
            connection.close()
