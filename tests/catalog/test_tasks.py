"""Long work in the background: however much is asked for, some of the worker's threads are left for the rest."""

import json
import shutil
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalog import tasks
from catalog.importing.runs import request_import
from catalog.models import DataSet, ImportRun
from catalog.removal import ask_for_removal, due_removals
from moviesite.web import runs
from moviesite.web.runs import RunState
from tests.catalog.importing.builders import review, write_lines
from tests.factories import make_data_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(settings):
    """What was sent since the last look, as task(id)."""
    folder = Path(settings.VAR_DIR) / "broker"

    def look():
        messages = [json.loads(path.read_text()) for path in folder.rglob("*.json")]
        shutil.rmtree(folder, ignore_errors=True)
        return [f"{one['headers']['task']}({json.loads(b64decode(one['body']))[0][0]})" for one in messages]

    look()
    return look


@pytest.fixture
def waiting(tmp_path):
    """Three imports."""
    path = write_lines(tmp_path / "r.json", [review()])
    return [request_import("amazon", {"reviews": str(path)}, data_set_name=f"Set {n}") for n in range(3)]


def all_places(places):
    held = ExitStack()
    assert all(held.enter_context(places.one()) for _ in range(places.most))
    return held


def states():
    return list(ImportRun.objects.order_by("pk").values_list("state", flat=True))


def test_an_import_that_finds_no_place_waits_and_what_else_is_to_do_is_done(waiting, sent):
    demo = make_data_set("Demo", "demo")
    with all_places(tasks.IMPORTS):
        tasks.run_import(waiting[0].pk)
        tasks.remove_data_set(demo.pk)
    assert states() == [RunState.QUEUED] * 3
    assert not DataSet.objects.filter(pk=demo.pk).exists()
    assert sent() == []


def test_when_an_import_ends_the_next_one_is_sent(waiting, sent):
    first, second, third = waiting
    tasks.run_import(second.pk)
    assert states() == [RunState.QUEUED, RunState.SUCCEEDED, RunState.QUEUED]
    assert sent() == [f"catalog.tasks.run_import({first.pk})"]
    tasks.run_import(first.pk)
    assert sent() == [f"catalog.tasks.run_import({third.pk})"]
    tasks.run_import(third.pk)
    assert sent() == []


def test_a_worker_that_is_about_to_stop_sends_nothing(waiting, sent, monkeypatch):
    monkeypatch.setattr(runs.stop_requested, "is_set", lambda: True)
    tasks.run_import(waiting[0].pk)
    assert sent() == []


def test_removals_take_turns(sent):
    sets = [make_data_set(f"Set {n}") for n in range(2)]
    ask_for_removal(DataSet.objects.all())
    with all_places(tasks.REMOVALS):
        tasks.remove_data_set(sets[0].pk)
    assert due_removals() == [one.pk for one in sets]
    tasks.remove_data_set(sets[0].pk)
    assert sent() == [f"catalog.tasks.remove_data_set({sets[1].pk})"]


def test_a_place_is_free_again_after_an_error(monkeypatch):
    monkeypatch.setattr(tasks.runs, "run_import", lambda _: 1 / 0)
    for _ in range(tasks.IMPORTS.most + 1):
        with pytest.raises(ZeroDivisionError):
            tasks.run_import(1)
