"""Housekeeping of long work."""

import logging

from celery import current_app, shared_task
from django.core.management import call_command
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import RatingImport
from catalog.models import ImportRun
from recommendations.models import TrainingRun

logger = logging.getLogger(__name__)
TASK_OF_RUN = {
    ImportRun: "catalog.tasks.run_import",
    RatingImport: "accounts.tasks.run_rating_import",
    TrainingRun: "recommendations.tasks.run_training",
}


def sweep(*, everything: bool = False) -> list[str]:
    """Put abandoned runs back and send their messages again; returns what was sent, as "task(id)"."""
    sent = []
    for model, task in TASK_OF_RUN.items():
        for run_id in model.objects.sweep(everything=everything):
            current_app.send_task(task, args=[run_id])
            sent.append(f"{task}({run_id})")
    if sent:
        logger.info("Sent again: %s", ", ".join(sent))
    return sent


@shared_task
def sweep_runs() -> None:
    sweep()


@shared_task
def clear_expired() -> None:
    """Remove the sessions and API tokens that nobody can use any more."""
    call_command("clearsessions")
    AuthToken.objects.filter(expiry__lt=timezone.now()).delete()
