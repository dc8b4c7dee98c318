import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import orjson
import pytest

from ml.baselines import Bias, Popularity
from ml.cli.benchmark_model import BenchmarkError, run_in_child
from ml.data.ratings import Ratings
from ml.data.splits import random_split
from ml.evaluation.protocol import evaluate
from tests.ml.builders import FIVE_STARS, HALF_STARS_TO_FOUR, planted_ratings
from tests.ml.cli.runner import ENVIRONMENT, assert_sentence, command, run_here, run_ml

METRICS = {"mae", "rmse", "recall_at_20", "ndcg_at_10", "coverage_at_20", "fit_seconds", "peak_rss_mb"}
HEADER = "reviewer,movie,stars,timestamp\n"


def write_csv(path: Path, ratings: Ratings) -> None:
    columns = (ratings.reviewer_indices, ratings.movie_indices, ratings.stars, ratings.timestamps)
    lines = [f"{u},{i},{stars:g},{when}\n" for u, i, stars, when in zip(*columns, strict=True)]
    path.write_text(HEADER + "".join(lines))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with train.csv, test.csv and movies.csv of a planted split."""
    monkeypatch.chdir(tmp_path)
    split = random_split(planted_ratings())
    write_csv(tmp_path / "train.csv", split.train)
    write_csv(tmp_path / "test.csv", split.test)
    movies = "".join(f"{movie},Film {movie},19{70 + movie},Drama|War\n" for movie in range(23))
    (tmp_path / "movies.csv").write_text("movie,title,year,genres\n" + movies)
    return tmp_path


def benchmark(folder: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return run_ml(
        "benchmark", "--train", "train.csv", "--test", "test.csv", "--json", "out.json", *more, folder=folder
    )


def benchmark_here(capfd: pytest.CaptureFixture[str], *more: object) -> subprocess.CompletedProcess[str]:
    return run_here(
        "benchmark", "--train", "train.csv", "--test", "test.csv", "--json", "out.json", *more, capfd=capfd
    )


def figures(folder: Path) -> dict[str, dict[str, float]]:
    return orjson.loads((folder / "out.json").read_bytes())["models"]


def test_measures_every_model_and_prints_a_table(folder: Path) -> None:
    done = benchmark(folder, "--movies", "movies.csv", "--models", "popularity,bias,median")

    assert done.returncode == 0, done.stderr
    written = orjson.loads((folder / "out.json").read_bytes())
    split = random_split(planted_ratings())
    assert (written["train"], written["test"]) == (len(split.train), len(split.test))
    assert list(written["models"]) == ["popularity", "bias", "median"]
    assert all(set(row) == METRICS for row in written["models"].values())
    assert f"{written['models']['bias']['rmse']:.4f}" in done.stdout


@pytest.mark.parametrize("scale", [FIVE_STARS, HALF_STARS_TO_FOUR], ids=["1 to 5", "0.5 to 4"])
def test_figures_are_those_of_the_library(tmp_path: Path, scale: object) -> None:
    """All reviewers and movies of the planted data have a training rating, so rows differ only in name."""
    split = random_split(planted_ratings(scale=scale))  # type: ignore[arg-type]
    write_csv(tmp_path / "train.csv", split.train)
    write_csv(tmp_path / "test.csv", split.test)
    movies = "".join(f"{movie},A,1999,War\n" for movie in range(23))
    (tmp_path / "movies.csv").write_text("movie,title,year,genres\n" + movies)

    benchmark(tmp_path, "--movies", "movies.csv", "--models", "bias,popularity")

    for scorer in (Bias(), Popularity()):
        expected = evaluate(scorer.fit(split.train), split.train, split.test)
        row = figures(tmp_path)[scorer.name]
        for key in METRICS - {"fit_seconds", "peak_rss_mb"}:
            assert row[key] == pytest.approx(expected[key], abs=1e-6)


def test_each_model_has_a_process_and_a_memory_of_its_own(folder: Path) -> None:
    benchmark(folder, "--models", "bias")

    row = figures(folder)["bias"]
    assert 20 < row["peak_rss_mb"] < 200
    assert 0 <= row["fit_seconds"] < 10


def test_reviewers_and_movies_that_only_the_test_knows_are_strangers(folder: Path) -> None:
    with (folder / "test.csv").open("a") as file:
        file.write("9001,3,4,1\n9001,777,2,1\n5,778,2,1\n")

    done = benchmark(folder, "--models", "bias,movie-mean")

    assert done.returncode == 0, done.stderr
    assert all(np.isfinite(list(row.values())).all() for row in figures(folder).values())


def test_says_how_many_duplicates_were_dropped(folder: Path) -> None:
    lines = (folder / "train.csv").read_text().splitlines(keepends=True)
    with (folder / "train.csv").open("a") as file:
        file.writelines(lines[1:4])

    done = benchmark(folder, "--models", "median")

    assert "train.csv: 3 ratings dropped" in done.stderr
    assert orjson.loads((folder / "out.json").read_bytes())["train"] == len(lines) - 1


def test_an_unknown_model_is_answered_with_the_list_before_anything_runs(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = benchmark_here(capfd, "--models", "bias,svd")

    assert_sentence(
        done, 'There is no model "svd"; choose from global-mean, median, movie-mean, bias, popularity'
    )
    assert not (folder / "out.json").exists()


def test_a_rating_on_both_sides_stops_everything(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    line = (folder / "train.csv").read_text().splitlines()[5]
    with (folder / "test.csv").open("a") as file:
        file.write(line + "\n")

    assert_sentence(benchmark_here(capfd, "--models", "bias"), "1 ratings stand in both training and test")
    assert not (folder / "out.json").exists()


BAD_FILES = {
    "missing": (None, "train.csv cannot be read: No such file or directory."),
    "empty": ("", "train.csv is empty."),
    "columns": ("a,b\n1,2\n", "lacks the column reviewer and movie and stars; its columns are a, b."),
    "NaN": (HEADER + "1,2,NaN,3\n", "line 2: stars should be a number, not 'NaN'."),
    "scale": (HEADER + "1,2,1,3\n1,3,2,3\n", "are outside the scale of train.csv, 1 to 2."),
}


@pytest.mark.parametrize(("text", "words"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_files_are_told_in_a_sentence(
    folder: Path, capfd: pytest.CaptureFixture[str], text: str | None, words: str
) -> None:
    (folder / "train.csv").unlink()
    if text is not None:
        (folder / "train.csv").write_text(text)

    assert_sentence(benchmark_here(capfd, "--models", "bias"), words)


def test_a_place_that_cannot_be_written_is_told_before_anything_runs(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = benchmark_here(capfd, "--json", "no/out.json")

    assert_sentence(done, "no/out.json cannot be written")


def test_missing_options_are_told_in_a_sentence(folder: Path) -> None:
    assert_sentence(run_ml("benchmark", "--train", "train.csv", folder=folder), "--test, --json")


def test_a_model_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r'The model "bias" failed: There is no snapshot at .*/train\.'):
        run_in_child(tmp_path, "bias", seed=0, progress=lambda *_: None)


def test_an_interrupt_leaves_nothing(folder: Path) -> None:
    """The training file is a pipe that nobody writes to, so the command is sure to be under way."""
    (folder / "train.csv").unlink()
    os.mkfifo(folder / "train.csv")
    before = sorted(folder.iterdir())
    process = subprocess.Popen(
        command("benchmark", "--train", "train.csv", "--test", "test.csv", "--json", "out.json"),
        cwd=folder,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
    )
    with (folder / "train.csv").open("w"):  # opens when the command opens its end
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert sorted(folder.iterdir()) == before


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """The child reads its snapshot's description from a pipe that nobody writes to: it would wait for ever."""
    (tmp_path / "train").mkdir()
    os.mkfifo(tmp_path / "train" / "snapshot.json")
    child = subprocess.Popen(
        command("benchmark-model", tmp_path, "--model", "bias"),
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    with (tmp_path / "train" / "snapshot.json").open("w"):
        assert child.poll() is None
        started = time.monotonic()
        assert child.stdin is not None
        child.stdin.close()
        child.wait(timeout=30)

    assert child.returncode == 1
    assert time.monotonic() - started < 5
