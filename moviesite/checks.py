"""What is wrong or unwise in the configuration, each in a sentence that says what to do.

Errors keep `make run` from starting; warnings are shown.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from moviesite.web.env import is_host_name, is_loopback


@register()
def check_configuration(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    return [*_site_url(), *_poster_hosts(), *_var_dir(), *_one_machine()]


def _site_url() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        yield Error(
            f"SITE_URL is {settings.SITE_URL!r}, which is not the address of a site.",
            hint="Write it as https://films.example.org: scheme and host, and a port where there is one.",
            id="moviesite.E001",
        )
    elif not is_loopback(parts.hostname):
        yield from _public_site(parts.scheme)


def _public_site(scheme: str) -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "DEBUG is on for a public SITE_URL: error pages would show the site's inside to everybody.",
            hint="Take DEBUG out of the environment.",
            id="moviesite.E002",
        )
    if scheme == "http":
        yield Warning(
            "SITE_URL is public but http: passwords and cookies travel in clear text.",
            hint="Put a server that speaks https in front and set SITE_URL to its https:// address.",
            id="moviesite.W001",
        )


def _poster_hosts() -> Iterator[CheckMessage]:
    for host in settings.POSTER_HOSTS:
        if not is_host_name(host):
            yield Error(
                f"POSTER_HOSTS names {host!r}, which is not a plain host name.",
                hint="Write images.example.org: no scheme, no path, no wildcard; several with commas between.",
                id="moviesite.E003",
            )


def _var_dir() -> Iterator[CheckMessage]:
    folder = _nearest_existing(Path(settings.VAR_DIR))
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        yield Error(
            f"The site cannot write to {settings.VAR_DIR}, where everything it makes is kept.",
            hint="Give this user the folder, or set VAR_DIR to another one.",
            id="moviesite.E004",
        )


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _one_machine() -> Iterator[CheckMessage]:
    """SQLite and the embedded broker live in this machine's folders; a broker elsewhere says there are more."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    broker = urlsplit(settings.CELERY_BROKER_URL)
    if on_sqlite and broker.hostname and not is_loopback(broker.hostname):
        yield Warning(
            f"The broker is on {broker.hostname}, but the database is a file of this machine: "
            "workers on other machines would see another site.",
            hint="Set DATABASE_URL to a PostgreSQL that all machines reach.",
            id="moviesite.W002",
        )
    if not on_sqlite and broker.scheme == "folder" and _is_elsewhere(settings.DATABASES["default"]["HOST"]):
        yield Warning(
            "The database is on another machine, but the broker is a folder of this one: "
            "work asked for here is only done here.",
            hint="With web or workers on several machines, set CELERY_BROKER_URL to a Redis or RabbitMQ.",
            id="moviesite.W003",
        )


def _is_elsewhere(host: str) -> bool:
    """Whether a database host is another machine; nothing or a folder is a socket of this one."""
    return bool(host) and not host.startswith("/") and not is_loopback(host)
