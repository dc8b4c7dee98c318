"""What is kept of a training, and what is not taken for it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml.training.checkpoints import Checkpoint, Saved, named
from tests.ml.cli.runner import ENVIRONMENT

KEY = {"seed": 1, "data": "abc"}
ARRAYS = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7, dtype=np.int64), np.zeros(0)]


def kept(parent: Path, number: int = 1, **changes: object) -> Checkpoint:
    checkpoint = Checkpoint(parent, KEY | changes, seconds_between=0)
    checkpoint.keep(lambda: {"number": number}, lambda: named("weights", ARRAYS))
    return checkpoint


def read(parent: Path, **changes: object) -> Saved | None:
    return Checkpoint(parent, KEY | changes).load()


def test_what_was_kept_last_is_read_again_and_goes_at_the_end(tmp_path: Path) -> None:
    first = kept(tmp_path)
    first.keep(lambda: {"number": 2}, lambda: named("weights", ARRAYS))
    first.close()

    checkpoint = Checkpoint(tmp_path, KEY)
    saved = checkpoint.load()

    assert saved.numbers == {"number": 2}
    assert saved.arrays("others") == []
    for array, expected in zip(saved.arrays("weights"), ARRAYS, strict=True):
        assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(array, expected)
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_another_training_does_not_meet_it_and_clears_it_away(tmp_path: Path) -> None:
    kept(tmp_path).close()
    assert read(tmp_path, seed=2) is None
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_training_keeps_stays_and_is_its_own(tmp_path: Path) -> None:
    living = kept(tmp_path)
    assert read(tmp_path, seed=2) is None
    same = Checkpoint(tmp_path, KEY, seconds_between=0)
    assert same.load() is None
    same.keep(lambda: {"number": 9}, lambda: [])
    living.close()
    assert read(tmp_path).numbers == {"number": 1}


@pytest.mark.parametrize("damage", ["shorter", "other bytes", "empty"])
def test_a_damaged_one_is_none(damage: str, tmp_path: Path) -> None:
    kept(tmp_path).close()
    (state,) = tmp_path.glob(".checkpoint-*/state.npz")
    content = bytearray(state.read_bytes())
    middle = content.index(ARRAYS[0].tobytes())
    content[middle : middle + 4] = b"\xff\xff\xff\xff"
    state.write_bytes({"shorter": content[: middle + 3], "other bytes": content, "empty": b""}[damage])
    assert read(tmp_path) is None


def test_not_more_often_than_asked_for(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, KEY, seconds_between=100)
    checkpoint.keep(lambda: {}, lambda: [])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_the_checkpoint_and_no_more(tmp_path: Path) -> None:
    """A limit to the size of files stands in for the disk: it fails in the same place."""
    script = (
        "import logging, resource, signal, sys; import numpy as np; from pathlib import Path\n"
        "from ml.training.checkpoints import Checkpoint, named\n"
        "logging.basicConfig(); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "checkpoint = Checkpoint(Path(sys.argv[1]), {}, seconds_between=0)\n"
        "for _ in range(2): checkpoint.keep(lambda: {}, lambda: named('big', [np.zeros(5_000)]))\n"
        "print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "went on\n"
    assert done.stderr.count("goes on without checkpoints: File too large.") == 1
    assert list(tmp_path.iterdir()) == []
