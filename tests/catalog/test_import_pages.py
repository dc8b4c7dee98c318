"""The staff pages of imports: who sees them, what they show, what their buttons do."""

import csv
from pathlib import Path

import pytest
from django.db import OperationalError
from django.urls import reverse

from catalog import tasks
from catalog.imports import requests, uploads
from catalog.imports.showing import LINES_OF_A_KIND, ShownRun, in_words
from catalog.models import DataSet, ImportRun, Movie, Rating
from catalog.removal import due_removals
from moviesite.web.runs import Claim, RunState
from tests.catalog.importing.builders import import_amazon, metadata, review, write_lines
from tests.factories import make_data_set
from tests.pages import HTMX, assert_good_page, assert_good_part, by_id, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.IMPORT_DIR, settings.UPLOADS_DIR = tmp_path / "import", tmp_path / "uploads"


@pytest.fixture
def sent(monkeypatch):
    """The ids of the runs whose message was sent."""
    ids = []
    monkeypatch.setattr(tasks.run_import, "delay", ids.append)
    return ids


def make_run(state=RunState.QUEUED, **fields):
    fields = {"source": "amazon", "state": state, **fields}
    return ImportRun.objects.create(data_set=make_data_set(), **fields)


@pytest.fixture
def running():
    return make_run(
        RunState.RUNNING,
        claim_token="6e0a5e0e-0b6a-4a52-9e50-2f6b6c9f3f10",
        attempts=1,
        stage="reading the reviews",
        done=1 << 20,
        total=4 << 20,
        files=[{"name": "reviews.json.gz", "bytes": 4 << 20}],
        lines_read=25_000,
        lines_estimated=100_000,
        lines_per_second=1_000,
    )


@pytest.fixture
def done(tmp_path):
    """A real import, of a file with lines of three bad kinds."""
    lines = [review("A1", "B1"), review("A2", "B1", 3.0), *["broken"] * 8, review("A3", "B1", 9.0), '"=1+1"']
    meta = write_lines(tmp_path / "m.json", [metadata("B1", "<b>Alien</b> & co")])
    return import_amazon(write_lines(tmp_path / "r.json", lines), meta)


def show(client, run, **headers):
    return client.get(reverse("import-detail", args=[run.pk]), **headers)


def buttons(tree):
    return [text_of(button) for button in tree.findall(".//main//button")]


# Who


def addresses(run):
    names = ("import-detail", "import-report")
    one = [("get", reverse(name, args=[run.pk])) for name in names]
    acts = ("pause", "resume", "cancel", "repeat")
    posts = [("post", reverse(f"import-{act}", args=[run.pk])) for act in acts]
    removal = reverse("data-set-remove", args=[run.data_set_id])
    plain = [reverse(name) for name in ("import-list", "import-new", "data-set-list")]
    return [
        *one,
        *posts,
        *(("get", url) for url in (*plain, removal)),
        ("post", plain[1]),
        ("post", removal),
    ]


def test_strangers_are_asked_to_sign_in_and_others_find_no_such_page(as_stranger, as_ada, done):
    for method, url in addresses(done):
        asked = getattr(as_stranger, method)(url)
        assert (asked.status_code, asked["Location"]) == (302, f"/accounts/login/?next={url}"), url
        assert getattr(as_ada, method)(url).status_code == 404, url
    assert ImportRun.objects.count() == 1
    assert DataSet.objects.count() == 1


def test_staff_opens_every_page(as_owner, done):
    for method, url in addresses(done):
        if method == "get" and not url.endswith(".csv"):
            assert_good_page(as_owner.get(url))
    assert as_owner.get(reverse("import-detail", args=[10**9])).status_code == 404


def test_a_part_never_becomes_the_form_of_signing_in(as_stranger, running):
    response = show(as_stranger, running, **HTMX)
    assert response["HX-Redirect"].startswith("/accounts/login/")
    assert not response.content


@pytest.mark.parametrize("act", ["pause", "resume", "cancel", "repeat"])
def test_what_changes_something_is_posted(as_owner, running, act):
    assert as_owner.get(reverse(f"import-{act}", args=[running.pk])).status_code == 405


def test_the_menu_of_staff_leads_there(as_owner, as_ada):
    assert 'href="/imports/"' in as_owner.get("/movies/").content.decode()
    assert 'href="/imports/"' not in as_ada.get("/movies/").content.decode()


# The list


