"""Messages to the workers about work that stands in rows."""

import logging
from collections.abc import Callable

from celery import current_app
from kombu.exceptions import OperationalError as NoQueue

logger = logging.getLogger(__name__)


def task_named(name: str) -> Callable[[int], object]:
    """Delivers to a task that only the workers import."""
    return lambda pk: current_app.send_task(name, args=[pk])


def tell_workers(work: str, deliver: Callable[[int], object], pk: int) -> None:
    """Deliver the id of a row, by `delay` of a task or by `task_named`. Where there is no queue the row waits for the
    sweeper, a while; `work` says in the log what that is.
    """
    try:
        deliver(pk)
    except (NoQueue, OSError) as error:
        logger.warning("%s %d waits for the sweeper: its message could not be sent (%s).", work, pk, error)
