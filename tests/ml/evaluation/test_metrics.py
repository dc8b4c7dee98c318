"""Against arithmetic done by hand."""

import math

import numpy as np
import pytest

from ml.evaluation.metrics import auc, coverage_at_k, mae, ndcg_at_k, recall_at_k, rmse


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_mae_and_rmse() -> None:
    predicted, actual = floats(3, 5, 1), floats(4, 5, 3)

    assert mae(predicted, actual) == pytest.approx(1.0)
    assert rmse(predicted, actual) == pytest.approx(math.sqrt(5 / 3))


@pytest.mark.parametrize("metric", [mae, rmse])
def test_errors_need_predictions_for_every_rating(metric: object) -> None:
    for predicted, actual in ((floats(1), floats(1, 2)), (floats(), floats())):
        with pytest.raises(ValueError, match="Cannot compare"):
            metric(predicted, actual)  # type: ignore[operator]


def test_recall_divides_by_all_relevant_items_however_short_the_list() -> None:
    ranked, relevant = np.array([4, 9, 2, 7]), np.array([9, 7, 1, 3, 5])

    assert recall_at_k(ranked, relevant, 2) == pytest.approx(1 / 5)
    assert recall_at_k(ranked, relevant, 4) == pytest.approx(2 / 5)
    assert recall_at_k(ranked, relevant, 100) == pytest.approx(2 / 5)


def test_ndcg_by_hand() -> None:
    """Hits at ranks 2 and 4 of 4; three relevant items, so the best list has hits at 1, 2 and 3."""
    got = 1 / math.log2(3) + 1 / math.log2(5)
    best = 1 + 1 / math.log2(3) + 1 / 2

    assert ndcg_at_k(np.array([4, 9, 2, 7]), np.array([9, 7, 1]), 4) == pytest.approx(got / best)


def test_ndcg_compares_with_the_best_list_of_length_k() -> None:
    assert ndcg_at_k(np.array([1, 2]), np.arange(50), 2) == pytest.approx(1.0)
    assert ndcg_at_k(np.array([1]), np.array([1, 2]), 2) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert ndcg_at_k(np.array([3, 4]), np.array([1]), 2) == 0.0


def test_order_matters_to_ndcg_and_not_to_recall() -> None:
    early, late, relevant = np.array([1, 8, 9]), np.array([8, 9, 1]), np.array([1])

    assert ndcg_at_k(early, relevant, 3) > ndcg_at_k(late, relevant, 3)
    assert recall_at_k(early, relevant, 3) == recall_at_k(late, relevant, 3)


def test_coverage_counts_what_anyone_is_shown() -> None:
    rankings = [np.array([0, 1, 5]), np.array([1, 2, 6])]

    assert coverage_at_k(rankings, 8, 2) == pytest.approx(3 / 8)
    assert coverage_at_k(rankings, 8, 3) == pytest.approx(5 / 8)
    assert coverage_at_k([], 8, 3) == 0.0


def test_a_ranking_needs_a_relevant_item() -> None:
    for metric in (recall_at_k, ndcg_at_k):
        with pytest.raises(ValueError, match="without a relevant item"):
            metric(np.array([1]), np.empty(0, dtype=np.int64), 1)


def test_auc_by_hand() -> None:
    """Relevant at 4 and 1, others at 3, 1 and 0: 4 is above all three; 1 is above one and level with one."""
    scores, relevant = floats(3, 4, 1, 1, 0), np.array([False, True, True, False, False])

    assert auc(scores, relevant) == pytest.approx((3 + 1.5) / 6)
    assert auc(np.zeros(5), relevant) == 0.5
    with pytest.raises(ValueError, match="one that is not"):
        auc(scores, np.ones(5, dtype=bool))
