"""Folders and files that appear whole, by one rename, or not at all, whatever ends the process meanwhile."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MARK = ".writing-"


@contextmanager
def staged_folder(path: Path) -> Iterator[Path]:
    """A new folder beside `path` to fill: it becomes `path` when the block ends, and goes if the block fails.

    The writer holds a lock on it, so that `remove_leftovers` tells what a killed process left from what
    another one is writing. `path` must not exist: who calls has checked.
    """
    staging, lock = _claim(path)
    try:
        yield staging
        flush_folder(staging)
        staging.rename(path)
        flush_folder(path.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and flush it to disk."""
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that is, at every moment, either as before or as it shall be."""
    staging = path.with_name(f".{path.name}{_MARK}{secrets.token_hex(4)}")
    try:
        write_file(staging, content)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def remove_leftovers(parent: Path) -> int:
    """Remove what killed writers left in `parent`; returns how many folders. A living writer's stays."""
    removed = 0
    for folder in parent.glob(f".*{_MARK}*"):
        if not folder.is_dir():
            continue
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
    return removed


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
