"""Redis and RabbitMQ as brokers, for real: a worker takes runs and finishes them, also when it is killed on the way."""

import subprocess
import sys
from collections import Counter

import pytest

from moviesite.programs import programs
from moviesite.web.env import BASE_DIR
from tests.services.imports import N_RATINGS, ask_for_imports, imported_ratings, write_movielens
from tests.services.site import Site, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Workers:
    """The worker and the beat of a site, alone: no keeper, so that the test says when the worker starts again."""

    def __init__(self, site):
        self.site, self.worker, self.beat = site, None, None

    def start(self):
        self.worker = self._start("worker")
        self.beat = self.beat or self._start("beat")

    def _start(self, name):
        (program,) = [program for program in programs("", 1) if program.name == name]
        with (self.site.var / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *program.arguments],
                cwd=BASE_DIR,
                env=self.site.environ,
                stdout=log,
                stderr=log,
            )

    def kill(self):
        self.worker.kill()
        self.worker.wait()


@pytest.fixture(params=["SQLite and Redis", "PostgreSQL and RabbitMQ"])
def workers(request, tmp_path):
    """Of a site with its tables and nothing else, on each pair of services."""
    fixtures = {
        "SQLite": lambda: "",
        "PostgreSQL": lambda: request.getfixturevalue("postgresql_database"),
        "Redis": lambda: request.getfixturevalue("redis_database"),
        "RabbitMQ": lambda: request.getfixturevalue("rabbitmq_vhost"),
    }
    database, broker = (fixtures[name]() for name in request.param.split(" and "))
    environ = {"DATABASE_URL": database} if database else {}
    site = Site(tmp_path / "var", SECRET_KEY="x", CELERY_BROKER_URL=broker, **environ)
    site.var.mkdir()
    site.django("from django.core.management import call_command; call_command('migrate', verbosity=0)")
    workers = Workers(site)
    yield workers
    site.end_all()
    for process in filter(None, (workers.worker, workers.beat)):
        process.wait()


def imports_done(site, ids):
    rows = [site.run_row("catalog_importrun", run_id) for run_id in ids]
    assert not [row["error"] for row in rows if row["state"] == "failed"]
    return rows if all(row["state"] == "succeeded" for row in rows) else None


def test_a_worker_takes_runs_and_one_killed_loses_none(workers, tmp_path, tell):
    site = workers.site
    folders = [write_movielens(tmp_path / f"set-{n}", seed=n) for n in range(7)]
    ids = ask_for_imports(site, folders)
    workers.start()
    until(lambda: any(site.run_row("catalog_importrun", n)["done"] for n in ids), "imports are under way")
    running = [n for n in ids if site.run_row("catalog_importrun", n)["state"] == "running"]
    workers.kill()
    assert running
    workers.start()
    rows = until(lambda: imports_done(site, ids), "all imports have succeeded", 120)
    attempts = Counter(row["attempts"] for row in rows)
    assert attempts == Counter({2: len(running), 1: len(ids) - len(running)})
    assert sorted(imported_ratings(site).values()) == [N_RATINGS] * len(ids)
    tell(
        f"{site.environ['CELERY_BROKER_URL'].split(':')[0]}: {len(running)} interrupted, attempts {dict(attempts)}"
    )
