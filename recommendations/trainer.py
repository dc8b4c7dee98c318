"""`python -m ml` as a child process: its memory goes back when it ends, and it never outlives its parent."""

import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from django.conf import settings

POLL_SECONDS = 0.25
SECONDS_TO_END = 5.0
LOG_TAIL_BYTES = 8_000

# What a trainer needs to run and to find its files and threads. No secret is among it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV")
PASSED_ON_PREFIXES = ("OMP_", "OPENBLAS_", "MKL_", "TF_", "XLA_")

log = logging.getLogger(__name__)


class TrainerFailed(Exception):
    """The child ended without success; the message is a sentence."""


class TrainerKilled(TrainerFailed):
    """A signal from outside ended the child: another attempt may do better."""


def run_ml(arguments: Sequence[str], *, on_line: Callable[[bytes], None], tick: Callable[[], None]) -> None:
    """Run `python -m ml *arguments` to its end, with each line of its stdout; TrainerFailed unless it exits with 0.

    `tick` is called a few times a second. When it or `on_line` raises, the child is ended first.
    """
    with tempfile.TemporaryFile() as log_file, _child(arguments, log_file) as process:
        for line in _lines(process, tick):
            on_line(line)
        while process.poll() is None:
            tick()
        if process.returncode:
            tail = _tail(log_file)
            log.error("python -m ml %s ended with %d:\n%s", arguments[0], process.returncode, tail)
            failure = TrainerKilled if process.returncode < 0 else TrainerFailed
            raise failure(_sentence(process.returncode, tail))


def _lines(process: subprocess.Popen[bytes], tick: Callable[[], None]) -> Iterator[bytes]:
    """The lines of the child's stdout until it closes, with `tick` in between and while nothing comes."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True).start()
    while True:
        tick()
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return
        yield line


def _pass_on(stream: IO[bytes], lines: "queue.SimpleQueue[bytes | None]") -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


@contextmanager
def _child(arguments: Sequence[str], log_file: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A child that ends with this block, and, holding the other end of our pipe, with this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ml", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log_file,
        cwd=settings.BASE_DIR,
        env=_environment(),
        start_new_session=True,  # a terminal's Ctrl-C reaches us alone, and we end the child
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely, so that it removes what it was writing; then with its whole group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    return {"TF_CPP_MIN_LOG_LEVEL": "2", **kept}


def _sentence(code: int, tail: str) -> str:
    """The child's own last words where it ended by itself: its command line says one sentence."""
    if code < 0:
        name = signal.Signals(-code).name
        return (
            f"The trainer was stopped from outside ({name}); if nobody did so, the machine ran out of memory."
        )
    lines = tail.strip().splitlines()
    return lines[-1][:500] if code == 1 and lines else f"The trainer ended with exit code {code}."


def _tail(log_file: IO[bytes]) -> str:
    size = log_file.seek(0, os.SEEK_END)
    log_file.seek(max(0, size - LOG_TAIL_BYTES))
    return log_file.read().decode(errors="replace")