def test_an_empty_list_says_how_to_begin(as_owner):
    page = assert_good_page(as_owner.get(reverse("import-list")))
    assert "Nothing imported yet" in text_of(page)


def test_the_list_names_state_progress_and_who(as_owner, owner, running, done):
    ImportRun.objects.filter(pk=running.pk).update(requested_by=owner)
    failed = make_run(RunState.FAILED, error="The file <b>is</b> not gzip.")
    listed = by_id(assert_good_page(as_owner.get(reverse("import-list"))), "imports")
    runs = {run.findtext(".//a").split(":")[0]: text_of(run) for run in listed.findall(".//li[@class='run']")}
    assert "running" in runs[f"Import {running.pk}"]
    assert "reading the reviews, 25 %" in runs[f"Import {running.pk}"]
    assert "by owner" in runs[f"Import {running.pk}"]
    assert "The file <b>is</b> not gzip." in runs[f"Import {failed.pk}"]
    assert "13 lines" in runs[f"Import {done.pk}"]
    assert "10 bad" in runs[f"Import {done.pk}"]
    assert listed.get("hx-trigger") == "every 2s"


def test_the_list_stands_still_when_nothing_is_under_way(as_owner, done):
    part = assert_good_part(as_owner.get(reverse("import-list"), **HTMX))
    assert by_id(part, "imports").get("hx-trigger") is None


def test_the_list_asks_as_much_for_many_as_for_one(as_owner, running, django_assert_num_queries):
    for _ in range(9):
        make_run(RunState.FAILED)
    with django_assert_num_queries(5):  # session, person, count, runs, demo
        as_owner.get(reverse("import-list"))


# A run


def test_a_run_under_way_shows_how_far_it_is(as_owner, running):
    page = assert_good_page(show(as_owner, running))
    state = text_of(by_id(page, "import"))
    for words in ("reading the reviews", "25 %", "25,000 of about 100,000", "1,000", "1 min 15 s"):
        assert words in state
    assert "1.0 MB of 4.0 MB" in state.replace("\xa0", " ")
    bar = page.find(".//main//progress")
    assert (bar.get("value"), bar.get("max")) == (str(1 << 20), str(4 << 20))
    assert buttons(page) == ["Pause", "Cancel"]
    assert by_id(page, "import").get("hx-trigger") == "every 2s"
    assert page.find(".//main//a[@class='reload']") is not None


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED])
def test_nothing_looks_again_at_what_is_over(as_owner, state):
    part = assert_good_part(show(as_owner, make_run(state), **HTMX))
    assert by_id(part, "import").get("hx-trigger") is None


def test_a_look_costs_few_queries(as_owner, running, done, django_assert_num_queries):
    with django_assert_num_queries(3):  # session, person, run
        show(as_owner, running, **HTMX)
    with django_assert_num_queries(4):  # and the demo
        show(as_owner, done, **HTMX)


def test_a_change_of_state_is_said_once(as_owner, running):
    url = reverse("import-detail", args=[running.pk])
    assert "HX-Trigger" not in as_owner.get(url, {"was": "running"}, **HTMX)
    ImportRun.objects.update(state=RunState.SUCCEEDED)
    assert f"Import {running.pk} is done." in as_owner.get(url, {"was": "running"}, **HTMX)["HX-Trigger"]
    assert "HX-Trigger" not in as_owner.get(url, {"was": "succeeded"}, **HTMX)
    assert "HX-Trigger" not in as_owner.get(url, {"was": "running"})


def test_a_finished_run_tells_what_it_did_and_what_to_do_next(as_owner, done):
    page = assert_good_page(show(as_owner, done))
    text = text_of(by_id(page, "import"))
    assert "Ratings: 2 new, 0 changed, 0 unchanged" in text
    assert "r.json" in text
    assert "Train a model now" in text
    assert "Remove the demo" not in text
    assert "Run again" in text
    assert page.find(".//main//form[@action='/admin/recommendations/trainingrun/retrain/']") is not None


def test_the_demo_can_be_removed_from_there(as_owner, done):
    demo = make_data_set("Demo", "demo")
    page = assert_good_page(show(as_owner, done))
    assert page.find(f".//main//a[@href='/imports/data-sets/{demo.pk}/remove/']") is not None


