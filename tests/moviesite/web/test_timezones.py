"""Times in the zone that the browser's cookie names; UTC for everything else."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import RatingImport
from moviesite.web.timezones import COOKIE, TimeZoneMiddleware, zone_named
from tests.pages import assert_good_page, text_of

MOMENT = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)


def seen_with(cookie):
    request = RequestFactory().get("/")
    if cookie is not None:
        request.COOKIES[COOKIE] = cookie
    return TimeZoneMiddleware(lambda _: timezone.localtime(MOMENT).isoformat())(request)


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("Europe/Berlin", "2026-07-02T01:30:00+02:00"),
        ("America/Argentina/Buenos_Aires", "2026-07-01T20:30:00-03:00"),
        ("Asia/Kolkata", "2026-07-02T05:00:00+05:30"),
        ("UTC", "2026-07-01T23:30:00+00:00"),
        (None, "2026-07-01T23:30:00+00:00"),
    ],
)
def test_in_the_visitors_zone(cookie, shown):
    assert seen_with(cookie) == shown
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "Mars/Phobos",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe/../UTC",
        "a" * 500,
        "Europe",
        "\0",
        "posix",
    ],
)
def test_what_is_no_zone_is_utc(cookie):
    assert seen_with(cookie) == "2026-07-01T23:30:00+00:00"
    assert zone_named(cookie) is None


@pytest.mark.django_db
def test_pages_show_it(as_ada, ada):
    run = RatingImport.objects.create(user=ada, source="IMDb")
    RatingImport.objects.filter(pk=run.pk).update(created_at=MOMENT)
    for zone, shown in (("Europe/Berlin", "2 July 2026, 01:30"), ("", "1 July 2026, 23:30")):
        as_ada.cookies[COOKIE] = zone
        assert shown in text_of(assert_good_page(as_ada.get(reverse("rating-import-new"))))
