"""Imports as rows: asked for, claimed once, watched, cancelled, failed with a sentence."""

import hashlib

import pytest
from django.db import OperationalError
from django.utils import timezone

from catalog.importing import pipeline, runs
from catalog.importing.errors import ImportProblem
from catalog.importing.rating_loader import RatingLoader
from catalog.importing.runs import request_import, run_import
from catalog.models import DataSet, ImportRun, Rating
from catalog.tasks import run_import as run_import_task
from moviesite.web.runs import STALE_AFTER, LostClaim, RunState
from tests.catalog.importing.builders import import_amazon, review, write_lines

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def reviews(tmp_path):
    return write_lines(tmp_path / "r.json", [review(f"A{n}", f"B{n % 7}") for n in range(100)])


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(pipeline, "RATINGS_IN_A_BATCH", 10)
    monkeypatch.setattr(pipeline, "LINES_BETWEEN_LOOKS", 5)
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_BEATS", 0.0)


def request(path, name="", **options):
    return request_import(DataSet.Kind.AMAZON, {"reviews": str(path), **options}, data_set_name=name)


def test_a_request_waits_for_the_task(reviews, ada):
    run = request_import(DataSet.Kind.AMAZON, {"reviews": str(reviews)}, user=ada)
    assert (run.state, run.requested_by, run.data_set.name) == (RunState.QUEUED, ada, "Amazon reviews")
    run_import_task(run.pk)
    run.refresh_from_db()
    assert (run.state, run.lines_read, run.attempts) == (RunState.SUCCEEDED, 100, 1)
    assert Rating.objects.count() == 100


def test_a_finished_run_is_not_done_again(reviews, caplog):
    run = request(reviews)
    for _ in range(2):
        run_import(run.pk)
    run.refresh_from_db()
    assert run.attempts == 1


def test_a_request_for_a_file_that_is_none_leaves_nothing_behind(tmp_path):
    with pytest.raises(ImportProblem, match="There is no file"):
        request(tmp_path / "missing.json")
    assert not DataSet.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_data_set_holds_one_kind(reviews):
    DataSet.objects.create(name="Mine", kind=DataSet.Kind.MOVIELENS)
    with pytest.raises(ImportProblem, match="The data set Mine holds MovieLens; choose another name"):
        request(reviews, name="Mine")
    assert not ImportRun.objects.exists()


def test_a_file_that_vanished_before_the_task_came_fails_the_run(reviews):
    run = request(reviews)
    reviews.unlink()
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts) == (RunState.FAILED, {})
    assert run.error == f"There is no file {reviews}."


def test_cancelling_keeps_what_is_loaded(reviews):
    run = request(reviews)

    def cancel(progress):
        if progress.lines > 40:
            run.request_cancel()

    run_import(run.pk, cancel)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.counts["ratings"]["new"] == Rating.objects.count()
    assert 0 < Rating.objects.count() < 100


def test_progress_is_heard_and_never_goes_back(reviews):
    heard = []
    run_import(request(reviews).pk, heard.append)
    of_file = [progress for progress in heard if progress.is_of_a_file]
    assert heard[: len(of_file)] == of_file
    assert [progress.lines for progress in of_file] == sorted(progress.lines for progress in of_file)
    assert [progress.is_over for progress in of_file] == [False] * (len(of_file) - 1) + [True]
    assert of_file[-1].done == of_file[-1].total == reviews.stat().st_size
    assert heard[-1].stage == "counting for the data page"


def test_a_run_that_was_taken_over_writes_nothing_more(reviews):
    run = request(reviews)

    def take_over(progress):
        ImportRun.objects.filter(pk=run.pk).update(state=RunState.QUEUED, claim_token=None)

    run_import(run.pk, take_over)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 2)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OperationalError("database or disk is full"),
            "The database says: database or disk is full; what is",
        ),
        (
            OperationalError("duplicate key\nDETAIL: Key (external_id)=(SECRET)"),
            "The database says: duplicate key; what is",
        ),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device; what is"),
    ],
)
def test_what_fails_beneath_fails_the_run_with_a_sentence(reviews, monkeypatch, error, sentence):
    def fail(self, rows):
        raise error

    monkeypatch.setattr(RatingLoader, "load", fail)
    run = import_amazon(reviews)
    assert run.state == RunState.FAILED
    assert run.error.startswith(sentence)


def test_what_nobody_foresaw_fails_the_run_too_and_is_logged(reviews, monkeypatch, caplog):
    monkeypatch.setattr(RatingLoader, "load", lambda self, rows: 1 / 0)
    run = import_amazon(reviews)
    assert run.state == RunState.FAILED
    assert run.error.endswith("(ZeroDivisionError); the log says more.")
    assert "ZeroDivisionError" in caplog.text


