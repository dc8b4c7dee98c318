"""The protocol and the baselines reproduce what others measured on public data, neither worse nor better."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.baselines import Bias, GlobalMean, Median, MovieMean, Popularity
from ml.data.ratings import Ratings, Scale
from ml.data.splits import leave_last_split
from ml.evaluation.leaks import check_split
from ml.evaluation.protocol import evaluate_ranking, evaluate_stars
from ml.evaluation.protocols import Trial, strangers
from ml.scoring import Scorer
from ml.vocabulary import Vocabulary

ML_100K_MOVIES = Vocabulary(np.arange(1, 1683))


def read(path: Path, movies: Vocabulary, reviewers: Vocabulary, **layout: object) -> Ratings:
    table = pd.read_csv(path, names=["reviewer", "movie", "stars", "time"], **layout)  # type: ignore[call-overload]
    stars = table["stars"].to_numpy(np.float32)
    return Ratings(
        reviewer_indices=reviewers.indices(table["reviewer"]).astype(np.int32),
        movie_indices=movies.indices(table["movie"]).astype(np.int32),
        stars=stars,
        timestamps=table["time"].to_numpy(np.int64),
        n_reviewers=len(reviewers),
        n_movies=len(movies),
        scale=Scale.from_stars(stars),
    )


def read_ml_100k(folder: Path, name: str) -> Ratings:
    return read(folder / "ml-100k" / name, ML_100K_MOVIES, Vocabulary(np.arange(1, 944)), sep="\t")


def read_ml_latest_small(folder: Path) -> Ratings:
    catalogue = pd.read_csv(folder / "ml-latest-small" / "movies.csv")
    movies = Vocabulary(np.sort(catalogue["movieId"].to_numpy(np.int64)))
    path = folder / "ml-latest-small" / "ratings.csv"
    return read(path, movies, Vocabulary(np.arange(1, 672)), skiprows=1)


@pytest.mark.parametrize(
    ("scorer", "rmse", "mae"),
    [
        (GlobalMean(), 1.1537, 0.9680),
        (Median(), 1.2435, 0.9098),
        (MovieMean(), 1.0334, 0.8276),
        (Bias(), 0.9530, 0.7523),
    ],
    ids=lambda value: value.name if isinstance(value, Scorer) else "",
)
def test_stars_on_the_first_canonical_fold(
    shared_data: Path, scorer: Scorer, rmse: float, mae: float
) -> None:
    train, test = (read_ml_100k(shared_data, name) for name in ("u1.base", "u1.test"))
    check_split(train, test, temporal=False)

    metrics = evaluate_stars(scorer.fit(train), test)

    assert metrics["rmse"] == pytest.approx(rmse, abs=0.0005)
    assert metrics["mae"] == pytest.approx(mae, abs=0.0005)


def test_bias_over_the_five_canonical_folds(shared_data: Path) -> None:
    rows = []
    for fold in range(1, 6):
        train, test = (read_ml_100k(shared_data, f"u{fold}.{part}") for part in ("base", "test"))
        rows.append(evaluate_stars(Bias().fit(train), test))

    assert np.mean([row["rmse"] for row in rows]) == pytest.approx(0.9412, abs=0.0005)
    assert np.mean([row["mae"] for row in rows]) == pytest.approx(0.7434, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "recall", "ndcg"), [("ml-100k", 0.097, 0.116), ("ml-latest-small", 0.069, 0.086)]
)
def test_ranking_by_popularity(shared_data: Path, name: str, recall: float, ndcg: float) -> None:
    ratings = read_ml_100k(shared_data, "u.data") if name == "ml-100k" else read_ml_latest_small(shared_data)
    train, test = leave_last_split(ratings)
    check_split(train, test, temporal=False)

    metrics = evaluate_ranking(Popularity().fit(train), train, test)

    assert metrics["recall_at_20"] == pytest.approx(recall, abs=0.0006)
    assert metrics["ndcg_at_10"] == pytest.approx(ndcg, abs=0.0006)


def test_strangers_on_ml_100k(shared_data: Path) -> None:
    """Which people fall into which fold was drawn anew, which moves these rows by about 0.001 (popularity's nDCG of
    one given rating by 0.004): seen over some twenty draws."""
    ratings = read_ml_100k(shared_data, "u.data")

    cases = {
        scorer.name: strangers(Trial(scorer), ratings)["cases"] for scorer in (MovieMean, Bias, Popularity)
    }

    def row(name: str, metric: str) -> list[float]:
        return [case["metrics"][metric] for case in cases[name].values()]

    assert row("movie-mean", "rmse") == pytest.approx([1.0252] * 4, abs=0.0015)
    assert row("bias", "rmse") == pytest.approx([1.0249, 1.0192, 1.0148, 1.0114], abs=0.0015)
    assert row("popularity", "recall_at_20") == pytest.approx([0.1005, 0.1031, 0.1050, 0.1089], abs=0.001)
    assert row("popularity", "ndcg_at_10") == pytest.approx([0.340, 0.362, 0.376, 0.407], abs=0.006)
