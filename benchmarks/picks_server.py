"""The web server as `make run` starts it (moviesite.programs), on a made site, with the bare view beside the site."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from typing import Any

import psutil

from moviesite.programs import programs
from moviesite.web.env import BASE_DIR

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
SETTINGS = "benchmarks.picks_settings"


def environment(var: Path, database_url: str = "") -> dict[str, str]:
    """That of a site which keeps everything in `var`; nothing of the developer's own."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "VAR_DIR": str(var), "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": SETTINGS}


def make_site(var: Path, n_movies: int, *, database_url: str = "", **options: int) -> dict[str, Any]:
    """A made site in a process of its own; what `benchmarks.picks_site` says of it."""
    words = [f"--{name}={value}" for name, value in ({"movies": n_movies} | options).items()]
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.picks_site", *words],
        cwd=BASE_DIR,
        env=environment(var, database_url),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return answer


class Server:
    """A running web server. `process` is gunicorn's master."""

    def __init__(self, var: Path, workers: int, environ: dict[str, str]) -> None:
        self.port, self.log = free_port(), var / "web.log"
        web = programs(f"127.0.0.1:{self.port}", workers)[0]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *web.arguments],
                cwd=BASE_DIR,
                env={**environ, **web.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def memory_mb(self) -> dict[str, list[float]]:
        """Of each worker: `proportional` (PSS) counts shared pages by the share of each process, `own` (USS) not."""
        sizes = [worker.memory_full_info() for worker in self.workers()]
        return {
            "proportional": [round(size.pss / 1e6, 1) for size in sizes],
            "own": [round(size.uss / 1e6, 1) for size in sizes],
        }

    def total_mb(self) -> float:
        """Proportional, of master and workers."""
        everyone = [psutil.Process(self.process.pid), *self.workers()]
        return round(sum(process.memory_full_info().pss for process in everyone) / 1e6, 1)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/health/")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise AssertionError(f"The web server is not up within a minute: {self.log.read_text()}")


@contextmanager
def serving(var: Path, workers: int, database_url: str = "", **environ: str) -> Iterator[Server]:
    server = Server(var, workers, {**environment(var, database_url), **environ})
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
