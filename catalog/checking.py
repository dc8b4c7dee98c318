"""Whether the ratings keep their promises: histograms are those of the current ratings, and of the ratings that a
reviewer gave a film exactly one is current. Always so, unless something went wrong that nobody foresaw.

Goes through the tables in slices, so that nobody waits; what looks wrong is looked at again in a transaction of its
own, one film or one pair at a time, before it is told or repaired: people may be rating meanwhile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, Model

from catalog.aggregates import recount, wrong_histograms
from catalog.models import Movie, Rating, Reviewer

MOVIES_IN_A_SLICE = 500
REVIEWERS_IN_A_SLICE = 5_000
RATINGS_IN_A_SLICE = 50_000
MOST_EXAMPLES = 20
"""So many ids of what is wrong are remembered, of each kind."""

Progress = Callable[[str, int, int], None]
"""Told (what is looked at, done, total)."""

_DAWN = datetime(1, 1, 1, tzinfo=UTC)

_SEVERAL_CURRENT = """
    SELECT reviewer_id, movie_id FROM catalog_rating
    WHERE NOT superseded AND reviewer_id BETWEEN %s AND %s
    GROUP BY reviewer_id, movie_id HAVING COUNT(*) > 1"""

_NONE_CURRENT = """
    SELECT hidden.reviewer_id, hidden.movie_id FROM catalog_rating AS hidden
    WHERE hidden.superseded AND hidden.id BETWEEN %s AND %s AND NOT EXISTS (
        SELECT 1 FROM catalog_rating AS other
        WHERE other.reviewer_id = hidden.reviewer_id AND other.movie_id = hidden.movie_id
          AND (NOT other.superseded OR other.id < hidden.id)
    )"""
"""Each pair once, by the first of its hidden ratings."""


class Finding:
    """One kind of wrong thing: how many were found, how many of them are still there, and a few of them."""

    def __init__(self, one: str, many: str) -> None:
        self.one, self.many = one, many
        self.found = self.left = 0
        self.examples: list[str] = []

    def add(self, example: str, *, repaired: bool) -> None:
        self.found += 1
        self.left += not repaired
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)

    def sentence(self) -> str:
        what = f"{self.found:,} {self.one if self.found == 1 else self.many}"
        if not self.found:
            return f"{what}."
        more = ", ..." if self.found > len(self.examples) else ""
        end = "" if self.left else " Repaired."
        return f"{what}: {', '.join(self.examples)}{more}.{end}"


@dataclass
class Checked:
    """What was looked at, and what was wrong with it."""

    several: Finding
    none: Finding
    histograms: Finding

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.several, self.none, self.histograms

    @property
    def found(self) -> int:
        return sum(finding.found for finding in self.findings)

    @property
    def left(self) -> int:
        """How many wrong things are still there."""
        return sum(finding.left for finding in self.findings)

    def sentences(self) -> list[str]:
        return [finding.sentence() for finding in self.findings]


def check_ratings(*, repair: bool = False, progress: Progress = lambda what, done, total: None) -> Checked:
    """Look at every rating and every film. With `repair`, set right what is wrong; the latest rating is current."""
    checked = Checked(
        several=Finding("pair with several current ratings", "pairs with several current ratings"),
        none=Finding("pair with hidden ratings only", "pairs with hidden ratings only"),
        histograms=Finding("film with a wrong histogram", "films with a wrong histogram"),
    )
    for bounds in _slices(Reviewer, REVIEWERS_IN_A_SLICE, "reviewers", progress):
        _check_pairs(_SEVERAL_CURRENT, bounds, checked.several, repair)
    for bounds in _slices(Rating, RATINGS_IN_A_SLICE, "ratings", progress):
        _check_pairs(_NONE_CURRENT, bounds, checked.none, repair)
    for first, last in _slices(Movie, MOVIES_IN_A_SLICE, "films", progress):
        for pk in list(wrong_histograms(first, last).values_list("pk", flat=True)):
            _check_histogram(pk, checked.histograms, repair)
    return checked


def _slices(model: type[Model], size: int, what: str, progress: Progress) -> Iterator[tuple[int, int]]:
    """First and last key of each slice of a table as it is now; what comes later is written by code that is right."""
    ends = model._default_manager.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    total = ends["last"] - ends["first"] + 1
    for first in range(ends["first"], ends["last"] + 1, size):
        yield first, first + size - 1
        progress(what, min(first + size - ends["first"], total), total)


def _check_histogram(movie_id: int, finding: Finding, repair: bool) -> None:
    """Whoever changes a film's ratings has to change the film's row, which is locked here."""
    with transaction.atomic():
        if not Movie.objects.select_for_update(no_key=True).filter(pk=movie_id).exists():
            return
        if not wrong_histograms(movie_id, movie_id).exists():
            return
        if repair:
            recount(Movie.objects.filter(pk=movie_id))
    finding.add(f"film {movie_id}", repaired=repair)


def _check_pairs(sql: str, bounds: tuple[int, int], finding: Finding, repair: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, bounds)
        suspects = cursor.fetchall()
    for reviewer_id, movie_id in suspects:
        with transaction.atomic():
            if _is_in_order(reviewer_id, movie_id):
                continue
            if repair:
                _choose_current(reviewer_id, movie_id)
        finding.add(f"reviewer {reviewer_id} and film {movie_id}", repaired=repair)


def _is_in_order(reviewer_id: int, movie_id: int) -> bool:
    """Locks the film, so that its ratings and its histogram stay as they are seen here."""
    list(Movie.objects.select_for_update(no_key=True).filter(pk=movie_id).values_list("pk"))
    hidden = [rating["superseded"] for rating in _pair(reviewer_id, movie_id)]
    return not hidden or hidden.count(False) == 1


def _choose_current(reviewer_id: int, movie_id: int) -> None:
    """The latest, as importers choose it: by date, then by digest."""
    rows = sorted(
        _pair(reviewer_id, movie_id), key=lambda row: (row["rated_at"] or _DAWN, row["digest"], row["pk"])
    )
    ids = [row["pk"] for row in rows]
    Rating.objects.filter(pk__in=ids[:-1]).update(superseded=True)
    Rating.objects.filter(pk=ids[-1]).update(superseded=False)
    recount(Movie.objects.filter(pk=movie_id))


def _pair(reviewer_id: int, movie_id: int) -> Any:
    return Rating.objects.filter(reviewer=reviewer_id, movie=movie_id).values(
        "pk", "superseded", "rated_at", "digest"
    )
