"""Three trainings of one seed, each in a process of its own, at the same time, so that each disturbs the others."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.training.history import HistoryScorer
from ml.training.history_training import HistorySettings
from tests.ml.training.worlds import tastes

ROOT = Path(__file__).resolve().parents[3]


def digest_of_a_training() -> str:
    ratings = tastes(1, n_reviewers=1_500, n_movies=900, mean_ratings=40)
    settings = HistorySettings(held_out_minimum=10**9)
    heads = {name: replace(getattr(settings, name), epochs_unmeasured=2) for name in ("stars", "ranking")}
    arrays = HistoryScorer(replace(settings, **heads)).fit(ratings, seed=4).arrays(np.arange(900))
    content = b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in sorted(arrays))
    return hashlib.sha256(content).hexdigest()


@pytest.mark.slow
def test_trainings_of_one_seed_end_with_the_same_bytes_on_a_busy_machine() -> None:
    command = [sys.executable, "-m", "tests.ml.training.test_same_bytes"]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    digests = [process.communicate(timeout=600)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(digests[0]) > 60
    assert len(set(digests)) == 1


if __name__ == "__main__":
    sys.stdout.write(digest_of_a_training())
