"""Signs of life of a training while its work happens elsewhere: in a thread, or in a child process."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

from django.db import connections

from moviesite.web.runs import HEARTBEAT_SECONDS, Claim

SECONDS_BETWEEN_BEATS = min(1.0, HEARTBEAT_SECONDS / 2)

Result = TypeVar("Result")
Listener = Callable[[str, int, int | None, str], None]
"""Told (stage, done, total, message) whenever they change."""


class Cancelled(Exception):
    """Somebody asked for the run to be cancelled."""


class Pulse:
    """Passes progress on to the run's row, about once a second, and the wish to stop back to the work.

    `tick` is for the thread that took the claim, and for it alone: the others only `say`. After `tick` has
    raised, `say` raises too, so that work in a thread ends soon.
    """

    def __init__(self, claim: Claim, listener: Listener | None = None) -> None:
        self._claim = claim
        self._listener = listener
        self._news: dict[str, Any] = {}
        self._next_beat = 0.0
        self._stopped = threading.Event()

    def say(self, stage: str, done: int = 0, total: int | None = None, message: str = "") -> None:
        """Note how far the work is. Cancelled if it should stop."""
        if self._stopped.is_set():
            raise Cancelled
        self._news = {"stage": stage[:60], "done": done, "total": total, "message": message[:300]}
        if self._listener is not None:
            self._listener(stage, done, total, message)

    def tick(self) -> None:
        """Beat if it is time. Cancelled, or LostClaim, if the run should or must not go on."""
        if time.monotonic() < self._next_beat:
            return
        news, self._news = self._news, {}
        self._next_beat = time.monotonic() + SECONDS_BETWEEN_BEATS
        try:
            cancelled = self._claim.beat(**news)
        except BaseException:
            self._stopped.set()
            raise
        if cancelled:
            self._stopped.set()
            raise Cancelled

    def during(self, work: Callable[[], Result]) -> Result:
        """Do `work` in a thread with a database connection of its own, and beat until it ends."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            future = pool.submit(_and_disconnect, work)
            while not wait([future], timeout=SECONDS_BETWEEN_BEATS).done:
                self.tick()
            return future.result()


def _and_disconnect(work: Callable[[], Result]) -> Result:
    try:
        return work()
    finally:
        connections.close_all()
