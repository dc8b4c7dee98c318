"""The keeper: starts again what dies, ends everything, and leaves nothing when it is killed itself.

Real processes, but small ones, so that the rules are seen in seconds; tests/services has the real site.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from moviesite.programs import Program, write_configuration
from moviesite.supervise import answers, last_lines
from moviesite.web.env import BASE_DIR

SLEEPER = "import time; time.sleep(600)"
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {SLEEPER!r}]).wait()
"""
FAILING = "import sys; sys.exit('no such film')"


class Keeper:
    """A supervise process that keeps `programs`, and its family."""

    def __init__(self, var, programs, address="127.0.0.1:9", nohup=False):
        (var / "log").mkdir()
        reading, writing = os.pipe()
        os.write(writing, b"It is up.")
        os.close(writing)
        configuration = write_configuration(BASE_DIR, var, programs)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moviesite.supervise", str(configuration), address, str(reading)],
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[reading],
            preexec_fn=(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if nohup else None,
        )
        os.close(reading)
        self.known: set[psutil.Process] = set()

    def family(self, n):
        """Its descendants, once there are `n` that are not ending."""
        return until(lambda: self._family(n))

    def _family(self, n):
        found = psutil.Process(self.process.pid).children(recursive=True)
        self.known.update(found)
        alive = [process for process in found if process.status() != psutil.STATUS_ZOMBIE]
        return alive if len(alive) == n else None

    def end(self, how):
        """Send the signal; the words since the start, and how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(how)
        words, _ = self.process.communicate(timeout=20)
        return words, time.monotonic() - began


def until(look, seconds=10.0):
    """What `look` returns, once that is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not seen within {seconds} s")


@pytest.fixture
def keep(tmp_path):
    keepers = []

    def start(*codes, **options):
        programs = [Program(f"p{n}", ["-c", code]) for n, code in enumerate(codes)]
        keepers.append(Keeper(tmp_path, programs, **options))
        return keepers[-1]

    yield start
    for keeper in keepers:
        keeper.process.kill()
        keeper.process.stdout.close()
        for process in keeper.known:
            if process.is_running():
                process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(keep, how):
    keeper = keep(SLEEPER, SLEEPER)
    family = keeper.family(2)
    words, seconds = keeper.end(how)
    assert keeper.process.returncode == 0
    assert seconds < 5
    assert "Stopped; nothing is left running." in words
    assert not any(process.is_running() for process in family)


def test_started_with_nohup_it_outlives_its_terminal(keep):
    keeper = keep(SLEEPER, nohup=True)
    keeper.family(1)
    keeper.process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        keeper.process.wait(timeout=4)
    keeper.end(signal.SIGTERM)


def test_a_killed_child_is_started_again_and_that_is_told(keep, monkeypatch):
    monkeypatch.setattr(Program, "section", with_options(Program.section, startsecs="0"))
    keeper = keep(SLEEPER)
    (first,) = keeper.family(1)
    time.sleep(0.5)  # the keeper must have seen that it lives
    first.kill()
    (second,) = until(lambda: [p for p in keeper.family(1) if p.pid != first.pid])
    words, _ = keeper.end(signal.SIGTERM)
    assert second.pid != first.pid
    assert "“p0” stopped unexpectedly and is started again" in words


def test_when_the_keeper_is_killed_its_children_end(keep):
    keeper = keep(SLEEPER, SLEEPER)
    family = keeper.family(2)
    keeper.process.kill()
    keeper.process.wait()
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_grandchildren_of_one_that_does_not_stop_in_time_go_with_it(keep, monkeypatch):
    monkeypatch.setattr("moviesite.programs.STOP_SECONDS", 1)
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{PARENT}"
    keeper = keep(deaf)
    family = keeper.family(2)
    _, seconds = keeper.end(signal.SIGTERM)
    assert seconds < 5
    assert psutil.wait_procs(family, timeout=2)[1] == []


def test_one_that_cannot_start_is_told_with_the_end_of_its_log(keep, monkeypatch):
    monkeypatch.setattr(Program, "section", with_options(Program.section, startretries="1"))
    keeper = keep(FAILING, SLEEPER)
    line = until(lambda: keeper.process.stdout.readline())
    assert "“p0” does not start. The end of" in line
    assert "no such film" in keeper.process.stdout.readline()
    keeper.family(1)
    keeper.end(signal.SIGTERM)


def test_without_a_web_server_there_is_no_site(tmp_path, monkeypatch):
    monkeypatch.setattr(Program, "section", with_options(Program.section, startretries="1"))
    keeper = Keeper(tmp_path, [Program("web", ["-c", FAILING]), Program("worker", ["-c", SLEEPER])])
    words, _ = keeper.process.communicate(timeout=30)
    assert keeper.process.returncode == 1
    assert "no such film" in words
    assert "The web server does not start." in words


def with_options(section, **options):
    return lambda *arguments: {**section(*arguments), **options}


class Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.send_response(self.status if self.path == "/health/" else 404)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def web():
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_welcome_is_said_once_the_site_answers(keep, web):
    keeper = keep(SLEEPER, address=web)
    assert keeper.process.stdout.readline() == "It is up.\n"
    time.sleep(1.5)
    words, _ = keeper.end(signal.SIGTERM)
    assert "It is up." not in words


def test_answers(web, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert answers(web)
    monkeypatch.setattr(Health, "status", 503)
    assert not answers(web)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not answers(f"127.0.0.1:{silent.getsockname()[1]}")


def test_last_lines(tmp_path):
    path = tmp_path / "web.log"
    assert last_lines(path) == "(nothing)"
    path.write_bytes(b"\n".join(b"line %d \xff" % n for n in range(30)))
    assert last_lines(path, 2).split("\n") == ["line 28 �", "line 29 �"]
