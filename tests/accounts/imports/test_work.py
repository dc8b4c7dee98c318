"""The work of an import: claimed like every run, killed at any point and done again, sent where somebody listens."""

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.imports import matching, work
from accounts.imports.files import Read
from accounts.imports.rows import FilmRow
from accounts.models import ImportRow, RatingImport
from catalog.aggregates import wrong_histograms
from catalog.models import Rating
from moviesite.tasks import sweep
from tests.factories import make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
State = RatingImport.State


@pytest.fixture
def waiting(ada, monkeypatch):
    """An import of 25 films, all in the catalogue, that waits for a worker."""
    monkeypatch.setattr(work, "AT_ONCE", 0)
    monkeypatch.setattr(work, "ROWS_IN_A_TRANSACTION", 10)
    rows = [FilmRow(f"Film {n}", 2000, half_stars=1 + n % 10) for n in range(25)]
    for row in rows:
        make_movie(row.title, 2000)
    return work.start(ada, Read("Letterboxd", [], rows))


def now(run):
    run.refresh_from_db()
    return run.state, run.phase


def test_both_halves(waiting):
    work.run_rating_import(waiting.pk)
    assert now(waiting) == (State.PAUSED, "review")
    assert waiting.attempts == 0
    assert sweep(everything=True) == []
    assert work.confirm(waiting)
    work.run_rating_import(waiting.pk)
    assert now(waiting) == (State.SUCCEEDED, "write")
    assert waiting.result == {"new": 25}
    assert Rating.objects.count() == 25


def test_a_killed_worker_hurts_nothing(waiting, monkeypatch):
    work.run_rating_import(waiting.pk)
    work.confirm(waiting)
    real, calls = work.rate_many, []

    def dies_in_the_second_transaction(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(work, "rate_many", dies_in_the_second_transaction)
    with pytest.raises(KeyboardInterrupt):
        work.run_rating_import(waiting.pk)
    assert Rating.objects.count() == 10
    assert not wrong_histograms().exists()
    RatingImport.objects.update(heartbeat_at=timezone.now() - 2 * work.KEPT)
    assert sweep() == [f"{work.TASK}({waiting.pk})"]
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.SUCCEEDED
    assert waiting.result == {"new": 25}


def test_an_import_that_is_forgotten_meanwhile_writes_no_more(waiting, monkeypatch):
    work.run_rating_import(waiting.pk)
    work.confirm(waiting)
    real = work.rate_many

    def forgotten_meanwhile(*args):
        RatingImport.objects.all().delete()
        return real(*args)

    monkeypatch.setattr(work, "rate_many", forgotten_meanwhile)
    work.run_rating_import(waiting.pk)
    assert not Rating.objects.exists()


def test_a_failure_stands_in_the_row_in_one_sentence(waiting, monkeypatch):
    def broken(*_):
        raise ValueError("secret")

    monkeypatch.setattr(work, "match", broken)
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.FAILED
    assert "ValueError" in waiting.error
    assert "secret" not in waiting.error


def test_a_database_that_is_busy_is_tried_again(waiting, monkeypatch):
    monkeypatch.setattr(work, "match", lambda *_: (_ for _ in ()).throw(OperationalError("locked")))
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.QUEUED
    monkeypatch.undo()
    work.run_rating_import(waiting.pk)
    assert now(waiting) == (State.PAUSED, "review")


def test_a_cancelled_one_stops(waiting, monkeypatch):
    real = matching.find_movies

    def cancelled_meanwhile(wanted):
        waiting.request_cancel()
        return real(wanted)

    monkeypatch.setattr(matching, "find_movies", cancelled_meanwhile)
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.CANCELLED


def test_a_film_that_is_gone_by_then_has_no_rating(waiting):
    work.run_rating_import(waiting.pk)
    ImportRow.objects.filter(title="Film 3").get().movie.delete()
    work.confirm(waiting)
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.SUCCEEDED
    assert Rating.objects.count() == 24


def test_old_imports_that_came_to_nothing_are_forgotten(waiting, ada):
    done = RatingImport.objects.create(user=ada, state=State.SUCCEEDED)
    young = RatingImport.objects.create(user=ada, state=State.FAILED)
    RatingImport.objects.exclude(pk=young.pk).update(created_at=timezone.now() - 2 * work.KEPT)
    work.remove_old_imports()
    assert set(RatingImport.objects.all()) == {done, young}
    assert not ImportRow.objects.exists()
