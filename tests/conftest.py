"""The fixed cast of the tests, and what they may need from the machine."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from rest_framework.test import APIClient

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MUST_RUN = os.environ.get("REQUIRE_SERVICES") == "1"


def need(found: object, reason: str) -> None:
    """Skip, visibly, what this machine cannot run; where everything must be there, fail instead."""
    if found:
        return
    if MUST_RUN:
        pytest.fail(f"{reason}, and REQUIRE_SERVICES=1 says that nothing may be skipped")
    pytest.skip(reason)


def answers(url: str) -> bool:
    """Whether something listens at the address's host and port."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """A run in the background ignores Ctrl-C, and so would every process that its tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _fast_and_separate(settings: Any, tmp_path: Path) -> None:
    """A weak password hasher, plain static files, and run-time folders of the test's own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    for name in ("SNAPSHOTS_DIR", "MODELS_DIR", "IMPORT_REPORTS_DIR", "IMPORT_DIR", "UPLOADS_DIR"):
        setattr(settings, name, tmp_path / name.lower())


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets, whose licences keep them out of the repository."""
    need(SHARED_DATA.is_dir(), "no folder shared/data beside the checkout")
    return SHARED_DATA


@pytest.fixture
def postgresql_url() -> str:
    url = os.environ.get("TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    need(answers(url), f"no PostgreSQL at {urlsplit(url).hostname}:{urlsplit(url).port}")
    return url


@pytest.fixture
def redis_url() -> str:
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    need(answers(url), "no Redis at 127.0.0.1:6379")
    return url


@pytest.fixture
def rabbitmq_url() -> str:
    url = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
    need(answers(url), "no RabbitMQ at 127.0.0.1:5672")
    return url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    need(found, "no Chromium on this machine")
    return str(found)


# The cast: an owner who runs the site, Ada who has an account, Bob who has another, a stranger without one.


@pytest.fixture
def owner(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("owner", "owner@example.org", "owner-password")


@pytest.fixture
def ada(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("ada", "ada@example.org", "ada-password")


@pytest.fixture
def bob(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("bob", "bob@example.org", "bob-password")


@pytest.fixture
def as_ada(ada: Any) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def as_bob(bob: Any) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def as_owner(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def as_stranger() -> Client:
    return Client()


@pytest.fixture
def api_as_ada(ada: Any) -> Iterator[APIClient]:
    client = APIClient()
    client.force_authenticate(ada)
    return client
