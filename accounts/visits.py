"""When somebody was here before, as far as this browser's session knows, and which films have come since."""

from datetime import UTC, datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from catalog.models import Movie

KEY = "visits"
A_VISIT_ENDS_AFTER = timedelta(minutes=30)
WRITTEN_EVERY = timedelta(minutes=5)
MOST_NEW = 12


def last_visit(session: SessionBase) -> datetime | None:
    """The end of the visit before this one; None in a first one. Notes that somebody is here now."""
    now = timezone.now()
    kept = session.get(KEY, {})
    before, seen = _moment(kept.get("before")), _moment(kept.get("seen"))
    if seen is not None and now - seen > A_VISIT_ENDS_AFTER:
        before = seen
    if seen is None or now - seen > WRITTEN_EVERY:
        session[KEY] = {"before": before.timestamp() if before else None, "seen": now.timestamp()}
    return before


def new_films(since: datetime | None) -> list[Movie]:
    """Of the films added last, those that came after a moment, the newest first. Reads no more than it shows."""
    if since is None:
        return []
    latest = Movie.objects.current().order_by("-pk").prefetch_related("genres")[:MOST_NEW]
    return [movie for movie in latest if movie.created_at > since]


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
