"""One protocol for all scorers: how a fitted model is judged on a test set."""

from collections.abc import Iterator

import numpy as np

from ml.arraytypes import FloatArray, Int64Array
from ml.data.ratings import Ratings
from ml.errors import InputError
from ml.evaluation.metrics import coverage_at_k, ndcg_at_k, recall_at_k
from ml.evaluation.results import COVERAGE, Metrics, RankingResult, StarsResult
from ml.scoring import Progress, Scorer
from ml.top_films import top_n

_CHUNK = 1_000_000


class EmptyTestError(InputError):
    """There is nothing to evaluate on."""


def evaluate_stars(scorer: Scorer, test: Ratings) -> Metrics:
    """MAE and RMSE over all test ratings; EmptyTestError if there are none."""
    return predict_people(scorer, test.subset([]), test).metrics


def predict_people(scorer: Scorer, histories: Ratings, test: Ratings, *, sure: bool = False) -> StarsResult:
    """Predicted stars for every test rating, with intervals where `sure` and the model has them.

    histories: the ratings that the scorer knows these people by. EmptyTestError without a test rating.
    """
    _check_not_empty(test)
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(test), _CHUNK)]
    pairs = [(test.reviewer_indices[rows], test.movie_indices[rows]) for rows in chunks]
    lengths = np.bincount(histories.reviewer_indices, minlength=test.n_reviewers)
    intervals = [scorer.star_intervals(*pair, coverage=COVERAGE) for pair in pairs] if sure else []
    bounds = [interval for interval in intervals if interval is not None]
    return StarsResult(
        reviewer_indices=test.reviewer_indices,
        history_lengths=lengths[test.reviewer_indices],
        predicted=np.concatenate([scorer.predict_stars(*pair) for pair in pairs]),
        actual=test.stars,
        low=np.concatenate([low for low, _ in bounds]) if bounds else None,
        high=np.concatenate([high for _, high in bounds]) if bounds else None,
    )


def rank_people(
    scorer: Scorer,
    train: Ratings,
    test: Ratings,
    *,
    recall_k: int = 20,
    ndcg_k: int = 10,
    coverage_k: int = 20,
    progress: Progress | None = None,
) -> RankingResult:
    """Rank the whole catalogue for everyone with a held-out item, without the items they trained on.

    Every held-out item is relevant, whatever its stars. Equal scores are ordered by one fixed shuffle, the
    same for everyone: catalogues list well-known films first, and a model with nothing to say should not
    gain from that. EmptyTestError without a test rating.
    """
    _check_not_empty(test)
    length = max(recall_k, ndcg_k, coverage_k)
    reviewers = np.unique(test.reviewer_indices).astype(np.int64)
    rankings, recalls, ndcgs = [], [], []
    for ranked, relevant in _ranked_and_relevant(scorer, train, test, reviewers, length):
        rankings.append(ranked)
        recalls.append(recall_at_k(ranked, relevant, recall_k))
        ndcgs.append(ndcg_at_k(ranked, relevant, ndcg_k))
        if progress is not None and (len(rankings) % 100 == 0 or len(rankings) == len(reviewers)):
            progress("evaluate", len(rankings), len(reviewers), "people ranked")
    return RankingResult(
        reviewer_indices=reviewers,
        history_lengths=train.histories.counts[reviewers],
        recalls=np.array(recalls),
        ndcgs=np.array(ndcgs),
        coverage=coverage_at_k(rankings, test.n_movies, coverage_k),
        recall_k=recall_k,
        ndcg_k=ndcg_k,
        coverage_k=coverage_k,
    )


def evaluate_ranking(
    scorer: Scorer,
    train: Ratings,
    test: Ratings,
    *,
    recall_k: int = 20,
    ndcg_k: int = 10,
    coverage_k: int = 20,
) -> Metrics:
    """recall_at_20, ndcg_at_10 (means over people), coverage_at_20 and n_test_people; see `rank_people`."""
    return rank_people(scorer, train, test, recall_k=recall_k, ndcg_k=ndcg_k, coverage_k=coverage_k).metrics


def evaluate(scorer: Scorer, train: Ratings, test: Ratings, *, progress: Progress | None = None) -> Metrics:
    """Every metric of a model that was fitted on `train`: stars and ranking in one dictionary."""
    return evaluate_stars(scorer, test) | rank_people(scorer, train, test, progress=progress).metrics


def _ranked_and_relevant(
    scorer: Scorer, train: Ratings, test: Ratings, reviewers: Int64Array, length: int
) -> Iterator[tuple[Int64Array, Int64Array]]:
    shuffle = np.random.default_rng(0).permutation(test.n_movies)
    place = np.argsort(shuffle)
    same = _SameForAll()
    for reviewer in reviewers.tolist():
        seen = place[train.movie_indices[train.histories.of(reviewer)]]
        relevant = test.movie_indices[test.histories.of(reviewer)].astype(np.int64)
        scores = scorer.ranking_scores(reviewer)
        best = same.best(scores, shuffle, length, seen)
        yield shuffle[best], relevant


class _SameForAll:
    """`top_n` for one person after another, with one sorting for all who get the scores of the one before: what knows
    no person gives everybody the same, and the whole catalogue to be gone through."""

    def __init__(self) -> None:
        self._scores = np.empty(0, dtype=np.float32)
        self._order: Int64Array | None = None

    def best(self, scores: FloatArray, shuffle: Int64Array, length: int, seen: Int64Array) -> Int64Array:
        if not np.array_equal(scores, self._scores):
            self._scores, self._order = scores.copy(), None
            return top_n(scores[shuffle], length, excluded=seen)
        if self._order is None:
            self._order = top_n(scores[shuffle], len(scores))
        first = self._order[: length + len(seen)]
        return first[~np.isin(first, seen)][:length]


def _check_not_empty(test: Ratings) -> None:
    if len(test) == 0:
        raise EmptyTestError("There is no test rating to evaluate on.")
