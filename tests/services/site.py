"""A real site for tests: `make run`'s processes in a folder of their own, and what one does to them.

Its database is SQLite in that folder, unless `environ` names a DATABASE_URL.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
from psycopg.rows import dict_row

from moviesite.web.env import BASE_DIR

Found = TypeVar("Found")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
PROGRAMS = {
    "web": "gunicorn",
    "worker": "--hostname=worker@",
    "trainer": "--hostname=trainer@",
    "beat": "beat",
}
"""What the command line of each kept process holds."""

STALE_SECONDS = 4
"""Runs count as abandoned after this long, instead of half a minute."""


def until(look: Callable[[], Found], what: str, seconds: float = 60) -> Found:
    """What `look` returns, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Site:
    """`python -m moviesite.run`, or `make run`, with VAR_DIR at `var`."""

    def __init__(self, var: Path, **environ: str) -> None:
        self.var, self.port = var, free_port()
        self.output = var.parent / f"{var.name}.out"
        self.mark = uuid.uuid4().hex
        self.environ = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "VAR_DIR": str(var),
            "PORT": str(self.port),
            "RUN_STALE_SECONDS": str(STALE_SECONDS),
            "SITE_OF_A_TEST": self.mark,
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None

    # Starting and ending

    def start(self, command: Sequence[str] = (sys.executable, "-m", "moviesite.run")) -> float:
        """Start it and wait until it answers; how many seconds that took."""
        began = time.monotonic()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=BASE_DIR, env=self.environ, stdout=output, stderr=output, start_new_session=True
            )
        until(self._is_up, "the site is up", 180)
        return time.monotonic() - began

    def _is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"The site ended with {self.process.returncode}:\n{self.words()}")
        return self.get("/health/") == 200

    def signal(self, how: signal.Signals) -> float:
        """Send it to the process group, as a terminal does; how many seconds until the group's leader ended."""
        assert self.process is not None
        began = time.monotonic()
        os.killpg(self.process.pid, how)
        self.process.wait(timeout=30)
        return time.monotonic() - began

    def end_all(self) -> None:
        """For the end of a test, whatever happened in it."""
        for process in self.processes():
            process.kill()
        if self.process is not None:
            self.process.wait()

    # Looking

    def words(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def log(self, name: str) -> str:
        return (self.var / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> int | None:
        """The status of a page; None without an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            response.read()
        except OSError:
            return None
        finally:
            connection.close()
        return response.status

    def processes(self) -> list[psutil.Process]:
        """Every living process of the site: by the mark in its environment, or, as for a trainer's child, which
        gets a bare environment, by the site's folder in its command line.
        """
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            in_command = any(str(self.var) in word for word in process.cmdline())
            return in_command or process.environ().get("SITE_OF_A_TEST") == self.mark
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def program(self, name: str) -> psutil.Process:
        """The process that the keeper keeps under this name, once it is there."""
        return until(lambda: next(self._kept(name), None), f"{name} is there")

    def _kept(self, name: str) -> Iterator[psutil.Process]:
        keeper = self.keeper()
        for process in keeper.children() if keeper else []:
            try:
                if any(PROGRAMS[name] in word for word in process.cmdline()):
                    yield process
            except psutil.NoSuchProcess:
                continue

    def keeper(self) -> psutil.Process | None:
        return next((p for p in self.processes() if "moviesite.supervise" in p.cmdline()), None)

    def trainer_child(self) -> psutil.Process | None:
        """The running `python -m ml train`, if any."""
        return next((p for p in self.processes() if p.cmdline()[1:4] == ["-m", "ml", "train"]), None)

    # The database, and Django on it

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query gives; parameters are ? in it, on PostgreSQL too."""
        if url := self.environ.get("DATABASE_URL"):
            with psycopg.connect(url, row_factory=dict_row) as database:
                return database.execute(query.replace("?", "%s"), parameters).fetchall()
        with closing(
            sqlite3.connect(f"file:{self.var}/db.sqlite3?mode=ro", uri=True, timeout=20)
        ) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, parameters)]

    def run_row(self, table: str, run_id: int) -> dict[str, Any]:
        (row,) = self.rows(f"SELECT * FROM {table} WHERE id = ?", run_id)
        return row

    def django(self, code: str) -> Any:
        """Run code in a Django of this site; what it puts into `answer`, through JSON."""
        script = (
            f"import django, json; django.setup()\nanswer = None\n{code}\nprint('\\n' + json.dumps(answer))"
        )
        environ = {**self.environ, "DJANGO_SETTINGS_MODULE": "moviesite.settings"}
        ended = subprocess.run(
            [sys.executable, "-c", script],
            cwd=BASE_DIR,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])
