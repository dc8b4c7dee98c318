"""The Makefile: lists what there is, installs once, and says what a machine lacks in a sentence.

In folders of the test's own, with a stand-in for .venv's Python that notes what it is asked to do.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from moviesite.web.env import BASE_DIR
from tests.conftest import need

NOTING_PYTHON = """#!/bin/sh
echo "$@" >> calls
"""


@pytest.fixture
def clone(tmp_path):
    """A checkout of nothing but what make looks at, in a folder with spaces in its name."""
    need(shutil.which("make"), "no make on this machine")
    folder = tmp_path / "a fresh clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(BASE_DIR / "Makefile", folder)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("")
    python = folder / ".venv" / "bin" / "python"
    python.write_text(NOTING_PYTHON)
    python.chmod(0o755)
    return folder


def make(clone, *arguments):
    """make's words; run from another folder, as `make -C` allows."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ended = subprocess.run(
        ["make", "--no-print-directory", "-C", str(clone), *arguments],
        capture_output=True,
        text=True,
        cwd="/",
        env=environ,
    )
    return ended.returncode, ended.stdout + ended.stderr


def calls(clone):
    """What .venv's Python was asked to do since the last look, pip's own version aside."""
    path = clone / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line for line in lines if line != "-m pip --version"]


def test_make_alone_lists_every_target(clone):
    code, words = make(clone)
    text = (clone / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split()
    assert code == 0
    assert re.findall(r"^  make (\S+)", words, re.M) == targets


def test_run_installs_what_the_site_runs_on_once(clone):
    assert make(clone, "run")[0] == 0
    assert calls(clone) == ["-m moviesite.install requirements.txt", "-m moviesite.run"]
    make(clone, "run")
    assert calls(clone) == ["-m moviesite.run"]


def test_a_change_of_the_requirements_is_installed(clone):
    make(clone, "install")
    calls(clone)
    after = (clone / ".venv" / "installed").stat().st_mtime + 1
    os.utime(clone / "requirements.txt", (after, after))
    make(clone, "install")
    assert calls(clone) == ["-m moviesite.install requirements.txt"]


def test_tests_install_everything_and_run_needs_nothing_more(clone):
    assert make(clone, "test", "ARGS=-k rating")[0] == 0
    on_all_cores = "-m pytest --numprocesses logical --maxprocesses 4 --dist loadfile -k rating"
    assert calls(clone) == ["-m moviesite.install requirements-dev.txt", on_all_cores]
    make(clone, "run")
    assert calls(clone) == ["-m moviesite.run"]


def test_a_failed_installation_is_tried_again(clone):
    python = clone / ".venv" / "bin" / "python"
    python.write_text(NOTING_PYTHON + 'case "$*" in *install*) exit 1;; esac\n')
    assert make(clone, "run")[0] != 0
    assert calls(clone) == ["-m moviesite.install requirements.txt"]
    python.write_text(NOTING_PYTHON)
    assert make(clone, "run")[0] == 0


def stand_in(tmp_path, code):
    """A Python that exits with what `code`, shell, says about the program text "$2"."""
    path = tmp_path / "python-of-the-machine"
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


def test_a_python_that_does_not_fit_gets_a_sentence(clone, tmp_path):
    code, words = make(clone, "run", stand_in(tmp_path, 'case "$2" in *version_info*) exit 1;; esac'))
    assert code != 0
    assert "Python 3.11, 3.12 or 3.13 is needed" in words
    assert "sudo apt install python3 python3-venv" in words
    assert calls(clone) == []


def test_a_missing_venv_module_gets_a_sentence(clone, tmp_path):
    code, words = make(clone, "run", stand_in(tmp_path, 'case "$2" in *ensurepip*) exit 1;; esac'))
    assert code != 0
    assert "cannot make virtual environments: sudo apt install python3-venv" in words
    assert calls(clone) == []


def test_clean_leaves_the_data_of_the_site(clone):
    (clone / "var").mkdir()
    (clone / "var" / "db.sqlite3").write_text("ratings")
    assert make(clone, "clean")[0] == 0
    assert (clone / "var" / "db.sqlite3").exists()
    assert not (clone / ".venv").exists()


def test_a_broken_environment_is_made_anew(clone):
    """As after an upgrade of the machine's Python, which leaves .venv's pointing at nothing."""
    shutil.rmtree(clone / ".venv")
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to("/nonexistent/python3")
    code, words = make(clone, ".venv/made", f"PYTHON={sys.executable}")
    assert code == 0, words
    assert "Making .venv" in words
    found = subprocess.run(
        [clone / ".venv" / "bin" / "python", "-m", "pip", "--version"], capture_output=True, text=True
    )
    assert found.stdout.startswith("pip ")
