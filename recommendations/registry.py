"""The versions of the model: checked, compared, made active, rolled back, and cleared away when old."""

import logging
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from ml.artifact import ArtifactError, read_artifact
from ml.data.staging import remove_leftovers
from ml.serving import ServedModel
from recommendations.active_model import version_folder
from recommendations.checked_artifacts import read_checked
from recommendations.models import ModelVersion, TrainingRun
from recommendations.verdicts import against_active, against_baselines, outgrown

VERSIONS_KEPT = 5
SNAPSHOTS_KEPT = 2

_OUR_FOLDERS = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
State = ModelVersion.State
Evaluate = Callable[[Path, Path], Mapping[str, Any]]
"""(new artifact, active artifact) -> what `python -m ml evaluate` says of them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a new version, and why. `against` is the version that was active when it was judged."""

    state: ModelVersion.State
    decision: str
    against: str | None = None
    comparison: dict[str, Any] = field(default_factory=dict)


def judge(version: str, evaluate: Evaluate) -> Verdict:
    """Whether a new artifact shall serve: better than the baselines, and no worse than the active version, if that is
    still of these ratings."""
    folder = version_folder(version)
    try:
        manifest = ServedModel(read_checked(folder, again=True)).manifest
    except ArtifactError as error:
        return Verdict(State.REFUSED, f"Not made active: {error}")
    active = ModelVersion.objects.active()
    if active is None:
        return _judge_alone(manifest, "the first model")
    try:
        ServedModel.open(version_folder(active.version))
    except ArtifactError as error:
        log.error("The active version cannot be compared with: %s", error)  # noqa: TRY400 - one sentence
        return _judge_alone(manifest, f"version {active.version} can no longer be opened", active.version)
    comparison = dict(evaluate(folder, version_folder(active.version)))
    better, decision = against_active(comparison, active.version)
    if better is None and (why := outgrown(comparison, active.version)):
        return replace(_judge_alone(manifest, why, active.version), comparison=comparison)
    state = {True: State.ACTIVE, False: State.REFUSED, None: State.CANDIDATE}[better]
    return Verdict(state, decision, active.version, comparison)


def _judge_alone(manifest: Mapping[str, Any], why: str, against: str | None = None) -> Verdict:
    better, decision = against_baselines(manifest["metrics"], manifest["baselines"])
    state = State.ACTIVE if better else State.REFUSED
    return Verdict(state, f"{decision} ({why})." if better else f"{decision}.", against)


@transaction.atomic
def register(version: str, run: TrainingRun, verdict: Verdict) -> ModelVersion:
    """Enter a version with what was decided. If another became active meanwhile, this one waits."""
    new = ModelVersion.objects.create(
        version=version,
        training_run=run,
        manifest=read_artifact(version_folder(version), verify=False).manifest,
        decision=verdict.decision[:500],
        comparison=verdict.comparison,
        state=State.CANDIDATE if verdict.state is State.ACTIVE else verdict.state,
    )
    if verdict.state is not State.ACTIVE:
        return new
    active = ModelVersion.objects.select_for_update().filter(state=State.ACTIVE).first()
    if (active.version if active else None) == verdict.against:
        _make_active(new, by=None, why=verdict.decision)
    else:
        new.decision = "Not made active: another version was made active while this one was judged."
        new.save(update_fields=["decision"])
    return new


def activate(version: ModelVersion, *, by: AbstractBaseUser | None = None, why: str = "") -> None:
    """Serve this version from the next request on, be it new or an old one rolled back to.

    ArtifactError, with nothing changed, if its folder is gone, damaged or of a kind that cannot be served.
    """
    ServedModel(read_checked(version_folder(version.version), again=True))
    _make_active(version, by=by, why=why or f"Made active by hand. Before that: {version.decision}")


@transaction.atomic
def _make_active(version: ModelVersion, *, by: AbstractBaseUser | None, why: str) -> None:
    active = ModelVersion.objects.select_for_update().filter(state=State.ACTIVE).exclude(pk=version.pk)
    active.update(state=State.RETIRED)
    version.state, version.decision = State.ACTIVE, why[:500]
    version.activated_at, version.activated_by_id = timezone.now(), by.pk if by else None
    version.save(update_fields=["state", "decision", "activated_at", "activated_by"])


def clear_away() -> None:
    """Remove old folders and what killed trainings left. Only for the holder of a training's claim.

    The active version and the last few stay, so that rolling back is possible; of snapshots the newest, so
    that there are SNAPSHOTS_KEPT with the one about to be taken. Folders with names not ours are not touched.
    """
    models_dir, snapshots_dir = Path(settings.MODELS_DIR), Path(settings.SNAPSHOTS_DIR)
    last = ModelVersion.objects.order_by("-pk").values_list("version", flat=True)[:VERSIONS_KEPT]
    active = ModelVersion.objects.filter(state=State.ACTIVE).values_list("version", flat=True)
    _remove_folders(models_dir, keep={*last, *active})
    names = sorted(folder.name for folder in our_folders(snapshots_dir))
    _remove_folders(snapshots_dir, keep=set(names[len(names) - SNAPSHOTS_KEPT + 1 :]))


def _remove_folders(parent: Path, *, keep: set[str]) -> None:
    if parent.is_dir():
        remove_leftovers(parent)
    for folder in our_folders(parent):
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def our_folders(parent: Path) -> list[Path]:
    """The snapshots, or versions, in a folder: what has a name of our making."""
    if not parent.is_dir():
        return []
    return [folder for folder in parent.iterdir() if _OUR_FOLDERS.fullmatch(folder.name)]
