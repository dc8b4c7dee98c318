"""How a command ends in the middle: what must not stay is put away, then its process ends, without an exception.

Python raises KeyboardInterrupt wherever its main thread happens to be. Inside of TensorFlow or NumPy, in C, that may
come out as a SystemError, or crash. So nothing is raised: whoever makes what must not stay says how it is put away.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

_put_away: dict[object, Callable[[], object]] = {}


@contextmanager
def put_away_at_interrupt(put_away: Callable[[], object]) -> Iterator[None]:
    """While the block runs, an interrupt calls this before the process ends; it may come at any line of the block."""
    key = object()
    _put_away[key] = put_away
    try:
        yield
    finally:
        del _put_away[key]


def end_at_interrupts() -> None:
    """From here on Ctrl-C and SIGTERM end this process, with 130 and 143. Who ignores Ctrl-C goes on to."""
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: object) -> NoReturn:
    for put_away in reversed(list(_put_away.values())):
        with suppress(Exception):
            put_away()
    os._exit(128 + number)
