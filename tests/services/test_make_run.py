"""`make run`, from an empty folder to pages, and back to nothing."""

import signal
import stat
import time

import pytest

from moviesite.web.env import BASE_DIR
from tests.services.imports import N_RATINGS, ask_for_imports, imported_ratings, write_movielens
from tests.services.site import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAKE_RUN = ("make", "--no-print-directory", "-C", str(BASE_DIR), "run")
SECOND_START_SECONDS = 20
"""Generous for a loaded machine of two cores; a quiet one takes about four."""


@pytest.fixture(autouse=True)
def _needs_an_environment(pytestconfig):
    if not (BASE_DIR / ".venv" / "installed").exists():
        pytest.skip(
            "these tests start `make run`, which would first install .venv: run them by `make test-slow`"
        )


def test_from_an_empty_folder_to_pages_and_back(new_site, tell):
    new_site.environ.update(DEMO="1")
    cold = new_site.start(MAKE_RUN)
    assert new_site.get("/") == 200
    until(lambda: "The site is up:  http://127.0.0.1" in new_site.words(), "the address is shown")
    assert f"http://127.0.0.1:{new_site.port}" in new_site.words()
    assert "as admin with the password" in new_site.words()
    assert (new_site.rows("SELECT count(*) AS n FROM catalog_movie"))[0]["n"] >= 400
    assert private(new_site.var)
    memory = {name: resident_mb(new_site.program(name)) for name in ("web", "worker", "trainer", "beat")}

    seconds = new_site.signal(signal.SIGINT)
    assert new_site.processes() == []
    assert seconds < 12
    assert "Stopped; nothing is left running." in new_site.words()

    warm = new_site.start(MAKE_RUN)
    assert new_site.words().count("with the password") == 1
    assert warm < SECOND_START_SECONDS
    new_site.signal(signal.SIGTERM)
    assert new_site.processes() == []
    tell(f"first start {cold:.1f} s, second {warm:.1f} s, Ctrl-C {seconds:.1f} s; MB resident: {memory}")


def private(var):
    """Whether nobody but the owner can read what lies in the folder."""
    return all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in (var, *var.iterdir()))


def resident_mb(process):
    family = [process, *process.children(recursive=True)]
    return [round(member.memory_info().rss / 1e6) for member in family]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_ending_leaves_nothing(new_site, how):
    new_site.start()
    assert len(new_site.processes()) >= 6
    seconds = new_site.signal(how)
    assert new_site.processes() == []
    assert seconds < 12


def test_killing_make_itself_ends_the_site(new_site):
    new_site.start(MAKE_RUN)
    new_site.process.kill()
    new_site.process.wait()
    until(lambda: not new_site.processes(), "all processes have ended", 15)


def test_without_films_it_says_how_to_import(new_site):
    new_site.start()
    until(lambda: "It has no films yet." in new_site.words(), "the words about films")
    assert "import_movielens" in new_site.words()
    assert new_site.get("/") == 200


def test_a_folder_and_a_locale_of_another_kind(new_site, tmp_path):
    var = tmp_path / "Filme (privat), größer"
    new_site.var = var
    new_site.environ.update(VAR_DIR=str(var), LC_ALL="C", TZ="Pacific/Kiritimati", DEMO="1")
    new_site.start()
    assert new_site.get("/") == 200
    assert new_site.get("/movies/?q=amelie") == 200


def test_a_child_killed_is_there_again(new_site):
    new_site.start()
    for name in ("beat", "trainer"):
        before = new_site.program(name)
        time.sleep(3.5)  # shorter lives are failed starts, which are tried again a little later
        before.kill()
        until(
            lambda name=name, before=before: new_site.program(name).pid != before.pid,
            f"{name} is there again",
        )


def test_runs_under_way_are_given_back_when_the_site_ends(new_site, tmp_path):
    """Not a failed attempt: the next start goes on with it."""
    new_site.start()
    (run_id,) = ask_for_imports(new_site, [write_movielens(tmp_path / "set", seed=1, n_ratings=80_000)])
    until(lambda: new_site.run_row("catalog_importrun", run_id)["done"], "the import is under way")
    seconds = new_site.signal(signal.SIGINT)
    row = new_site.run_row("catalog_importrun", run_id)
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert seconds < 12
    new_site.start()
    until(
        lambda: new_site.run_row("catalog_importrun", run_id)["state"] == "succeeded",
        "the import is done",
        120,
    )
    assert new_site.run_row("catalog_importrun", run_id)["attempts"] == 1
    assert not list((new_site.var / "broker" / "imports").iterdir())


def test_on_postgresql_and_redis(new_site, postgresql_database, redis_database, tmp_path):
    new_site.environ.update(DATABASE_URL=postgresql_database, CELERY_BROKER_URL=redis_database)
    new_site.start()
    (run_id,) = ask_for_imports(new_site, [write_movielens(tmp_path / "set", seed=1)])
    until(lambda: new_site.run_row("catalog_importrun", run_id)["state"] == "succeeded", "the import is done")
    assert new_site.get("/") == 200
    assert list(imported_ratings(new_site).values()) == [N_RATINGS]
    new_site.signal(signal.SIGINT)
    assert new_site.processes() == []
    assert not (new_site.var / "db.sqlite3").exists()
    assert not (new_site.var / "broker").exists()


def test_behind_a_server_that_speaks_https(new_site):
    new_site.environ.update(SITE_URL="https://films.example.org", BIND="0.0.0.0")  # noqa: S104
    new_site.start()
    assert new_site.get("/") == 301
    assert new_site.get("/", {"X-Forwarded-Proto": "https"}) == 200
    until(lambda: "The site is up:  https://films.example.org" in new_site.words(), "the address is shown")
