"""kill -9 at any moment of an import, then a resume: exactly what one clean run leaves."""

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from benchmarks.made_dump.maker import make_dump
from tests.catalog.importing.sites import IMPORT, LOOK, REQUEST, Site, new_database

pytestmark = pytest.mark.slow

KILLS = 8


@pytest.fixture(params=["at once", "in batches"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest, tmp_path: Path, way: str) -> Iterator[Callable[[str], Site]]:
    server = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    with ExitStack() as databases:

        def make(name: str) -> Site:
            folder = tmp_path / name
            folder.mkdir()
            if not server:
                return Site(folder, f"sqlite:///{folder}/db.sqlite3", way)
            return Site(folder, databases.enter_context(new_database(server)), way)

        yield make


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("dump")
    make_dump(folder, 5_000, workers=1)
    return folder / "Movies_and_TV.json.gz", folder / "meta_Movies_and_TV.json.gz"


def test_killed_anywhere_and_resumed_it_is_one_clean_run(new_site, dump, tell_killed):
    clean, site = new_site("clean"), new_site("killed")
    steps = len(clean.run(IMPORT, clean.run(REQUEST, *dump)).splitlines())
    run_id = site.run(REQUEST, *dump).strip()
    dice = random.Random(11)  # noqa: S311 - moments to kill at
    points = sorted(dice.randrange(1, steps) for _ in range(KILLS))  # late ones last: they may be too late
    killed = [kill_after(site, run_id, point, dice.random() / 5) for point in points]
    tell_killed(killed)
    site.run(IMPORT, run_id)
    assert site.run(LOOK) == clean.run(LOOK)
    assert '"succeeded"' in site.run(LOOK)
    assert not site.blocks()


def kill_after(site: Site, run_id: str, steps: int, more_seconds: float) -> str:
    """Kill an attempt that many signs of progress, and a moment, after its start. Returns what it was doing."""
    process = site.start(IMPORT, run_id)
    assert process.stdout is not None
    stage = "nothing yet"
    for _ in range(steps):
        stage = process.stdout.readline().strip() or stage
    time.sleep(more_seconds)
    children = psutil.Process(process.pid).children() if process.poll() is None else []
    process.kill()
    process.communicate()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "workers outlived their import"
    return stage


@pytest.fixture
def tell_killed(capsys: pytest.CaptureFixture[str]) -> Callable[[list[str]], None]:
    def tell(stages: list[str]) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\nkilled while: {', '.join(stages)}\n")

    return tell


@pytest.mark.parametrize("way", ["at once"], indirect=True)
def test_a_file_that_changed_before_the_resume_is_said(new_site, dump, tmp_path):
    site = new_site("changed")
    reviews = tmp_path / "reviews.json.gz"
    reviews.write_bytes(dump[0].read_bytes())
    run_id = site.run(REQUEST, reviews, dump[1]).strip()
    kill_after(site, run_id, 3, 0.0)
    reviews.write_bytes(reviews.read_bytes()[:-1])
    site.run(IMPORT, run_id)
    said = site.run(LOOK)
    assert "reviews.json.gz changed since this import began; start a new import of it." in said
    assert '"ratings": [0,' in said
