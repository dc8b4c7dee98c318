import numpy as np
import pytest

from ml.evaluation.bootstrap import MOST_DRAWN, paired_interval


def test_the_same_people_differing_by_a_constant_leave_no_doubt() -> None:
    first = np.random.default_rng(0).random(50)

    interval = paired_interval(first + 0.25, first)

    assert interval == pytest.approx((0.25, 0.25, 0.25))


@pytest.mark.parametrize("people", [2_000, 2 * MOST_DRAWN + 7])
def test_agrees_with_the_normal_interval_where_that_holds(people: int) -> None:
    """Of more people than are drawn singly, too."""
    generator = np.random.default_rng(1)
    first, second = generator.normal(0.1, 1, people), generator.normal(0, 1, people)
    differences = first - second
    half_width = 1.96 * differences.std() / people**0.5

    interval = paired_interval(first, second)

    assert interval.mean == pytest.approx(differences.mean())
    assert interval.low == pytest.approx(differences.mean() - half_width, abs=0.1 * half_width)
    assert interval.high == pytest.approx(differences.mean() + half_width, abs=0.1 * half_width)


def test_more_confidence_is_wider_and_the_seed_decides() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.random(40), generator.random(40)

    narrow, wide = (paired_interval(first, second, confidence=level) for level in (0.8, 0.99))

    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high
    assert paired_interval(first, second, seed=5) == paired_interval(first, second, seed=5)
    assert paired_interval(first, second, seed=5) != paired_interval(first, second, seed=6)


def test_people_must_pair_up() -> None:
    with pytest.raises(ValueError, match="Cannot pair"):
        paired_interval(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="Cannot pair"):
        paired_interval(np.zeros(0), np.zeros(0))


def test_rmse_of_all_ratings_by_hand() -> None:
    """Two people with 1 and 3 ratings: squared errors 4 and 12 against 1 and 3 have RMSEs 2 and 1, whoever is drawn."""
    counts = np.array([1, 3])

    interval = paired_interval(np.array([4.0, 12.0]), np.array([1.0, 3.0]), counts=counts, root=True)

    assert interval == pytest.approx((1.0, 1.0, 1.0))


def test_people_with_more_ratings_weigh_more_in_errors() -> None:
    """(0 + 9) / (1 + 9) - 0; drawing one of them twice gives 0 or 1."""
    counts = np.array([1, 9])

    interval = paired_interval(np.array([0.0, 9.0]), np.zeros(2), counts=counts)

    assert interval == pytest.approx((0.9, 0.0, 1.0))
