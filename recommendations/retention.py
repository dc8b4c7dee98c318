"""How long what was learned from somebody's ratings is kept after they are gone, and which model is the first without.

Names of versions begin with the moment their training began (`snapshots.new_name`), and its snapshot was taken later:
a version named after a moment was learned from ratings as they were after it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Min
from django.utils import timezone

from catalog.models import Rating
from recommendations.models import ModelVersion, Prediction, TrainingOptOut
from recommendations.registry import SNAPSHOTS_KEPT, VERSIONS_KEPT, our_folders

BEGINS_WITHIN = timedelta(minutes=1)
"""So long after the moment in its name a snapshot may first look at the ratings."""


@dataclass(frozen=True)
class Span:
    """The time in which somebody's ratings were there to be learned from: from `first`, None where there never were
    any, until they are gone or were no longer to be learned from.
    """

    first: datetime | None
    until: datetime

    @property
    def names(self) -> tuple[str, str] | None:
        """How the names of snapshots and versions may begin that saw the ratings, the first and the last."""
        if self.first is None or self.first >= self.until:
            return None
        return stamp(self.first - BEGINS_WITHIN), stamp(self.until)

    def has(self, name: str) -> bool:
        names = self.names
        return names is not None and names[0] <= name[: len(names[0])] <= names[1]


def span_of(user: User, moment: datetime) -> Span:
    """Until `moment`, or since when no model shall learn from this person. Ratings that were taken away count, too: an
    expectation is kept from right before each first one.
    """
    given = [
        Rating.objects.filter(reviewer__user=user).aggregate(first=Min("created_at"))["first"],
        Prediction.objects.filter(user=user).aggregate(first=Min("created_at"))["first"],
    ]
    opted_out = TrainingOptOut.objects.filter(user=user).values_list("created_at", flat=True).first()
    first = min((one for one in given if one is not None), default=None)
    return Span(first, min(opted_out or moment, moment))


@dataclass(frozen=True)
class Retention:
    """What is still there of the time of `span`; expected times are None where trainings have no schedule.

    `snapshots` may hold the ratings themselves; `versions` only learned from them and hold nobody's. `has_learned`: any
    version, whether or not its folder is still there.
    """

    span: Span
    snapshots: list[str]
    snapshots_gone_at: datetime | None
    has_learned: bool
    versions: list[str]
    versions_gone_at: datetime | None
    active: str | None
    first_without: ModelVersion | None
    first_without_at: datetime | None

    @property
    def stamp(self) -> str:
        return stamp(self.span.until)

    @property
    def is_nothing(self) -> bool:
        return not (self.has_learned or self.snapshots)

    @property
    def is_active_without(self) -> bool:
        """Whether the model that serves learned nothing from that time."""
        return self.active is None or not self.span.has(self.active)


def retention_of(span: Span) -> Retention:
    """Snapshots go when SNAPSHOTS_KEPT newer trainings have begun, versions one training after VERSIONS_KEPT newer ones
    are there; the active one stays until another takes its place.
    """
    active = ModelVersion.objects.active()
    newer = ModelVersion.objects.filter(version__gt=f"{stamp(span.until)}~").order_by("version")
    trainings = newer.count()
    versions = _of_span(settings.MODELS_DIR, span)
    return Retention(
        span=span,
        snapshots=_of_span(settings.SNAPSHOTS_DIR, span),
        snapshots_gone_at=_training_to_come(SNAPSHOTS_KEPT - trainings),
        has_learned=bool(versions) or _has_learned(span),
        versions=versions,
        versions_gone_at=_training_to_come(VERSIONS_KEPT + 1 - trainings),
        active=active.version if active else None,
        first_without=newer.first(),
        first_without_at=_training_to_come(1),
    )


def _has_learned(span: Span) -> bool:
    names = span.names
    if names is None:
        return False
    return ModelVersion.objects.filter(version__gte=names[0], version__lte=f"{names[1]}~").exists()


def stamp(moment: datetime) -> str:
    """As names of snapshots and versions begin: 20240501T120000Z."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _of_span(folder: Path | str, span: Span) -> list[str]:
    return sorted(path.name for path in our_folders(Path(folder)) if span.has(path.name))


def _training_to_come(n: int) -> datetime | None:
    """When the nth of the nightly trainings from now begins."""
    if not settings.NIGHTLY_RETRAIN:
        return None
    now = timezone.now()
    first = datetime.combine(now.date(), settings.NIGHTLY_RETRAIN, tzinfo=UTC)
    if first <= now:
        first += timedelta(days=1)
    return first + timedelta(days=max(n, 1) - 1)
