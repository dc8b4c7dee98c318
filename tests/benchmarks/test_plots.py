"""`python -m benchmarks.plots`: from the files that other programs write to plots that show what is in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.plots import drawings
from benchmarks.plots.__main__ import main
from benchmarks.plots.drawings import short_title
from ml.artifact import write_artifact
from ml.plots.canvas import PlotError
from tests.ml.builders import make_history_arrays, make_manifest

CURVES = {"train": [2.0, 1.0], "validation": [1.5, 1.25]}
BIN = {"length": "2-4", "n_ratings": 10, "rmse": 0.9, "n_people": 5, "ndcg_at_10": 0.2}
GROUPS = {"predicted": [2.0, 4.0], "actual": [2.5, 3.5], "n_ratings": [5, 5], "error": 0.5, "interval": None}


def made_models() -> dict[str, Any]:
    def model(calibration: object) -> dict[str, Any]:
        return {"cases": {case: {"by_length": [BIN], "calibration": calibration} for case in ("1", "10")}}

    models = {"history": model(GROUPS), "popularity": model(None)}
    return {"protocol": "strangers", "data": "ml-100k", "models": models}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with what the programs plotted from would have written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.json").write_text(json.dumps({"splits": {"as_seed": {"curves": {"deep": CURVES}}}}))
    (tmp_path / "models.json").write_text(json.dumps(made_models()))
    write_artifact(tmp_path / "artifact", manifest=make_manifest(), arrays=make_history_arrays())
    rows = [f'{number * 7 + 5},"Film {number}, The (1999)",1999,Drama|Horror\n' for number in range(9)]
    (tmp_path / "movies.csv").write_text("movie,title,year,genres\n" + "".join(rows))
    return tmp_path


PLOTS = {
    "losses": ("losses", "seed.json"),
    "lengths": ("lengths", "models.json"),
    "ranking": ("lengths", "models.json", "--metric", "ndcg_at_10", "--case", "1", "--models", "history"),
    "calibration": ("calibration", "models.json"),
    "films": ("films", "artifact", "--movies", "movies.csv"),
}


@pytest.mark.parametrize("arguments", PLOTS.values(), ids=PLOTS.keys())
@pytest.mark.parametrize(("name", "head"), [("plot.svg", b"<?xml"), ("plot.png", b"\x89PNG")])
def test_every_plot_is_written_in_both_formats(
    files: Path, arguments: tuple[str, ...], name: str, head: bytes
) -> None:
    assert main([*arguments, "--out", name]) == 0
    assert (files / name).read_bytes().startswith(head)


BAD = {
    "suffix": (("losses", "seed.json", "--out", "plot.gif"), "plot.gif should end in .svg or .png."),
    "no file": (("losses", "none.json", "--out", "plot.svg"), "none.json"),
    "no json": (("losses", "movies.csv", "--out", "plot.svg"), "movies.csv is not JSON."),
    "no figures": (
        ("losses", "models.json", "--out", "plot.svg"),
        "There are no losses of 'deep', only of nothing.",
    ),
    "model": (
        ("lengths", "models.json", "--models", "svd", "--out", "plot.svg"),
        "There are no figures of svd.",
    ),
    "case": (("lengths", "models.json", "--case", "7", "--out", "plot.svg"), "no case '7'; there are 1, 10."),
    "vectors": (
        ("films", "artifact", "--movies", "movies.csv", "--vectors", "movie_ids", "--out", "plot.svg"),
        "no vectors 'movie_ids'",
    ),
    "folder": (("losses", "seed.json", "--out", "none/plot.svg"), "No such file or directory"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_and_draws_nothing(
    files: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    before = sorted(files.iterdir())

    assert main(list(arguments)) == 1

    told = capsys.readouterr().err
    assert words in told
    assert len(told.splitlines()) == 1
    assert sorted(files.iterdir()) == before


def test_lengths_are_those_of_the_case_and_models_asked_for() -> None:
    figures = made_models()
    figures["models"]["history"]["cases"]["10"]["by_length"] = [BIN | {"rmse": 0.5}]

    axes = drawings.lengths(figures, None, "rmse", ["history"]).axes[0]

    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.5]]
    assert [text.get_text() for text in axes.texts] == ["history"]


def test_models_without_predicted_stars_are_left_out_of_calibration() -> None:
    axes = drawings.calibration(made_models(), "1", None).axes[0]

    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["as predicted", "history"]


def test_films_are_the_most_rated_that_the_table_names(files: Path) -> None:
    figure = drawings.films(files / "artifact", files / "movies.csv", "movie_embeddings", 5)

    counts = make_history_arrays()["rating_counts"][:9].astype(int)  # the table lacks the last two
    wanted = [f"The Film {row}" for row in np.argsort(-counts, kind="stable")[:5]]
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert set(labels) <= set(wanted)
    assert labels[0] == wanted[0]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["Horror"]


def test_films_of_another_catalogue_are_refused(files: Path) -> None:
    (files / "movies.csv").write_text("movie,title,year,genres\n6,x,,\n")

    with pytest.raises(PlotError, match="None of the artifact's films stands in"):
        drawings.films(files / "artifact", files / "movies.csv", "movie_embeddings", 5)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Matrix, The (1999)", "The Matrix"),
        ("Seven (a.k.a. Se7en) (1995)", "Seven"),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly"),
        ("Alien", "Alien"),
    ],
)
def test_titles_are_as_people_say_them(title: str, short: str) -> None:
    assert short_title(title) == short
