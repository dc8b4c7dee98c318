"""The command around training; what is learned is tested beside the models."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import read_artifact
from ml.data.snapshot import write_snapshot
from tests.ml.builders import planted_ratings
from tests.ml.cli.runner import ENVIRONMENT, assert_sentence, command, events, run_here, run_ml


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


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_killed_goes_on_and_gives_the_same_model(
    ending: signal.Signals, snapshot: Path
) -> None:
    folder = snapshot.parent
    options = ("train", "snapshot", "--model", "history", "--checkpoint-seconds", "0")
    whole = run_ml(*options, "--out", "whole/v1", folder=folder)
    assert whole.returncode == 0, whole.stderr

    with subprocess.Popen(
        command(*options, "--out", "models/v1"),
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            event = json.loads(line)
            if event.get("stage") == "ranking: epochs":
                break
        process.send_signal(ending)
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[ending]
    (left,) = (folder / "models").iterdir()
    assert left.name.startswith(".checkpoint-")

    again = run_ml(*options, "--out", "models/v2", folder=folder)

    stages = [event.get("stage") for event in events(again.stdout)]
    assert "resume" in stages
    assert "stars: epochs" not in stages
    assert [path.name for path in (folder / "models").iterdir()] == ["v2"]
    first, second = (read_artifact(folder / path) for path in ("whole/v1", "models/v2"))
    assert first.manifest["metrics"] == pytest.approx(second.manifest["metrics"], abs=5e-3)
    for name, array in first.arrays.items():
        np.testing.assert_allclose(second.arrays[name], array, atol=1e-3, err_msg=name)


@pytest.mark.slow
def test_a_full_disk_is_a_sentence_and_no_artifact(snapshot: Path) -> None:
    """A limit to the size of files stands in for the disk: it fails in the same place."""
    script = (
        "import resource, signal, sys\n"
        "from ml.cli.main import main; from ml.cli.processes import prepare_process\n"
        "prepare_process()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)); sys.exit(main(sys.argv[1:]))"
    )
    options = ("train", "snapshot", "--model", "history", "--out", "models/v1")
    done = subprocess.run(
        [sys.executable, "-c", script, *options],
        cwd=snapshot.parent,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1] == "The artifact models/v1 could not be written: File too large."
    assert events(done.stdout)[-1]["event"] == "error"
    assert list((snapshot.parent / "models").iterdir()) == []


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
