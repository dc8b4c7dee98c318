"""The merge against made dumps whose truth is known, and the counting of pairs itself."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.made_dump.films import Kind
from benchmarks.made_dump.maker import make_dump
from benchmarks.made_dump.truth import read_truth
from benchmarks.merging import kind_of_error, load, pairs_of, ratio, score
from catalog.aggregates import wrong_histograms
from catalog.editions.joining import join_editions
from catalog.models import DataSet, Edition, Movie
from tests.factories import make_data_set

PRECISION, RECALL = 0.995, 0.95
"""What the merge must reach, of the pairs that can be known."""


def test_pairs_of_groups() -> None:
    assert pairs_of({5: 1, 3: 1, 4: 2, 9: 1}) == {(3, 5), (3, 9), (5, 9)}
    assert (ratio(1, 3), ratio(0, 0)) == (0.3333, 1.0)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dump")
    make_dump(folder, 3_000, seed=11)
    return folder


@pytest.mark.django_db
def test_a_small_dump_is_joined_as_the_truth_has_it(dump: Path) -> None:
    load(dump, "2018")
    alone = score(dump)
    assert (alone["pairs"]["joined"], alone["precision"], alone["recall"]) == (0, 1.0, 0.0)
    joined = join_editions(DataSet.objects.get())
    figures = score(dump)
    assert figures["movies"] == figures["editions"] - joined.movies
    assert figures["pairs"]["knowable"] > 300
    assert figures["precision"] >= PRECISION - 0.01, figures  # of so few pairs, three are as much
    assert figures["recall_of_the_knowable"] >= RECALL, figures
    assert not wrong_histograms().exists()


@pytest.mark.django_db
def test_what_is_scored_is_the_truth_and_then_the_ruin_of_it(dump: Path) -> None:
    truth, _ = read_truth(dump)
    data_set = make_data_set()
    movies = [Movie(title=f"Film {film}") for film in range(int(truth.asin_film.max()) + 1)]
    Movie.objects.bulk_create(movies)
    Edition.objects.bulk_create(
        Edition(data_set=data_set, movie=movies[film], external_id=asin.decode())
        for asin, film in zip(truth.asin.tolist(), truth.asin_film.tolist(), strict=True)
    )
    figures = score(dump)
    assert (figures["precision"], figures["recall"], figures["wrong_pairs"]) == (1.0, 1.0, {})
    box = int(np.flatnonzero(truth.film_kind == Kind.BOX_SET)[0])
    first = int(np.flatnonzero(truth.film_name == truth.film_name[box])[0])
    Edition.objects.filter(movie=movies[box]).update(movie=movies[first])
    figures = score(dump)
    assert figures["precision"] < 1
    assert figures["recall"] == 1
    assert set(figures["wrong_pairs"]) == {"box sets"}
    assert kind_of_error(truth, box, first) == "box sets"


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "layout"), [(21, "2018"), (22, "2023")])
def test_precision_and_recall_on_dumps_that_nothing_was_chosen_on(
    seed: int, layout: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.merging", "--reviews", "60000"),
            *("--seed", str(seed), "--editions", layout, "--out", str(tmp_path / "figures.json")),
        ],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["precision"] >= PRECISION, figures
    assert figures["recall_of_the_knowable"] >= RECALL, figures
    assert (figures["joined_when_done_again"], figures["wrong_histograms"]) == (0, 0)
    assert figures["at_once"] == {
        "way": "at once",
        **{name: figures[name] for name in figures["at_once"] if name != "way"},
    }
