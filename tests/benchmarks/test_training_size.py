"""A whole training of a made dump, measured; the model is a baseline, whose training takes no time."""

from pathlib import Path

import pytest

from benchmarks.training_size import measure


@pytest.mark.slow
def test_a_training_is_measured_by_size_and_stage_and_leaves_snapshots_alone(tmp_path: Path) -> None:
    result = measure(tmp_path, [1_000, 2_000], None, "bias")

    small, large = result["sizes"].values()
    assert 500 < small["n_ratings"] < 1_000 < large["n_ratings"] < 2_000
    for figure in (small, large):
        assert figure["seconds_a_million_ratings"] == pytest.approx(
            figure["seconds"] / figure["n_ratings"] * 1e6, rel=0.01
        )
        assert sum(figure["seconds_by_stage"].values()) <= figure["seconds"] + 0.5
        assert {"read", "evaluate", "write"} <= set(figure["seconds_by_stage"])
        assert 10 < figure["peak_rss_mb"] < 3_000
        assert figure["baselines"]["bias"]["rmse"] == pytest.approx(figure["metrics"]["rmse"], abs=0.2)
    assert result["cost_of_a_rating_last_over_one_before"] > 0
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{kind}-{size}" for kind in ("dump", "snapshot") for size in (1_000, 2_000)
    }
