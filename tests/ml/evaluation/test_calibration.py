"""Against arithmetic done by hand."""

import numpy as np
import pytest

from ml.evaluation.calibration import interval_quality, reliability


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_bins_hold_equal_numbers_of_ratings() -> None:
    predicted = np.linspace(1, 5, 40, dtype=np.float32)

    curve = reliability(predicted, predicted + np.float32(0.25))

    assert curve["n_ratings"] == [4] * 10
    assert curve["predicted"][0] == pytest.approx(predicted[:4].mean())
    assert np.subtract(curve["actual"], curve["predicted"]) == pytest.approx([0.25] * 10, abs=1e-6)
    assert curve["error"] == pytest.approx(0.25)


def test_errors_that_cancel_between_bins_do_not_cancel_in_the_error() -> None:
    """Predicted 2 for three films of mean 3, predicted 4 for one of 1: |-1| * 3/4 + |3| * 1/4."""
    curve = reliability(floats(2, 2, 2, 4), floats(3, 2, 4, 1))

    assert curve["predicted"] == [2.0, 4.0]
    assert curve["actual"] == [3.0, 1.0]
    assert curve["error"] == pytest.approx(1.5)


def test_a_constant_has_one_bin() -> None:
    assert reliability(floats(3, 3, 3), floats(1, 5, 3)) == {
        "predicted": [3.0],
        "actual": [3.0],
        "n_ratings": [3],
        "error": 0.0,
    }


def test_intervals_hold_their_ends() -> None:
    quality = interval_quality(floats(1, 2, 4, 3), floats(3, 4, 5, 3.5), floats(3, 1, 4, 3.75))

    assert quality == pytest.approx({"coverage": 0.5, "width": 5.5 / 4})
