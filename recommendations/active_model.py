"""The active model of this process: opened once, swapped whole when another version becomes active.

An answer takes the model in one call and uses nothing else, so that it never mixes two versions.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from django.conf import settings

from catalog.models import Movie
from ml.arraytypes import BoolArray, Int32Array
from ml.artifact import ArtifactError
from ml.questions import Questionnaire
from ml.serving import ServedModel
from recommendations.checked_artifacts import read_checked
from recommendations.filters import Filters
from recommendations.models import ModelVersion
from recommendations.todays_films import TodaysFilms

RETRY_REFUSED_AFTER = 30.0
"""Seconds until a version that could not be opened is tried again, by whichever request comes then."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ActiveModel:
    """A served model and what this database adds to it.

    rating_counts: int32 (n_movies,), ratings a film had in training; films with none are known by content.
    gone: bool (n_movies,), films that were no longer in the database when the model was opened.
    """

    path: Path
    served: ServedModel
    rating_counts: Int32Array
    gone: BoolArray

    @property
    def version(self) -> str:
        return self.served.version

    def forget_today(self) -> None:
        """Ask the database anew what films are called, and which pass a filter."""
        self.films_today.forget()
        self.filters.forget()

    @cached_property
    def films_today(self) -> TodaysFilms:
        return TodaysFilms()

    @cached_property
    def filters(self) -> Filters:
        return Filters(self.served.vocabulary)

    @cached_property
    def questionnaire(self) -> Questionnaire:
        return Questionnaire(self.served, gone=self.gone)


_lock = threading.Lock()
_opened: ActiveModel | None = None
_refused: dict[Path, float] = {}


def version_folder(version: str) -> Path:
    return Path(settings.MODELS_DIR) / version


def active_model() -> ActiveModel | None:
    """The model to answer this request with, by one query; None when no version is active.

    When the active version cannot be opened, the one opened before goes on serving.
    """
    active = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE)
    version = active.values_list("version", flat=True).first()
    if version is None:
        return None
    path = version_folder(version)
    if _opened is not None and _opened.path == path:
        return _opened
    return _swap_to(path)


def _swap_to(path: Path) -> ActiveModel | None:
    """Open `path` in one thread; the others answer with the model that is there until it is open."""
    global _opened
    if not _lock.acquire(blocking=_opened is None):
        return _opened
    try:
        already_open = _opened is not None and _opened.path == path
        if not already_open and not _was_refused_lately(path):
            _opened = _open(path) or _opened
        return _opened
    finally:
        _lock.release()


def _open(path: Path) -> ActiveModel | None:
    try:
        opened = open_model(path)
    except (ArtifactError, OSError) as error:
        _refused[path] = time.monotonic()
        log.error("The active model %s is not served: %s", path.name, error)  # noqa: TRY400 - one sentence
        return None
    _refused.clear()
    return opened


def open_model(path: Path) -> ActiveModel:
    """Map an artifact whose every byte has been checked. ArtifactError, in one sentence, if it cannot be served."""
    artifact = read_checked(path)
    served = ServedModel(artifact)
    if served.version != path.name:
        raise ArtifactError(f"The artifact in {path} says that it is version {served.version}.")
    served.top_films  # noqa: B018  # made now, not in somebody's first request
    ids = Movie.objects.order_by().values_list("pk", flat=True).iterator(chunk_size=10_000)
    present = np.fromiter(ids, dtype=np.int64)
    return ActiveModel(
        path=path,
        served=served,
        rating_counts=artifact.arrays["rating_counts"],
        gone=~np.isin(served.movie_ids, present),
    )


def _was_refused_lately(path: Path) -> bool:
    return path in _refused and time.monotonic() - _refused[path] < RETRY_REFUSED_AFTER
