"""Where limits count what was tried: a table of the database, which all web processes share, on any machine.

Django's default cache is this and nothing else, because allauth's limits and its second factors' used codes go there.
"""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.utils import timezone

from accounts.models import LimitEntry


class LimitCache(DatabaseCache):
    """Django's, except that what still counts is never dropped to make room, however much there is.

    Else whoever fills it with junk would make it forget how often a password was tried.
    """

    def _cull(self, _db: str, _cursor: Any, _now: datetime, _num: int) -> None:
        clear_expired_limits()


def clear_expired_limits() -> None:
    LimitEntry.objects.filter(expires__lt=timezone.now()).delete()
