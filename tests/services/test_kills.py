"""kill -9, for real, on the embedded broker and SQLite: nothing is lost, nothing counts twice, no orphan stays."""

import threading
import time
from collections import Counter

import psutil
import pytest

from tests.services.imports import (
    N_RATINGS,
    ask_for_imports,
    imported_ratings,
    write_movielens,
    wrong_histograms,
)
from tests.services.site import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

IMPORTS, TRAININGS = "catalog_importrun", "recommendations_trainingrun"


def states(site, table, ids):
    return Counter(site.run_row(table, run_id)["state"] for run_id in ids)


def waiting_messages(site, queue):
    folder = site.var / "broker" / queue
    return len(list(folder.glob("*.json"))) if folder.is_dir() else 0


def all_succeeded(site, table, ids):
    rows = [site.run_row(table, run_id) for run_id in ids]
    assert not [row["error"] for row in rows if row["state"] in ("failed", "cancelled")]
    return rows if all(row["state"] == "succeeded" for row in rows) else None


def request_training(site):
    return site.django(
        "from recommendations.training import request_training as ask; answer = ask('manual').pk"
    )


def artifacts(site):
    """The folders of models there are, and those that the database knows."""
    folders = (
        {path.name for path in (site.var / "models").iterdir()} if (site.var / "models").is_dir() else set()
    )
    return folders, {row["version"] for row in site.rows("SELECT version FROM recommendations_modelversion")}


def test_the_trainer_child(site, tell):
    run_id = request_training(site)
    child = until(site.trainer_child, "the trainer's child trains")
    child.kill()
    began = time.monotonic()
    (row,) = until(lambda: all_succeeded(site, TRAININGS, [run_id]), "the training has succeeded", 300)
    assert row["attempts"] == 2
    check_one_version_of(site, run_id)
    tell(
        f"trainer's child killed: trained again within {time.monotonic() - began:.0f} s, attempts {row['attempts']}"
    )


def test_the_trainer(site, tell):
    run_id = request_training(site)
    child = until(site.trainer_child, "the trainer's child trains")
    trainer = site.program("trainer")
    trainer.kill()
    began = time.monotonic()
    _gone, alive = psutil.wait_procs([child], timeout=10)
    assert not alive, "the child outlived its trainer"
    child_seconds = time.monotonic() - began
    (row,) = until(lambda: all_succeeded(site, TRAININGS, [run_id]), "the training has succeeded", 300)
    assert row["attempts"] == 2
    check_one_version_of(site, run_id)
    tell(
        f"trainer killed: its child ended after {child_seconds:.1f} s, "
        f"trained again within {time.monotonic() - began:.0f} s"
    )


def check_one_version_of(site, run_id):
    """The run made one version, and no attempt left half an artifact."""
    versions = site.rows("SELECT id FROM recommendations_modelversion WHERE training_run_id = ?", run_id)
    assert len(versions) == 1
    folders, known = artifacts(site)
    assert folders <= known
    assert site.trainer_child() is None


def test_the_worker_in_the_middle_of_imports_and_with_messages_reserved(site, tmp_path, tell):
    folders = [write_movielens(tmp_path / f"set-{n}", seed=n) for n in range(8)]
    ids = ask_for_imports(site, folders)

    def in_the_middle():
        under_way = [
            row for row in (site.run_row(IMPORTS, run_id) for run_id in ids) if row["state"] == "running"
        ]
        return under_way if any(row["done"] for row in under_way) else None

    interrupted = until(in_the_middle, "imports are under way")
    queued = states(site, IMPORTS, ids)["queued"]
    reserved = queued - waiting_messages(site, "imports")
    worker = site.program("worker")
    worker.kill()
    began = time.monotonic()
    assert interrupted
    assert reserved > 0, "the worker held no messages but those it worked on"

    again = until(lambda: (p := site.program("worker")).pid != worker.pid and p, "the worker is there again")
    rows = until(lambda: all_succeeded(site, IMPORTS, ids), "all imports have succeeded", 300)
    seconds = time.monotonic() - began
    attempts = {row["id"]: row["attempts"] for row in rows}
    assert all(attempts[row["id"]] == 2 for row in interrupted)
    assert Counter(attempts.values()) == {2: len(interrupted), 1: len(ids) - len(interrupted)}
    ours = {name: n for name, n in imported_ratings(site).items() if str(tmp_path)[-20:] in name}
    assert sorted(ours.values()) == [N_RATINGS] * len(ids)
    assert wrong_histograms(site) == 0
    assert again.is_running()
    tell(
        f"worker killed with {len(interrupted)} imports under way and {reserved} messages reserved: "
        f"all {len(ids)} done {seconds:.0f} s later, attempts {sorted(attempts.values())}, "
        f"{sum(ours.values()):,} ratings of {len(ids) * N_RATINGS:,}"
    )


