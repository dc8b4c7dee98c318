"""The command around training; what is learned is tested beside the models."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ml.data.snapshot import write_snapshot
from tests.ml.builders import planted_ratings
from tests.ml.cli.runner import ENVIRONMENT, assert_sentence, command, events, run_here


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    ratings = planted_ratings()
    path = tmp_path / "snapshot"
    write_snapshot(
        path,
        movie_ids=np.arange(ratings.n_movies, dtype=np.int64) * 7 + 5,
        reviewer_ids=np.arange(ratings.n_reviewers, dtype=np.int64),
        reviewer_indices=ratings.reviewer_indices,
        movie_indices=ratings.movie_indices,
        stars=ratings.stars,
        timestamps=ratings.timestamps,
        scale=ratings.scale,
        content=ratings.content,
    )
    return path


BAD_INPUT = {
    "no snapshot": (("nowhere", "--model", "bias", "--out", "models/v1"), "There is no snapshot at nowhere."),
    "no model": (
        ("snapshot", "--model", "svd", "--out", "models/v1"),
        'There is no model "svd"; choose from',
    ),
    "out exists": (("snapshot", "--model", "bias", "--out", "snapshot"), "snapshot exists already"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_is_an_event_and_a_sentence(
    snapshot: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(snapshot.parent)
    done = run_here("train", *arguments, capfd=capfd)

    assert_sentence(done, words)
    (event,) = events(done.stdout)
    assert event["event"] == "error"
    assert words in str(event["message"])
    assert [path.name for path in snapshot.parent.iterdir()] == ["snapshot"]


def test_ends_at_once_when_the_parent_closes_the_pipe(snapshot: Path) -> None:
    process = subprocess.Popen(
        command("train", "snapshot", "--model", "history", "--out", "models/v1", "--watch-parent"),
        cwd=snapshot.parent,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    started = time.monotonic()
    stdout, stderr = process.communicate(timeout=60)  # closes stdin

    assert process.returncode == 1
    assert time.monotonic() - started < 10
    assert (stdout, stderr) == (b"", b"")  # neither a result nor an error: ended in the middle
    assert not (snapshot.parent / "models" / "v1").exists()


def test_without_the_watch_the_end_of_stdin_means_nothing() -> None:
    script = (
        "import sys, time; from ml.cli.processes import end_with_parent\n"
        "if sys.argv[1] == 'watch': end_with_parent()\n"
        "time.sleep(1.5); print('survived')"
    )
    printed = {
        mode: subprocess.run(
            [sys.executable, "-c", script, mode],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        ).stdout
        for mode in ("watch", "ignore")
    }

    assert printed == {"watch": b"", "ignore": b"survived\n"}
