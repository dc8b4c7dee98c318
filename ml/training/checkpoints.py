"""What an interrupted training goes on from.

A checkpoint is a folder beside the artifacts whose name carries a digest of everything that the training depends on, so
that another snapshot, other settings or another seed never meet it. The one file in it is replaced by rename.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np

from ml.data.staging import CHECKPOINT_PREFIX, remove_checkpoints

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Iterable[tuple[str, Array]]

CHECKPOINT_SECONDS = 20.0
"""At least so long between two checkpoints: what a kill costs, and training is not held up by writing."""
_STATE, _NUMBERS = "state.npz", "numbers.json"

logger = logging.getLogger(__name__)


class Checkpoint:
    """The checkpoint of one training. Its folder is locked from `load`, or the first `keep`, to `close`."""

    def __init__(
        self, parent: Path, key: Mapping[str, Any], *, seconds_between: float = CHECKPOINT_SECONDS
    ) -> None:
        """key: JSON of all that the training depends on besides the program. What other trainings left in `parent`
        is removed, unless one of them still runs."""
        digest = hashlib.sha256(json.dumps([_program(), key], sort_keys=True, default=str).encode())
        self._folder = parent / f"{CHECKPOINT_PREFIX}{digest.hexdigest()[:24]}"
        self._seconds_between = seconds_between
        self._last = time.monotonic()
        self._lock: int | None = None
        self._is_usable = True
        remove_checkpoints(parent, but=self._folder)

    def load(self) -> "Saved | None":
        """What was kept last; None if nothing was, or if it cannot be read as a whole."""
        if not self._folder.is_dir() or not self._take_lock():
            return None
        try:
            return Saved(self._folder / _STATE)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def keep(self, numbers: Callable[[], Mapping[str, Any]], arrays: Callable[[], Arrays]) -> None:
        """Replace what is kept, if the last time is long enough ago. A full disk costs the checkpoint, no more."""
        if not self._is_usable or time.monotonic() - self._last < self._seconds_between:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._is_usable = self._take_lock()
            if self._is_usable:
                _write(self._folder / _STATE, numbers(), arrays())
        except OSError as error:
            self._is_usable = False
            shutil.rmtree(self._folder, ignore_errors=True)
            logger.warning("The training goes on without checkpoints: %s.", error.strerror or error)
        self._last = time.monotonic()

    def remove(self) -> None:
        """The training has ended well."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Let another training have what is left."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> bool:
        """False if a living process has it: another training of the very same."""
        if self._lock is None:
            self._lock = _locked(self._folder)
        return self._lock is not None


class Saved:
    """A checkpoint that was read through once and found whole; its arrays are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        if self._archive.testzip() is not None:
            raise ValueError(f"{path} is damaged.")
        self.numbers: dict[str, Any] = json.loads(self._archive.read(_NUMBERS))

    def arrays(self, group: str) -> list[Array]:
        """All arrays of a group, in the order in which they were kept; empty if there is no such group."""
        names = [name for name in self._archive.namelist() if name.startswith(f"{group}/")]
        return [self._array(name) for name in names]

    def close(self) -> None:
        self._archive.close()

    def _array(self, name: str) -> Array:
        with self._archive.open(name) as stream:
            array: Array = np.lib.format.read_array(stream, allow_pickle=False)
            return array


def named(group: str, arrays: Iterable[Array]) -> Arrays:
    """The arrays of a group under the names that `Saved.arrays` finds them by."""
    for place, array in enumerate(arrays):
        yield f"{group}/{place:03}", array


def _write(path: Path, numbers: Mapping[str, Any], arrays: Arrays) -> None:
    staging = path.with_suffix(".writing")
    with zipfile.ZipFile(staging, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_NUMBERS, json.dumps(numbers))
        for name, array in arrays:
            with archive.open(name, "w", force_zip64=True) as stream:
                _write_array(stream, array)
    staging.replace(path)


def _write_array(stream: IO[bytes], array: Array) -> None:
    np.lib.format.write_array(stream, np.asarray(array, order="C"), allow_pickle=False)


def _program() -> list[str]:
    """What a training of another release would differ by."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digests = [hashlib.sha256(source.read_bytes()).hexdigest() for source in sources]
    return [*digests, np.__version__, version("keras")]


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock as long as it is open, or None if another process does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
