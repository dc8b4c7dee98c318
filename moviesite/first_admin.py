"""The first administrator of a new site."""

import secrets
from dataclasses import dataclass
from itertools import count

from django.contrib.auth import get_user_model


@dataclass(frozen=True)
class FirstAdmin:
    username: str
    password: str
    """Known here only: the database keeps a hash."""


def ensure_admin() -> FirstAdmin | None:
    """Make an administrator with a generated password where there is none; None where there is one.

    Somebody who signed up as "admin" is left alone: a free name is taken instead.
    """
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True, is_active=True).exists():
        return None
    names = ("admin" if n == 1 else f"admin{n}" for n in count(1))
    username = next(name for name in names if not users.filter(username__iexact=name).exists())
    password = secrets.token_urlsafe(12)
    users.create_superuser(username, password=password)
    return FirstAdmin(username, password)
