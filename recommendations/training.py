"""Trainings: requested by anybody, run one at a time, from the database to a version that may be active."""

import json
import logging
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from ml.data.staging import remove_checkpoints
from ml.errors import InputError
from moviesite.web.messages import task_named, tell_workers
from moviesite.web.runs import Claim, LostClaim
from recommendations import registry
from recommendations.active_model import version_folder
from recommendations.models import ModelVersion, TrainingRun
from recommendations.pulse import Cancelled, Listener, Pulse
from recommendations.snapshots import new_name, snapshot_folder, take_snapshot
from recommendations.trainer import TrainerFailed, TrainerKilled, run_ml

TASK = "recommendations.tasks.run_training"

State = TrainingRun.State

log = logging.getLogger(__name__)


def request_training(trigger: str, user: AbstractBaseUser | None = None, *, send: bool = True) -> TrainingRun:
    """Queue a training; one that already waits is returned instead of a second.

    With `send`, its message goes to the worker when the transaction commits.
    """
    with transaction.atomic():
        run = TrainingRun.objects.filter(state=State.QUEUED).order_by("pk").first()
        if run is None:
            run = TrainingRun.objects.create(
                trigger=trigger,
                model_name=settings.TRAINING_MODEL,
                requested_by_id=user.pk if user else None,
            )
        if send:
            transaction.on_commit(lambda: _send(run.pk))
    return run


def run_training(run_id: int, listener: Listener | None = None) -> None:
    """Do one training here, if its run is to be had: another may be running, or somebody else have it.

    However it ends, the run's row says so, and the next one that waits is sent.
    """
    claim = Claim.take(TrainingRun, run_id)
    if claim is None:
        log.debug("Training %d is not to be had now.", run_id)
        return
    try:
        with suppress(LostClaim):
            _to_its_end(claim, Pulse(claim, listener))
    finally:
        _send_next()


def _to_its_end(claim: Claim, pulse: Pulse) -> None:
    version = new_name()
    try:
        _train(claim, pulse, version)
    except Cancelled:
        claim.cancel()
    except TrainerKilled as killed:
        log.warning("Training %d: %s", claim.run_id, killed)
        claim.retry(str(killed))
    except (TrainerFailed, InputError) as error:
        log.warning("Training %d failed: %s", claim.run_id, error)
        claim.fail(str(error))
    except (KeyboardInterrupt, SystemExit):
        claim.release()
        raise
    except LostClaim as lost:
        log.warning("%s", lost)
        raise
    except Exception as error:
        log.exception("Training %d failed", claim.run_id)
        claim.fail(
            f"The training failed with {type(error).__name__}; the worker's log tells the whole story."
        )
    finally:
        _remove_unless_registered(version)
        _remove_checkpoints_of_what_ended(claim.run_id)


def _train(claim: Claim, pulse: Pulse, version: str) -> None:
    run = TrainingRun.objects.get(pk=claim.run_id)
    registry.clear_away()
    snapshot = snapshot_folder(new_name())
    claim.beat(snapshot=snapshot.name)
    pulse.during(
        lambda: take_snapshot(
            snapshot.name, progress=lambda done, total: pulse.say("reading ratings", done, total)
        )
    )
    _fit(pulse, run, snapshot, version)
    pulse.say("comparing")
    verdict = registry.judge(version, lambda new, active: _evaluate(pulse, new, active, snapshot))
    claim.finish(
        {"version": version, "decision": verdict.decision},
        then=lambda: _register(version, run, verdict),
    )


def _fit(pulse: Pulse, run: TrainingRun, snapshot: Path, version: str) -> None:
    """Train in a child process, which leaves an artifact in the folder of models."""
    errors: list[str] = []

    def hear(line: bytes) -> None:
        event = json.loads(line)
        if event["event"] == "progress":
            pulse.say(event["stage"], event["done"], event["total"], event["message"])
        elif event["event"] == "error":
            errors.append(event["message"])

    out = version_folder(version)
    options = ["--model", run.model_name, "--version", version, "--seed", str(run.seed), "--watch-parent"]
    pulse.say("starting", message="loading TensorFlow")
    try:
        run_ml(["train", str(snapshot), "--out", str(out), *options], on_line=hear, tick=pulse.tick)
    except TrainerKilled:
        raise
    except TrainerFailed as failed:
        raise TrainerFailed(errors[-1] if errors else str(failed)) from failed


def _evaluate(pulse: Pulse, new: Path, active: Path, snapshot: Path) -> dict[str, Any]:
    lines: list[bytes] = []
    options = ["--against", str(active), "--watch-parent"]
    run_ml(["evaluate", str(new), str(snapshot), *options], on_line=lines.append, tick=pulse.tick)
    return dict(json.loads(b"".join(lines)))


def _register(version: str, run: TrainingRun, verdict: registry.Verdict) -> None:
    registry.register(version, run, verdict)


def _remove_unless_registered(version: str) -> None:
    folder = version_folder(version)
    if folder.exists() and not ModelVersion.objects.filter(version=version).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _remove_checkpoints_of_what_ended(run_id: int) -> None:
    """Nothing goes on from them any more, and they hold what was learned of people."""
    if TrainingRun.objects.filter(pk=run_id, state__in=(State.CANCELLED, State.FAILED)).exists():
        remove_checkpoints(Path(settings.MODELS_DIR))


def _send_next() -> None:
    """The training that waited for this one to end. The sweeper would find it too, but later."""
    run = TrainingRun.objects.filter(state=State.QUEUED).order_by("pk").first()
    if run is not None:
        _send(run.pk)


def _send(run_id: int) -> None:
    tell_workers("Training", task_named(TASK), run_id)
