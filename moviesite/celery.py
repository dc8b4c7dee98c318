"""The Celery app, and what a worker does when it is ready and when it is asked to stop."""

import os
from typing import Any

from celery import Celery, signals
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
WORKER_WAITS_SECONDS = 300

TRANSPORT_ALIASES["folder"] = "moviesite.broker:Transport"

app = Celery("moviesite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# The imports below wait for the worker to have loaded the apps, which models need.


@signals.worker_init.connect
def wait_longer_for_sqlite(**_signal: Any) -> None:
    """Nobody waits for a worker: it lets a large import finish where a page would rather give up."""
    from django.db.backends.signals import connection_created

    connection_created.connect(_wait_longer)


def _wait_longer(connection: Any, **_signal: Any) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {WORKER_WAITS_SECONDS * 1_000}")


@signals.worker_ready.connect
def take_up_what_was_left(**_signal: Any) -> None:
    """The embedded broker may have lost what this worker's predecessor held: send every queued run again."""
    from moviesite.tasks import sweep

    sweep(everything=True)


@signals.worker_shutting_down.connect
def give_runs_back(**_signal: Any) -> None:
    from moviesite.web.runs import stop_requested

    stop_requested.set()
