"""Housekeeping of long work."""

import logging

from celery import current_app, shared_task
from django.core.management import call_command
from django.utils import timezone
from knox.models import AuthToken

from accounts.limits import clear_expired_limits
from accounts.models import RatingImport
from accounts.sessions import forget_ended_sessions
from catalog.models import ImportRun
from catalog.removal import due_removals
from recommendations.models import TrainingRun

logger = logging.getLogger(__name__)
TASK_OF_RUN = {
    ImportRun: "catalog.tasks.run_import",
    RatingImport: "accounts.tasks.run_rating_import",
    TrainingRun: "recommendations.tasks.run_training",
}
REMOVAL = "catalog.tasks.remove_data_set"


def sweep(*, everything: bool = False) -> list[str]:
    """Put abandoned runs back and send their messages again, and those of removals that nobody is at; returns what was
    sent, as "task(id)".
    """
    due = [
        (task, pk) for model, task in TASK_OF_RUN.items() for pk in model.objects.sweep(everything=everything)
    ]
    due += [(REMOVAL, data_set_id) for data_set_id in due_removals()]
    for task, pk in due:
        current_app.send_task(task, args=[pk])
    sent = [f"{task}({pk})" for task, pk in due]
    if sent:
        logger.info("Sent again: %s", ", ".join(sent))
    return sent


@shared_task
def sweep_runs() -> None:
    sweep()


@shared_task
def clear_expired() -> None:
    """Remove sessions and API tokens that nobody can use any more, with what was noted of them; and past tries."""
    call_command("clearsessions")
    forget_ended_sessions()
    AuthToken.objects.filter(expiry__lt=timezone.now()).delete()
    clear_expired_limits()
