"""The history model on MovieLens 100K: in a band, since too good would be a leak."""

import re
from pathlib import Path

import numpy as np
import pytest

from ml.baselines import Bias, Popularity
from ml.data.ratings import Content, Ratings, Scale
from ml.data.splits import Split, leave_last_split
from ml.evaluation.protocol import evaluate_ranking, evaluate_stars
from ml.training.history import HistoryScorer

N_REVIEWERS, N_MOVIES = 943, 1682

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def content(shared_data: Path) -> Content:
    """Genres and decade of each movie, in the order of their numbers."""
    tokens = []
    for line in (shared_data / "ml-100k" / "u.item").read_text(encoding="latin-1").splitlines():
        _, title, *_, flags = line.split("|", 5)
        genres = [f"genre:{place}" for place, flag in enumerate(flags.split("|")) if flag == "1"]
        decade = re.search(r"\((\d{3})\d\)", title)
        tokens.append(genres + ([f"decade:{decade[1]}0"] if decade else []))
    return Content.from_tokens(tokens)


def read(path: Path, content: Content) -> Ratings:
    """Numbers start at 1 in these files and have no gaps."""
    columns = np.loadtxt(path, dtype=np.int64)
    return Ratings(
        reviewer_indices=(columns[:, 0] - 1).astype(np.int32),
        movie_indices=(columns[:, 1] - 1).astype(np.int32),
        stars=columns[:, 2].astype(np.float32),
        timestamps=columns[:, 3],
        n_reviewers=N_REVIEWERS,
        n_movies=N_MOVIES,
        scale=Scale(1.0, 5.0, 1.0),
        content=content,
    )


def test_stars_on_the_first_canonical_fold(shared_data: Path, content: Content) -> None:
    folder = shared_data / "ml-100k"
    split = Split(read(folder / "u1.base", content), read(folder / "u1.test", content))
    bias = evaluate_stars(Bias().fit(split.train), split.test)
    assert (bias["rmse"], bias["mae"]) == pytest.approx((0.9530, 0.7523), abs=0.0005)

    ours = evaluate_stars(HistoryScorer().fit(split.train), split.test)

    assert 0.875 < ours["rmse"] < 0.895
    assert 0.685 < ours["mae"] < 0.705


def test_ranking_what_people_rated_last(shared_data: Path, content: Content) -> None:
    split = leave_last_split(read(shared_data / "ml-100k" / "u.data", content))
    popularity = evaluate_ranking(Popularity().fit(split.train), split.train, split.test)
    assert (popularity["recall_at_20"], popularity["ndcg_at_10"]) == pytest.approx((0.097, 0.116), abs=0.001)

    ours = evaluate_ranking(HistoryScorer().fit(split.train), split.train, split.test)

    assert 0.215 < ours["recall_at_20"] < 0.25
    assert 0.235 < ours["ndcg_at_10"] < 0.28
