"""What the worker does for people's own data. A task carries a run's id and nothing else."""

from celery import shared_task

from accounts.imports import work


@shared_task
def run_rating_import(run_id: int) -> None:
    work.run_rating_import(run_id)


@shared_task
def remove_old_imports() -> None:
    work.remove_old_imports()
