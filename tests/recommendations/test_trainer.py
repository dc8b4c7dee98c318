"""The child process: heard, watched, ended; never left behind, and told no secret."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from django.conf import settings

from recommendations.trainer import TrainerFailed, TrainerKilled, run_ml


@pytest.fixture
def endless(tmp_path):
    """Arguments of a training that never gets to read its snapshot."""
    (tmp_path / "snapshot").mkdir()
    os.mkfifo(tmp_path / "snapshot" / "snapshot.json")
    return [
        "train",
        str(tmp_path / "snapshot"),
        "--model",
        "bias",
        "--out",
        str(tmp_path / "out"),
        "--watch-parent",
    ]


def children():
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE and "ml" in process.cmdline()
    ]


def grandchildren(parent_id):
    return [child for child in children() if child.ppid() == parent_id]


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class Stop(Exception):
    pass


def test_every_line_is_heard_and_the_clock_ticks():
    lines, ticks = [], []
    run_ml(["--help"], on_line=lines.append, tick=lambda: ticks.append(1))
    assert lines[0].startswith(b"usage: python -m ml")
    assert ticks


def test_a_failure_is_the_childs_own_sentence(tmp_path, caplog):
    arguments = ["train", str(tmp_path / "none"), "--model", "bias", "--out", str(tmp_path / "out")]
    with pytest.raises(TrainerFailed, match=r"^There is no snapshot at .*none\.$"):
        run_ml(arguments, on_line=lambda line: None, tick=lambda: None)
    assert "There is no snapshot" in caplog.text


def test_whoever_stops_listening_leaves_no_child(endless):
    def tick():
        if children():
            raise Stop

    with pytest.raises(Stop):
        run_ml(endless, on_line=lambda line: None, tick=tick)
    assert not children()


def test_a_child_killed_from_outside_is_told_apart(endless):
    def tick():
        for child in children():
            child.send_signal(signal.SIGKILL)

    with pytest.raises(TrainerKilled, match="SIGKILL"):
        run_ml(endless, on_line=lambda line: None, tick=tick)


def test_the_child_is_told_no_secret(endless, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    seen = {}

    def tick():
        for child in children():
            seen.update(child.environ())
            if seen:
                raise Stop

    with pytest.raises(Stop):
        run_ml(endless, on_line=lambda line: None, tick=tick)
    assert seen["OMP_NUM_THREADS"] == "2"
    assert not {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "CELERY_BROKER_URL"} & set(seen)


def test_a_terminals_interrupt_does_not_reach_the_child(endless):
    groups = []

    def tick():
        groups.extend(os.getpgid(child.pid) for child in children())
        if groups:
            raise Stop

    with pytest.raises(Stop):
        run_ml(endless, on_line=lambda line: None, tick=tick)
    assert os.getpgrp() not in groups


def test_the_child_ends_when_its_parent_is_killed(endless):
    script = (
        "import django, sys; django.setup()\n"
        "from recommendations.trainer import run_ml\n"
        "run_ml(sys.argv[1:], on_line=print, tick=lambda: None)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "moviesite.settings"}
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *endless], cwd=settings.BASE_DIR, env=environment
    )
    try:
        wait_until(lambda: grandchildren(parent.pid))
        (child,) = grandchildren(parent.pid)
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=5)
