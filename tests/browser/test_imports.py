"""An import by hand in a real browser: uploaded, watched, paused, resumed, done; and its pages in both themes."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from catalog import tasks
from catalog.importing import runs
from catalog.models import DataSet, ImportRun, Rating
from moviesite.web.runs import Claim, RunState
from tests.browser.test_access import SMALL_PHONE, violations
from tests.catalog.importing.builders import review
from tests.factories import make_data_set

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]
LINES = 12_000


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.IMPORT_DIR, settings.UPLOADS_DIR = tmp_path / "import", tmp_path / "uploads"
    settings.IMPORT_DIR.mkdir()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Thread]]:
    """Runs what is sent in a thread, slowly enough to be watched."""
    threads: list[threading.Thread] = []
    beat = Claim.beat

    def slow_beat(self: Claim, **progress: Any) -> bool:
        time.sleep(0.25)
        return beat(self, **progress)

    def work(run_id: int) -> None:
        tasks.run_import(run_id)
        connection.close()

    def send(run_id: int) -> None:
        threads.append(threading.Thread(target=work, args=(run_id,)))
        threads[-1].start()

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_BEATS", 0.05)
    monkeypatch.setattr(Claim, "beat", slow_beat)
    monkeypatch.setattr(tasks.run_import, "delay", send)
    yield threads
    monkeypatch.setattr(Claim, "beat", beat)
    for thread in threads:
        thread.join(timeout=60)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Reviews, with a bad line in each thousand."""
    path = tmp_path / "reviews.json.gz"
    lines = (json.dumps(review(f"A{n}", f"B{n % 50}")) if n % 1000 else "broken" for n in range(LINES))
    path.write_bytes(gzip.compress("\n".join(lines).encode(), 1))
    return path


def percent(page: Page) -> int:
    return int(page.locator(".import__stage .big-number").inner_text().removesuffix(" %"))


def test_upload_watch_pause_resume_done(visit: Visit, as_owner: Any, worker: Any, dump: Path):
    page = visit("/movies/", cookies=as_owner.cookies)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="New import").first.click()
    page.set_input_files("#id_files", dump)
    page.fill("#id_data_set", "By hand")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("By hand")
    expect(page.get_by_text("Amazon 2018 reviews, without metadata will be imported")).to_be_visible()
    expect(page.locator(".badge")).to_have_text("running", timeout=5000)
    expect(page.locator(".import__stage .big-number")).to_be_visible()
    first = percent(page)
    page.locator("#cancel").focus()
    expect(page.locator(".import__stage .big-number")).not_to_have_text(f"{first} %", timeout=8000)
    assert percent(page) > first
    expect(page.locator("#cancel")).to_be_focused()

    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".badge")).to_have_text("paused", timeout=8000)
    expect(page.locator("#live")).to_contain_text("is paused.")
    worker[0].join(timeout=10)
    assert 0 < Rating.objects.filter(reviewer__data_set__name="By hand").count() < LINES

    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".badge")).to_have_text("done", timeout=30_000)
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
    expect(page.get_by_role("heading", name="Bad lines: 12")).to_be_visible()
    assert Rating.objects.filter(reviewer__data_set__name="By hand").count() == LINES - 12
    assert "hx-trigger" not in page.locator("#import").evaluate("e => e.outerHTML.slice(0, 300)")
    with page.expect_download() as download:
        page.get_by_role("link", name="All of them as CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 13


def test_too_much_is_said_before_it_is_sent(visit: Visit, as_owner: Any, settings: Any, dump: Path):
    settings.IMPORT_UPLOAD_BYTES = 1000
    page = visit("/imports/new/", cookies=as_owner.cookies)
    page.set_input_files("#id_files", dump)
    expect(page.locator("[data-file-problem]")).to_contain_text(
        "may be uploaded. Copy it to the server instead."
    )
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_timeout(300)
    assert not ImportRun.objects.exists()
    page.get_by_text("On the server", exact=True).click()
    expect(page.get_by_text("The folder is empty.")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Choose one file, or two").first).to_be_visible()


def test_an_upload_shows_its_progress_and_can_be_stopped(
    visit: Visit, as_owner: Any, settings: Any, tmp_path: Path
):
    large = tmp_path / "large.json"
    large.write_bytes(b"x" * (24 << 20))
    page = visit("/imports/new/", cookies=as_owner.cookies)
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4 << 20},
    )
    page.set_input_files("#id_files", large)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#upload-words")).to_contain_text("of 24 MB")
    assert 0 < page.locator("#upload progress").evaluate("e => e.value") < 1
    page.get_by_role("button", name="Stop the upload").click()
    expect(page.locator("#upload")).to_be_hidden()
    assert not ImportRun.objects.exists()


