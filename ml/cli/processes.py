"""What a command does as a process: how it ends, what it logs, how much memory it took."""

import logging
import os
import resource
import sys
import threading
from pathlib import Path

from ml.interrupts import end_at_interrupts

PARENT_GONE = 1


def prepare_process() -> None:
    """Log to stderr, keep TensorFlow's chatter out of it, end cleanly when asked to."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    end_at_interrupts()


def end_with_parent() -> None:
    """End this process at once when stdin, a pipe from the parent, closes: however the parent ended.

    What it was writing stays under a staging name, never at its final path; the next start removes it.
    """
    threading.Thread(target=_wait_for_end_of_stdin, name="watch-parent", daemon=True).start()


def _wait_for_end_of_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(PARENT_GONE)


def peak_rss_mb() -> float:
    """The most memory this process has held, in MiB.

    Linux hands getrusage's maximum down from the parent through exec, so a small child of a large process
    would look large; VmHWM begins anew.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
