"""A training from request to end, however it ends. Real child processes throughout."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import StringIO

import numpy as np
import psutil
import pytest
from celery import current_app
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from catalog.aggregates import recount
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from moviesite.web import runs
from moviesite.web.runs import Claim
from recommendations import tasks
from recommendations.active_model import version_folder
from recommendations.models import ModelVersion, TrainingRun
from recommendations.services import Source
from recommendations.training import request_training, run_training
from tests.factories import make_movie, make_reviewers, rate_all
from tests.recommendations.asking import picks_for_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
BASE_DIR = site_settings.BASE_DIR
LEARNING = "stars"
"""What every stage in which the trainer learns stars is called by."""

State, Trigger = TrainingRun.State, TrainingRun.Trigger


@pytest.fixture(autouse=True)
def queue():
    """The queue of trainings, empty; `queue()` takes out the run ids that were sent."""
    with current_app.connection_for_write() as connection, connection.SimpleQueue("training") as messages:
        messages.clear()

        def sent():
            ids = []
            while messages.qsize():
                message = messages.get(timeout=1)
                ids.append(message.payload[0][0])
                message.ack()
            return ids

        yield sent
        messages.clear()


@pytest.fixture
def some_ratings():
    rate_all(make_reviewers(3), make_movie(), [10, 8, 5])


def fans(n_people=300, n_movies=60):
    """People who like one of two kinds of film, in the order of time; half of the films are of each kind."""
    rng = np.random.default_rng(7)
    half = n_movies // 2
    movies = [
        make_movie(f"Film {i}", 1990 + i % 20, ["Horror" if i < half else "Romance"]) for i in range(n_movies)
    ]
    weights = 1 / np.arange(1, half + 1) ** 0.7
    ratings = []
    for reviewer in make_reviewers(n_people):
        kind = int(rng.integers(2))
        own = rng.choice(half, size=14, replace=False, p=weights / weights.sum()) + kind * half
        other = rng.choice(half, size=2, replace=False) + (1 - kind) * half
        chosen = rng.permutation(np.concatenate([own, other]))
        for film in chosen.tolist():
            liked = film in own
            half_stars = int(np.clip(rng.normal(9 if liked else 3, 1), 1, 10))
            when = timezone.now() - timedelta(minutes=int(rng.integers(1_000_000)))
            ratings.append(
                Rating(reviewer=reviewer, movie=movies[film], half_stars=half_stars, rated_at=when)
            )
    Rating.objects.bulk_create(ratings)
    recount()
    return movies


def folders(path):
    return sorted(folder.name for folder in path.iterdir()) if path.exists() else []


class TestRequest:
    def test_a_row_and_a_message_with_its_id(self, queue, owner, settings):
        settings.TRAINING_MODEL = "history"
        run = request_training(Trigger.MANUAL, owner)
        assert (run.state, run.trigger, run.model_name, run.requested_by) == (
            "queued",
            "manual",
            "history",
            owner,
        )
        assert queue() == [run.pk]

    def test_one_that_waits_is_as_good_as_a_second(self, queue):
        first = request_training(Trigger.NIGHTLY)
        assert request_training(Trigger.MANUAL) == first
        assert TrainingRun.objects.count() == 1

    def test_without_a_broker_it_waits_and_says_so(self, tmp_path):
        script = (
            "import django; django.setup()\n"
            "from django.core.management import call_command\n"
            "from recommendations.training import request_training\n"
            "call_command('migrate', verbosity=0)\n"
            "print(request_training('manual').state)"
        )
        changes = {
            "DJANGO_SETTINGS_MODULE": "moviesite.settings",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        }
        command, env = [sys.executable, "-c", script], {**os.environ, **changes}
        done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=True)
        assert done.stdout == "queued\n"
        assert "waits for the sweeper" in done.stderr

    def test_the_nightly_task_requests_one(self, queue):
        tasks.request_nightly_training()
        run = TrainingRun.objects.get()
        assert (run.trigger, queue()) == ("nightly", [run.pk])


class TestFailure:
    def test_without_ratings_it_is_a_sentence(self, queue):
        run = request_training(Trigger.MANUAL)
        run_training(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == (
            State.FAILED,
            "There are no ratings to learn from yet: rate films or import some first.",
        )

    def test_what_it_could_have_gone_on_from_is_not_kept(self, settings):
        kept = settings.MODELS_DIR / ".checkpoint-of-a-training"
        kept.mkdir(parents=True)
        run_training(request_training(Trigger.MANUAL).pk)
        assert not kept.exists()

    def test_what_the_trainer_says_is_the_runs_error(self, some_ratings, settings):
        settings.TRAINING_MODEL = "nonsense"
        run = request_training(Trigger.MANUAL)
        run_training(run.pk)
        run.refresh_from_db()
        assert run.state == State.FAILED
        assert run.error.startswith('There is no model "nonsense"; choose from')
        assert folders(settings.MODELS_DIR) == []
        assert ModelVersion.objects.count() == 0

    def test_a_run_that_is_not_to_be_had_is_left_alone(self, some_ratings):
        run, other = request_training(Trigger.MANUAL), TrainingRun.objects.create(model_name="history")
        claim = Claim.take(TrainingRun, run.pk)
        for run_id in (run.pk, other.pk, 987654):
            run_training(run_id)
        run.refresh_from_db()
        other.refresh_from_db()
        assert (run.state, run.claim_token, other.state) == (State.RUNNING, claim.token, State.QUEUED)

    def test_the_one_that_waited_is_sent_when_it_ends(self, queue):
        run, waiting = request_training(Trigger.MANUAL), TrainingRun.objects.create(model_name="history")
        queue()
        run_training(run.pk)
        assert queue() == [waiting.pk]

    def test_a_worker_asked_to_stop_gives_the_run_back(self, some_ratings, settings):
        run = request_training(Trigger.MANUAL)
        kept = settings.MODELS_DIR / ".checkpoint-of-a-training"
        kept.mkdir(parents=True)
        runs.stop_requested.set()
        try:
            run_training(run.pk)
        finally:
            runs.stop_requested.clear()
        run.refresh_from_db()
        assert (run.state, run.attempts, run.error) == (State.QUEUED, 0, "")
        assert kept.exists()


@pytest.mark.slow
class TestInterference:
    """What happens to the row while the child trains."""

    def while_it_trains(self, do):
        """Train here; when the child says that it is learning, `do` once, elsewhere, with the run."""
        fans()
        run, done = request_training(Trigger.MANUAL), []

        def listen(stage, *progress):
            if LEARNING in stage and not done:
                assert trainers()
                done.append(elsewhere(partial(do, run)))

        run_training(run.pk, listen)
        run.refresh_from_db()
        assert done
        return run

    def test_a_cancelled_run_ends_its_child_and_leaves_nothing(self, settings):
        run = self.while_it_trains(TrainingRun.request_cancel)
        assert (run.state, run.error) == (State.CANCELLED, "")
        assert folders(settings.MODELS_DIR) == []
        assert not trainers()

    def test_a_run_taken_over_changes_nothing_any_more(self, settings):
        def take_over(run):
            TrainingRun.objects.update(state=State.QUEUED, claim_token=None)
            return Claim.take(TrainingRun, run.pk)

        run = self.while_it_trains(take_over)
        assert (run.state, run.attempts) == (State.RUNNING, 2)
        assert folders(settings.MODELS_DIR) == []
        assert ModelVersion.objects.count() == 0
        assert not trainers()

    def test_a_killed_child_is_tried_again(self, settings):
        run = self.while_it_trains(lambda run: [child.kill() for child in trainers()])
        assert (run.state, run.attempts) == (State.QUEUED, 1)
        assert "SIGKILL" in run.error
        assert folders(settings.MODELS_DIR) == []


def trainers():
    children = psutil.Process().children(recursive=True)
    return [c for c in children if c.status() != psutil.STATUS_ZOMBIE and "train" in c.cmdline()]


def elsewhere(work):
    def run_and_close():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run_and_close).result()


@pytest.mark.slow
def test_from_ratings_to_personal_picks(ada, settings):
    """A real model is trained, judged, made active, and the next list is personal; a second one must be no worse."""
    movies = fans()
    rate(Reviewer.objects.for_user(ada), movies[3], 10)
    assert picks_for_user(ada).source == Source.AVERAGE
    stages = []
    run = request_training(Trigger.FIRST)
    run_training(run.pk, lambda stage, *progress: stages.append(stage))
    run.refresh_from_db()
    version = ModelVersion.objects.get()
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    assert version.state == ModelVersion.State.ACTIVE, version.decision
    assert run.result == {"version": version.version, "decision": version.decision}
    assert {"reading ratings", "starting", "comparing"} <= set(stages)
    assert any(LEARNING in stage for stage in stages)
    answer = picks_for_user(ada, n=10)
    assert (answer.source, answer.model_version) == (Source.MODEL, version.version)
    assert sum(pick.movie in movies[:30] for pick in answer.picks) >= 8
    assert answer.picks[0].reasons[0].movie == movies[3]

    again = request_training(Trigger.MANUAL)
    run_training(again.pk)
    again.refresh_from_db()
    second = ModelVersion.objects.exclude(pk=version.pk).get()
    assert (again.state, second.comparison["n_test_ratings"] > 100) == (State.SUCCEEDED, True)
    assert second.state == ModelVersion.State.ACTIVE, second.decision
    assert folders(settings.MODELS_DIR) == sorted([version.version, second.version])
    assert len(folders(settings.SNAPSHOTS_DIR)) == 2


class TestCommand:
    def test_it_trains_here_and_fails_with_a_sentence(self, queue):
        with pytest.raises(CommandError, match="There are no ratings to learn from yet"):
            call_command("train")
        assert TrainingRun.objects.get().trigger == "first"
        assert queue() == []

    def test_if_none_active_leaves_an_active_one_alone(self, active, capsys):
        call_command("train", "--if-none-active")
        assert TrainingRun.objects.count() == 0
        assert capsys.readouterr().out == "Model v1 is active.\n"

    def test_if_none_active_trains_where_the_active_one_can_no_longer_be_read(self, active, capsys):
        """As after an update, for an earlier program's artifact lacks what this one needs."""
        (version_folder(active.version) / "ranking_damping.npy").unlink()

        with pytest.raises(CommandError, match="no ratings to learn from"):
            call_command("train", "--if-none-active")

        assert TrainingRun.objects.count() == 1
        assert "cannot be served, so another is trained: " in capsys.readouterr().out

    def test_it_waits_for_the_one_under_way_in_the_worker(self, monkeypatch):
        monkeypatch.setattr("recommendations.management.commands.train.SECONDS_BETWEEN_LOOKS", 0.01)
        claim = Claim.take(TrainingRun, request_training(Trigger.NIGHTLY).pk)
        said = StringIO()
        with ThreadPoolExecutor(1) as pool:
            command = partial(call_command, "train", "--if-none-active", stdout=said)
            waiting = pool.submit(elsewhere, command)
            while "waiting for it" not in said.getvalue() and not waiting.done():
                time.sleep(0.01)
            claim.finish({"version": "v9", "decision": "Made active."})
            waiting.result(timeout=20)
        assert TrainingRun.objects.count() == 1
        assert said.getvalue().endswith("Model v9. Made active.\n")