def test_a_slip_keeps_what_was_uploaded(visit: Visit, as_owner: Any, worker: Any, dump: Path):
    make_data_set("Taken", "movielens")
    page = visit("/imports/new/", cookies=as_owner.cookies)
    page.set_input_files("#id_files", dump)
    page.fill("#id_data_set", "Taken")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Uploaded already and kept for this import")).to_be_visible()
    expect(page.locator("[data-form-errors]")).to_be_focused()
    page.fill("#id_data_set", "Free")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Free")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".badge")).to_have_text("cancelled", timeout=8000)


def test_without_scripts_a_file_on_the_server_is_imported(
    visit: Visit, as_owner: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tasks.run_import, "delay", lambda _: None)
    (settings.IMPORT_DIR / "few.json").write_text(json.dumps(review()))
    page = visit("/imports/new/", cookies=as_owner.cookies, java_script_enabled=False)
    page.get_by_text("On the server", exact=True).click()
    page.get_by_label("few.json").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".badge")).to_have_text("waiting")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".badge")).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    tasks.run_import(ImportRun.objects.get().pk)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator(".badge")).to_have_text("done")


@pytest.fixture
def addresses(settings: Any) -> dict[str, str]:
    """Every page of imports, with runs in every state."""
    (
        settings.IMPORT_DIR / "a-file-with-quite-a-long-name-that-has-no-space_Movies_and_TV_5.json.gz"
    ).write_text("x")
    data_set = make_data_set("Amazon 2018 reviews, a data set with a long name")
    found = {}
    for state in RunState:
        run = ImportRun.objects.create(
            data_set=data_set,
            source="amazon",
            state=state,
            stage="reading the reviews",
            done=3 << 20,
            total=9 << 20,
            lines_read=20_906,
            lines_estimated=209_060,
            lines_per_second=8_000,
            files=[{"name": "Movies_and_TV_5.json.gz", "bytes": 9 << 20, "sha256": "0123456789abcdef" * 4}],
            error="Movies_and_TV_5.json.gz breaks off after 20,906 lines." if state == "failed" else "",
        )
        found[state.value] = f"/imports/{run.pk}/"
    removal = f"/imports/data-sets/{DataSet.objects.get(pk=data_set.pk).pk}/remove/"
    return {
        **found,
        "list": "/imports/",
        "new": "/imports/new/",
        "sets": "/imports/data-sets/",
        "remove": removal,
    }


@pytest.mark.slow
def test_axe_finds_nothing_and_nothing_is_wider_than_a_small_phone(
    visit: Visit, ada: Any, as_ada: Any, addresses: dict[str, str]
):
    ada.is_staff = True
    ada.save()
    page = visit("/imports/", cookies=as_ada.cookies, viewport=SMALL_PHONE)
    found = []
    for name, address in addresses.items():
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{name} is too wide")
        found += violations(page, name)
    page.goto("/imports/new/")
    page.get_by_text("On the server", exact=True).click()
    found += violations(page, "on the server")
    assert not found, "\n".join(found)
