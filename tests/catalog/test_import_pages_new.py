"""A new import: uploads that leave nothing behind when they go wrong, files on the server without tricks, options."""

import errno
import gzip
import io
import json
import os
import time

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import dumps
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from catalog import tasks
from catalog.importing.errors import ImportProblem
from catalog.imports import server_files, uploads
from catalog.imports.server_files import files_on_server, find
from catalog.imports.uploads import KEPT, refusal, remove_old_uploads, safe_name
from catalog.models import DataSet, ImportRun, Rating, Reviewer
from moviesite.web.env import read_megabytes
from moviesite.web.runs import RunState
from tests.catalog.importing.builders import metadata, review, write_lines, write_movielens, zipped
from tests.factories import make_data_set
from tests.pages import HTMX, assert_good_page, assert_good_part, by_id, text_of

pytestmark = pytest.mark.django_db
URL = "/imports/new/"


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.IMPORT_DIR, settings.UPLOADS_DIR = tmp_path / "import", tmp_path / "uploads"
    settings.IMPORT_DIR.mkdir()


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The ids of the runs whose message was sent."""
    ids = []
    monkeypatch.setattr(tasks.run_import, "delay", ids.append)
    return ids


@pytest.fixture
def folder(settings):
    """The folder of imports."""
    return settings.IMPORT_DIR


def reviews_file(name="reviews.json.gz", count=3):
    lines = "\n".join(json.dumps(review(f"A{n}")) for n in range(count))
    return SimpleUploadedFile(name, gzip.compress(lines.encode()))


def meta_file(name="meta.json"):
    return SimpleUploadedFile(name, json.dumps(metadata()).encode())


def stored(settings):
    """Every file below the folder of uploads."""
    return sorted(path.name for path in settings.UPLOADS_DIR.rglob("*") if path.is_file())


def ask(client, **fields):
    headers = fields.pop("headers", {})
    return client.post(URL, {"source": "upload", **fields}, **headers)


def problems(response):
    """The sentences that the form came back with."""
    form = by_id(assert_good_page(response), "import-form")
    lists = [one for one in form.iter("ul") if (one.get("class") or "").startswith("errorlist")]
    return [text_of(item) for one in lists for item in one.findall("li")]


def only_problem(response):
    (problem,) = problems(response)
    assert not ImportRun.objects.exists()
    return problem


# Uploads


def test_an_upload_becomes_a_run_that_ends_well_and_takes_its_files_along(
    as_owner, owner, settings, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = ask(as_owner, files=[meta_file(), reviews_file()], data_set="Mine")
    run = ImportRun.objects.get()
    assert response["Location"] == reverse("import-detail", args=[run.pk])
    assert (run.requested_by, run.data_set.name, run.state, sent) == (
        owner,
        "Mine",
        RunState.QUEUED,
        [run.pk],
    )
    assert stored(settings) == ["meta.json", "reviews.json.gz"]
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED, run.error
    assert Rating.objects.count() == 3
    assert stored(settings) == []
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    page = text_of(assert_good_page(as_owner.get(response["Location"])))
    assert "reviews.json.gz is no longer on the server" in page or "are no longer on the server" in page
    assert "Amazon 2018 reviews, with metadata will be imported into Mine." in page


def test_htmx_is_sent_on_to_the_run(as_owner):
    response = ask(as_owner, files=[reviews_file()], headers=HTMX)
    assert response["HX-Redirect"] == reverse("import-detail", args=[ImportRun.objects.get().pk])


def test_a_movielens_archive_is_known_by_what_is_in_it(as_owner, tmp_path):
    archive = zipped(write_movielens(tmp_path / "ml"))
    ask(as_owner, files=[SimpleUploadedFile("whatever.bin", archive.read_bytes())])
    run = ImportRun.objects.get()
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.source, run.state) == ("movielens", RunState.SUCCEEDED)


def test_files_of_a_failed_import_stay_for_another_try_and_go_when_it_is_cancelled(as_owner, settings):
    whole = reviews_file(count=4000).read()
    ask(as_owner, files=[SimpleUploadedFile("cut.json.gz", whole[: len(whole) // 2])])
    run = ImportRun.objects.get()
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, stored(settings)) == (RunState.FAILED, ["cut.json.gz"])
    as_owner.post(reverse("import-repeat", args=[run.pk]))
    again = ImportRun.objects.latest("pk")
    assert again.pk != run.pk
    as_owner.post(reverse("import-cancel", args=[again.pk]))
    assert stored(settings) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.json", b"", "r.json is empty."),
        ("r.json", b"hello\nworld\n", "r.json holds nothing that is known here"),
        ("cat.gz", b"\x89PNG....", "cat.gz is a PNG picture"),
        ("m.json", json.dumps(metadata()).encode(), "m.json holds only metadata"),
        ("x.zip", b"PK\x03\x04nonsense", "x.zip is not a whole ZIP archive"),
    ],
)
def test_what_is_no_data_is_refused_in_a_sentence_and_nothing_stays(as_owner, settings, name, content, words):
    problem = only_problem(ask(as_owner, files=[SimpleUploadedFile(name, content)]))
    assert problem.startswith(words)
    assert str(settings.UPLOADS_DIR) not in problem
    assert list(settings.UPLOADS_DIR.iterdir()) == []


def test_none_or_too_many_files(as_owner, settings):
    assert only_problem(ask(as_owner)).startswith("Choose one file, or two")
    three = [reviews_file(f"{n}.json.gz") for n in range(3)]
    assert only_problem(ask(as_owner, files=three)) == "Upload one file, or two: reviews and their metadata."
    assert stored(settings) == []


def test_two_files_of_one_name_do_not_overwrite_each_other(as_owner, settings):
    ask(as_owner, files=[reviews_file("data.json"), meta_file("data.json")])
    assert ImportRun.objects.exists()
    assert stored(settings) == ["2-data.json", "data.json"]


def test_only_the_field_of_files_is_taken(as_owner, settings):
    ask(as_owner, other=reviews_file(), data_set="x")
    assert stored(settings) == []
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("reviews.json.gz", "reviews.json.gz"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".hidden", "hidden"),
        ("Filme (größte).json", "Filme (größte).json"),
        ("=cmd|' /C calc'!A0", "_cmd_ _C calc_A0"),
        ("a\x00b\u202egz.nosj", "a_b_gz.nosj"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_names_of_files_mean_nothing_to_a_file_system(name, safe):
    assert safe_name(name) == safe
    assert len(safe_name(f"{name}{'é' * 4000}.json.gz").encode()) <= 120
    assert safe_name(f"{'x' * 4000}.json.gz").endswith(".json.gz")


# Uploads that must not be


def test_a_request_that_is_too_large_is_refused_and_only_read_past(as_owner, settings, monkeypatch):
    settings.IMPORT_UPLOAD_BYTES = 1000
    monkeypatch.setattr("catalog.imports.views.FolderUpload", None)  # nobody takes it in
    response = ask(as_owner, files=[SimpleUploadedFile("r.json", b"x" * 9000)])
    words = text_of(assert_good_page(response, 413)).replace("\xa0", " ")
    assert "Uploads may have 1000 bytes here, and this one has 9." in words
    assert "Nothing was imported." in words
    assert list(settings.UPLOADS_DIR.glob("*")) == []


def test_reading_past_ends_in_its_time(rf):
    class Endless(io.RawIOBase):
        def read(self, size=-1, /):
            return b"x" * size

    request = rf.post(URL, CONTENT_LENGTH=1 << 50, **{"wsgi.input": Endless()})
    began = time.monotonic()
    uploads.read_past(request, seconds=0.1)
    assert time.monotonic() - began < 2


def test_the_disk_must_have_room(settings, monkeypatch):
    monkeypatch.setattr(uploads, "_free_bytes", lambda: 200 << 20)
    assert refusal(100 << 20) is None
    assert "The server has room for 200.0" in refusal(150 << 20)


def test_the_page_tells_the_limit_and_hands_it_to_the_script(as_owner, settings):
    settings.IMPORT_UPLOAD_BYTES = 1500 << 20
    form = by_id(assert_good_page(as_owner.get(URL)), "import-form")
    assert "At most 1,500 MB together" in text_of(form)
    assert form.get("data-most-bytes") == str(1500 << 20)


def test_without_its_token_an_upload_is_refused_and_leaves_nothing(owner, settings):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert ask(client, files=[reviews_file()]).status_code == 403
    assert stored(settings) == []
    client.get(URL)
    token = client.cookies["csrftoken"].value
    assert ask(client, csrfmiddlewaretoken=token, files=[reviews_file()]).status_code == 302


class BreaksOff(io.BytesIO):
    """A body that ends before its time: with silence, or with an error."""

    def __init__(self, content, how):
        super().__init__(content)
        self.how = how

    def read(self, size=-1, /):
        data = super().read(size)
        if not data and self.how is not None:
            raise self.how
        return data


@pytest.mark.parametrize("how", [None, ConnectionResetError("gone")])
def test_half_an_upload_leaves_nothing(owner, settings, how):
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    head = (
        b'--x\r\nContent-Disposition: form-data; name="source"\r\n\r\nupload\r\n'
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="r.json"\r\n\r\n'
    )
    body = head + json.dumps(review()).encode() + b"\n"
    response = client.generic(
        "POST",
        URL,
        CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH=len(body) + 10**6,
        **{"wsgi.input": BreaksOff(body, how)},
    )
    if how is None:
        assert only_problem(response) == "The upload broke off; please try again."
    else:
        assert response.status_code == 400
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("when", ["open", "write", "close"])
def test_a_full_disk_is_said_and_gives_its_room_back(as_owner, settings, monkeypatch, when):
    full = OSError(errno.ENOSPC, "No space left on device")

    class FullDisk(io.FileIO):
        def write(self, _):
            if when == "write":
                raise full
            return super().write(_)

        def close(self):
            super().close()
            if when == "close":
                raise full

    def open_on_it(self, *_):
        if when == "open":
            raise full
        return FullDisk(self, "x")

    monkeypatch.setattr("pathlib.Path.open", open_on_it)
    response = ask(as_owner, files=[reviews_file()])
    monkeypatch.undo()
    settings.IMPORT_DIR.mkdir(exist_ok=True)
    assert only_problem(response) == "The upload could not be kept: the disk is full. Nothing was imported."


# A slip elsewhere in the form


def test_files_need_not_be_uploaded_again_because_of_another_field(as_owner, settings):
    response = ask(as_owner, files=[reviews_file()], since="2018-02-30", data_set="Mine", with_text="on")
    form = by_id(assert_good_page(response), "import-form")
    assert problems(response) == ["That is no date; write it as 2018-01-31."]
    values = {one.get("name"): one for one in form.iter("input")}
    assert (values["data_set"].get("value"), values["since"].get("value")) == ("Mine", "2018-02-30")
    assert "checked" in values["with_text"].attrib
    assert "reviews.json.gz" in text_of(form)
    ticket = values["ticket"].get("value")
    ask(as_owner, ticket=ticket, since="2010-01-01", data_set="Mine")
    run = ImportRun.objects.get()
    assert run.options["since"] == "2010-01-01"
    tasks.run_import(run.pk)
    assert Rating.objects.count() == 3
    assert stored(settings) == []
    assert only_gone(ask(as_owner, ticket=ticket))


def only_gone(response):
    return problems(response) == ["The uploaded files are gone; please choose them again."]


def test_a_ticket_is_its_owners_alone_and_cannot_be_made_up(as_owner, settings, django_user_model):
    page = ask(as_owner, files=[reviews_file()], since="x")
    ticket = next(
        one.get("value") for one in assert_good_page(page).iter("input") if one.get("name") == "ticket"
    )
    other = Client()
    other.force_login(django_user_model.objects.create_user("eve", is_staff=True))
    for client, forged in (
        (other, ticket),
        (as_owner, ticket[:-1]),
        (as_owner, "x"),
        (as_owner, dumps(["..", 1], salt="other")),
    ):
        assert only_gone(ask(client, ticket=forged))
    assert not ImportRun.objects.exists()


def test_a_data_set_of_another_kind_is_not_added_to(as_owner):
    make_data_set("Stars", "movielens")
    problem = only_problem(ask(as_owner, files=[reviews_file()], data_set="Stars"))
    assert problem == (
        "The data set Stars holds MovieLens, and this is Amazon 2018 reviews, without metadata; choose another name."
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"since": "2019-01-01", "until": "2018-01-01"}, "This day lies before the first one"),
        ({"data_set": "x" * 121}, "Ensure this value has at most 120 characters"),
        ({"source": "elsewhere"}, "Select a valid choice"),
    ],
)
def test_options_that_make_no_sense(as_owner, fields, words):
    assert only_problem(ask(as_owner, files=[reviews_file()], **fields)).startswith(words)


def test_movielens_has_no_verified_purchases(as_owner, tmp_path):
    archive = SimpleUploadedFile("ml.zip", zipped(write_movielens(tmp_path / "ml")).read_bytes())
    problem = only_problem(ask(as_owner, files=[archive], verified_only="on"))
    assert problem.startswith("MovieLens knows nothing of purchases")


def test_the_demo_goes_after_an_import_that_ended_well_if_that_was_asked_for(as_owner):
    demo = make_data_set("Demo", "demo")
    Reviewer.objects.create(data_set=demo, external_id="D1")
    assert "Remove the demo data afterwards" in text_of(assert_good_page(as_owner.get(URL)))
    ask(as_owner, files=[reviews_file()], remove_demo="on", verified_only="on", with_text="on")
    run = ImportRun.objects.get()
    assert {name for name, value in run.options.items() if value is True} == {
        "remove_demo",
        "verified_only",
        "with_text",
    }
    tasks.run_import(run.pk)
    assert not DataSet.objects.filter(kind="demo").exists()
    assert Rating.objects.count() == 3
    assert "Remove the demo" not in text_of(assert_good_page(as_owner.get(URL)))


def test_an_import_that_fails_leaves_the_demo(as_owner, tmp_path):
    make_data_set("Demo", "demo")
    ask(as_owner, files=[reviews_file()], remove_demo="on", since="2030-01-01")
    run = ImportRun.objects.get()
    ImportRun.objects.update(options={**run.options, "reviews": str(tmp_path / "gone.json")})
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert DataSet.objects.filter(kind="demo").exists()


# Files on the server


def test_an_empty_folder_is_made_and_said(as_owner, settings, folder):
    folder.rmdir()
    page = text_of(assert_good_page(as_owner.get(URL)))
    assert "The folder is empty." in page
    assert folder.is_dir()


def test_what_lies_there_is_offered_with_its_size_and_imported_without_a_copy(as_owner, settings, folder):
    write_lines(folder / "reviews.json", [review(f"A{n}") for n in range(5)])
    (folder / "deep").mkdir()
    write_lines(folder / "deep" / "meta.json", [metadata()])
    page = by_id(assert_good_page(as_owner.get(URL)), "import-form")
    names = [one.get("value") for one in page.iter("input") if one.get("name") == "server_files"]
    assert names == ["deep/meta.json", "reviews.json"]
    ask(as_owner, source="server", server_files=names)
    run = ImportRun.objects.get()
    assert run.options["reviews"] == str(folder / "reviews.json")
    tasks.run_import(run.pk)
    assert Rating.objects.count() == 5
    assert (folder / "reviews.json").exists()


def test_a_folder_of_movielens_is_chosen_as_a_whole(as_owner, folder):
    write_movielens(folder / "ml-small")
    assert files_on_server()[0].name == "ml-small/"
    ask(as_owner, source="server", server_files=["ml-small/"])
    assert ImportRun.objects.get().source == "movielens"


@pytest.fixture
def tricks(folder, tmp_path):
    """A folder of imports in which somebody laid links, beside one with what must not be read."""
    outside = tmp_path / "import-secrets"
    outside.mkdir()
    write_lines(outside / "reviews.json", [review()])
    (folder / "link.json").symlink_to(outside / "reviews.json")
    (folder / "linked").symlink_to(outside)
    (folder / "ml").mkdir()
    (folder / "ml" / "ratings.csv").symlink_to(outside / "reviews.json")
    (folder / "ml" / "movies.csv").write_text("x")
    (folder / "circle").symlink_to(folder / "circle")
    os.mkfifo(folder / "pipe")
    write_lines(folder / "good.json", [review()])
    (folder / "inner.json").symlink_to(folder / "good.json")
    return outside


TRICKS = [
    ("../import-secrets/reviews.json", "leads out of the folder of imports"),
    ("a/../../import-secrets/reviews.json", "leads out of the folder of imports"),
    ("ml/../good.json", "leads out of the folder of imports"),
    ("/etc/passwd", "is an absolute path"),
    ("//etc/passwd", "is an absolute path"),
    ("link.json", "is a link that leads out"),
    ("linked/reviews.json", "is a link that leads out"),
    ("linked", "is a link that leads out"),
    ("ml", "holds ratings.csv, a link that leads out"),
    ("circle", "cannot be opened"),
    ("pipe", "is neither a file nor a folder"),
    ("gone.json", "There is no gone.json in the folder of imports any more."),
    ("good.json/x", "cannot be opened"),
    ("x" * 5000, "cannot be opened"),
    ("a\x00b", "Null characters are not allowed|Choose a file from the list"),
    ("", "Choose"),
    (".", "Choose a file from the list"),
    ("\udcff", "cannot be opened|There is no"),
]


@pytest.mark.parametrize(("name", "words"), TRICKS)
def test_no_name_leads_out_of_the_folder(as_owner, tricks, name, words):
    with pytest.raises(ImportProblem, match=words):
        find(name)
    if "\udcff" in name:  # no browser can send it
        return
    problem = only_problem(ask(as_owner, source="server", server_files=[name]))
    assert any(part in problem for part in words.split("|"))
    assert str(tricks.parent) not in problem


def test_only_what_would_be_taken_is_offered(tricks):
    assert [file.name for file in files_on_server()] == ["good.json", "inner.json"]
    assert find("inner.json").name == "good.json"


def test_very_many_files_are_cut(folder, monkeypatch):
    monkeypatch.setattr(server_files, "MOST_SHOWN", 3)
    for n in range(5):
        (folder / f"{n}.json").write_text("{}")
    assert [file.name for file in files_on_server()] == ["0.json", "1.json", "2.json"]


def test_three_of_them_are_too_many(as_owner, folder):
    for n in range(3):
        write_lines(folder / f"{n}.json", [review()])
    response = ask(as_owner, source="server", server_files=["0.json", "1.json", "2.json"])
    assert only_problem(response).startswith("Choose one file, or two")
    chosen = [one for one in assert_good_page(response).iter("input") if one.get("name") == "server_files"]
    assert all("checked" in one.attrib for one in chosen)


def test_the_same_import_at_the_same_time_is_told(as_owner, folder):
    write_lines(folder / "r.json", [review()])
    ask(as_owner, source="server", server_files=["r.json"])
    run = ImportRun.objects.get()
    assert ImportRun.objects.claim(run.pk)
    again = ask(as_owner, source="server", server_files=["r.json"])
    assert "at this moment" in text_of(by_id(assert_good_page(again), "import-form"))
    assert ImportRun.objects.count() == 1


def test_a_part_carries_the_errors(as_owner):
    part = assert_good_part(ask(as_owner, headers=HTMX))
    assert "Choose one file, or two" in text_of(part)


def test_the_form_costs_few_queries(as_owner, django_assert_num_queries):
    with django_assert_num_queries(5):  # session, person, demo, names, demo in the footer
        as_owner.get(URL)


# What is left over


def aged(folder):
    long_ago = time.time() - KEPT.total_seconds() - 60
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (long_ago, long_ago))


def test_leftovers_go_after_some_days_but_not_what_is_still_needed(as_owner, settings):
    for name in ("waits", "failed"):
        ask(as_owner, files=[reviews_file(f"{name}.json.gz")], data_set=name)
    ImportRun.objects.filter(data_set__name="failed").update(state=RunState.FAILED)
    (settings.UPLOADS_DIR / "half").mkdir()
    (settings.UPLOADS_DIR / "half" / "half.json.gz").write_bytes(b"x")
    assert remove_old_uploads() == 0
    for folder in settings.UPLOADS_DIR.iterdir():
        aged(folder)
    tasks.remove_old_uploads()
    assert stored(settings) == ["waits.json.gz"]


def test_the_limit_is_read_with_care():
    assert read_megabytes("IMPORT_UPLOAD_MB", " 64 ") == 64 << 20
    for text in ("0", "-1", "1.5", "much", "", "²", "9" * 40):
        with pytest.raises(ImproperlyConfigured, match="IMPORT_UPLOAD_MB is a whole number of megabytes"):
            read_megabytes("IMPORT_UPLOAD_MB", text)


def test_a_database_that_is_busy_is_said(as_owner, settings, monkeypatch):
    def locked(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr("catalog.imports.requests.request_import", locked)
    page = text_of(assert_good_page(ask(as_owner, files=[reviews_file()])))
    assert "The database is busy" in page
    assert "Uploaded already and kept for this import: reviews.json.gz" in page
    assert stored(settings) == ["reviews.json.gz"]
