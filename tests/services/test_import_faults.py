"""What an import meets in the world: a database that goes away, a disk that is full, people who rate meanwhile."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from benchmarks.made_dump.maker import make_dump
from tests.catalog.importing.sites import IMPORT, LOOK, PRELUDE, REQUEST, Site, new_database

pytestmark = pytest.mark.slow

RATE = (
    PRELUDE
    + """
import json, time
from django.contrib.auth.models import User
from catalog.models import Movie, Reviewer
from catalog.ratings import rate
reviewer = Reviewer.objects.for_user(User.objects.get_or_create(username="ada")[0])
movie = Movie.objects.get_or_create(title="Stalker", year=1979)[0]
print("ready", flush=True)
waits, half_stars = [], 0
while not os.path.exists(sys.argv[1]):
    began = time.perf_counter()
    half_stars = half_stars % 10 + 1
    rate(reviewer, movie, half_stars)
    waits.append(time.perf_counter() - began)
    time.sleep(0.02)
print(json.dumps(waits))
"""
)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("dump")
    make_dump(folder, 10_000, workers=2)
    return folder / "Movies_and_TV.json.gz", folder / "meta_Movies_and_TV.json.gz"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of three megabytes; only root can have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of our own cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("way", ["at once", "in batches"])
def test_a_lost_connection_puts_the_run_back_and_the_next_attempt_ends_it(
    postgresql_url, tmp_path, dump, way
):
    with new_database(postgresql_url) as address, new_database(postgresql_url) as untouched:
        site, clean = Site(tmp_path / "cut", address, way), Site(tmp_path / "clean", untouched, way)
        clean.run(IMPORT, clean.run(REQUEST, *dump).strip())
        run_id = site.run(REQUEST, *dump).strip()
        process = site.start(IMPORT, run_id, hold=True)
        assert process.stdout is not None
        assert "held\n" in iter(process.stdout.readline, "")
        with psycopg.connect(address, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert ended
        assert ended[0] >= 1
        process.communicate(timeout=60)
        assert process.returncode == 0
        _, state, error, wrong = json.loads(site.run(LOOK))
        assert (state, wrong) == ("queued", 0)
        assert error.startswith("The database says: ")
        site.run(IMPORT, run_id)
        assert site.run(LOOK) == clean.run(LOOK)
        assert '"succeeded"' in site.run(LOOK)


@pytest.mark.parametrize("way", ["at once", "in batches"])
def test_a_full_disk_has_its_sentence_and_with_room_the_next_attempt_ends_it(
    small_disk, tmp_path, dump, way, tell
):
    clean = Site(tmp_path / "clean", f"sqlite:///{tmp_path}/clean/db.sqlite3", way)
    clean.run(IMPORT, clean.run(REQUEST, *dump).strip())
    site = Site(small_disk, f"sqlite:///{small_disk}/db.sqlite3", way)
    run_id = site.run(REQUEST, *dump).strip()
    used = psutil.disk_usage(str(small_disk)).used
    subprocess.run(["mount", "-o", f"remount,size={used + 600_000}", small_disk], check=True)
    process = site.start(IMPORT, run_id, stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=100)
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    _, state, error, wrong = json.loads(site.run(LOOK))
    assert wrong == 0
    assert state in ("failed", "running")
    tell(f"a full disk, {way}: {error or said.strip().splitlines()[-1]}")
    assert "full" in (error or said)
    again = site.run(REQUEST, *dump).strip() if state == "failed" else run_id
    site.run(IMPORT, again)
    found, state, error, wrong = json.loads(site.run(LOOK))
    assert (found, state, error, wrong) == tuple(json.loads(clean.run(LOOK)))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_people_rate_while_an_import_runs(request, tmp_path, dump, database, tell):
    """Beside a living site every wait for a rating is short: half a second at the 95th percentile, at most."""
    folder = tmp_path / "site"
    address = f"sqlite:///{folder}/db.sqlite3"
    if database == "postgresql":
        server = request.getfixturevalue("postgresql_url")
        context = new_database(server)
        address = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
    site = Site(folder, address, "in batches")
    run_id = site.run(REQUEST, *dump).strip()
    stop = tmp_path / "stop"
    people = site.start(RATE, stop)
    assert people.stdout is not None
    assert people.stdout.readline() == "ready\n"
    began = time.perf_counter()
    site.run(IMPORT, run_id)
    took = time.perf_counter() - began
    stop.touch()
    waits = sorted(json.loads(people.communicate(timeout=30)[0]))
    assert people.returncode == 0
    p95 = waits[int(len(waits) * 0.95)]
    tell(
        f"{database}: {len(waits)} ratings during an import of {took:.0f} s waited"
        f" {waits[len(waits) // 2] * 1e3:.0f} ms (median), {p95 * 1e3:.0f} ms (95th percentile),"
        f" {waits[-1] * 1e3:.0f} ms (longest)."
    )
    assert len(waits) > 20
    assert p95 < 0.5
    assert json.loads(site.run(LOOK))[-1] == 0
