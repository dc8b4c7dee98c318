"""Runs as rows: claimed once, reported by the holder alone, put back when abandoned, given up in the end."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from catalog.models import ImportRun
from moviesite.web import runs
from moviesite.web.runs import MAX_ATTEMPTS, RESEND_AFTER, STALE_AFTER, Claim, LostClaim, RunState
from recommendations.models import TrainingRun
from tests.factories import make_data_set

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def run():
    return ImportRun.objects.create(data_set=make_data_set(), source="amazon")


def claimed(run):
    claim = Claim.take(type(run), run.pk)
    run.refresh_from_db()
    return claim


def let_pass(run, time):
    """As if `time` had passed since anybody was heard of."""
    fields = {"queued_at": run.queued_at - time}
    if run.heartbeat_at:
        fields["heartbeat_at"] = run.heartbeat_at - time
    type(run).objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()


def abandoned(run, times=1):
    """A run whose worker fell silent `times` times."""
    for n in range(times):
        claim = claimed(run)
        let_pass(run, STALE_AFTER * 1.1)
        if n + 1 < times:
            assert ImportRun.objects.sweep() == [run.pk]
    return claim


def test_a_claim_starts_the_run_and_counts_the_attempt(run):
    claim = claimed(run)
    assert run.state == RunState.RUNNING
    assert (run.claim_token, run.attempts, run.error) == (claim.token, 1, "")
    assert run.started_at == run.heartbeat_at
    assert run.finished_at is None


def test_a_run_is_claimed_once(run):
    assert Claim.take(ImportRun, run.pk)
    assert Claim.take(ImportRun, run.pk) is None
    assert Claim.take(ImportRun, 10**9) is None


@pytest.mark.parametrize("state", [s for s in RunState if s != RunState.QUEUED])
def test_only_a_queued_run_can_be_claimed(run, state):
    ImportRun.objects.update(state=state)
    assert Claim.take(ImportRun, run.pk) is None


def test_one_training_runs_at_a_time_and_the_other_stays_queued():
    first, second = (TrainingRun.objects.create(model_name="history") for _ in range(2))
    claim = Claim.take(TrainingRun, first.pk)
    assert Claim.take(TrainingRun, second.pk) is None
    second.refresh_from_db()
    assert (second.state, second.attempts) == (RunState.QUEUED, 0)
    claim.finish({})
    assert Claim.take(TrainingRun, second.pk)


@pytest.mark.django_db(transaction=True)
def test_of_threads_that_claim_at_once_one_wins(run):
    start, claims = threading.Barrier(8), []

    def take():
        start.wait()
        claims.append(Claim.take(ImportRun, run.pk))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == 8
    (winner,) = filter(None, claims)
    run.refresh_from_db()
    assert (run.claim_token, run.attempts) == (winner.token, 1)


def test_a_beat_tells_progress_and_whether_to_stop(run):
    claim = claimed(run)
    before = run.heartbeat_at
    assert claim.beat(stage="read", message="half way", done=5, total=10) is False
    run.refresh_from_db()
    assert run.heartbeat_at > before
    assert (run.stage, run.message, run.fraction) == ("read", "half way", 0.5)
    assert run.request_cancel()
    assert claim.beat() is True


def test_finish_records_the_result_once(run):
    claim = claimed(run)
    claim.finish({"ratings": 3})
    run.refresh_from_db()
    assert (run.state, run.result, run.claim_token) == (RunState.SUCCEEDED, {"ratings": 3}, None)
    assert run.finished_at
    assert run.is_finished
    for report in (
        claim.beat,
        claim.release,
        claim.cancel,
        lambda: claim.finish({}),
        lambda: claim.fail("no"),
    ):
        with pytest.raises(LostClaim):
            report()
    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.SUCCEEDED, {"ratings": 3})


def test_what_makes_the_result_count_commits_with_it_or_not_at_all(run):
    claim = claimed(run)

    def break_off():
        make_data_set("written with the result")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim.finish({"ratings": 3}, then=break_off)
    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.RUNNING, {})
    assert type(run.data_set).objects.count() == 1
    claim.finish({}, then=lambda: make_data_set("written with the result"))
    assert type(run.data_set).objects.count() == 2


def test_fail_and_cancel_end_a_run_with_their_words(run):
    claimed(run).fail("The file is not gzip.")
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "The file is not gzip.")
    other = ImportRun.objects.create(data_set=run.data_set, source="amazon")
    claimed(other).cancel()
    other.refresh_from_db()
    assert other.state == RunState.CANCELLED


def test_a_swept_run_goes_to_the_next_claimant_and_the_first_changes_nothing(run):
    first = abandoned(run)
    assert ImportRun.objects.sweep() == [run.pk]
    second = claimed(run)
    assert run.attempts == 2
    late_effects = []
    for report in (first.beat, lambda: first.finish({"from": "first"}, then=lambda: late_effects.append(1))):
        with pytest.raises(LostClaim):
            report()
    assert not late_effects
    second.finish({"from": "second"})
    run.refresh_from_db()
    assert run.result == {"from": "second"}


def test_a_run_that_gives_signs_of_life_is_left_alone(run):
    claim = claimed(run)
    let_pass(run, STALE_AFTER * 0.9)
    assert ImportRun.objects.sweep() == []
    assert ImportRun.objects.sweep(everything=True) == []
    claim.beat()


def test_a_run_is_given_up_after_its_attempts(run):
    claim = abandoned(run, times=MAX_ATTEMPTS)
    assert ImportRun.objects.sweep() == []
    run.refresh_from_db()
    assert (run.state, run.attempts, run.claim_token) == (RunState.FAILED, MAX_ATTEMPTS, None)
    assert f"{MAX_ATTEMPTS} attempts" in run.error
    with pytest.raises(LostClaim):
        claim.beat()


def test_an_abandoned_run_that_was_to_be_cancelled_is_cancelled(run):
    abandoned(run)
    assert run.request_cancel()
    assert ImportRun.objects.sweep() == []
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_a_message_is_sent_again_when_its_run_waits_long_and_not_at_each_sweep(run):
    assert ImportRun.objects.sweep() == []
    let_pass(run, RESEND_AFTER * 1.1)
    assert ImportRun.objects.sweep() == [run.pk]
    assert ImportRun.objects.sweep() == []


def test_a_starting_worker_sends_every_queued_run_again(run):
    done = ImportRun.objects.create(data_set=run.data_set, source="amazon", state=RunState.SUCCEEDED)
    assert ImportRun.objects.sweep(everything=True) == [run.pk]
    assert done.pk not in ImportRun.objects.sweep(everything=True)


def test_a_released_run_waits_again_and_the_attempt_does_not_count(run):
    claimed(run).release()
    run.refresh_from_db()
    assert (run.state, run.attempts, run.claim_token) == (RunState.QUEUED, 0, None)
    assert ImportRun.objects.sweep() == [run.pk]


def test_a_run_that_failed_from_outside_is_tried_again_a_bounded_number_of_times(run):
    for attempt in range(1, MAX_ATTEMPTS):
        claimed(run).retry("The trainer was killed.")
        run.refresh_from_db()
        assert (run.state, run.attempts, run.error) == (RunState.QUEUED, attempt, "The trainer was killed.")
        assert ImportRun.objects.sweep() == [run.pk]
    claimed(run).retry("The trainer was killed.")
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == (RunState.FAILED, MAX_ATTEMPTS, "The trainer was killed.")


def test_a_worker_asked_to_stop_gives_its_run_back_at_the_next_beat(run, monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr(runs, "stop_requested", stop)
    claim = claimed(run)
    claim.beat(done=1)
    stop.set()
    with pytest.raises(LostClaim, match="back to the queue"):
        claim.beat(done=2)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.done) == (RunState.QUEUED, 0, 1)


def test_cancelling_ends_a_queued_run_and_asks_a_running_one(run):
    running = ImportRun.objects.create(data_set=run.data_set, source="amazon")
    claimed(running)
    assert run.request_cancel()
    assert running.request_cancel()
    run.refresh_from_db()
    running.refresh_from_db()
    assert (run.state, running.state) == (RunState.CANCELLED, RunState.RUNNING)
    assert running.cancel_requested
    assert not run.request_cancel()


@pytest.mark.parametrize(
    ("done", "total", "fraction"), [(1, 4, 0.25), (5, 4, 1.0), (3, None, None), (0, 0, None)]
)
def test_fraction(done, total, fraction):
    assert ImportRun(done=done, total=total).fraction == fraction


def test_the_times_follow_from_one_setting(settings):
    assert timedelta(seconds=settings.RUN_STALE_SECONDS) == STALE_AFTER
    assert runs.HEARTBEAT_SECONDS * 3 <= settings.RUN_STALE_SECONDS
    assert RESEND_AFTER > STALE_AFTER
