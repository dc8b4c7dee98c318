"""Work in the background: each task gets an id and calls the function that does it."""

import logging

from celery import shared_task

from catalog import checking, data_sets
from catalog.importing import runs
from catalog.importing.errors import ImportProblem
from catalog.imports import uploads
from catalog.imports.afterwards import tidy_up
from catalog.models import DataSet
from catalog.statistics import stored

logger = logging.getLogger(__name__)


@shared_task
def run_import(run_id: int) -> None:
    try:
        runs.run_import(run_id)
    except ImportProblem as problem:
        logger.error("Import %s waits to be taken up again: %s", run_id, problem)  # noqa: TRY400
    else:
        tidy_up(run_id)


@shared_task
def remove_old_uploads() -> None:
    uploads.remove_old_uploads()


@shared_task
def remove_data_set(data_set_id: int) -> None:
    """Remove a data set if it is still there; done twice it does no harm."""
    data_set = DataSet.objects.filter(pk=data_set_id).first()
    if data_set is not None:
        data_sets.remove_data_set(data_set)
        stored.refresh_statistics()


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
