"""Sites of their own for processes that are killed, cut off, or fill a disk: scripts, and what they leave."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

PROJECT = Path(__file__).resolve().parents[3]

PRELUDE = """
import os, sys, django
django.setup()
from catalog.importing import pipeline, runs
from catalog.importing.bulk import loading, movies, partitions, reading
from catalog.models import ImportRun
if os.environ["WAY"] == "at once":
    loading.LARGE_BYTES, reading.BLOCK_BYTES = 0, 100_000
    partitions.ROWS_IN_A_PARTITION, movies.MOVIES_AT_ONCE = 500, 300
else:
    loading.LARGE_BYTES, pipeline.RATINGS_IN_A_BATCH, pipeline.LINES_BETWEEN_LOOKS = 1 << 60, 250, 100
"""

REQUEST = (
    PRELUDE
    + """
from django.core.management import call_command
call_command("migrate", verbosity=0)
run = runs.request_import("amazon", {"reviews": sys.argv[1], "meta": sys.argv[2]})
print(run.pk)
"""
)

IMPORT = (
    PRELUDE
    + """
ImportRun.objects.filter(pk=sys.argv[1], state="running").update(state="queued", claim_token=None)


def hold():
    print("held", flush=True)
    sys.stdin.readline()


def tell(progress):
    print(progress.stage, flush=True)
    if os.environ["HOLD"] and progress.stage == "loading the reviews":
        hold()


def insert_movies_later(*arguments, insert_movies=loading.insert_movies):
    hold()
    insert_movies(*arguments)


if os.environ["HOLD"]:
    loading.insert_movies = insert_movies_later
runs.run_import(int(sys.argv[1]), tell)
"""
)
"""Tells its stages. If it is to hold, it says so in the middle of loading and waits for the end of its input."""

LOOK = (
    PRELUDE
    + """
import hashlib, json
from django.db import connection
from catalog.aggregates import wrong_histograms
from tests.catalog.importing.builders import contents
found = {}
for name, rows in contents().items():
    found[name] = [len(rows), hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()]
connection.check_constraints()
run = ImportRun.objects.latest("pk")
print(json.dumps([found, run.state, run.error, wrong_histograms().count()]))
"""
)
"""Everything by the sources' names: ids of rows may have gaps after a kill."""


class Site:
    """A folder and a database of its own, for processes that are killed."""

    def __init__(self, folder: Path, database_url: str, way: str = "at once") -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "moviesite.settings",
            "SECRET_KEY": "only-for-tests",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database_url,
            "WAY": way,
        }

    def start(
        self, script: str, *arguments: object, stderr: int | None = None, hold: bool = False
    ) -> "subprocess.Popen[str]":
        self.folder.mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=PROJECT,
            env={**self.environment, "HOLD": "yes" if hold else ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, script: str, *arguments: object) -> str:
        process = self.start(script, *arguments)
        said, _ = process.communicate(timeout=200)
        assert process.returncode == 0
        return said

    def blocks(self) -> int:
        return len(list(self.folder.glob("imports/*.blocks/*.json")))


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, for a while."""
    name = f"imports_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
