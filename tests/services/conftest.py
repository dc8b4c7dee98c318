"""Real services and real sites. Each site has a folder, a database and a port of its own."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.conftest import need
from tests.services.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site with the demo and its first model, for all tests of a module: each leaves it well."""
    site = Site(tmp_path_factory.mktemp("site") / "var")
    try:
        site.start()
        yield site
    finally:
        site.end_all()


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Site]:
    """An empty site of the test's own, not started."""
    site = Site(tmp_path / "var", DEMO="0")
    yield site
    site.end_all()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    """Says a figure that was seen, whether the test passes or not."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n    {text}", end="", flush=True)  # noqa: T201

    return say


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own."""
    name = f"moviesite_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(postgresql_url)._replace(path=f"/{name}").geturl()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def redis_database(redis_url: str) -> Iterator[str]:
    """The address of a database of the test's own in the Redis: one that was empty, and is again."""
    for number in range(15, 0, -1):
        url = urlsplit(redis_url)._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(url) as database:
            if database.dbsize() == 0:
                yield url
                database.flushdb()
                return
    need(None, "no empty database in the Redis")


@pytest.fixture
def rabbitmq_vhost(rabbitmq_url: str) -> Iterator[str]:
    """The address of a virtual host of the test's own in the RabbitMQ."""
    name = f"moviesite-test-{uuid.uuid4().hex[:12]}"
    user = urlsplit(rabbitmq_url).username or "guest"
    made = rabbitmqctl("add_vhost", name) and rabbitmqctl(
        "set_permissions", "-p", name, user, ".*", ".*", ".*"
    )
    need(made, "rabbitmqctl may not make a virtual host here")
    yield urlsplit(rabbitmq_url)._replace(path=f"/{name}").geturl()
    rabbitmqctl("delete_vhost", name)


def rabbitmqctl(*arguments: str) -> bool:
    program = shutil.which("rabbitmqctl") or shutil.which("rabbitmqctl", path="/usr/sbin")
    if program is None:
        return False
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0
