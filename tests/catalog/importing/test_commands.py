"""The import commands as a person meets them."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from backports import zstd
from django.core.management import CommandError, call_command
from rich.console import Console

from catalog.importing import command, runs, terminal
from catalog.importing.pipeline import Progress
from catalog.importing.rating_loader import RatingLoader
from catalog.models import DataSet, ImportRun, Rating, ReviewText
from tests.catalog.importing.builders import metadata, review, write_lines, write_movielens, zipped
from tests.catalog.importing.layouts import metadata_2023, review_2023
from tests.catalog.importing.test_files import SENTENCES, bad_file
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = pytest.mark.django_db


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def reviews(tmp_path):
    return write_lines(tmp_path / "r.json.gz", [review("A1", "B1"), review("A2", "B1", 3.0), "broken"])


def test_importing_says_what_happened(reviews, tmp_path, settings):
    meta = write_lines(tmp_path / "m.json", [metadata("B1")])
    out, err = run("import_amazon", "--reviews", reviews, "--meta", meta, "--data-set", "Mine")
    assert out.splitlines() == [
        f"Bad lines are listed in {settings.IMPORT_REPORTS_DIR / 'import-'}{ImportRun.objects.get().pk}.csv",
        "Imported into Mine: 4 lines.",
        "Movies: 1 new, 0 changed, 0 unchanged.",
        "Ratings: 2 new, 0 changed, 0 unchanged, by 2 new reviewers.",
        "Bad lines: 1 (not JSON 1).",
    ]
    assert "loading the reviews: 100%, 3 lines" in err
    assert "Nothing changed" in run("import_amazon", "--reviews", reviews, "--data-set", "Mine")[0]


def test_options_reach_the_import(reviews):
    run(
        "import_amazon", "--reviews", reviews, "--from", "2012-11-09", "--to", "2012-11-09", "--verified-only"
    )
    assert Rating.objects.count() == 2
    out, _ = run("import_amazon", "--reviews", reviews, "--from", "2012-11-10")
    assert "Ratings left out: 2 (outside the dates 2)." in out


def test_movielens(tmp_path):
    out, _ = run("import_movielens", zipped(write_movielens(tmp_path / "ml")))
    assert "Imported into MovieLens" in out
    assert Rating.objects.get().half_stars == 9


@pytest.mark.parametrize("backwards", [False, True])
def test_import_data_finds_out_what_it_is_given(tmp_path, backwards):
    reviews = write_lines(tmp_path / "one", [review_2023("A1"), review_2023("A2", timestamp=1514764800000)])
    reviews.write_bytes(zstd.compress(reviews.read_bytes()))
    paths = [reviews, write_lines(tmp_path / "two.gz", [metadata_2023()])]
    out, _ = run("import_data", *paths[:: -1 if backwards else 1], "--to", "2012-12-31", "--with-text")
    assert out.startswith("Found Amazon 2023 reviews, with metadata.\n")
    assert "Imported into Amazon reviews 2023: 3 lines." in out
    assert "Ratings left out: 1 (outside the dates 1)." in out
    assert ReviewText.objects.get().helpful_votes == 7


def test_import_data_of_movielens(tmp_path):
    out, _ = run("import_data", zipped(write_movielens(tmp_path / "ml")), "--data-set", "Mine")
    assert "Found MovieLens, with links to IMDb and TMDB." in out
    assert "Imported into Mine" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--verified-only"], "MovieLens knows nothing of purchases"),
        (["--from", "2018-02-02", "--to", "2018-02-01"], "--from is later than --to"),
        (["~nobody-of-this-name/x"], "is a whole data set|There is no file"),
    ],
)
def test_import_data_says_what_is_wrong(tmp_path, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("import_data", write_movielens(tmp_path / "ml"), *arguments)
    assert not DataSet.objects.exists()


def test_texts_are_kept_only_if_asked_for(reviews):
    run("import_amazon", "--reviews", reviews)
    assert not ReviewText.objects.exists()
    run("import_amazon", "--reviews", reviews, "--with-text", "--data-set", "Mine")
    assert ReviewText.objects.count() == 2
    assert ReviewText.objects.first().body == "Very good and entertaining!"


def test_a_data_set_removed_in_the_middle_has_its_sentence(reviews, monkeypatch):
    monkeypatch.setattr(command, "run_import", lambda pk, watch: DataSet.objects.all().delete())
    with pytest.raises(CommandError, match="was removed in the middle"):
        run("import_amazon", "--reviews", reviews)


def test_paused_from_the_pages_it_says_how_to_go_on_and_goes_on(reviews, monkeypatch):
    load = RatingLoader.load

    def load_and_pause(loader, rows):
        load(loader, rows)
        ImportRun.objects.get().request_pause()

    monkeypatch.setattr(runs, "SECONDS_BETWEEN_BEATS", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(RatingLoader, "load", load_and_pause)
        with pytest.raises(
            CommandError, match=r"^It was interrupted. It is paused; run the command again to go on"
        ):
            run("import_amazon", "--reviews", reviews)
    out, err = run("import_amazon", "--reviews", reviews)
    assert f"Going on with import {ImportRun.objects.get().pk}, which was interrupted." in err
    assert out.splitlines()[1] == "Imported into Amazon reviews: 3 lines."


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("option", ["--reviews", "--meta"])
def test_bad_files(tmp_path, reviews, name, option):
    arguments = ["--reviews", reviews] if option == "--meta" else []
    with pytest.raises(CommandError, match=SENTENCES[name]):
        run("import_amazon", *arguments, option, bad_file(tmp_path, name))
    assert not DataSet.objects.exists()


@pytest.mark.parametrize(
    ("reviews_lines", "meta_lines", "sentence"),
    [
        ([metadata()], None, r"^x\.json holds metadata: give it as --meta\.$"),
        ([review()], [review()], r"^m\.json holds reviews: give it as --reviews\.$"),
        ([{"user_id": "A1", "asin": "B1", "title": "x"}], None, r"its objects have other fields\.$"),
        (["userId,movieId"], None, r"its first lines are no JSON objects\.$"),
        (['[{"overall": 5}]'], None, r"its first lines are no JSON objects\.$"),
        ([review_2023()], [review_2023()], r"^m\.json holds reviews: give it as --reviews\.$"),
        ([metadata_2023()], None, r"^x\.json holds metadata: give it as --meta\.$"),
    ],
)
def test_files_of_the_wrong_kind(tmp_path, reviews_lines, meta_lines, sentence):
    arguments = ["--reviews", write_lines(tmp_path / "x.json", reviews_lines)]
    if meta_lines:
        arguments += ["--meta", write_lines(tmp_path / "m.json", meta_lines)]
    with pytest.raises(CommandError, match=sentence):
        run("import_amazon", *arguments)


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        (["--from", "yesterday"], "yesterday is no date; write it as 2018-01-31"),
        (["--to", "2018-02-30"], "2018-02-30 is no date"),
        (["--from", "2018-02-02", "--to", "2018-02-01"], "--from is later than --to"),
    ],
)
def test_bad_dates(reviews, dates, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("import_amazon", "--reviews", reviews, *dates)


@pytest.fixture
def demo():
    demo = make_data_set("Demo", DataSet.Kind.DEMO)
    movie = make_movie("Made up")
    make_edition(movie, "demo-1", demo)
    rate_all(make_reviewers(3, demo), movie, [10, 9, 8])
    return demo


def test_the_demo_stays_unless_asked_and_the_command_says_how_to_remove_it(reviews, demo):
    out, _ = run("import_amazon", "--reviews", reviews)
    assert "run this command again with --remove-demo" in out
    assert DataSet.objects.filter(pk=demo.pk).exists()
    out, _ = run("import_amazon", "--reviews", reviews, "--remove-demo")
    assert "Removed Demo: 3 ratings, 1 movies; 0 movies stay" in out
    assert not DataSet.objects.filter(pk=demo.pk).exists()
    assert "--remove-demo" not in run("import_amazon", "--reviews", reviews)[0]


@pytest.mark.parametrize(("answer", "stays"), [("y", False), ("", True), ("no", True)])
def test_on_a_terminal_it_asks(reviews, demo, monkeypatch, answer, stays):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: answer)
    monkeypatch.setattr(terminal, "Console", lambda **_: Console(file=io.StringIO()))
    call_command("import_amazon", reviews=str(reviews), stdout=io.StringIO(), stderr=Terminal())
    assert DataSet.objects.filter(pk=demo.pk).exists() == stays


def test_the_bar_shows_rate_and_time_left(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(
        terminal,
        "Console",
        lambda **_: Console(file=screen, force_terminal=True, width=160, color_system=None),
    )
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(terminal.time, "monotonic", lambda: float(next(clock)))
    with terminal.ProgressBar() as bar:
        bar(Progress("loading the reviews", 0, 1000, 1))
        bar(Progress("loading the reviews", 500, 1000, 50_000))
    assert "50%" in screen.getvalue()
    assert "50,000 lines" in screen.getvalue()
    assert "a second" in screen.getvalue()


@pytest.mark.slow
def test_ctrl_c_and_kill(tmp_path):
    """Ctrl-C ends with 130 and a cancelled run; kill -9 leaves a run that is swept; then it is completed.

    In a site that holds a rating already, where batches are loaded one by one (the other way: bulk/).
    """
    lines = [review(f"A{n}", f"B{n % 500}", reviewText="x" * 300) for n in range(150_000)]
    path = write_lines(tmp_path / "r.json", lines)
    site = {
        **os.environ,
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "RUN_STALE_SECONDS": "3",
    }
    (tmp_path / "var").mkdir()

    def manage(*arguments):
        return [sys.executable, "manage.py", *arguments]

    def ask(expression):
        program = f"from catalog.models import *; from catalog.aggregates import *; print({expression})"
        done = subprocess.run(
            manage("shell", "-v", "0", "-c", program), env=site, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def interrupted(sign):
        process = subprocess.Popen(
            manage("import_amazon", "--reviews", str(path)), env=site, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and ask("Rating.objects.count() > 20_000") != "True":
            assert process.poll() is None
        process.send_signal(sign)
        return process, process.communicate(timeout=60)[1]

    subprocess.run(manage("migrate", "-v", "0"), env=site, check=True)
    first = write_lines(tmp_path / "first.json", [review("A1", "B1")])
    options = ["--reviews", str(first), "--data-set", "First"]
    subprocess.run(manage("import_amazon", *options), env=site, check=True, capture_output=True)
    ended, said = interrupted(signal.SIGINT)
    assert ended.returncode == 130
    assert "Cancelled" in said
    assert "Traceback" not in said
    assert ask("ImportRun.objects.first().state") == "cancelled"
    subprocess.run(
        manage(
            "shell",
            "-v",
            "0",
            "-c",
            "from catalog.data_sets import *; remove_data_set(DataSet.objects.exclude(name='First').get())",
        ),
        env=site,
        check=True,
    )

    ended, _ = interrupted(signal.SIGKILL)
    assert ended.returncode == -signal.SIGKILL
    assert ask("wrong_histograms().count()") == "0"
    again = manage("import_amazon", "--reviews", str(path))
    deadline = time.monotonic() + 60
    while (ended := subprocess.run(again, env=site, capture_output=True, text=True)).returncode:
        assert "if that was ended by force, try again in half a minute" in ended.stderr
        assert time.monotonic() < deadline
    assert (
        ask("(Rating.objects.count(), Movie.objects.count(), wrong_histograms().count())")
        == "(150001, 501, 0)"
    )
