"""Folders and files that appear whole, by one rename, or not at all, whatever ends the process meanwhile."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.interrupts import put_away_at_interrupt

CHECKPOINT_PREFIX = ".checkpoint-"
_MARK = ".writing-"


@contextmanager
def staged_folder(path: Path) -> Iterator[Path]:
    """A new folder beside `path` to fill: it becomes `path` when the block ends, and goes if the block fails
    or an interrupt ends the process.

    The writer holds a lock on it, so that `remove_leftovers` tells what a killed process left from what
    another one is writing. `path` must not exist: who calls has checked.
    """
    staging, lock = _claim(path)
    try:
        with _gone_in_the_end(lambda: shutil.rmtree(staging, ignore_errors=True)):
            yield staging
            flush_folder(staging)
            staging.rename(path)
        flush_folder(path.parent)
    finally:
        os.close(lock)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A new folder that goes when the block ends, or an interrupt ends the process."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    with _gone_in_the_end(lambda: shutil.rmtree(folder, ignore_errors=True)):
        yield folder


@contextmanager
def _gone_in_the_end(remove: Callable[[], object]) -> Iterator[None]:
    """However the block ends, by an interrupt of the process, too. What has its final name by then stays."""
    with put_away_at_interrupt(remove):
        try:
            yield
        finally:
            remove()


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and flush it to disk."""
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that is, at every moment, either as before or as it shall be."""
    staging = path.with_name(f".{path.name}{_MARK}{secrets.token_hex(4)}")
    with _gone_in_the_end(lambda: staging.unlink(missing_ok=True)):
        write_file(staging, content)
        staging.replace(path)


def remove_leftovers(parent: Path) -> int:
    """Remove what killed writers left in `parent`; returns how many folders. A living writer's stays."""
    return sum(_removed_unless_locked(folder) for folder in parent.glob(f".*{_MARK}*"))


def remove_checkpoints(parent: Path, *, but: Path | None = None) -> None:
    """Remove what trainings in `parent` could go on from, but that folder, and those of trainings that still run."""
    for folder in parent.glob(f"{CHECKPOINT_PREFIX}*"):
        if folder != but:
            _removed_unless_locked(folder)


def _removed_unless_locked(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def flush_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claim(path: Path) -> tuple[Path, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        staging = path.with_name(f".{path.name}{_MARK}{secrets.token_hex(4)}")
        staging.mkdir()
        lock = os.open(staging, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if staging.exists():  # else a clean-up took it between its making and its locking
            return staging, lock
        os.close(lock)
