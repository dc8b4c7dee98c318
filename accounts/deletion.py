"""An account that goes, with everything in it; and the receipt, which knows no name."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import transaction
from django.utils import timezone
from knox.models import get_token_model

from accounts.models import RatingImport
from catalog.models import Reviewer
from catalog.rating_sets import remove_reviewer
from recommendations.models import TrainingOptOut
from recommendations.retention import Span, span_of

RECEIPT_LASTS = timedelta(days=400)
_SALT = "accounts.deletion"


@dataclass(frozen=True)
class Receipt:
    """What went, and when. `was_learned_from`: whether models learned from the ratings until then. `first` and `until`:
    between which moments, in seconds; of receipts that do not say, from the beginning until all went.
    """

    seconds: int
    ratings: int
    imports: int
    sessions: int
    tokens: int
    was_learned_from: bool
    first: int | None = 0
    until: int | None = None

    @property
    def moment(self) -> datetime:
        return _moment(self.seconds)

    @property
    def span(self) -> Span:
        first = None if self.first is None else _moment(self.first)
        return Span(first, self.moment if self.until is None else _moment(self.until))

    @property
    def backups_gone_at(self) -> datetime | None:
        days = settings.BACKUP_DAYS
        return self.moment + timedelta(days=days) if days is not None else None

    def token(self) -> str:
        """For the receipt's address: nothing of it is kept here."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)

    @classmethod
    def from_token(cls, token: str) -> "Receipt | None":
        """None for a token that is not ours, or too old."""
        try:
            values: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=RECEIPT_LASTS)
            return cls(**values)
        except (signing.BadSignature, TypeError):
            return None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_fixed_timezone(0))


def is_last_who_runs_the_site(user: User) -> bool:
    """Whether nobody else could let anybody in again."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


def delete_account(user: User) -> Receipt:
    """Remove a person from all tables, with their ratings taken out of the averages, and end all their sessions.

    Whoever makes this person a reviewer refers to their row, so with that locked all ratings are seen.
    """
    keys = sessions_of(user)
    with transaction.atomic():
        list(User.objects.select_for_update().filter(pk=user.pk).values_list("pk"))
        now = timezone.now()
        span = span_of(user, now)
        receipt = Receipt(
            seconds=int(now.timestamp()),
            first=int(span.first.timestamp()) if span.first else None,
            until=int(span.until.timestamp()),
            imports=RatingImport.objects.filter(user=user).count(),
            tokens=get_token_model().objects.filter(user=user).count(),
            was_learned_from=not TrainingOptOut.objects.filter(user=user).exists(),
            sessions=Session.objects.filter(session_key__in=keys).delete()[0],
            ratings=sum(remove_reviewer(reviewer) for reviewer in Reviewer.objects.filter(user=user)),
        )
        user.delete()
    return receipt


def sessions_of(user: User) -> list[str]:
    """The keys of this person's sessions. A session says inside, signed, whose it is: each is looked into."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    return [
        session.session_key
        for session in alive.iterator(chunk_size=2_000)
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
