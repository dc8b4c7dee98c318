"""What a dump must look like from afar: how many of what, how many ratings each, which stars, which years."""

import datetime
from dataclasses import dataclass

import numpy as np

from benchmarks.made_dump.arrays import Array

SMALLEST = 1_000
ONE_DAY = 86_400


@dataclass(frozen=True)
class Texts:
    """How long review texts are up to a year: medians in bytes, and the standard deviation of the logarithm."""

    until: int
    verified: float
    unverified: float
    spread: float


@dataclass(frozen=True)
class Profile:
    """The figures of one dump at its own size; `plan` scales them to any number of reviews."""

    name: str
    reviews: int
    reviewers: int
    asins: int
    metadata_rows: int
    reviewers_once: float
    largest_reviewer: int
    asins_once: float
    largest_asin: int
    star_shares: tuple[float, ...]
    years: dict[int, float]
    last_day: datetime.date
    mean_gap_days: float
    verified: dict[int, float]

    def verified_share(self, year: int) -> float:
        """The share of verified purchases in a year; years not listed are all verified."""
        return self.verified.get(year, 1.0)


# SEED.md says "half of the reviewers one film only, a quarter of the titles one rating only" as quartiles say it: at
# least. What its filter leaves (116,700 ratings, 35,992 reviewers, 20,007 titles) pins the shares to .68 and .44.
YEAR = Profile(
    name="year",
    reviews=209_060,
    reviewers=119_945,
    asins=38_846,
    metadata_rows=42_000,
    reviewers_once=0.684,
    largest_reviewer=110,
    asins_once=0.44,
    largest_asin=959,
    star_shares=(0.080, 0.040, 0.046, 0.132, 0.702),
    years={2018: 1.0},
    last_day=datetime.date(2018, 10, 2),
    mean_gap_days=30.0,
    verified={},
)

FULL = Profile(
    name="full",
    reviews=8_765_568,
    reviewers=2_300_000,
    asins=182_032,
    metadata_rows=203_970,
    reviewers_once=0.58,
    largest_reviewer=4_000,
    asins_once=0.18,
    largest_asin=24_500,
    star_shares=(0.058, 0.040, 0.080, 0.168, 0.654),
    years={
        **{1998: 0.1, 1999: 0.5, 2000: 1.6, 2001: 1.7, 2002: 1.8, 2003: 1.9, 2004: 2.2, 2005: 2.6, 2006: 2.5},
        **{
            2007: 3.0,
            2008: 3.0,
            2009: 3.2,
            2010: 3.5,
            2011: 4.0,
            2012: 6.0,
            2013: 14.0,
            2014: 17.0,
            2015: 15.0,
        },
        **{2016: 10.0, 2017: 5.0, 2018: 2.6},
    },
    last_day=datetime.date(2018, 10, 2),
    mean_gap_days=150.0,
    verified={
        **{1998: 0.10, 1999: 0.06, 2000: 0.06, 2001: 0.09, 2002: 0.13, 2003: 0.15, 2004: 0.10, 2005: 0.17},
        **{2006: 0.21, 2007: 0.37, 2008: 0.42, 2009: 0.37, 2010: 0.46, 2011: 0.56, 2012: 0.64, 2013: 0.73},
        **{2014: 0.76, 2015: 0.95, 2016: 0.95, 2017: 0.90, 2018: 0.85},
    },
)

PROFILES = {profile.name: profile for profile in (YEAR, FULL)}

TEXTS = (
    Texts(2004, 430, 450, 0.85),
    Texts(2012, 230, 430, 1.00),
    Texts(2014, 110, 150, 1.05),
    Texts(2018, 42, 160, 1.42),
)


@dataclass(frozen=True)
class Plan:
    """A profile at the size that was asked for."""

    profile: Profile
    reviews: int
    reviewers: int
    asins: int
    metadata_rows: int
    largest_reviewer: int
    largest_asin: int

    @property
    def first_day(self) -> int:
        """Days since 1970 of the first of January of the first year."""
        return day_number(datetime.date(min(self.profile.years), 1, 1))

    @property
    def last_day(self) -> int:
        return day_number(self.profile.last_day)


def day_number(date: datetime.date) -> int:
    return (date - datetime.date(1970, 1, 1)).days


def years_of(days: Array) -> Array:
    """The calendar year of each day since 1970."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def plan(profile: Profile, reviews: int) -> Plan:
    """The profile's figures in proportion.

    Small dumps cut the extremes: a title that half of the people review, or a person who reviews half of the titles,
    would leave no choice to taste.
    """
    if reviews < SMALLEST:
        raise ValueError(f"A dump needs at least {SMALLEST:,} reviews to have a shape, not {reviews:,}.")
    share = reviews / profile.reviews
    asins, reviewers = round(profile.asins * share), round(profile.reviewers * share)
    return Plan(
        profile=profile,
        reviews=reviews,
        reviewers=reviewers,
        asins=asins,
        metadata_rows=round(profile.metadata_rows * share),
        largest_reviewer=min(profile.largest_reviewer, max(asins // 12, 6 * reviews // reviewers)),
        largest_asin=min(profile.largest_asin, max(reviewers // 20, 3 * reviews // asins)),
    )


def degrees(count: int, total: int, once: float, largest: int) -> Array:
    """How many ratings each of `count` owners has, largest first: int64, summing to `total`.

    A share `once` has exactly one; the others follow a truncated power law on 2..largest whose exponent is solved for
    the mean that remains. Quantiles instead of draws: a shape without sampling noise. Raises ValueError where no such
    counts exist.
    """
    ones = round(count * once)
    others = count - ones
    values = np.arange(2, largest + 1)
    shares = _power_law(values, (total - ones) / others)
    quantiles = (np.arange(others) + 0.5) / others
    many = values[np.minimum(np.searchsorted(np.cumsum(shares), quantiles), len(values) - 1)]
    _spread(many, int(total - ones - many.sum()), largest)
    return np.concatenate([np.sort(many)[::-1], np.ones(ones, np.int64)])


def _power_law(values: Array, mean: float) -> Array:
    """Probabilities proportional to values^-exponent with the wanted mean, by bisection of the exponent."""
    low, high = -2.0, 12.0
    for _ in range(80):
        exponent = (low + high) / 2
        weights = values**-exponent
        shares = weights / weights.sum()
        low, high = (exponent, high) if shares @ values > mean else (low, exponent)
    return shares


def _spread(counts: Array, missing: int, largest: int) -> None:
    """Add what is missing (or take what is too much) one by one, evenly over the owners, within 2..largest."""
    step = 1 if missing > 0 else -1
    while missing:
        able = np.flatnonzero(counts < largest) if step > 0 else np.flatnonzero(counts > 2)
        if not len(able):
            raise ValueError(f"{missing:+,} ratings find no owner between 2 and {largest:,} ratings each.")
        chosen = able[np.linspace(0, len(able) - 1, min(abs(missing), len(able))).astype(np.int64)]
        counts[np.unique(chosen)] += step
        missing -= step * len(np.unique(chosen))
