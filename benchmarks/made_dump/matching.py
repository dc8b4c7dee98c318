"""Who reviews what, and when: exact margins, bent by taste.

Every reviewer has a fixed number of reviews and every pool of editions too; what is free is who meets what. Starting
from a match that agrees with the dates, pairs of reviews exchange their films with the Metropolis rule, which draws
from P(match) ~ exp(sum of PULL * taste . nature + timing) and keeps all margins as they are.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import generator, positions_in_groups
from benchmarks.made_dump.editions import Editions
from benchmarks.made_dump.shapes import Plan
from benchmarks.made_dump.tastes import Natures, Tastes, match
from benchmarks.made_dump.texts import SHORT

PULL = 2.0
SWEEPS = 24
ROUNDS_OF_REPAIR = 30
NEARBY = 20_000  # reviews: how far a repetition looks for an exchange
DISLIKE_OF_REPETITION = 6.0
SAME_DAY = 0.4  # of a reviewer's later reviews, with the one before
SAME_WORDS = 0.5  # of same-day reviews with equal stars whose first is short
_INTEREST_DAYS = 1_200.0
_TOO_EARLY = -12.0
_SLICE = 1 << 18


@dataclass
class Reviews:
    """One row a review. reviewer, pool: indices. day: since 1970. original: the row it repeats, else its own."""

    reviewer: Array
    pool: Array
    day: Array
    original: Array

    def __len__(self) -> int:
        return len(self.reviewer)


def match_reviews(
    activity: Array, editions: Editions, tastes: Tastes, natures: Natures, plan: Plan, seed: int
) -> Reviews:
    """`activity[r]` reviews by reviewer r, `editions.pool_counts[p]` of pool p; nobody twice on a film if avoidable."""
    rng = generator(seed, "matching")
    reviewer = np.repeat(np.arange(len(activity), dtype=np.int32), activity)
    day = _review_days(activity, plan, rng)
    order = np.argsort(day, kind="stable")
    pool = _pools_by_date(editions, plan, rng)
    market = _Market(reviewer[order], pool, day[order], editions, tastes, natures)
    for _ in range(SWEEPS):
        market.sweep(rng)
    for _ in range(ROUNDS_OF_REPAIR):
        if not market.part_repeated(rng):
            break
    return Reviews(market.reviewer, market.pool, market.day, np.arange(len(pool), dtype=np.int32))


def _review_days(activity: Array, plan: Plan, rng: np.random.Generator) -> Array:
    """Each reviewer starts in a year as full as the profile says; later reviews the same day or after a gap."""
    years = np.array(list(plan.profile.years))
    weights = np.array(list(plan.profile.years.values()))
    start_year = rng.choice(years, len(activity), p=weights / weights.sum())
    first = (start_year - 1970) * 365.25 + rng.random(len(activity)) * 365.25
    first = np.where(first > plan.last_day, first - rng.random(len(first)) * 270 - 95, first).astype(np.int64)
    first = np.maximum(first, plan.first_day)
    gaps = np.where(
        rng.random(activity.sum()) < SAME_DAY,
        0,
        1 + rng.exponential(plan.profile.mean_gap_days, activity.sum()),
    ).astype(np.int64)
    gaps[positions_in_groups(activity) == 0] = 0
    total = np.cumsum(gaps)
    offset = total - np.repeat(total[np.cumsum(activity) - activity], activity)
    span = np.repeat(plan.last_day - first + 1, activity)
    return (np.repeat(first, activity) + offset % span).astype(np.int16)


def _pools_by_date(editions: Editions, plan: Plan, rng: np.random.Generator) -> Array:
    """Every review-to-be of every pool, in the order of days on which it would like to be written."""
    pool = np.repeat(np.arange(len(editions.pool_counts), dtype=np.int32), editions.pool_counts)
    start = np.maximum(editions.pool_released, plan.first_day)[pool]
    day = start + rng.exponential(_INTEREST_DAYS, len(pool))
    late = day > plan.last_day
    day[late] = rng.uniform(start[late], plan.last_day)
    return pool[np.argsort(day, kind="stable")]


class _Market:
    """Where reviews, in the order of their days, exchange their pools; nothing else changes."""

    def __init__(
        self, reviewer: Array, pool: Array, day: Array, editions: Editions, tastes: Tastes, natures: Natures
    ) -> None:
        self.reviewer, self.pool, self.day = reviewer, pool, day
        self._films = editions.pool_films.astype(np.int32)
        self._released = editions.pool_released.astype(np.float32)
        self._tastes, self._natures = tastes, natures
        self._energy = np.empty(len(pool), np.float32)
        for start in range(0, len(pool), _SLICE):
            rows = np.arange(start, min(start + _SLICE, len(pool)))
            self._energy[rows] = self._energies(rows, pool[rows])

    def _energies(self, rows: Array, pools: Array) -> Array:
        """How well these pools would suit the reviewers and days of these rows."""
        age = self.day[rows] - self._released[pools]
        timing = np.where(age < 0, np.float32(_TOO_EARLY), -age / np.float32(_INTEREST_DAYS))
        liking = match(self._tastes, self._natures, self.reviewer[rows], self._films[pools])
        return np.float32(PULL) * liking + timing

    def sweep(self, rng: np.random.Generator) -> None:
        """Offer every review (but a rest) one exchange with the review some random distance away in time."""
        count = len(self.pool)
        distance = int(np.exp(rng.uniform(0, np.log(count // 2))))
        start = int(rng.integers(0, min(distance, count - 2 * distance) + 1))
        pairs = (count - start) // (2 * distance) * distance
        held = np.sort(self._meetings(slice(None), self.pool))
        for lower in range(0, pairs, _SLICE):
            block, rest = np.divmod(np.arange(lower, min(lower + _SLICE, pairs)), distance)
            left = start + block * 2 * distance + rest
            self._exchange(left, left + distance, held, 0.0, rng)

    def part_repeated(self, rng: np.random.Generator) -> int:
        """Offer second reviews of a film by one reviewer exchanges with reviews nearby; how many there were."""
        meetings = self._meetings(slice(None), self.pool)
        order = np.argsort(meetings, kind="stable")
        again = order[1:][np.diff(meetings[order]) == 0]
        reach = min(NEARBY, len(meetings) // 4)
        other = (again + rng.integers(1, reach, len(again))) % len(meetings)
        _, first = np.unique(other, return_index=True)
        first = first[~np.isin(other[first], again)]
        self._exchange(again[first], other[first], meetings[order], DISLIKE_OF_REPETITION, rng)
        return len(again)

    def _meetings(self, rows: Array | slice, pools: Array) -> Array:
        """One number for each pair of a reviewer and a film."""
        return self.reviewer[rows].astype(np.int64) << 32 | self._films[pools]

    def _exchange(
        self, left: Array, right: Array, held: Array, bonus: float, rng: np.random.Generator
    ) -> None:
        """By the Metropolis rule, unless somebody got a film that they have: `held`, the sorted meetings, knows."""
        to_left = self._energies(left, self.pool[right])
        to_right = self._energies(right, self.pool[left])
        gain = to_left + to_right - self._energy[left] - self._energy[right] + np.float32(bonus)
        taken = np.flatnonzero(np.log1p(-rng.random(len(gain), dtype=np.float32)) < gain)
        left, right, to_left, to_right = left[taken], right[taken], to_left[taken], to_right[taken]
        known = _contains(held, self._meetings(left, self.pool[right]))
        known |= _contains(held, self._meetings(right, self.pool[left]))
        self._set(left[~known], right[~known], to_left[~known], to_right[~known])

    def _set(self, left: Array, right: Array, to_left: Array, to_right: Array) -> None:
        self.pool[left], self.pool[right] = self.pool[right], self.pool[left]
        self._energy[left], self._energy[right] = to_left, to_right


def _contains(ordered: Array, values: Array) -> Array:
    places = np.searchsorted(ordered, values)
    return ordered[np.minimum(places, len(ordered) - 1)] == values


def repeat_reviews(reviews: Reviews, sizes: Array, lines: int, seed: int) -> Reviews:
    """Add reviews by people who had reviewed that ASIN before, until all stand for `lines` lines.

    Half are the old text, time and stars once more; half are written later. `sizes`: ASINs of each pool.
    """
    rng = generator(seed, "repetitions")
    missing = lines - int(sizes[reviews.pool].sum(dtype=np.int64))
    order = rng.permutation(len(reviews))[: 4 * missing + 100]
    total = np.cumsum(sizes[reviews.pool[order]])
    chosen = order[total <= missing]
    left = missing - int(total[len(chosen) - 1]) if len(chosen) else missing
    singles = order[len(chosen) :][sizes[reviews.pool[order[len(chosen) :]]] == 1][:left]
    source = np.concatenate([chosen, singles]).astype(np.int32)
    same = rng.random(len(source)) < 0.5
    later = reviews.day[source] + rng.integers(1, 400, len(source))
    last = int(reviews.day.max())
    day = np.where(same, reviews.day[source], np.minimum(later, last)).astype(np.int16)
    own = np.arange(len(reviews), len(reviews) + len(source), dtype=np.int32)
    return Reviews(
        reviewer=np.concatenate([reviews.reviewer, reviews.reviewer[source]]),
        pool=np.concatenate([reviews.pool, reviews.pool[source]]),
        day=np.concatenate([reviews.day, day]),
        original=np.concatenate([reviews.original, np.where(same, source, own)]),
    )


def first_days(reviews: Reviews, owners: Array, count: int) -> Array:
    """The day of the first review of each owner (a pool's, a film's); far in the future for those without any."""
    days = np.full(count, np.iinfo(np.int16).max, np.int64)
    np.minimum.at(days, owners, reviews.day.astype(np.int64))
    return days


def shared_texts(reviews: Reviews, stars: Array, lengths: Array, seed: int) -> Array:
    """The id of the text of each review: its own, the one it repeats, or "Great", said of two films on one day.

    Real people do the last; so a short text under two titles on one day is no evidence that they are one film.
    """
    text = np.arange(len(reviews), dtype=np.int32)
    order = np.argsort(reviews.reviewer.astype(np.int64) << 16 | reviews.day, kind="stable")
    before, after = order[:-1], order[1:]
    alike = (reviews.reviewer[before] == reviews.reviewer[after]) & (
        reviews.day[before] == reviews.day[after]
    )
    alike &= (stars[before] == stars[after]) & (lengths[before] < SHORT)
    alike &= (reviews.original[before] == before) & (reviews.original[after] == after)
    alike &= generator(seed, "shared texts").random(len(alike)) < SAME_WORDS
    alike[1:] &= ~alike[:-1]
    text[after[alike]] = before[alike]
    return text[reviews.original]
