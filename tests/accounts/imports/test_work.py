"""The work of an import: claimed like every run, killed at any point and done again, sent where somebody listens."""

from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.exports import as_json
from accounts.imports import matching, work
from accounts.imports.files import Read
from accounts.imports.layouts import rows_of_json
from accounts.imports.report import report_of
from accounts.imports.rows import FilmRow, Kind, one_row_a_film
from accounts.models import ImportRow, RatingImport
from catalog.aggregates import wrong_histograms
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from moviesite.tasks import sweep
from recommendations.models import Mark
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


def test_films_seen_and_wanted_become_marks(ada):
    """But for those that are rated, here or in the same files, and those that are not here."""
    seen, rated, wanted = (make_movie(title, 2000) for title in ("Moon", "Alien", "Sunshine"))
    rate(Reviewer.objects.for_user(ada), rated, 8)
    when = datetime(2020, 5, 4, tzinfo=UTC)
    rows = [
        FilmRow("Moon", 2000, kind=Kind.WATCHED, rated_at=when),
        FilmRow("Alien", 2000, kind=Kind.WATCHED),
        FilmRow("Sunshine", 2000, kind=Kind.WATCHLIST),
        FilmRow("Nowhere to be found", 2000, kind=Kind.WATCHLIST),
    ]
    run = work.start(ada, Read("Letterboxd", [], rows))
    for _ in range(2):
        work.confirm(run)
    run.refresh_from_db()
    marks = Mark.objects.filter(user=ada).values_list("movie", "kind")
    assert set(marks) == {(seen.pk, "seen"), (wanted.pk, "watchlist")}
    assert Mark.objects.get(movie=seen).created_at == when
    assert (run.state, run.result) == (State.SUCCEEDED, {"marked": 2})
    why = {line[3]: line[-1] for line in report_of(run)}
    assert why["Alien"] == "you rated it, which says more"
    assert set(why) == {"title", "Alien", "Nowhere to be found"}


def test_all_that_is_mine_comes_back_with_its_marks(ada, bob):
    """Exported by one account, brought to another: of one film a rating and two marks."""
    movie = make_movie("Alien", 1979)
    rate(Reviewer.objects.for_user(ada), movie, 8)
    for kind in (Mark.Kind.UNUSED, Mark.Kind.WATCHLIST):
        Mark.objects.create(user=ada, movie=movie, kind=kind)
    rows = rows_of_json("mine.json", "".join(as_json(ada)))
    assert work.confirm(work.start(bob, Read("this site", [], one_row_a_film(rows))))
    assert Rating.objects.of_user(bob).get().half_stars == 8
    mine = Mark.objects.filter(user=bob).values_list("kind", "created_at")
    assert sorted(mine) == sorted(Mark.objects.filter(user=ada).values_list("kind", "created_at"))


def test_a_confirmation_that_is_killed_on_its_way_is_done_or_was_never_given(waiting):
    work.run_rating_import(waiting.pk)

    def dies_after_the_first_update(execute, sql, *rest):
        result = execute(sql, *rest)
        if sql.startswith("UPDATE"):
            raise KeyboardInterrupt
        return result

    with pytest.raises(KeyboardInterrupt), connection.execute_wrapper(dies_after_the_first_update):
        work.confirm(waiting)
    assert now(waiting) == (State.QUEUED, "write")
    assert not work.confirm(waiting)
    assert sweep(everything=True) == [f"{work.TASK}({waiting.pk})"]
    work.run_rating_import(waiting.pk)
    assert now(waiting) == (State.SUCCEEDED, "write")


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

    def cancelled_meanwhile(*args):
        waiting.request_cancel()
        return real(*args)

    monkeypatch.setattr(matching, "find_movies", cancelled_meanwhile)
    work.run_rating_import(waiting.pk)
    assert now(waiting)[0] == State.CANCELLED


def test_a_long_search_gives_signs_of_life_before_its_share_is_done(waiting, monkeypatch):
    monkeypatch.setattr(matching, "HEARTBEAT_SECONDS", 0)
    ImportRow.objects.update(title="Nobody knows it", year=1901)
    beats = []

    def beat(done):
        beats.append(done)
        assert ImportRow.objects.filter(state=ImportRow.State.NEW).count() == 25 - done

    matching.match(waiting, beat)
    assert beats == [0] * 25 + [25]


def test_a_search_is_heard_of_every_few_seconds_only(waiting):
    ImportRow.objects.update(title="Nobody knows it", year=1901)
    beats = []
    matching.match(waiting, beats.append)
    assert beats == [25]


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
