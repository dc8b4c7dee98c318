"""The processes of the site and how supervisor is told about them."""

import os
import shlex
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from socket import gethostname

STOP_SECONDS = 8
"""What asks politely to stop gets this long; a heartbeat of a run fits in, after which it is given back."""

SOCKET_PATH_LIMIT = 100
"""Longer addresses of local sockets are not portable; without one there is no supervisorctl, that is all."""


@dataclass(frozen=True)
class Program:
    name: str
    arguments: list[str]
    """Of this Python: `-m` and what follows."""
    environment: dict[str, str] = field(default_factory=dict)

    def section(self, base: Path, logs: Path) -> dict[str, str]:
        """Its part of supervisor's configuration.

        Only the program itself is asked to stop: a worker ends its trainer after giving the run back. What
        is still there of its process group after STOP_SECONDS is killed with it.
        """
        return {
            "command": shlex.join([sys.executable, *self.arguments]),
            "directory": str(base),
            "environment": ",".join(f'{name}="{value}"' for name, value in self.environment.items()),
            "autorestart": "true",
            "startsecs": "3",
            "startretries": "10",
            "stopwaitsecs": str(STOP_SECONDS),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(logs / f"{self.name}.log"),
            "stdout_logfile_maxbytes": "5MB",
            "stdout_logfile_backups": "3",
        }


def programs(bind: str, web_workers: int) -> list[Program]:
    """`bind` is the host:port where the web server listens."""
    return [
        Program("web", _gunicorn(bind, web_workers), {"OPENBLAS_NUM_THREADS": "1"}),
        # One more than imports and removals may hold (`catalog.tasks`): the sweeper and what is short need it.
        Program("worker", _worker("worker", queues="default,imports", threads=4)),
        Program("trainer", _worker("trainer", queues="training", threads=1)),
        Program("beat", [*_CELERY, "beat", "--pidfile=", "--loglevel=WARNING"]),
    ]


_CELERY = ["-m", "celery", "--app=moviesite.celery", "--quiet"]


def _worker(name: str, *, queues: str, threads: int) -> list[str]:
    options = [f"--hostname={name}@{gethostname()}", f"--queues={queues}", "--loglevel=INFO"]
    pool = ["--pool=threads", f"--concurrency={threads}"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # they need not know each other
    return [*_CELERY, "worker", *options, *pool, *alone]


def _gunicorn(bind: str, workers: int) -> list[str]:
    options = [f"--bind={bind}", f"--workers={workers}", "--worker-class=gthread", "--threads=4", "--preload"]
    times = ["--timeout=60", "--graceful-timeout=5", "--keep-alive=5"]
    memory = ["--worker-tmp-dir=/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108  # heartbeats
    return ["-m", "gunicorn", *options, *times, *memory, "--no-control-socket", "moviesite.wsgi"]


def write_configuration(base: Path, var: Path, kept: list[Program]) -> Path:
    """Write var/supervisord.conf for the programs to be kept; returns its path.

    ValueError, with a sentence, for a path that supervisor's configuration cannot carry.
    """
    if any(mark in f"{base}{var}{sys.executable}" for mark in ("%", " ;", " #", "\n", "'", '"')):
        raise ValueError(
            f"supervisor cannot work in a folder of this name: {base}. Move it to a plainer one."
        )
    parser = RawConfigParser()
    for name, section in _sections(base, var, kept):
        parser[name] = section
    path = var / "supervisord.conf"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)
    return path


def _sections(base: Path, var: Path, kept: list[Program]) -> Iterator[tuple[str, dict[str, str]]]:
    yield (
        "supervisord",
        {
            "nodaemon": "true",
            "silent": "true",
            "logfile": str(var / "log" / "supervisord.log"),
            "logfile_maxbytes": "5MB",
            "logfile_backups": "2",
            "childlogdir": str(var / "log"),
            "pidfile": str(var / "supervisord.pid"),
            "umask": "077",
            "minfds": "256",
            "minprocs": "32",
        },
    )
    for program in kept:
        yield f"program:{program.name}", program.section(base, var / "log")
    # One group, so that all are asked to stop at once and not one after the other.
    yield "group:site", {"programs": ",".join(program.name for program in kept)}
    socket = var / "supervisor.sock"
    if len(str(socket).encode()) < SOCKET_PATH_LIMIT:
        yield "unix_http_server", {"file": str(socket), "chmod": "0700"}
        yield "supervisorctl", {"serverurl": f"unix://{socket}"}
        yield (
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        )
