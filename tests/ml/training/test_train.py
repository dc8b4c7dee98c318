from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.artifact import ArtifactError, read_artifact
from ml.baselines import Bias, Popularity
from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.data.snapshot import read_snapshot, write_snapshot
from ml.data.splits import global_temporal_split, reveal_earlier_half
from ml.evaluation.protocol import evaluate
from ml.evaluation.served import ServedScorer
from ml.serving import ServedModel
from ml.training.train import TooFewRatingsError, train_snapshot
from tests.ml.builders import make_ratings
from tests.ml.training.worlds import tastes

METRICS = {"mae", "rmse", "recall_at_20", "ndcg_at_10", "coverage_at_20", "n_test_ratings", "n_test_people"}


def snapshot_of(ratings: Ratings, path: Path) -> Path:
    write_snapshot(
        path,
        movie_ids=np.arange(ratings.n_movies, dtype=np.int64) * 11 + 4,
        reviewer_ids=np.arange(ratings.n_reviewers, dtype=np.int64) + 900,
        reviewer_indices=ratings.reviewer_indices,
        movie_indices=ratings.movie_indices,
        stars=ratings.stars,
        timestamps=ratings.timestamps,
        scale=ratings.scale,
        content=ratings.content,
    )
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Path:
    return snapshot_of(tastes(0), folder / "snapshot")


@pytest.fixture(scope="module")
def run(folder: Path, snapshot: Path) -> dict[str, Any]:
    """One training, looked at from several sides."""
    told: list[tuple[str, int, int, str]] = []
    result = train_snapshot(
        snapshot,
        model_name="history",
        out=folder / "models" / "v1",
        version="v1",
        seed=3,
        progress=lambda *event: told.append(event),
    )
    return {"result": result, "told": told, "path": folder / "models" / "v1"}


def test_the_artifact_serves_and_says_where_it_comes_from(run: dict[str, Any], snapshot: Path) -> None:
    model = ServedModel.open(run["path"])
    source = read_snapshot(snapshot)
    train = global_temporal_split(source.ratings, fraction=0.1).train

    assert model.movie_ids.tolist() == source.movie_ids.tolist()
    assert {key: model.manifest[key] for key in ("kind", "model", "version", "seed", "servable")} == {
        "kind": "history",
        "model": "history",
        "version": "v1",
        "seed": 3,
        "servable": True,
    }
    assert model.manifest["cutoff"] == train.timestamps.max()
    assert model.manifest["n_ratings"] == len(train)
    assert model.manifest["n_movies"] == source.ratings.n_movies
    assert model.manifest["holdout"] == {"split": "temporal", "n_ratings": len(source.ratings) - len(train)}
    assert set(model.manifest["hyper_parameters"]["epochs"]) == {"stars", "ranking"}


def test_its_metrics_are_those_of_the_folder_as_it_will_be_served(
    run: dict[str, Any], snapshot: Path
) -> None:
    source = read_snapshot(snapshot)
    split = reveal_earlier_half(global_temporal_split(source.ratings, fraction=0.1, maximum=20_000))
    served = ServedScorer(ServedModel.open(run["path"]), source.movie_ids).fit(split.train)

    manifest = read_artifact(run["path"]).manifest

    assert set(manifest["metrics"]) == METRICS
    assert manifest["metrics"] == pytest.approx(evaluate(served, split.train, split.test), abs=1e-9)
    for name, baseline in (("bias", Bias()), ("popularity", Popularity())):
        expected = evaluate(baseline.fit(split.train), split.train, split.test)
        assert manifest["baselines"][name] == pytest.approx(expected)
    assert run["result"] == {
        "artifact": str(run["path"]),
        **{key: manifest[key] for key in ("metrics", "baselines", "cutoff")},
    }


def test_progress_is_told_from_reading_to_writing(run: dict[str, Any]) -> None:
    stages = list(dict.fromkeys(stage for stage, *_ in run["told"]))

    assert stages == ["read", "stars: epochs", "ranking: epochs", "stars", "ranking", "evaluate", "write"]
    assert all(0 <= done <= total for _, done, total, _ in run["told"])
    assert any("left" in message for stage, *_, message in run["told"] if stage == "ranking: epochs")


def test_nothing_but_the_artifact_is_left(run: dict[str, Any]) -> None:
    assert list(run["path"].parent.iterdir()) == [run["path"]]


