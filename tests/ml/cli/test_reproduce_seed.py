"""`python -m ml reproduce-seed`: the study end to end, and every bad input in a sentence before it begins."""

import gzip
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.made_dump.maker import make_dump
from ml.plots import canvas
from tests.ml.builders import planted_ratings
from tests.ml.cli.runner import ENVIRONMENT, assert_sentence, command, run_here, run_ml
from tests.ml.cli.test_benchmark import HEADER, write_csv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with ratings.csv."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "ratings.csv", planted_ratings())
    return tmp_path


BAD_RATINGS = {
    "missing": (None, "ratings.csv: No such file or directory."),
    "empty": ("", "ratings.csv is empty."),
    "columns": (
        "reviewer,movie\n1,2\n",
        "ratings.csv lacks the column stars; its columns are reviewer, movie.",
    ),
    "NaN": (HEADER + "1,2,NaN,3\n", "line 2: stars should be a number, not 'NaN'."),
    "scale": (HEADER + "1,2,5,3\n1,3,5.5,3\n", "line 3: 5.5 stars are outside the scale of 1 to 5"),
    "one rating": (HEADER + "1,2,5,3\n", "Of 1 reviews 0 are left of reviewers with at least 2"),
    "equal": (HEADER + "".join(f"{n % 4},{n // 4},3,\n" for n in range(20)), "All 20 ratings have 3 stars"),
    "json": ('{"overall": 5.0}\n', "line 1: unixReviewTime should be a number, not None."),
}


@pytest.mark.parametrize(("text", "words"), BAD_RATINGS.values(), ids=BAD_RATINGS.keys())
def test_bad_ratings(folder: Path, capfd: pytest.CaptureFixture[str], text: str | None, words: str) -> None:
    (folder / "ratings.csv").unlink()
    if text is not None:
        (folder / "ratings.csv").write_text(text)
    (folder / "groups.csv").write_text("movie,movie_group\n2,2\n")

    done = run_here(
        "reproduce-seed", "ratings.csv", "--groups", "groups.csv", "--json", "out.json", capfd=capfd
    )

    assert_sentence(done, words)
    assert not (folder / "out.json").exists()


