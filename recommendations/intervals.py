"""How far the stars that somebody gives may be from those expected of them: one promise, on every page."""

from statistics import NormalDist

COVERAGE = 0.8
"""The share of ratings that an interval shall hold."""

_REACH = NormalDist().inv_cdf((1 + COVERAGE) / 2)
LOWEST, HIGHEST = 0.5, 5.0
"""The site's scale."""


def interval(stars: float, deviation: float) -> tuple[float, float]:
    """The ends of the interval that shall hold COVERAGE of ratings, if they are normally distributed, on the scale."""
    return max(stars - _REACH * deviation, LOWEST), min(stars + _REACH * deviation, HIGHEST)
