"""`make run` before the site is up: what it makes, and what it refuses with a sentence."""

import fcntl
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from moviesite.address import Refusal
from moviesite.run import hold_lock, make_secret, make_var_dir
from moviesite.web.env import BASE_DIR


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.fixture
def _umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def run_and_refuse(tmp_path, **environ):
    """The words of a `make run` that does not start; it must not take long, nor show a traceback."""
    environ = {"VAR_DIR": str(tmp_path / "var"), **environ}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", "moviesite.run"],
        cwd=BASE_DIR,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stderr == ""
    return ended.stdout.strip()


@pytest.mark.usefixtures("_umask")
def test_what_it_makes_is_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "a" / "var"))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    var = make_var_dir()
    make_secret(var / "secret_key")
    hold_lock(var / "run.lock").close()
    assert modes(var) == {"log": 0o700, "secret_key": 0o600, "run.lock": 0o600}
    assert stat.S_IMODE(var.stat().st_mode) == 0o700
    assert len((var / "secret_key").read_text()) >= 64


def test_a_secret_is_never_overwritten(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "secret_key"
    make_secret(path)
    first = path.read_text()
    make_secret(path)
    assert path.read_text() == first
    # Even when another process writes its own between the look and the write.
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    make_secret(path)
    assert path.read_text() == first
    assert os.listdir(tmp_path) == ["secret_key"]  # noqa: PTH208  # Path.exists is replaced


def test_no_file_is_made_where_the_environment_has_the_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    make_secret(tmp_path / "secret_key")
    assert not list(tmp_path.iterdir())


def test_a_second_run_of_the_same_folder_is_refused(tmp_path):
    lock = hold_lock(tmp_path / "run.lock")
    with pytest.raises(Refusal, match=f"running already.*process {os.getpid()}"):
        hold_lock(tmp_path / "run.lock")
    lock.close()
    hold_lock(tmp_path / "run.lock").close()


def test_the_lock_of_a_run_that_was_killed_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "run.lock").write_text("99999999")
    with hold_lock(tmp_path / "run.lock") as lock:
        lock.seek(0)
        assert lock.read() == str(os.getpid())


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"BIND": "0.0.0.0"}, "BIND=0.0.0.0 would open the site to other machines"),  # noqa: S104
        ({"PORT": "eighty"}, "PORT is a whole number from 1 to 65535, not 'eighty'."),
        ({"WEB_WORKERS": "0"}, "WEB_WORKERS is a whole number from 1 to 64, not '0'."),
        ({"VAR_DIR": "/dev/null/var"}, "cannot write there: Not a directory. Give this user the folder"),
        (
            {"POSTER_HOSTS": "https://a.org"},
            "POSTER_HOSTS names 'https://a.org', which is not a plain host name.",
        ),
        ({"SITE_URL": "films.example.org"}, "which is not the address of a site."),
        ({"NIGHTLY_RETRAIN": "late"}, "NIGHTLY_RETRAIN is a time of day in UTC"),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:9/films"}, "The site cannot start: connection failed"),
        (
            {"DATABASE_URL": "sqlite:////dev/null/films"},
            "The site cannot start: unable to open database file.",
        ),
    ],
)
def test_what_it_refuses(tmp_path, environ, sentence):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = str(server.getsockname()[1])
    words = run_and_refuse(tmp_path, **{"PORT": free, **environ})
    assert sentence in words
    assert "Traceback" not in words


def test_a_taken_port_is_refused_before_any_work_is_done(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = run_and_refuse(tmp_path, PORT=str(server.getsockname()[1]))
    assert "Address already in use. Choose another port" in words
    assert not (tmp_path / "var" / "db.sqlite3").exists()


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "This site is running already" in run_and_refuse(tmp_path)


def test_an_interrupted_preparation_ends_with_130(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    started = subprocess.Popen(
        [sys.executable, "-m", "moviesite.run"],
        cwd=BASE_DIR,
        env={**kept, "VAR_DIR": str(tmp_path), "PORT": "65500", "DEMO": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in started.stdout:
        if line.startswith("Loading the site"):
            break
    started.terminate()
    words, _ = started.communicate(timeout=30)
    assert started.returncode == 130, words
    assert "Stopped before the site was up" in words
