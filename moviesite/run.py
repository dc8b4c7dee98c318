"""`make run`: from an empty folder to a site that answers, on this machine.

Environment, besides what settings.py lists (all optional):

PORT          8000. Where the web server listens.
BIND          127.0.0.1. Its address; one that other machines reach needs an https SITE_URL.
WEB_WORKERS   2. Processes of the web server.
DEMO          1. 0 leaves an empty site empty.

It prepares the site in this one process, then becomes the keeper of the site's processes
(moviesite.supervise), which shows the address once the site answers.
"""

import fcntl
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import django
from celery import current_app
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from moviesite.address import Address, Refusal, read_number
from moviesite.programs import programs, write_configuration
from moviesite.supervise import end_with_parent, say
from moviesite.web.env import BASE_DIR, read_var_dir


def main() -> int:
    """Ends only in a refusal (1) or an interruption (130): else another program takes this process over."""
    try:
        _stop_when_told()
        start()
    except (Refusal, ImproperlyConfigured, ValueError) as refusal:
        say(f"\n{refusal}")
        return 1
    except (OSError, DatabaseError) as error:
        say(f"\nThe site cannot start: {str(error).strip()}.")
        return 1
    except (KeyboardInterrupt, SystemExit):
        say("\nStopped before the site was up; `make run` goes on from here.")
        # An interrupt inside eval(), which makes named tuples, leaves a mark by which Python 3.11 would end as if
        # it had not been caught: with a signal in place of the exit code.
        os._exit(130)
    return 0


def start() -> None:
    began = time.monotonic()
    address = Address.read(os.environ)
    web_workers = read_number("WEB_WORKERS", os.environ.get("WEB_WORKERS") or "2", at_most=64)
    var = make_var_dir()
    lock = hold_lock(var / "run.lock")
    address.need_free()
    make_secret(var / "secret_key")
    os.environ.update(
        SITE_URL=address.site_url, VAR_DIR=str(var), DJANGO_SETTINGS_MODULE="moviesite.settings"
    )
    with step("Loading the site"):
        django.setup()
    sign_in = prepare()
    configuration = write_configuration(BASE_DIR, var, programs(address.bind, web_workers))
    connection.close()
    say(f"Prepared in {time.monotonic() - began:.1f} s; starting web, worker, trainer and beat…")
    become_keeper(configuration, address, welcome(address, var, sign_in), lock)


def _stop_when_told() -> None:
    """SIGTERM and SIGHUP end the preparation as Ctrl-C does; nothing outlives the `make` that started it."""

    def interrupt(*_signal: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, interrupt)
    if "MAKELEVEL" in os.environ:
        end_with_parent(signal.SIGTERM)


def make_var_dir() -> Path:
    """The folder of everything the site writes, readable by its owner alone, as all that is made in it."""
    os.umask(0o077)
    var = read_var_dir()
    for folder in (var, var / "log"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refusal(
                f"The site keeps everything it writes in {var}, and cannot write there: {error.strerror}. "
                "Give this user the folder, or set VAR_DIR to another one."
            ) from error
    return var


def hold_lock(path: Path) -> IO[str]:
    """The lock of a running site, held by this process until it ends, however it ends."""
    try:
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"The site cannot write to {path.parent}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        keeper = path.read_text(encoding="utf-8").strip() or "unknown"
        raise Refusal(
            f"This site is running already (process {keeper} keeps {path.parent}). "
            "Stop it first, or give this one a VAR_DIR of its own."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def make_secret(path: Path) -> None:
    """Write a signing key where there is none: whole or not at all, and never over another."""
    if "SECRET_KEY" in os.environ or path.exists():
        return
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(secrets.token_urlsafe(64), encoding="utf-8")
    unfinished.chmod(0o600)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


@contextmanager
def step(name: str, *, has_own_output: bool = False) -> Iterator[None]:
    """A line that says what is being done, and then how long it took."""
    sys.stdout.write(f"{name}…" + ("\n" if has_own_output else ""))
    sys.stdout.flush()
    began = time.monotonic()
    yield
    say(f" {'Done in ' if has_own_output else ''}{time.monotonic() - began:.1f} s")


def prepare() -> str:
    """Bring database, static files, demo and model to where the site can start; returns how to sign in."""
    from moviesite.first_admin import ensure_admin  # these need the apps loaded
    from moviesite.static_files import collect_static_files

    with step("Checking the configuration"):
        check_configuration()
    with step("Preparing the database"):
        call_command("migrate", interactive=False, verbosity=0)
    with step("Collecting static files"):
        collect_static_files()
    if os.environ.get("DEMO", "1") != "0":
        attempt("Looking for films, or loading the demo", "load_demo", if_empty=True)
    attempt("Looking for a model, or training the first", "train", if_none_active=True)
    admin = ensure_admin()
    if admin:  # told at once: whatever goes wrong from here on, the password is not lost
        say(f"Made the first account: sign in as {admin.username} with the password {admin.password}")
        return f"as {admin.username} (the password stands above, this once)"
    return "as admin (forgotten? `.venv/bin/python manage.py changepassword admin`)"


def check_configuration() -> None:
    """Refusal for what Django's system checks and ours call errors; warnings are told."""
    messages = [message for message in run_checks() if not message.is_silenced()]
    errors = [message for message in messages if message.is_serious()]
    if errors:
        raise Refusal("\n".join(f"{message.msg} {message.hint or ''}" for message in errors))
    for message in messages:
        say(f"\n{message.msg} {message.hint or ''}")
    if settings.CELERY_BROKER_URL.startswith("folder:"):
        return
    try:
        with current_app.connection_for_write(connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
    except OSError as error:
        say(f"\nThe broker does not answer ({error}); work in the background waits until it does.")


def attempt(name: str, command: str, **options: bool) -> None:
    """Run a command without which the site can start: its failure is told, and is not the end."""
    with step(name, has_own_output=True):
        try:
            call_command(command, **options)
        except CommandError as error:
            say(f"  {error}")


def welcome(address: Address, var: Path, sign_in: str) -> str:
    from catalog.models import Movie

    lines = [
        f"\nThe site is up:  {address.site_url}",
        f"Sign in at       {address.site_url}/admin/ {sign_in}",
    ]
    if not Movie.objects.exists():
        lines.append(
            "It has no films yet. `.venv/bin/python manage.py import_movielens FOLDER-OR-ZIP` or "
            "`import_amazon --reviews FILE` brings them in."
        )
    return "\n".join(
        [*lines, f"Logs, and the mail it would send, are in {var / 'log'}. Ctrl-C stops everything.\n"]
    )


def become_keeper(configuration: Path, address: Address, words: str, lock: IO[str]) -> None:
    """Replace this process, with all its memory, by moviesite.supervise; the lock and the welcome go along."""
    reading, writing = os.pipe()
    os.write(writing, words.encode())
    os.close(writing)
    for descriptor in (reading, lock.fileno()):
        os.set_inheritable(descriptor, True)
    os.environ.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1", CELERY_SKIP_CHECKS="1")
    keeper = [sys.executable, "-m", "moviesite.supervise", str(configuration), address.local, str(reading)]
    os.chdir(BASE_DIR)
    os.execv(sys.executable, keeper)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
