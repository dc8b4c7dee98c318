"""Small worlds through the whole program, children and all."""

import gzip
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from benchmarks.made_dump.maker import make_dump
from benchmarks.made_dump.truth import read_truth
from benchmarks.models.__main__ import main
from benchmarks.models.data import DataError, read_data
from benchmarks.models.made import BestPossible
from benchmarks.models.tables import against, gap_closed, summary
from ml.baselines import Bias
from ml.cli.benchmark import write_ratings
from ml.data.splits import random_split
from ml.evaluation.protocol import evaluate, evaluate_stars
from tests.ml.builders import planted_ratings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_ratings(tmp_path / "planted", planted_ratings())
    return tmp_path / "planted"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.models", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_measures_models_side_by_side(folder: Path, tmp_path: Path) -> None:
    """One of them lives elsewhere: by its Python, module and class."""
    out = tmp_path / "out.json"
    peer = f"{sys.executable}:ml.baselines:MovieMean"

    done = run("sparse", "--data", folder, "--models", f"bias,{peer}", "--against", "bias", "--out", out)

    assert done.returncode == 0, done.stderr
    written = orjson.loads(out.read_bytes())
    split = random_split(planted_ratings())
    expected = evaluate(Bias().fit(split.train), split.train, split.test)
    case = written["models"]["bias"]["cases"]["all"]
    assert {name: figures["mean"] for name, figures in case["metrics"].items()} == pytest.approx(expected)
    assert list(written["models"]) == ["bias", "movie-mean"]
    difference = written["models"]["movie-mean"]["against"][0]["all"]["rmse"]
    errors = [
        written["models"][name]["cases"]["all"]["metrics"]["rmse"]["mean"] for name in ("movie-mean", "bias")
    ]
    assert difference["mean"] == pytest.approx(errors[0] - errors[1])
    assert difference["low"] < difference["mean"] < difference["high"]
    assert f"{expected['rmse']:.4f}" in done.stdout
    assert "movie-mean" in done.stdout


@pytest.mark.parametrize("protocol", ["folds", "leave_last", "global_temporal", "strangers", "new_films"])
def test_every_protocol_runs(
    folder: Path, protocol: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [protocol, "--data", str(folder), "--models", "popularity"]
    monkeypatch.setattr(sys, "argv", ["models", *arguments])

    assert main() == 0
    assert protocol in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nowhere", "--models", "bias"], "nowhere holds neither MovieLens"),
        (["--data", "nowhere", "--models", "svd"], 'There is no model "svd"'),
        (["--data", "nowhere", "--models", "no/python:a:B"], "There is no Python at no/python"),
        (["--data", "nowhere", "--models", "bias", "--against", "median"], "median is not among the models"),
    ],
)
def test_bad_input_is_told_in_a_sentence(arguments: list[str], sentence: str) -> None:
    done = run("leave_last", *arguments)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_model_that_is_not_there_is_told(folder: Path) -> None:
    done = run("leave_last", "--data", folder, "--models", f"{sys.executable}:ml.baselines:Nothing")

    assert done.returncode == 1
    assert "There is no model at ml.baselines:Nothing" in done.stderr
    assert "Traceback" not in done.stderr


def test_seeds_give_mean_and_spread_and_people_pair_up() -> None:
    """Two seeds of ours, one of theirs; two people with 1 and 3 ratings."""

    def result(rmse: float, squared: list[float]) -> dict[str, object]:
        people = {"starred": [4, 9], "n_ratings": [1, 3], "squared_errors": squared}
        cases = {"all": {"metrics": {"rmse": rmse}, "by_length": [], "calibration": None}}
        return {"cases": cases, "people": {"all": people}, "fit_seconds": 2.0, "peak_rss_mb": 7.0}

    ours, theirs = [result(0.5, [1.0, 3.0]), result(0.9, [3.0, 9.0])], [result(1.0, [4.0, 12.0])]

    figures = summary(ours)["cases"]["all"]["metrics"]["rmse"]
    assert figures == {"mean": pytest.approx(0.7), "spread": pytest.approx(0.2 * 2**0.5), "seeds": [0.5, 0.9]}
    difference = against("theirs", ours, theirs)["all"]["rmse"]
    assert difference["mean"] == difference["low"] == pytest.approx(2**0.5 - 2)


def test_the_gap_closed_is_measured_from_bias_to_the_best_of_each_error() -> None:
    """Of 1.2 - 0.9 in RMSE 0.1 is won; of 0.9 - 0.5 in MAE 0.1 is lost."""
    errors = {
        "bias": (1.2, 0.9),
        "ours": (1.1, 1.0),
        "best-possible-mean": (0.9, 0.6),
        "best-possible-median": (1.0, 0.5),
    }
    models = {
        name: {"cases": {"all": {"metrics": {"rmse": {"mean": rmse}, "mae": {"mean": mae}}}}}
        for name, (rmse, mae) in errors.items()
    }

    assert gap_closed(models)["ours"] == pytest.approx({"rmse": 1 / 3, "mae": -1 / 4})
    assert gap_closed(models)["bias"] == {"rmse": 0.0, "mae": 0.0}
    del models["best-possible-mean"]
    assert gap_closed(models) == {}


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dump")
    make_dump(folder, 3000, seed=2, short_text=True, workers=1)
    return folder


def test_a_made_dump_has_one_rating_a_person_and_film(dump: Path) -> None:
    ratings = read_data(dump).ratings

    truth, _ = read_truth(dump)
    pairs = set(zip(truth.line_reviewer.tolist(), truth.line_film.tolist(), strict=True))
    assert set(zip(ratings.reviewer_indices.tolist(), ratings.movie_indices.tolist(), strict=True)) == pairs
    assert len(ratings) == len(pairs) < len(truth.line_asin)
    keys = (truth.line_reviewer.astype(int) * len(truth.film_kind) + truth.line_film).tolist()
    with gzip.open(dump / "Movies_and_TV.json.gz") as lines:
        times = [orjson.loads(line)["unixReviewTime"] for line in lines]
    latest: dict[int, int] = {}
    for key, when in zip(keys, times, strict=True):
        latest[key] = max(latest.get(key, 0), when)
    assert sum(times[place] < latest[key] for place, key in enumerate(keys)) > 0
    assert ratings.timestamps.tolist() == [latest[key] for key in ratings.pair_keys.tolist()]
    assert ratings.content is not None
    assert {name.split(":")[0] for name in ratings.content.names} == {"genre", "person", "decade"}


def test_the_best_possible_is_best_in_its_own_error_and_above_nothing_else(dump: Path) -> None:
    split = random_split(read_data(dump).ratings)
    mean, median = (BestPossible(dump, median=median).fit(split.train) for median in (False, True))

    by_mean, by_median, bias = (
        evaluate_stars(scorer, split.test) for scorer in (mean, median, Bias().fit(split.train))
    )

    assert 0.5 < by_mean["rmse"] < min(by_median["rmse"], bias["rmse"])
    assert 0.3 < by_median["mae"] < min(by_mean["mae"], bias["mae"])


def test_folders_that_hold_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds neither MovieLens"):
        read_data(tmp_path)