class Load:
    """Visitors who ask for the home page all the time; `answers` are (when, status or None)."""

    def __init__(self, site, n_visitors=4):
        self.site, self.stop, self.answers = site, threading.Event(), []
        self.visitors = [threading.Thread(target=self._visit) for _ in range(n_visitors)]

    def _visit(self):
        while not self.stop.is_set():
            status = self.site.get("/")
            self.answers.append((time.monotonic(), status))
            if status is None:
                time.sleep(0.05)

    def __enter__(self):
        for visitor in self.visitors:
            visitor.start()
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for visitor in self.visitors:
            visitor.join()

    def well_after(self, moment, n=40):
        """The time of the last failure after `moment` (or `moment`), once `n` requests in a row went well."""
        since = [(when, status) for when, status in list(self.answers) if when > moment]
        failures = [when for when, status in since if status != 200]
        last = max(failures, default=moment)
        return last if sum(when > last for when, _ in since) >= n else None


@pytest.mark.parametrize("which", ["one worker process", "the master"])
def test_the_web_server_under_load(site, tell, which):
    with Load(site) as load:
        until(lambda: len(load.answers) > 100, "the load has begun")
        assert {status for _, status in load.answers} == {200}
        master = site.program("web")
        before = set(master.children())
        victim = master if which == "the master" else next(iter(before))
        victim.kill()
        killed = time.monotonic()
        last_failure = until(lambda: load.well_after(killed), "pages come again")
        until(lambda: len(site.program("web").children()) == len(before), "all web processes are there")
    statuses = [status for when, status in load.answers if when > killed]
    assert set(statuses) <= {200, None}
    assert victim != master or not before & set(site.processes())
    tell(
        f"web, {which} killed under load: {statuses.count(None)} of {len(statuses)} requests unanswered, "
        f"the last {last_failure - killed:.1f} s after the kill"
    )


def test_the_keeper_in_the_middle_of_everything(site, tmp_path, tell):
    training = request_training(site)
    until(site.trainer_child, "a training is under way")
    folders = [
        write_movielens(tmp_path / f"last-{n}", seed=50 + n, n_ratings=2 * N_RATINGS) for n in range(2)
    ]
    ids = ask_for_imports(site, folders)
    until(lambda: states(site, IMPORTS, ids)["running"], "imports are under way")
    family = site.processes()
    site.keeper().kill()
    began = time.monotonic()
    until(lambda: not site.processes(), "all processes have ended", 15)
    seconds = time.monotonic() - began
    site.process.wait()

    start_seconds = site.start()
    until(lambda: all_succeeded(site, IMPORTS, ids), "the imports have succeeded", 300)
    until(lambda: all_succeeded(site, TRAININGS, [training]), "the training has succeeded", 300)
    ours = [n for name, n in imported_ratings(site).items() if str(tmp_path)[-20:] in name]
    assert ours == [2 * N_RATINGS] * len(ids)
    assert wrong_histograms(site) == 0
    check_one_version_of(site, training)
    tell(
        f"keeper killed: its {len(family) - 1} processes ended within {seconds:.1f} s; "
        f"started again in {start_seconds:.0f} s, everything that was under way got done"
    )
