"""From what a Gaussian says of a rating to what is served: one number of stars, and how far off it may be."""

from dataclasses import dataclass

import numpy as np

from ml.arraytypes import FloatArray
from ml.data.ratings import Scale

COVERAGE, NORMAL_REACH = 0.8, 1.2816
"""A central interval that holds this share of a normal distribution reaches so many standard deviations."""
MINIMUM_DEVIATION = 0.01
"""A model may be exact, but nothing may be divided by zero."""
TOWARDS_MEDIAN = 0.15
"""The share of the way from the mean of what may come to its median that predicted stars go."""


@dataclass(frozen=True)
class Calibration:
    """lean: stars added to the expected ones. deviation_scale: what standard deviations are multiplied with."""

    lean: float = 0.0
    deviation_scale: float = 1.0


UNCALIBRATED = Calibration()
"""Where data is too small for any of it to be held out."""


def calibrate(stars: FloatArray, means: FloatArray, deviations: FloatArray, scale: Scale) -> Calibration:
    """From held-out ratings, their predicted means and standard deviations, (m,) each.

    The expected stars have the least squared error, the median of what may come has the least absolute error; where
    most give the highest rating, these are a third of a star apart. The squared error grows with the square of the
    way towards the median, the absolute error falls from the first step on: so lean is a short one.
    With deviation_scale, 80 % intervals around what is then predicted hold 80 % of the held-out ratings.
    """
    errors = stars - scale.clip(means)
    lean = TOWARDS_MEDIAN * float(np.median(errors) - errors.mean(dtype=np.float64))
    distances = np.abs(stars - scale.clip(means + np.float32(lean))) / deviations
    reached = float(np.quantile(distances, COVERAGE)) / NORMAL_REACH
    return Calibration(lean, max(reached, MINIMUM_DEVIATION))
