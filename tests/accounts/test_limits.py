"""Limits hold whatever else is counted: in a table that forgets what has expired, and nothing else."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import LimitEntry
from moviesite import settings as of_the_site
from moviesite.tasks import clear_expired

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MANY = of_the_site.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"]


@pytest.fixture(autouse=True)
def _as_the_site_has_it(settings):
    settings.CACHES = of_the_site.CACHES


def token_tries(username, address, times=1):
    program = APIClient(REMOTE_ADDR=address)
    sent = {"username": username, "password": "wrong"}
    return [program.post("/api/v1/tokens/", sent).status_code for _ in range(times)]


def page_tries(username, address, times=1):
    """How often somebody was told that the password is wrong; the rest were refused, however allauth puts it."""
    client = Client(REMOTE_ADDR=address)
    sent = {"login": username, "password": "wrong"}
    pages = [client.post("/accounts/login/", sent).content.decode() for _ in range(times)]
    return sum("Too many" not in page for page in pages)


def store_expired(n):
    moment = timezone.now() - timedelta(seconds=2)
    entries = (LimitEntry(cache_key=f"{n}-{moment}", value="", expires=moment) for n in range(n))
    LimitEntry.objects.bulk_create(entries)


def test_junk_from_one_address_takes_no_room(ada):
    assert token_tries("ada", "10.0.0.1", times=10) == [400] * 10
    before = LimitEntry.objects.count()
    assert {code for n in range(20) for code in token_tries(f"junk{n}", "10.0.0.1")} == {429}
    assert LimitEntry.objects.count() == before


def test_however_much_is_counted_a_password_cannot_be_tried_more_often(ada):
    assert token_tries("ada", "10.0.0.1", times=10) == [400] * 10
    assert page_tries("ada", "10.0.0.2", times=10) == 5
    for n in range(2 * MANY):
        cache.set(f"junk{n}", [1.0], 60)
    assert token_tries("ada", "10.0.0.3") == token_tries("junk", "10.0.0.1") == [429]
    assert page_tries("ada", "10.0.0.4") == 0


def test_what_has_expired_is_cleared_when_there_is_much_and_every_night():
    store_expired(2 * MANY)
    cache.set("one", 1)
    assert LimitEntry.objects.count() == 1
    store_expired(3)
    clear_expired()
    assert LimitEntry.objects.count() == 1
    assert cache.get("one") == 1
