"""Threads that get into each other's way far more often than in life."""

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class _Loop:
    """Left to the collector, which hands over to another thread wherever it finds one."""

    def __init__(self) -> None:
        self.myself = self

    def __del__(self) -> None:
        sum(range(50))


def at_once(work: Callable[[], object], *, threads: int = 8, times: int) -> None:
    """Do `work` `times` times in each of the threads; raises what it raises."""
    patience, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20, 2, 2)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(_repeat, work, times) for _ in range(threads)]:
                done.result()
    finally:
        sys.setswitchinterval(patience)
        gc.set_threshold(*thresholds)


def _repeat(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        _Loop()
        work()
