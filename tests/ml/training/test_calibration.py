"""What is served of means and deviations, on errors whose median and spread are known."""

import numpy as np
import pytest

from ml.data.ratings import Scale
from ml.training.calibration import MINIMUM_DEVIATION, TOWARDS_MEDIAN, calibrate

SCALE = Scale(minimum=1.0, maximum=5.0, step=1.0)


def test_stars_lean_towards_the_median_by_a_step_that_costs_squared_error_little() -> None:
    stars = np.repeat([5.0, 1.0], [800, 200]).astype(np.float32)
    means = np.full(1_000, 4.2, dtype=np.float32)

    found = calibrate(stars, means, np.ones(1_000, dtype=np.float32), SCALE)

    before, after = stars - means, stars - (means + found.lean)
    assert found.lean == pytest.approx(0.8 * TOWARDS_MEDIAN)
    assert np.mean(after**2) < 1.01 * np.mean(before**2)
    assert np.abs(after).mean() < 0.95 * np.abs(before).mean()


def test_stars_that_are_off_alike_do_not_lean() -> None:
    """What all are off by on ratings that were held out is no skewness."""
    stars = np.array([2.0, 3.0, 4.0], dtype=np.float32)

    found = calibrate(stars, np.full(3, 3.4, dtype=np.float32), np.ones(3, dtype=np.float32), SCALE)

    assert found.lean == pytest.approx(0.0, abs=1e-6)


def test_intervals_around_what_is_served_hold_four_fifths() -> None:
    generator = np.random.default_rng(1)
    means = generator.uniform(2, 4, 20_000).astype(np.float32)
    stars = means + generator.normal(0, 0.3, 20_000).astype(np.float32)

    found = calibrate(stars, means, np.full(20_000, 0.6, dtype=np.float32), SCALE)

    assert found.deviation_scale == pytest.approx(0.5, rel=0.03)
    reach = 1.2816 * 0.6 * found.deviation_scale
    assert np.mean(np.abs(stars - means - found.lean) <= reach) == pytest.approx(0.8, abs=0.01)


def test_a_model_that_is_exact_is_not_divided_by() -> None:
    stars = np.full(20, 4.0, dtype=np.float32)

    found = calibrate(stars, stars, np.ones(20, dtype=np.float32), SCALE)

    assert (found.lean, found.deviation_scale) == (0.0, MINIMUM_DEVIATION)
