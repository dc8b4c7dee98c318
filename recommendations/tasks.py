"""What the worker does for this package. A task carries a run's id and nothing else."""

from celery import shared_task

from recommendations import training
from recommendations.models import TrainingRun


@shared_task
def run_training(run_id: int) -> None:
    training.run_training(run_id)


@shared_task
def request_nightly_training() -> None:
    training.request_training(TrainingRun.Trigger.NIGHTLY)
