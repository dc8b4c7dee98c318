"""Keeps the site's processes alive, and ends them all: supervisor, with habits of our own.

- Closing the terminal (SIGHUP) ends the site; supervisord by itself would start it anew. With nohup it goes on.
- If this process is killed the hard way, the kernel ends its children: none is left without a keeper.
- Once the site answers, it says so; a process that dies or cannot start is told in a line.
- If the web server cannot start at all, everything ends, with the last lines of its log.

`python -m moviesite.supervise CONFIGURATION HOST:PORT WELCOME_FD`, started by moviesite.run.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
PATIENCE_SECONDS = 60


def end_with_parent(how: signal.Signals) -> None:
    """Ask the kernel to send this process `how` when its parent is gone, however that happens."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)


def say(text: str) -> None:
    """A line for the person at the terminal, who may have closed it."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Options(ServerOptions):
    """What supervisord asks of the system."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper = os.getpid()

    def setsignals(self) -> None:
        unattended = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # started with nohup
        super().setsignals()
        if unattended:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def setpgrp(self) -> None:
        """Runs in each child before it becomes its program."""
        super().setpgrp()
        end_with_parent(signal.SIGKILL)
        if os.getppid() != self.keeper:  # gone before the kernel was asked
            os._exit(1)


class Site(Supervisor):
    """The site's processes; `failure` is why they ended by themselves, if they did."""

    def __init__(self, options: Options, address: str, welcome: str) -> None:
        super().__init__(options)
        self.address, self.welcome = address, welcome
        self.waiting_since: float | None = time.monotonic()
        self.failure = ""

    def runforever(self) -> None:
        events.subscribe(events.ProcessStateExitedEvent, self.on_exit)
        events.subscribe(events.ProcessStateFatalEvent, self.on_fatal)
        events.subscribe(events.SupervisorStoppingEvent, lambda _event: say("\nStopping…"))
        for group in self.process_groups.values():
            group.transition()  # starts them now; the loop would first wait for a second
        super().runforever()

    def tick(self, now: float | None = None) -> None:
        """Once a second: has the site come up?"""
        super().tick(now)
        if self.waiting_since is None or self.options.mood != SupervisorStates.RUNNING:
            return
        if answers(self.address):
            say(self.welcome)
            self.waiting_since = None
        elif time.monotonic() - self.waiting_since > PATIENCE_SECONDS:
            say(f"The site does not answer yet: {self.log_of('web')} may say why.")
            self.waiting_since = None

    def on_exit(self, event: Any) -> None:
        if not event.expected and self.options.mood == SupervisorStates.RUNNING:
            name = event.process.config.name
            say(f"“{name}” stopped unexpectedly and is started again; {self.log_of(name)} may say why.")

    def on_fatal(self, event: Any) -> None:
        name = event.process.config.name
        say(f"“{name}” does not start. The end of {self.log_of(name)}:\n{last_lines(self.log_of(name))}")
        if name == "web":
            self.failure = "The web server does not start."
            self.options.mood = SupervisorStates.SHUTDOWN

    def log_of(self, name: str) -> Path:
        return Path(self.options.logfile).with_name(f"{name}.log")


def answers(address: str) -> bool:
    """Whether the site says at `address` ("host:port") that it is well. No proxy is asked."""
    connection = HTTPConnection(address, timeout=1)
    try:
        connection.request("GET", "/health/", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def last_lines(path: Path, n: int = 15) -> str:
    with suppress(OSError):
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-n:])
    return "(nothing)"


def main(configuration: str, address: str, welcome_fd: str) -> int:
    with os.fdopen(int(welcome_fd), encoding="utf-8") as pipe:
        welcome = pipe.read()
    options = Options()
    options.realize(["--configuration", configuration])
    options.first, options.test = True, False
    site = Site(options, address, welcome)
    with suppress(asyncore.ExitNow):
        site.main()
    options.close_httpservers()
    options.close_logger()
    say(site.failure or "Stopped; nothing is left running.")
    return 1 if site.failure else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:  # before supervisor took the signals over
        sys.exit(130)