def test_bad_lines_are_shown_by_kind_the_first_of_each(as_owner, done):
    kinds = {kind.name: kind for kind in ShownRun(done).bad_kinds}
    assert {name: kind.count for name, kind in kinds.items()} == done.counts["bad"]
    assert kinds["not JSON"].count == 8
    assert [line for _, line, _ in kinds["not JSON"].first] == ["3", "4", "5", "6", "7"]
    assert len(kinds["not JSON"].first) == LINES_OF_A_KIND
    text = text_of(by_id(assert_good_page(show(as_owner, done)), "import"))
    assert "Bad lines: 10" in text
    assert "r.json, line 11" in text


def test_all_of_them_come_as_a_csv_that_no_spreadsheet_runs(as_owner, done):
    response = as_owner.get(reverse("import-report", args=[done.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="import-{done.pk}-bad-lines.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))
    assert rows[0] == ["file", "line", "kind", "detail"]
    assert len(rows) == 11
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ["", "import-0.csv", "../../../etc/passwd"])
def test_a_report_is_only_what_lies_in_the_folder_of_reports(as_owner, done, name):
    ImportRun.objects.update(report=name)
    assert as_owner.get(reverse("import-report", args=[done.pk])).status_code == 404


def test_a_failed_run_says_why_in_harmless_words(as_owner):
    page = assert_good_page(
        show(as_owner, make_run(RunState.FAILED, error="<script>x</script> is no title."))
    )
    assert "<script>x</script> is no title." in text_of(by_id(page, "import"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a second"), (59, "59 s"), (75, "1 min 15 s"), (1500, "25 min"), (7320, "2 h 2 min")],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words


# What can be done


def act(client, name, run, **headers):
    response = client.post(reverse(f"import-{name}", args=[run.pk]), **headers)
    run.refresh_from_db()
    return response


def test_pause_and_resume_of_one_that_waits(as_owner, sent, django_capture_on_commit_callbacks):
    run = make_run()
    assert act(as_owner, "pause", run)["Location"] == reverse("import-detail", args=[run.pk])
    assert run.state == RunState.PAUSED
    assert buttons(assert_good_page(show(as_owner, run))) == ["Resume", "Cancel"]
    with django_capture_on_commit_callbacks(execute=True):
        part = assert_good_part(act(as_owner, "resume", run, **HTMX))
    assert run.state == RunState.QUEUED
    assert sent == [run.pk]
    assert "waits for a worker" in text_of(part)


def test_pausing_one_that_runs_says_so_until_it_has_happened(as_owner, running, sent):
    part = assert_good_part(act(as_owner, "pause", running, **HTMX))
    assert "pausing" in text_of(part)
    assert [text_of(button) for button in part.findall(".//button")] == ["Resume", "Cancel"]
    act(as_owner, "resume", running)
    assert not running.pause_requested
    assert sent == []


def test_what_has_ended_is_neither_paused_nor_cancelled(as_owner, done):
    for name, words in (("pause", "can no longer be paused"), ("cancel", "had already ended")):
        assert words in text_of(assert_good_part(act(as_owner, name, done, **HTMX)))
        assert done.state == RunState.SUCCEEDED
    act(as_owner, "resume", done)
    assert done.state == RunState.SUCCEEDED


def test_cancelling_one_that_runs_asks_it_to_stop(as_owner, running):
    part = assert_good_part(act(as_owner, "cancel", running, **HTMX))
    assert "stopping" in text_of(part)
    assert part.findall(".//button") == []
    assert running.state == RunState.RUNNING


def test_run_again_is_an_import_of_its_own(as_owner, done, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = act(as_owner, "repeat", done)
    again = ImportRun.objects.latest("pk")
    assert response["Location"] == reverse("import-detail", args=[again.pk])
    assert (again.pk != done.pk, again.state, sent) == (True, RunState.QUEUED, [again.pk])
    tasks.run_import(again.pk)
    again.refresh_from_db()
    assert "Nothing changed" in again.result["summary"][0]


def test_run_again_needs_the_files(as_owner, done, sent):
    path = Path(done.options["reviews"])
    path.unlink()
    page = assert_good_page(show(as_owner, done))
    assert "r.json is no longer on the server" in text_of(by_id(page, "import"))
    assert "Run again" not in buttons(page)
    response = as_owner.post(reverse("import-repeat", args=[done.pk]), follow=True)
    text = text_of(assert_good_page(response))
    assert "There is no file r.json" in text
    assert str(path.parent) not in text
    assert sent == []


def test_pause_resume_and_end_by_a_real_import(as_owner, tmp_path, monkeypatch, sent):
    """Paused from the page in the middle of its file, resumed, done: everything is there once."""
    from catalog.importing import runs

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_BEATS", 0)
    lines = [review(f"A{n}", f"B{n % 7}") for n in range(3000)]
    path = write_lines(tmp_path / "r.json", lines)
    run = runs.request_import("amazon", {"reviews": str(path)}, data_set_name="Big")
    beat, beats = Claim.beat, []

    def pausing_beat(self, **progress):
        beats.append(progress)
        if "done" in progress and len(beats) < 10:
            as_owner.post(reverse("import-pause", args=[run.pk]))
        return beat(self, **progress)

    monkeypatch.setattr(Claim, "beat", pausing_beat)
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.PAUSED, 0)
    monkeypatch.setattr(Claim, "beat", beat)
    act(as_owner, "resume", run)
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1)
    assert Rating.objects.count() == 3000
    assert sum(movie.rating_count for movie in Movie.objects.all()) == 3000


# Data sets


def test_data_sets_are_listed_with_what_is_in_them(as_owner, done, django_assert_num_queries):
    make_data_set("Demo", "demo")
    with django_assert_num_queries(4):  # session, person, data sets, demo
        page = assert_good_page(as_owner.get(reverse("data-set-list")))
    rows = [text_of(row) for row in page.findall(".//li[@class='run']")]
    assert len(rows) == 2
    assert any(
        "2 reviewers" in row and "1 edition" in row and "not to be redistributed" in row for row in rows
    )


def test_removing_one_says_what_goes_and_then_does_it(
    as_owner, done, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks.remove_data_set, "delay", tasks.remove_data_set)
    url = reverse("data-set-remove", args=[done.data_set_id])
    asked = text_of(assert_good_page(as_owner.get(url)))
    assert "2 reviewers with all their ratings" in asked
    assert DataSet.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_owner.post(url, follow=True)
    assert "is being removed" in text_of(assert_good_page(answer))
    assert not DataSet.objects.exists()
    assert as_owner.get(url).status_code == 404


def test_without_a_queue_a_removal_waits_for_the_sweeper(
    as_owner, done, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(_):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.remove_data_set, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_owner.post(reverse("data-set-remove", args=[done.data_set_id]), follow=True)
    page = assert_good_page(answer)
    (row,) = page.findall(".//li[@class='run']")
    assert "is being removed" in text_of(row)
    assert row.find(".//a") is None
    assert due_removals() == [done.data_set_id]


def test_a_removal_that_cannot_be_written_down_is_not_promised(as_owner, done, monkeypatch):
    def locked(_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(requests, "ask_for_removal", locked)
    answer = as_owner.post(reverse("data-set-remove", args=[done.data_set_id]), follow=True)
    assert "The database is busy" in text_of(assert_good_page(answer))
    assert due_removals() == []


def test_without_a_queue_an_import_waits_for_the_sweeper(
    as_owner, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(_):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.run_import, "delay", refuse)
    run = make_run(RunState.PAUSED)
    with django_capture_on_commit_callbacks(execute=True):
        assert act(as_owner, "resume", run).status_code == 302
    assert run.state == RunState.QUEUED
    assert uploads.folder_of(run) is None


def test_the_admin_shows_files_and_lines_and_leads_here(as_owner, running, done):
    page = as_owner.get(reverse("admin:catalog_importrun_change", args=[running.pk])).content.decode()
    assert f'href="/imports/{running.pk}/"' in page
    assert "25,000 of about 100,000" in page
    assert "reviews.json.gz: 4,194,304 bytes, SHA-256 not yet known" in page
    listed = as_owner.get(reverse("admin:catalog_importrun_changelist")).content.decode()
    assert f'href="/imports/{done.pk}/"' in listed


@pytest.mark.parametrize(("name", "wish"), [("pause", "request_pause"), ("cancel", "request_cancel")])
def test_a_database_that_is_busy_is_said(as_owner, running, monkeypatch, name, wish):
    def locked(self):
        raise OperationalError("database is locked")

    monkeypatch.setattr(ImportRun, wish, locked)
    assert "The database is busy" in text_of(assert_good_part(act(as_owner, name, running, **HTMX)))
    page = as_owner.post(reverse(f"import-{name}", args=[running.pk]), follow=True)
    assert "Nothing was changed; try again soon." in text_of(assert_good_page(page))