@pytest.mark.parametrize(("model_name", "kind"), [("dot", "dot"), ("deep", "deep"), ("bias", "baseline")])
def test_models_that_cannot_be_served_are_reported(
    model_name: str, kind: str, snapshot: Path, tmp_path: Path
) -> None:
    result = train_snapshot(snapshot, model_name=model_name, out=tmp_path / "model")

    manifest = read_artifact(tmp_path / "model").manifest
    assert (manifest["kind"], manifest["model"], manifest["servable"]) == (kind, model_name, False)
    assert set(result["metrics"]) == METRICS
    with pytest.raises(ArtifactError, match="can be served"):
        ServedModel.open(tmp_path / "model")


def test_without_times_a_random_share_is_held_out_and_said_to_be(tmp_path: Path) -> None:
    known = tastes(1, n_reviewers=60)
    rows = list(zip(known.reviewer_indices, known.movie_indices, known.stars, strict=True))
    path = snapshot_of(make_ratings(rows, n_movies=known.n_movies), tmp_path / "snapshot")
    assert (read_snapshot(path).ratings.timestamps == NO_TIMESTAMP).all()

    train_snapshot(path, model_name="bias", out=tmp_path / "model")

    manifest = read_artifact(tmp_path / "model").manifest
    assert manifest["cutoff"] is None
    assert manifest["holdout"] == {"split": "random", "n_ratings": round(len(known) * 0.1)}


def test_one_moment_of_most_ratings_is_no_holdout(tmp_path: Path) -> None:
    known = tastes(1, n_reviewers=60)
    times = np.where(np.arange(len(known)) < 30, 1_400_000_000, 1_500_000_000)
    rows = list(zip(known.reviewer_indices, known.movie_indices, known.stars, times, strict=True))
    path = snapshot_of(make_ratings(rows, n_movies=known.n_movies), tmp_path / "snapshot")

    train_snapshot(path, model_name="bias", out=tmp_path / "model")

    assert read_artifact(tmp_path / "model").manifest["holdout"]["split"] == "random"


def test_too_little_to_learn_from_is_one_sentence_and_no_folder(tmp_path: Path) -> None:
    few = make_ratings([(u, u % 7, 4.0, u) for u in range(60)], n_movies=8)
    path = snapshot_of(few, tmp_path / "snapshot")

    with pytest.raises(TooFewRatingsError, match=r"^The snapshot has 60 ratings and 0 people .*\.$"):
        train_snapshot(path, model_name="history", out=tmp_path / "models" / "v1")

    assert not (tmp_path / "models").exists()


def test_an_interrupt_leaves_nothing(snapshot: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: int, total: int, message: str) -> None:
        if stage == "stars: epochs":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_snapshot(snapshot, model_name="history", out=tmp_path / "model", progress=interrupt)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "done"), [("stars: epochs", 2), ("ranking: epochs", 3), ("stars", 2), ("ranking", 2)]
)
def test_an_interrupted_training_goes_on_and_gives_the_same_model(
    stage: str, done: int, run: dict[str, Any], snapshot: Path, tmp_path: Path
) -> None:
    told = []

    def listen(*event: Any) -> None:
        told.append(event[:2])
        if len(told) == told.index(event[:2]) + 1 and event[:2] == (stage, done) and not goes_on:
            raise KeyboardInterrupt

    def attempt(name: str, seed: int = 3) -> dict[str, Any]:
        out = tmp_path / name
        return train_snapshot(
            snapshot, model_name="history", out=out, seed=seed, progress=listen, checkpoint_seconds=0
        )

    goes_on = False
    with pytest.raises(KeyboardInterrupt):
        attempt("never")
    assert len(list(tmp_path.iterdir())) == 1
    goes_on, told[:] = True, []
    result = attempt("model")

    assert ("resume", 1) in told
    done_before = {"stars: epochs": [], "ranking: epochs": ["stars: epochs"]}
    phases = [name for name, _ in told]
    assert not set(phases) & set(done_before.get(stage, ["stars: epochs", "ranking: epochs"]))
    assert (stage, 0) not in told
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert result["metrics"] == pytest.approx(run["result"]["metrics"], abs=2e-3)
    whole, resumed = (read_artifact(path) for path in (run["path"], tmp_path / "model"))
    assert resumed.manifest["hyper_parameters"] == whole.manifest["hyper_parameters"]
    for name, array in whole.arrays.items():
        np.testing.assert_allclose(resumed.arrays[name], array, atol=1e-3, err_msg=name)


@pytest.mark.slow
def test_a_checkpoint_of_another_seed_is_not_gone_on_from(snapshot: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: int, total: int, message: str) -> None:
        assert stage != "resume"
        if (stage, done) == ("stars: epochs", 2):
            raise KeyboardInterrupt

    for seed in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            train_snapshot(
                snapshot,
                model_name="history",
                out=tmp_path / "never",
                seed=seed,
                progress=interrupt,
                checkpoint_seconds=0,
            )
        assert len(list(tmp_path.iterdir())) == 1
