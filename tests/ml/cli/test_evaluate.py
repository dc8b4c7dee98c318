import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from ml.artifact import write_artifact
from ml.data.snapshot import write_snapshot
from ml.data.splits import Split, reveal_earlier_half
from ml.evaluation.protocol import evaluate
from ml.evaluation.served import ServedScorer
from ml.serving import ServedModel
from tests.ml.builders import make_history_arrays, make_manifest, planted_ratings
from tests.ml.cli.runner import assert_sentence, run_here, run_ml

RATINGS = planted_ratings()
CUTOFF = int(np.sort(RATINGS.timestamps)[-60])
MOVIE_IDS = np.arange(RATINGS.n_movies, dtype=np.int64) * 7 + 5


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a snapshot of 23 movies and two artifacts: both know 21 of the movies, and they
    were trained up to different times.
    """
    monkeypatch.chdir(tmp_path)
    write_snapshot(
        tmp_path / "snapshot",
        movie_ids=MOVIE_IDS,
        reviewer_ids=np.arange(RATINGS.n_reviewers, dtype=np.int64),
        reviewer_indices=RATINGS.reviewer_indices,
        movie_indices=RATINGS.movie_indices,
        stars=RATINGS.stars,
        timestamps=RATINGS.timestamps,
        scale=RATINGS.scale,
    )
    for name, seed, cutoff in (("one", 1, CUTOFF), ("two", 2, CUTOFF - 9000)):
        arrays = make_history_arrays(seed=seed, n_movies=21)
        write_artifact(tmp_path / name, manifest=make_manifest(cutoff=cutoff, version=name), arrays=arrays)
    return tmp_path


def evaluated(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def split_at(after: int) -> Split:
    newer = RATINGS.timestamps > after
    return reveal_earlier_half(Split(RATINGS.subset(~newer), RATINGS.subset(newer)))


def test_judges_an_artifact_on_newer_ratings_through_the_serving_code(folder: Path) -> None:
    result = evaluated(run_ml("evaluate", "one", "snapshot", folder=folder))

    history, test = split_at(CUTOFF)
    scorer = ServedScorer(ServedModel.open(folder / "one"), MOVIE_IDS).fit(history)
    assert result["artifact"] == pytest.approx(evaluate(scorer, history, test))
    assert result["after"] == CUTOFF
    assert result["n_test_ratings"] == len(test) == 39
    assert result["against"] is None
    assert result["paired"] is None
    assert set(result["baselines"]) == {"bias", "popularity"}
    assert result["baselines"]["bias"]["rmse"] < result["artifact"]["rmse"]  # the artifact's arrays are noise


def test_two_artifacts_meet_on_ratings_newer_than_both(folder: Path) -> None:
    result = evaluated(run_ml("evaluate", "two", "snapshot", "--against", "one", folder=folder))

    assert result["after"] == CUTOFF
    low, high = result["paired"]["ndcg_interval"]
    difference = result["artifact"]["ndcg_at_10"] - result["against"]["ndcg_at_10"]
    assert result["paired"]["ndcg_difference"] == pytest.approx(difference)
    assert low < difference < high


def test_it_is_said_how_well_each_fits_the_ratings_there_are(folder: Path) -> None:
    """Both know 21 of 23 films, of which one learned of the first alone."""
    arrays = make_history_arrays(n_movies=21)
    arrays["rating_counts"] = np.array([30] + [0] * 20, dtype=np.int32)
    write_artifact(folder / "of-one", manifest=make_manifest(n_ratings=30, version="of-one"), arrays=arrays)

    fit = evaluated(run_ml("evaluate", "one", "snapshot", "--against", "of-one", folder=folder))["fit"]

    counts = np.bincount(RATINGS.movie_indices, minlength=RATINGS.n_movies)
    learned = make_history_arrays(seed=1, n_movies=21)
    known = np.isin(MOVIE_IDS, learned["movie_ids"][learned["rating_counts"] > 0])
    assert fit["artifact"]["known_ratings"] == pytest.approx(counts[known].sum() / len(RATINGS))
    assert fit["artifact"]["known_films"] == pytest.approx((known & (counts > 0)).sum() / (counts > 0).sum())
    first = counts[arrays["movie_ids"][0] == MOVIE_IDS].sum()
    assert fit["against"] == {
        "n_ratings": 30,
        "known_ratings": pytest.approx(first / len(RATINGS)),
        "known_films": pytest.approx(1 / (counts > 0).sum()),
    }


def test_an_artifact_against_itself_differs_by_nothing(folder: Path) -> None:
    result = evaluated(run_ml("evaluate", "one", "snapshot", "--against", "one", folder=folder))

    assert result["artifact"] == result["against"]
    assert result["paired"] == {"ndcg_difference": 0.0, "ndcg_interval": [0.0, 0.0]}


def test_after_moves_the_start_later_but_never_before_the_cutoff(folder: Path) -> None:
    later = evaluated(run_ml("evaluate", "one", "snapshot", "--after", CUTOFF + 600, folder=folder))
    earlier = evaluated(run_ml("evaluate", "one", "snapshot", "--after", CUTOFF - 600, folder=folder))

    assert later["after"] == CUTOFF + 600
    assert later["n_test_ratings"] == 34
    assert earlier["after"] == CUTOFF


def test_of_many_people_a_sample_is_judged(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.cli.evaluate.RANKED_PEOPLE", 4)

    result = evaluated(run_here("evaluate", "one", "snapshot", capfd=capfd))

    assert result["artifact"]["n_test_people"] == result["baselines"]["bias"]["n_test_people"] == 4
    assert result["artifact"]["n_test_ratings"] == result["n_test_ratings"] < 39


def test_nothing_newer_is_an_answer(folder: Path) -> None:
    result = evaluated(run_ml("evaluate", "one", "snapshot", "--after", 2_000_000_000, folder=folder))

    assert result["n_test_ratings"] == 0
    assert result["artifact"] is None


def test_an_artifact_without_a_cutoff_needs_after(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_artifact(
        folder / "timeless", manifest=make_manifest(cutoff=None), arrays=make_history_arrays(n_movies=21)
    )

    assert_sentence(run_here("evaluate", "timeless", "snapshot", capfd=capfd), "give --after SECONDS")
    after = evaluated(run_ml("evaluate", "timeless", "snapshot", "--after", CUTOFF, folder=folder))
    assert after["n_test_ratings"] == 39


BAD_INPUT = {
    "no artifact": ("none", "snapshot", "There is no artifact at none."),
    "no snapshot": ("one", "none", "There is no snapshot at none."),
    "a damaged artifact": ("two", "snapshot", "movie_biases.npy is damaged"),
    "another kind": ("bias", "snapshot", 'only artifacts of kind "history"'),
}


@pytest.mark.parametrize(("artifact", "snapshot", "words"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_is_told_in_a_sentence(
    folder: Path, capfd: pytest.CaptureFixture[str], artifact: str, snapshot: str, words: str
) -> None:
    write_artifact(folder / "bias", manifest=make_manifest(kind="baseline"), arrays={"a": np.zeros(2)})
    (folder / "two" / "movie_biases.npy").write_bytes(b"")

    assert_sentence(run_here("evaluate", artifact, snapshot, capfd=capfd), words)
