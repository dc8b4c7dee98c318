"""Work in the background: each task gets an id and calls the function that does it.

Imports and removals may hold a thread of the worker for hours, so there are places for a few at a time only. The rows
of those that find none go on waiting; the next of them is sent when a place is free again, or by the sweeper.
"""

import logging
from typing import Any

from celery import shared_task

from catalog import checking, removal
from catalog.importing import runs
from catalog.importing.errors import ImportProblem
from catalog.imports import uploads
from catalog.imports.afterwards import tidy_up
from catalog.models import ImportRun
from catalog.statistics import stored
from moviesite.web.messages import tell_workers
from moviesite.web.places import Places
from moviesite.web.runs import RunState, stop_requested

logger = logging.getLogger(__name__)
IMPORTS, REMOVALS = Places(2), Places(1)


@shared_task
def run_import(run_id: int) -> None:
    with IMPORTS.one() as mine:
        if not mine:
            return
        _import(run_id)
    waiting = ImportRun.objects.filter(state=RunState.QUEUED).exclude(pk=run_id).order_by("pk")
    _send_next(run_import, list(waiting.values_list("pk", flat=True)[:1]))


def _import(run_id: int) -> None:
    try:
        runs.run_import(run_id)
    except ImportProblem as problem:
        logger.error("Import %s waits to be taken up again: %s", run_id, problem)  # noqa: TRY400
    else:
        tidy_up(run_id)


def _send_next(task: Any, ids: list[int]) -> None:
    """The first of these is sent, unless this process is about to stop: the next one sends all of them anyway."""
    if not ids or stop_requested.is_set():
        return
    tell_workers(task.name, task.delay, ids[0])


@shared_task
def remove_old_uploads() -> None:
    uploads.remove_old_uploads()


@shared_task
def remove_data_set(data_set_id: int) -> None:
    """Remove a data set if it is still there and nobody is at it; done twice it does no harm."""
    with REMOVALS.one() as mine:
        if not mine:
            return
        if removal.remove_if_due(data_set_id):
            stored.refresh_statistics()
    _send_next(remove_data_set, removal.due_removals())


@shared_task
def refresh_statistics() -> None:
    """Count anew for the data page, if there is something new to count."""
    stored.refresh_if_changed()


@shared_task
def check_ratings() -> None:
    """Tell the log whether histograms and current ratings are right; the command of this name repairs them."""
    checked = checking.check_ratings()
    for finding in checked.findings:
        if finding.left:
            logger.error("%s Run `manage.py check_ratings --repair`.", finding.sentence())
    if not checked.left:
        logger.info("All ratings and histograms are right.")
