"""The removal of a data set, once it is asked for: whatever comes in between, it is done, and once is enough."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from catalog import data_sets, removal
from catalog.aggregates import wrong_histograms
from catalog.importing.errors import ImportProblem
from catalog.importing.runs import request_import, run_import
from catalog.models import DataSet, Movie, Rating
from catalog.removal import ask_for_removal, due_removals, remove_if_due, remove_now
from catalog.tasks import remove_data_set as remove_data_set_task
from moviesite.tasks import sweep
from moviesite.web.runs import STALE_AFTER
from tests.catalog.importing.builders import review, write_lines
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    monkeypatch.setattr(data_sets, "ROWS_IN_A_SLICE", 20)
    monkeypatch.setattr(data_sets, "EDITIONS_IN_A_SLICE", 2)


@pytest.fixture
def goes():
    """A data set of six films and forty ratings of theirs; one of the films, in another data set, has two more."""
    goes, stays = make_data_set("Goes"), make_data_set("Stays")
    films = [make_movie(f"Film {n}") for n in range(6)]
    for n, film in enumerate(films):
        make_edition(film, f"B{n}", goes)
    make_edition(films[0], "elsewhere", stays)
    rate_all(make_reviewers(2, stays), films[0], [3, 4])
    raters = make_reviewers(8, goes)
    for film in films[:5]:
        rate_all(raters, film, [1, 2, 3, 4, 5, 6, 7, 8])
    return goes


def all_gone():
    assert not wrong_histograms().exists()
    assert list(DataSet.objects.values_list("name", flat=True)) == ["Stays"]
    assert list(Movie.objects.values_list("title", "rating_count")) == [("Film 0", 2)]
    return True


def later(monkeypatch, seconds):
    now = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(removal.timezone, "now", lambda: now)


def ask(data_set):
    ask_for_removal(DataSet.objects.filter(pk=data_set.pk))


def test_one_that_is_interrupted_is_sent_for_and_completed(goes, monkeypatch):
    ask(goes)
    message = f"catalog.tasks.remove_data_set({goes.pk})"
    assert sweep() == [message]

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(data_sets, "_remove_editions", fail)
        with pytest.raises(KeyboardInterrupt):
            remove_data_set_task(goes.pk)
    assert Rating.objects.count() == 2
    assert sweep() == []
    later(monkeypatch, STALE_AFTER.total_seconds() + 1)
    assert sweep() == [message]
    remove_data_set_task(goes.pk)
    assert all_gone()
    assert sweep() == []


def test_one_that_a_command_began_is_completed_too(goes, monkeypatch):
    monkeypatch.setattr(data_sets, "_remove_editions", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        remove_now(goes)
    later(monkeypatch, STALE_AFTER.total_seconds() + 1)
    assert due_removals() == [goes.pk]


def test_as_long_as_somebody_is_at_it_nobody_else_begins(goes, monkeypatch):
    monkeypatch.setattr(removal, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(removal, "STALE_AFTER", timedelta(seconds=5))
    ask(goes)
    remove, seen = data_sets._remove_editions, []

    def slow(*args):
        first = DataSet.objects.get(pk=goes.pk).removal_due_at
        while (now := DataSet.objects.get(pk=goes.pk).removal_due_at) == first:
            pass
        seen.append((now > first, due_removals(), remove_if_due(goes.pk)))
        return remove(*args)

    monkeypatch.setattr(data_sets, "_remove_editions", slow)
    assert remove_if_due(goes.pk)
    assert set(map(str, seen)) == {str((True, [], False))}
    assert all_gone()


def test_two_workers_at_once_do_it_once(goes):
    ask(goes)
    barrier = Barrier(2)

    def work(_):
        try:
            barrier.wait(10)
            return remove_if_due(goes.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
    assert all_gone()


def test_even_if_both_do_it_what_is_left_is_right(goes):
    barrier = Barrier(3)

    def work(_):
        try:
            barrier.wait(10)
            return remove_now(goes)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(work, range(3)))
    assert sum(removed.ratings for removed in done) == 40
    assert all_gone()


def test_asking_again_does_not_take_it_from_whoever_is_at_it(goes):
    ask(goes)
    removal._take(DataSet.objects.filter(pk=goes.pk))
    ask(goes)
    assert due_removals() == []


def test_nothing_is_imported_into_what_is_being_removed(goes, tmp_path):
    ask(goes)
    path = write_lines(tmp_path / "r.json", [review()])
    with pytest.raises(ImportProblem, match="Goes is being removed"):
        request_import("amazon", {"reviews": str(path)}, data_set_name="Goes")


def test_that_the_demo_goes_is_written_down_as_its_import_ends(tmp_path):
    """So whoever does the import may end before the demo goes."""
    demo = make_data_set("Demo", "demo")
    path = write_lines(tmp_path / "r.json", [review()])
    for wishes, due in (({}, []), ({"remove_demo": True}, [demo.pk])):
        run = request_import("amazon", {"reviews": str(path), **wishes}, data_set_name=f"Real {wishes}")
        run_import(run.pk)
        assert due_removals() == due