BAD_OPTIONS = {
    "json": (("--json", "no/out.json"), "no/out.json cannot be written: its folder is missing."),
    "json folder": (("--json", "."), ". cannot be written: it is a folder."),
    "plots": (("--plots", "no/plots"), "no/plots cannot be written: its folder is missing."),
    "plots file": (("--plots", "ratings.csv"), "ratings.csv is no folder."),
    "groups": (("--groups", "ratings.csv"), "ratings.csv lacks the column movie_group"),
    "metadata": (("--groups", "groups.csv", "--metadata", "ratings.csv"), "ratings.csv, line 1 is not JSON"),
    "year": (("--groups", "groups.csv", "--year", "1990"), "ratings.csv holds no verified review of 1990."),
    "folds": (("--folds", "0"), "'0' is no whole number from 1 on"),
    "scale": (("--scale", "5:1"), "'5:1' is no scale from less to more"),
    "strange year": (("--year", "soon"), "'soon' is neither a year nor all"),
}


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys())
def test_bad_options(
    folder: Path, capfd: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    (folder / "groups.csv").write_text("movie,movie_group\n2,2\n")
    before = sorted(folder.iterdir())
    try:
        done = run_here("reproduce-seed", "ratings.csv", *options, capfd=capfd)
    except SystemExit as error:  # argparse ends the process itself
        done = subprocess.CompletedProcess(options, int(str(error.code)), "", capfd.readouterr().err)

    assert done.returncode == 1
    lines = [line for line in done.stderr.strip().splitlines() if not line.startswith("Without --groups")]
    assert len(lines) == 1
    assert words in lines[0]
    assert sorted(folder.iterdir()) == before


def test_plots_without_matplotlib_are_told_before_the_work(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas.importlib.util, "find_spec", lambda name: None)

    done = run_here("reproduce-seed", "ratings.csv", "--plots", "plots", capfd=capfd)

    assert_sentence(done, "Plots need matplotlib, which is not installed here")


@pytest.mark.slow
def test_an_interrupt_leaves_nothing(folder: Path) -> None:
    """In the middle of the first training, which the progress tells."""
    before = sorted(folder.iterdir())
    with subprocess.Popen(
        command(
            "reproduce-seed", "ratings.csv", "--epochs", "9999", "--json", "out.json", "--plots", "plots"
        ),
        cwd=folder,
        env={**ENVIRONMENT, "FORCE_COLOR": "1"},  # makes the bar speak though nobody sees it
        stderr=subprocess.PIPE,
    ) as process:
        try:
            told = _read_until(process, b"random split")
            process.send_signal(signal.SIGINT)
            told += process.communicate(timeout=60)[1]
        finally:
            process.kill()

    assert process.returncode == 130
    assert b"Traceback" not in told
    assert sorted(folder.iterdir()) == before


def _read_until(process: "subprocess.Popen[bytes]", words: bytes) -> bytes:
    told = b""
    while words not in told:
        assert process.stderr is not None
        chunk = os.read(process.stderr.fileno(), 65536)
        assert chunk, told.decode(errors="replace")
        told += chunk
    return told


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made dump with its groups of editions, as the truth has them."""
    from benchmarks.seed_study import write_groups

    folder = tmp_path_factory.mktemp("dump")
    make_dump(folder, 8_000, short_text=True, workers=1)
    write_groups(folder, folder / "groups.csv")
    return folder


@pytest.fixture(scope="module")
def studied(dump: Path) -> dict[str, Any]:
    done = run_study(dump, "out.json", "--plots", "plots")
    assert done.returncode == 0, done.stderr
    return orjson.loads((dump / "out.json").read_bytes()) | {"stdout": done.stdout}


def run_study(dump: Path, out: str, *more: str) -> subprocess.CompletedProcess[str]:
    reviews, metadata = "Movies_and_TV.json.gz", "meta_Movies_and_TV.json.gz"
    options = ("--metadata", metadata, "--groups", "groups.csv", "--json", out)
    return run_ml("reproduce-seed", reviews, *options, *more, folder=dump, timeout=900)


def mean_mae(folds: list[dict[str, float]]) -> float:
    return sum(fold["mae"] for fold in folds) / len(folds)


@pytest.mark.slow
def test_the_seeds_cross_validation_looks_better_than_it_is(studied: dict[str, Any]) -> None:
    """The same folds of the same ratings: the one difference is that the seed went on training one network."""
    folds = studied["cross_validation"]

    assert mean_mae(folds["trained_on"]) < mean_mae(folds["fresh"]) - 0.1
    assert mean_mae(folds["trained_on"]) < mean_mae(folds["fresh_median"]) < mean_mae(folds["fresh"])


@pytest.mark.slow
def test_the_mistakes_are_printed_as_they_are_written(studied: dict[str, Any]) -> None:
    for mistake in studied["mistakes"]:
        row = next(
            line for line in studied["stdout"].splitlines() if line.strip().startswith(mistake["mistake"])
        )
        assert f"{mistake['worth']['mae']:+.3f}" in row


@pytest.mark.slow
def test_the_preparation_is_the_seeds(studied: dict[str, Any], dump: Path) -> None:
    with gzip.open(dump / "Movies_and_TV.json.gz") as file:
        reviews = [orjson.loads(line) for line in file]
    with gzip.open(dump / "meta_Movies_and_TV.json.gz") as file:
        described = {orjson.loads(line)["asin"] for line in file}
    taken = [row for row in reviews if row["verified"] and row["reviewTime"].endswith(" 2018")]

    assert studied["data"]["all"]["ratings"] == sum(row["asin"] in described for row in taken)
    assert studied["data"]["leak_free"]["ratings"] < studied["data"]["as_seed"]["ratings"]


@pytest.mark.slow
def test_the_losses_are_drawn(studied: dict[str, Any], dump: Path) -> None:
    assert {path.name for path in (dump / "plots").iterdir()} == {"losses-dot.svg", "losses-deep.svg"}
    assert all(path.read_bytes().lstrip().startswith(b"<?xml") for path in (dump / "plots").iterdir())


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(studied: dict[str, Any], dump: Path) -> None:
    run_study(dump, "again.json")

    assert (dump / "again.json").read_bytes() == (dump / "out.json").read_bytes()
