"""Where people are signed in. allauth notes address and browser in a row of its own, which outlives the session."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

_OF_IT = Session.objects.filter(session_key=OuterRef("session_key"))


def count_sessions(user: User) -> int:
    """In how many browsers somebody can go on without signing in again."""
    alive = _OF_IT.filter(expire_date__gt=timezone.now())
    return int(UserSession.objects.filter(Exists(alive), user=user).count())


def forget_ended_sessions() -> None:
    """Remove what was noted of sessions that are gone."""
    UserSession.objects.filter(~Exists(_OF_IT)).delete()
