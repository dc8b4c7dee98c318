"""Train a model here, with progress in the terminal, or follow the training that a worker has under way."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ml.artifact import ArtifactError
from recommendations.active_model import version_folder
from recommendations.checked_artifacts import read_checked
from recommendations.models import ModelVersion, TrainingRun
from recommendations.training import request_training, run_training

SECONDS_BETWEEN_LOOKS = 1.0
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Trains a model on all ratings and makes it active if it is good enough."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-none-active", action="store_true", help="do nothing if a model is active and can be served"
        )

    def handle(self, *args: Any, if_none_active: bool = False, **options: Any) -> None:
        active = ModelVersion.objects.active()
        if if_none_active and active is not None and self._is_served(active):
            return
        TrainingRun.objects.sweep()
        running = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING).first()
        if running is not None:
            self.stdout.write("A training is under way in the worker; waiting for it.")
        if running is not None and if_none_active:
            self._train_or_follow(running)
        else:
            running = self._train_own(TrainingRun.Trigger.MANUAL if active else TrainingRun.Trigger.FIRST)
        self._tell(running)

    def _is_served(self, active: ModelVersion) -> bool:
        """Not after an update whose program no longer reads what an earlier one wrote, or if its files are gone."""
        try:
            read_checked(version_folder(active.version))
        except ArtifactError as error:
            self.stdout.write(f"The active model cannot be served, so another is trained: {error}")
            return False
        self.stdout.write(f"Model {active.version} is active.")
        return True

    def _train_own(self, trigger: str) -> TrainingRun:
        run = request_training(trigger, send=False)
        try:
            self._train_or_follow(run)
        except KeyboardInterrupt:
            run.request_cancel()
            raise SystemExit(INTERRUPTED) from None
        return run

    def _train_or_follow(self, run: TrainingRun) -> None:
        """Take the run ourselves as soon as it is to be had; watch whoever has it, or runs before it."""
        with _bars() as bars:
            shown = bars.add_task("waiting", total=None, message="")

            def show(stage: str, done: int, total: int | None, message: str) -> None:
                bars.update(shown, description=stage, completed=done, total=total, message=message)

            while not run.is_finished:
                run_training(run.pk, show)
                run.refresh_from_db()
                other = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING).first()
                if other is not None:
                    show(f"in the worker: {other.stage}", other.done, other.total, other.message)
                    time.sleep(SECONDS_BETWEEN_LOOKS)
                    TrainingRun.objects.sweep()

    def _tell(self, run: TrainingRun) -> None:
        if run.state == TrainingRun.State.CANCELLED:
            raise CommandError("The training was cancelled.")
        if run.state == TrainingRun.State.FAILED:
            raise CommandError(run.error)
        self.stdout.write(f"Model {run.result['version']}. {run.result['decision']}")


def _bars() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[message]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
