import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml.data.staging import remove_leftovers, replace_file, staged_folder


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "v1"

    with staged_folder(final) as staging:
        (staging / "a.txt").write_text("a")
        assert not final.exists()

    assert [file.name for file in final.iterdir()] == ["a.txt"]
    assert list(final.parent.iterdir()) == [final]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failed_folder_leaves_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    def write_and_fail() -> None:
        with staged_folder(tmp_path / "v1") as staging:
            (staging / "a.txt").write_text("a")
            raise failure

    with pytest.raises(failure):
        write_and_fail()

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom ml.data.staging import staged_folder\n"
        "with staged_folder(Path(sys.argv[1])) as staging:\n"
        "    (staging / 'half').write_text('half')\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    dead, living = (
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / name)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("dead", "living")
    )
    try:
        for writer in (dead, living):
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        os.kill(dead.pid, signal.SIGKILL)
        dead.communicate()

        assert remove_leftovers(tmp_path) == 1
        assert [path.name.startswith(".living") for path in tmp_path.iterdir()] == [True]
    finally:
        living.kill()
        living.communicate()
    assert remove_leftovers(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_other_folders_are_no_leftovers(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / ".hidden").mkdir()

    assert remove_leftovers(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    replace_file(file, b"old")
    replace_file(file, b"new")

    with pytest.raises(TypeError):
        replace_file(file, "not bytes")  # type: ignore[arg-type]

    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_waiting_writers_do_not_block_each_other(tmp_path: Path) -> None:
    started = time.monotonic()

    with staged_folder(tmp_path / "one"), staged_folder(tmp_path / "two"):
        pass

    assert time.monotonic() - started < 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
