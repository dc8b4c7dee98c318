"""Housekeeping: abandoned runs are sent again to the queue somebody listens to; a stopping worker tells its runs."""

import json
import shutil
import threading
from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from celery import signals
from django.contrib.sessions.models import Session
from django.utils import timezone
from knox.models import AuthToken

from catalog.models import ImportRun
from moviesite.celery import app
from moviesite.programs import programs
from moviesite.tasks import TASK_OF_RUN, clear_expired, sweep, sweep_runs
from moviesite.web import runs
from recommendations.models import TrainingRun
from tests.factories import make_data_set


@pytest.fixture
def sent(settings):
    """What lies in the tests' embedded broker since now: (queue, task, arguments), in order."""
    folder = Path(settings.VAR_DIR) / "broker"
    shutil.rmtree(folder, ignore_errors=True)

    def look():
        paths = sorted(folder.rglob("*.json"), key=lambda path: path.name)
        messages = [json.loads(path.read_text()) for path in paths]
        return [
            (queue_of(message), message["headers"]["task"], arguments_of(message)) for message in messages
        ]

    return look


def queue_of(message):
    return message["properties"]["delivery_info"]["routing_key"]


def arguments_of(message):
    return json.loads(b64decode(message["body"]))[0]


@pytest.fixture
def queued(db):
    """One run of each kind that waits."""
    return (
        ImportRun.objects.create(data_set=make_data_set(), source="amazon"),
        TrainingRun.objects.create(model_name="history"),
    )


def test_a_starting_worker_sends_what_waits_to_its_queues(sent, queued):
    import_run, training_run = queued
    signals.worker_ready.send(sender=None)
    assert sent() == [
        ("imports", "catalog.tasks.run_import", [import_run.pk]),
        ("training", "recommendations.tasks.run_training", [training_run.pk]),
    ]


def test_a_sweep_sends_only_what_was_abandoned(sent, queued):
    import_run, _ = queued
    assert sweep() == []
    runs.Claim.take(ImportRun, import_run.pk)
    ImportRun.objects.update(heartbeat_at=timezone.now() - runs.STALE_AFTER - timedelta(seconds=1))
    sweep_runs()
    assert sent() == [("imports", "catalog.tasks.run_import", [import_run.pk])]
    sweep_runs()
    assert len(sent()) == 1


def test_every_task_that_is_sent_by_name_exists_and_its_queue_has_a_worker(settings):
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    named = scheduled | set(TASK_OF_RUN.values()) | set(settings.CELERY_TASK_ROUTES)
    assert named <= set(app.tasks)
    options = [word for program in programs("", 1) for word in program.arguments]
    listened = {
        queue
        for word in options
        if word.startswith("--queues=")
        for queue in word.removeprefix("--queues=").split(",")
    }
    used = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert used | {settings.CELERY_TASK_DEFAULT_QUEUE} == listened


def test_what_nobody_can_use_any_more_is_removed(ada):
    now = timezone.now()
    for days in (-1, 1):
        Session.objects.create(
            session_key=f"k{days}", session_data="", expire_date=now + timedelta(days=days)
        )
        AuthToken.objects.create(ada, expiry=timedelta(days=days))
    clear_expired()
    assert [session.session_key for session in Session.objects.all()] == ["k1"]
    assert [token.expiry > now for token in AuthToken.objects.all()] == [True]


def test_what_was_noted_of_a_session_goes_with_it(ada):
    for key in ("gone", "ended", "alive"):
        UserSession.objects.create(user=ada, session_key=key, ip="10.0.0.1", user_agent="Lynx")
    for key, days in (("ended", -1), ("alive", 1)):
        expiry = timezone.now() + timedelta(days=days)
        Session.objects.create(session_key=key, session_data="", expire_date=expiry)
    clear_expired()
    assert [noted.session_key for noted in UserSession.objects.all()] == ["alive"]


def test_the_nightly_training_is_at_its_time(settings):
    schedule = settings.CELERY_BEAT_SCHEDULE["nightly-retrain"]["schedule"]
    assert (schedule.hour, schedule.minute) == ({3}, {30})


def test_a_worker_asked_to_stop_tells_its_runs(monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr(runs, "stop_requested", stop)
    signals.worker_shutting_down.send(sender="worker", sig="SIGTERM", how="Warm", exitcode=0)
    assert stop.is_set()
