"""Readers of the environment that fail closed, with a sentence that says what to do."""

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.I)


def read_var_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of everything the site writes: VAR_DIR, or var/ in the checkout."""
    return Path(environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def read_secret(value: str, path: Path) -> str:
    """The secret itself, or else the content of the file that holds it.

    Raises ImproperlyConfigured when there is neither: a secret never has a default.
    """
    if value:
        return value
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        secret = ""
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key cannot be read: {error}.") from error
    if not secret:
        raise ImproperlyConfigured(
            f"No SECRET_KEY: set it in the environment, or run `make run` once, which writes one to {path} "
            "where there is none (an empty file must be removed first)."
        )
    return secret


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, with or without brackets) is this machine alone."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def is_host_name(text: str) -> bool:
    """Whether `text` is a plain host name: no scheme, port, path, wildcard or space."""
    return bool(_HOST_NAME.fullmatch(text))


def read_time_of_day(name: str, text: str) -> time | None:
    """ "03:30" as a time; None for nothing. ImproperlyConfigured, with a sentence, for anything else."""
    if not text.strip():
        return None
    hour, colon, minute = text.strip().partition(":")
    if colon and hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
        return time(int(hour), int(minute))
    raise ImproperlyConfigured(
        f"{name} is a time of day in UTC, such as 03:30, or empty for never; not {text!r}."
    )


def read_seconds(name: str, text: str) -> float:
    """A positive number of seconds. ImproperlyConfigured, with a sentence, for anything else."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ImproperlyConfigured(f"{name} is a number of seconds above zero, not {text!r}.")
    return seconds


def read_megabytes(name: str, text: str) -> int:
    """A positive number of megabytes, as bytes. ImproperlyConfigured, with a sentence, for anything else."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 10 and int(plain)):
        raise ImproperlyConfigured(f"{name} is a whole number of megabytes above zero, not {text!r}.")
    return int(plain) << 20


def read_days(name: str, text: str) -> int | None:
    """A whole number of days; None for nothing. ImproperlyConfigured, with a sentence, for anything else."""
    plain = text.strip()
    if not plain:
        return None
    if plain.isascii() and plain.isdecimal() and len(plain) < 6:
        return int(plain)
    raise ImproperlyConfigured(
        f"{name} is a whole number of days, or empty if you do not know; not {text!r}."
    )
