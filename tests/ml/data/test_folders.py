"""A disk that is full, for real: a limit to the size of files fails in the same place."""

import subprocess
import sys
from pathlib import Path

from tests.ml.cli.runner import ENVIRONMENT

SCRIPT = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from ml.data.ratings import Scale
from ml.data.snapshot import SnapshotError, write_snapshot

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
ids = np.arange(20_000)
rows = ids.astype(np.int32)
stars = np.ones(20_000, dtype=np.float32)
try:
    write_snapshot(
        Path(sys.argv[1]) / "snapshot", movie_ids=ids, reviewer_ids=ids, reviewer_indices=rows,
        movie_indices=rows, stars=stars, timestamps=ids, scale=Scale(1, 5, 1),
    )
except SnapshotError as error:
    print(error)
"""


def test_a_full_disk_is_a_sentence_with_its_reason_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"The snapshot {tmp_path}/snapshot could not be written: File too large.\n"
    assert list(tmp_path.iterdir()) == []
