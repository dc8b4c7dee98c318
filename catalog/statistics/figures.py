"""What is counted of a data set, or of all together: plain numbers that JSON can carry."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Self

from catalog.models.movies import HALF_STARS

BUCKET_STARTS = (1, 2, 3, 6, 11, 51, 101, 501, 1_001)
"""The buckets of "how many have so many ratings" begin here; the last has no end."""

LONGEST_LIST = 20
"""So many of the busiest reviewers and the most rated titles."""


class Month(NamedTuple):
    month: str
    """Such as "2018-01", in UTC."""
    ratings: int
    half_stars: int
    """Their sum."""


class Title(NamedTuple):
    movie_id: int
    title: str
    year: int | None
    ratings: int
    half_stars: int


class Group(NamedTuple):
    """A decade or a genre; `name` is None for titles of which it is not known."""

    name: Any
    titles: int
    ratings: int
    half_stars: int


class Bucket(NamedTuple):
    """Reviewers (or titles) with `first` to `last` ratings each, and how many ratings that are together."""

    first: int
    last: int | None
    members: int
    ratings: int


@dataclass
class Figures:
    """Only ratings that count: superseded copies are nobody's."""

    stars: list[int]
    """How many ratings of half a star, one star, ... five stars."""
    months: list[Month]
    """In order, without the empty ones; a rating without a date is in none."""
    reviewers: list[Bucket]
    busiest: list[int]
    """The numbers of ratings of the busiest reviewers, and nothing else about them."""
    titles: list[Bucket]
    most_rated: list[Title]
    decades: list[Group]
    genres: list[Group]
    unrated_titles: int | None = None
    """Titles without any rating; None where that is not to be told, in one data set among others."""
    made_ratings: int = 0
    """How many of the ratings a program made."""
    data_sets: list[tuple[int, str]] = field(default_factory=list)
    """Id and name of every data set that has figures of its own."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        rows = {
            "months": Month,
            "reviewers": Bucket,
            "titles": Bucket,
            "most_rated": Title,
            "decades": Group,
            "genres": Group,
        }
        listed = {name: [row(*cells) for cells in value[name]] for name, row in rows.items()}
        pairs = [(int(pk), str(name)) for pk, name in value["data_sets"]]
        return cls(**{**value, **listed, "data_sets": pairs})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @cached_property
    def ratings(self) -> int:
        return sum(self.stars)

    @cached_property
    def reviewer_count(self) -> int:
        return sum(bucket.members for bucket in self.reviewers)

    @cached_property
    def title_count(self) -> int:
        return sum(bucket.members for bucket in self.titles)

    @cached_property
    def undated(self) -> int:
        return self.ratings - sum(month.ratings for month in self.months)

    @cached_property
    def mean(self) -> float:
        """In stars, as all that follows; ValueError without ratings, as all that follows."""
        return self._expected(lambda stars: stars)

    @cached_property
    def deviation(self) -> float:
        return float(self._expected(lambda stars: (stars - self.mean) ** 2) ** 0.5)

    @cached_property
    def median(self) -> float:
        """The middle rating; of an even number, the mean of the middle two."""
        lower, upper = (self._at((self.ratings - 1) // 2), self._at(self.ratings // 2))
        return (lower + upper) / 2

    @cached_property
    def error_of_median(self) -> float:
        """By how many stars, on average, one is wrong who always says the median: what any model has to beat."""
        return self._expected(lambda stars: abs(stars - self.median))

    @cached_property
    def filled_share(self) -> float:
        """Of all pairs of a reviewer and a title, the share that has a rating: 1 minus the sparsity."""
        return self.ratings / (self.reviewer_count * self.title_count)

    def _expected(self, of: Any) -> float:
        if not self.ratings:
            raise ValueError("There are no ratings to say anything about.")
        total = sum(
            count * of(half_stars / 2) for half_stars, count in zip(HALF_STARS, self.stars, strict=True)
        )
        return float(total / self.ratings)

    def _at(self, place: int) -> float:
        """The stars of the rating at this place, counted from the worst."""
        if not 0 <= place < self.ratings:
            raise ValueError("There are no ratings to say anything about.")
        reached = zip(HALF_STARS, accumulate(self.stars), strict=True)
        return next(half_stars for half_stars, seen in reached if place < seen) / 2


def in_buckets(counts: Mapping[int, int]) -> list[Bucket]:
    """`counts`: how many have n ratings, by n. Empty buckets above the fullest one are left out."""
    edges = [*pairwise(BUCKET_STARTS), (BUCKET_STARTS[-1], None)]
    buckets = []
    for first, end in edges:
        inside = {n: m for n, m in counts.items() if n >= first and (end is None or n < end)}
        ratings = sum(n * m for n, m in inside.items())
        buckets.append(Bucket(first, end - 1 if end else None, sum(inside.values()), ratings))
    while buckets and not buckets[-1].members:
        buckets.pop()
    return buckets


def greatest(counts: Mapping[int, int], length: int = LONGEST_LIST) -> list[int]:
    """The greatest n, each as often as it is counted: {7: 1, 3: 2} is [7, 3, 3]."""
    found: list[int] = []
    for n in sorted(counts, reverse=True):
        found += [n] * min(counts[n], length - len(found))
        if len(found) == length:
            break
    return found


def total_of(rows: Iterable[Month | Title | Group]) -> int:
    return sum(row.ratings for row in rows)