def test_a_data_set_removed_in_the_middle_ends_the_import(reviews, monkeypatch):
    load, seen = RatingLoader.load, []

    def load_then_remove(self, rows):
        seen.append(rows)
        if len(seen) == 3:
            monkeypatch.setattr(self.data_set, "pk", -1)
        load(self, rows)

    monkeypatch.setattr(RatingLoader, "load", load_then_remove)
    run = import_amazon(reviews)
    assert run.error == "The data set Amazon reviews was removed in the middle of this import."
    assert Rating.objects.count() == sum(map(len, seen[:2])) > 0


def test_a_file_without_one_good_rating_fails(tmp_path):
    run = import_amazon(write_lines(tmp_path / "r.json", [review(stars=9.0), review(stars=-1.0)]))
    assert run.state == RunState.FAILED
    assert run.error == "There is no rating in the reviews file that could be used."
    assert run.counts["bad"] == {"stars outside the scale": 2}


def test_reviewers_ids_and_names_are_in_no_log_report_or_run(tmp_path, caplog, settings):
    lines = [
        review("ASECRETID"),
        review("ASECRETID", stars=7.0),
        review("ASECRETID" * 9),
        b'{"reviewerID": "ASECRETID"',
    ]
    run = import_amazon(write_lines(tmp_path / "r.json", lines))
    report = (settings.IMPORT_REPORTS_DIR / run.report).read_text()
    for text in (caplog.text, report, str(run.counts), str(run.result), run.message, run.error):
        assert "ASECRETID" not in text
        assert "Terri" not in text


def test_the_same_import_twice_at_the_same_moment_is_refused(reviews):
    run = request(reviews)
    said = []

    def ask_again(_progress):
        with pytest.raises(ImportProblem) as raised:
            request(reviews)
        said.append(str(raised.value))

    run_import(run.pk, ask_again)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert said[0].startswith(
        f"The same is being imported into Amazon reviews at this moment (import {run.pk})"
    )
    assert request(reviews).pk != run.pk


@pytest.mark.parametrize("state", ["queued", "paused", "killed"])
def test_the_same_import_again_goes_on_with_the_one_that_stopped(reviews, state):
    run = request(reviews)
    if state == "paused":
        run.request_pause()
    if state == "killed":
        ImportRun.objects.claim(run.pk)
        ImportRun.objects.update(heartbeat_at=timezone.now() - 2 * STALE_AFTER)
    assert request(reviews) == run
    assert request(reviews, verified_only=True) != run
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, Rating.objects.count()) == (RunState.SUCCEEDED, 100)


def test_a_run_tells_which_files_it_read_and_how_far_it_is(reviews):
    run = request(reviews)
    seen = []
    run_import(
        run.pk, lambda _: seen.append(ImportRun.objects.values_list("lines_read", "lines_estimated").get())
    )
    run.refresh_from_db()
    content = reviews.read_bytes()
    assert run.files == [
        {"name": "r.json", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    ]
    assert 0 < seen[3][0] < 100
    assert 50 < seen[-1][1] < 200
    assert run.lines_read == 100


def test_a_file_that_grows_while_it_is_read_is_told(reviews):
    run = request(reviews)

    def append(_progress):
        with reviews.open("ab") as file:
            file.write(b"\n")

    run_import(run.pk, append)
    run.refresh_from_db()
    assert (run.state, run.error) == (
        RunState.FAILED,
        "r.json changed while it was read, and what was read is loaded; import it again when it is complete.",
    )


def test_what_is_loaded_is_not_read_again_when_only_the_rest_was_interrupted(reviews, monkeypatch):
    run = request(reviews)

    def killed(_self):
        raise LostClaim

    with monkeypatch.context() as patched:
        patched.setattr(runs._Work, "_put_in_order", killed)
        run_import(run.pk)
    ImportRun.objects.update(state=RunState.QUEUED)
    reviews.unlink()
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.SUCCEEDED, "")
    assert "Ratings: 100 new" in " ".join(run.result["summary"])


def test_blocks_left_by_an_attempt_that_ended_right_after_its_load_go_with_the_next(reviews, monkeypatch):
    run = request(reviews)
    with monkeypatch.context() as patched:
        patched.setattr(runs, "refresh_statistics", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_import(run.pk)
    left = runs.blocks_of(run.pk)
    left.mkdir(parents=True)
    (left / "0.json").write_text("{}")
    ImportRun.objects.update(state=RunState.QUEUED, claim_token=None)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert not left.exists()


def interrupt():
    raise KeyboardInterrupt
