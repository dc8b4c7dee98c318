"""Pausing and resuming: waiting runs at once, running ones at their next beat, and never against a cancellation."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import ImportRun
from moviesite.web import runs
from moviesite.web.runs import MAX_ATTEMPTS, STALE_AFTER, Claim, LostClaim, RunState
from recommendations.models import TrainingRun
from tests.factories import make_data_set

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(params=[ImportRun, TrainingRun], ids=["import", "training"])
def run(request):
    if request.param is ImportRun:
        return ImportRun.objects.create(data_set=make_data_set(), source="amazon")
    return TrainingRun.objects.create(model_name="history")


def claimed(run):
    claim = Claim.take(type(run), run.pk)
    assert claim is not None
    return claim


def now(run):
    run.refresh_from_db()
    return run.state


def fall_silent(run):
    type(run).objects.filter(pk=run.pk).update(
        heartbeat_at=timezone.now() - STALE_AFTER - timedelta(seconds=1)
    )


def paused(run):
    """The run, paused while it ran."""
    claim = claimed(run)
    assert run.request_pause()
    with pytest.raises(LostClaim, match="paused"):
        claim.beat()
    return claim


def test_a_waiting_run_is_paused_at_once_and_nobody_gets_it(run):
    assert run.request_pause()
    assert now(run) == RunState.PAUSED
    assert Claim.take(type(run), run.pk) is None
    assert type(run).objects.sweep(everything=True) == []
    assert not run.is_finished
    assert list(type(run).objects.unfinished()) == [run]


def test_a_running_one_is_paused_at_its_next_beat_and_what_that_tells_is_kept(run):
    claim = claimed(run)
    claim.beat(done=1)
    assert run.request_pause()
    assert now(run) == RunState.RUNNING
    assert run.pause_requested
    with pytest.raises(LostClaim, match="paused"):
        claim.beat(done=2, total=4)
    assert now(run) == RunState.PAUSED
    assert (run.claim_token, run.attempts, run.pause_requested, run.fraction) == (None, 0, False, 0.5)
    for report in (claim.beat, claim.release, lambda: claim.finish({}), lambda: claim.fail("no")):
        with pytest.raises(LostClaim):
            report()
    assert now(run) == RunState.PAUSED


def test_resuming_queues_it_and_the_next_claim_counts_as_the_first_attempt(run):
    first = paused(run)
    assert run.resume()
    assert now(run) == RunState.QUEUED
    second = claimed(run)
    assert now(run) == RunState.RUNNING
    assert run.attempts == 1
    assert second.beat() is False
    with pytest.raises(LostClaim):
        first.beat()
    second.finish({"by": "second"})
    assert now(run) == RunState.SUCCEEDED


def test_a_run_may_be_paused_more_often_than_it_may_fail(run):
    for _ in range(MAX_ATTEMPTS + 2):
        paused(run)
        assert run.resume()
    claimed(run).finish({})
    assert now(run) == RunState.SUCCEEDED


def test_pausing_twice_and_resuming_twice_do_no_harm(run):
    claim = claimed(run)
    assert run.request_pause()
    assert run.request_pause()
    with pytest.raises(LostClaim):
        claim.beat()
    assert run.request_pause()
    assert now(run) == RunState.PAUSED
    assert run.resume()
    assert not run.resume()
    assert now(run) == RunState.QUEUED


def test_resuming_before_the_beat_withdraws_the_pause_and_sends_nothing(run):
    claim = claimed(run)
    run.request_pause()
    assert not run.resume()
    assert claim.beat() is False
    assert now(run) == RunState.RUNNING


def test_a_run_that_finishes_before_its_beat_is_done_and_stays_so(run):
    claim = claimed(run)
    run.request_pause()
    claim.finish({"n": 1})
    assert now(run) == RunState.SUCCEEDED
    assert not run.pause_requested
    assert not run.request_pause()
    assert not run.resume()
    assert now(run) == RunState.SUCCEEDED


def test_a_paused_run_is_cancelled_at_once(run):
    paused(run)
    assert run.request_cancel()
    assert now(run) == RunState.CANCELLED
    assert run.finished_at
    assert not run.resume()
    assert now(run) == RunState.CANCELLED


def test_a_cancellation_outdoes_a_pause_whichever_came_first(run):
    claim = claimed(run)
    assert run.request_pause()
    assert run.request_cancel()
    assert not run.request_pause()
    assert claim.beat() is True
    assert now(run) == RunState.RUNNING
    claim.cancel()
    assert now(run) == RunState.CANCELLED


def test_a_cancellation_in_the_moment_of_pausing_is_not_lost(run, monkeypatch):
    claim = claimed(run)
    run.request_pause()
    pause = Claim.pause

    def cancelled_first(self):
        assert run.request_cancel()
        pause(self)

    monkeypatch.setattr(Claim, "pause", cancelled_first)
    with pytest.raises(LostClaim):
        claim.beat()
    assert now(run) == RunState.CANCELLED
    assert run.finished_at


def test_a_stopping_worker_leaves_paused_what_was_to_be_paused(run, monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr(runs, "stop_requested", stop)
    claim = claimed(run)
    run.request_pause()
    stop.set()
    with pytest.raises(LostClaim):
        claim.beat()
    assert now(run) == RunState.PAUSED
    assert run.attempts == 0


def test_a_failure_that_may_be_tried_again_waits_for_the_resume(run):
    claim = claimed(run)
    run.request_pause()
    claim.retry("The trainer was killed.")
    assert now(run) == RunState.PAUSED
    assert (run.attempts, run.error) == (1, "The trainer was killed.")


def test_an_abandoned_run_that_was_to_be_paused_is_paused(run):
    claimed(run)
    run.request_pause()
    fall_silent(run)
    assert type(run).objects.sweep() == []
    assert now(run) == RunState.PAUSED
    assert (run.claim_token, run.pause_requested) == (None, False)


def test_a_pause_that_was_rolled_back_with_its_transaction_is_made_good(run):
    claim = claimed(run)
    run.request_pause()
    with pytest.raises(LostClaim), transaction.atomic():
        claim.beat()
    assert now(run) == RunState.RUNNING
    claim.settle()
    assert now(run) == RunState.PAUSED
    claim.settle()
    assert run.resume()
    claim.settle()
    assert now(run) == RunState.QUEUED


def test_settling_leaves_alone_what_nobody_asked_to_pause(run):
    claim = claimed(run)
    claim.settle()
    assert now(run) == RunState.RUNNING
    assert claim.beat() is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [12])
def test_pause_and_claim_at_once_end_in_a_run_that_is_paused_or_will_be(rounds):
    data_set = make_data_set()
    for _ in range(rounds):
        run = ImportRun.objects.create(data_set=data_set, source="amazon")
        start, claims = threading.Barrier(2), []
        threads = [
            threading.Thread(target=at_once, args=(start, lambda run=run: run.request_pause())),
            threading.Thread(
                target=at_once,
                args=(start, lambda run=run, claims=claims: claims.append(Claim.take(ImportRun, run.pk))),
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if claims[0] is not None:
            with pytest.raises(LostClaim):
                claims[0].beat()
        assert now(run) == RunState.PAUSED


def at_once(start, work):
    start.wait()
    work()
    connection.close()
