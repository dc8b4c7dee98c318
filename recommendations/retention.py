"""How long what was learned from somebody's ratings is kept after they are gone, and which model is the first without.

Names of versions begin with the moment their training began (`snapshots.new_name`), and its snapshot was taken later:
a version named after a moment was learned from ratings as they were after it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from recommendations.models import ModelVersion
from recommendations.registry import SNAPSHOTS_KEPT, VERSIONS_KEPT, our_folders


@dataclass(frozen=True)
class Retention:
    """What is still there of the time before `moment`; expected times are None where trainings have no schedule.

    `snapshots` may hold the ratings themselves; `versions` only learned from them and hold nobody's.
    """

    moment: datetime
    snapshots: list[str]
    snapshots_gone_at: datetime | None
    versions: list[str]
    versions_gone_at: datetime | None
    active: str | None
    first_without: ModelVersion | None
    first_without_at: datetime | None

    @property
    def stamp(self) -> str:
        return stamp(self.moment)

    @property
    def is_active_without(self) -> bool:
        """Whether the model that serves learned nothing from that time."""
        return self.active is None or self.active[: len(self.stamp)] > self.stamp


def retention_since(moment: datetime) -> Retention:
    """Snapshots go when SNAPSHOTS_KEPT newer trainings have begun, versions one training after VERSIONS_KEPT newer ones
    are there; the active one stays until another takes its place.
    """
    limit = stamp(moment)
    active = ModelVersion.objects.active()
    newer = ModelVersion.objects.filter(version__gt=f"{limit}~").order_by("version")
    trainings = newer.count()
    return Retention(
        moment=moment,
        snapshots=_older(settings.SNAPSHOTS_DIR, limit),
        snapshots_gone_at=_training_to_come(SNAPSHOTS_KEPT - trainings),
        versions=_older(settings.MODELS_DIR, limit),
        versions_gone_at=_training_to_come(VERSIONS_KEPT + 1 - trainings),
        active=active.version if active else None,
        first_without=newer.first(),
        first_without_at=_training_to_come(1),
    )


def stamp(moment: datetime) -> str:
    """As names of snapshots and versions begin: 20240501T120000Z."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _older(folder: Path | str, limit: str) -> list[str]:
    return sorted(path.name for path in our_folders(Path(folder)) if path.name[: len(limit)] <= limit)


def _training_to_come(n: int) -> datetime | None:
    """When the nth of the nightly trainings from now begins."""
    if not settings.NIGHTLY_RETRAIN:
        return None
    now = timezone.now()
    first = datetime.combine(now.date(), settings.NIGHTLY_RETRAIN, tzinfo=UTC)
    if first <= now:
        first += timedelta(days=1)
    return first + timedelta(days=max(n, 1) - 1)
