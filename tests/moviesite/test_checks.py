"""System checks: a configuration that is wrong or unwise is said in a sentence."""

import pytest

from moviesite.checks import check_configuration

POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "HOST": "db.example.org"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "HOST": ""}


def found(settings, **changes):
    """The ids of what the checks find after `changes`; the settings of the tests themselves are sound."""
    for name, value in changes.items():
        setattr(settings, name, value)
    messages = check_configuration(None)
    assert all(message.msg.endswith(".") and message.hint for message in messages)
    return [message.id for message in messages]


def test_the_tests_own_configuration_is_sound(settings, tmp_path):
    assert found(settings, VAR_DIR=tmp_path) == []


@pytest.mark.parametrize(
    "url", ["films.example.org", "ftp://films.example.org", "https://", "https://a.org/films"]
)
def test_a_site_url_is_an_address_without_a_path(settings, url):
    assert found(settings, SITE_URL=url) == ["moviesite.E001"]


def test_a_public_site_has_no_debug_and_speaks_https(settings):
    assert found(settings, SITE_URL="https://films.example.org", DEBUG=False) == []
    assert found(settings, DEBUG=True) == ["moviesite.E002"]
    assert found(settings, DEBUG=False, SITE_URL="http://films.example.org") == ["moviesite.W001"]


def test_poster_hosts_are_plain_host_names(settings):
    assert found(settings, POSTER_HOSTS=["images.example.org"]) == []
    assert found(settings, POSTER_HOSTS=["https://images.example.org", "*.org"]) == ["moviesite.E003"] * 2


def test_a_folder_that_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").write_text("")
    assert found(settings, VAR_DIR=tmp_path / "not" / "yet" / "made") == []
    assert found(settings, VAR_DIR=tmp_path / "file") == ["moviesite.E004"]
    assert found(settings, VAR_DIR="/dev/null/films") == ["moviesite.E004"]


@pytest.mark.parametrize(
    ("database", "broker", "ids"),
    [
        (SQLITE, "folder://", []),
        (SQLITE, "redis://127.0.0.1:6379/0", []),
        (SQLITE, "redis://queue.example.org/0", ["moviesite.W002"]),
        (POSTGRESQL, "amqp://queue.example.org//", []),
        (POSTGRESQL, "folder://", ["moviesite.W003"]),
        ({**POSTGRESQL, "HOST": "localhost"}, "folder://", []),
        ({**POSTGRESQL, "HOST": "/run/postgresql"}, "folder://", []),
        ({**POSTGRESQL, "HOST": ""}, "folder://", []),
    ],
)
def test_several_machines_share_a_database_and_a_broker(settings, monkeypatch, database, broker, ids):
    monkeypatch.setitem(settings.DATABASES, "default", database)
    assert found(settings, CELERY_BROKER_URL=broker) == ids
