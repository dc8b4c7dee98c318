"""What the site expected of people before they rated films for the first time, beside what they then gave."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import fmean

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from catalog.aggregates import DAMPING
from catalog.merges import current_ids
from catalog.models import Movie, Rating
from catalog.statistics.stored import site_mean, stored_recent
from recommendations.active_model import active_model
from recommendations.intervals import interval
from recommendations.models import Prediction
from recommendations.people import User, someone_signed_in
from recommendations.personal import expected_stars, known_person

MOST_PREDICTIONS = 5000
"""The newest so many make up the record."""

HIT = 0.5


def keep_prediction(sender: object, user: AbstractBaseUser, movie: Movie, **_: object) -> None:
    """Receives `before_rating`: writes down what a person's other ratings say of a film that they now rate first.

    Nothing is written without a model, for a film it does not know, or for somebody of whom it knows no rating: the
    site would have told them no stars either.
    """
    model = active_model()
    if model is None:
        return
    person = someone_signed_in(user)
    if any(movie_id == movie.pk for movie_id, _ in person.ratings):
        return
    known = known_person(model, person.history)
    expected = expected_stars(model, known, movie.pk) if len(known) else None
    if expected is None:
        return
    stars, deviation = expected
    with transaction.atomic():
        Prediction.objects.bulk_create(
            [
                Prediction(
                    user_id=user.pk,
                    movie=movie,
                    stars=stars,
                    deviation=deviation,
                    model_version=model.version,
                )
            ],
            ignore_conflicts=True,  # the first one stays, also for who took a rating away and gives it anew
        )


@dataclass(frozen=True)
class Told:
    """One film: `expected` before it was rated, `given` now, `everyone` the damped mean of all others, in stars."""

    movie_id: int
    expected: float
    deviation: float
    given: float
    everyone: float
    at: datetime
    model_version: str

    @property
    def error(self) -> float:
        """How much more they gave than was expected."""
        return self.given - self.expected

    @property
    def is_hit(self) -> bool:
        return abs(self.error) <= HIT

    @property
    def interval(self) -> tuple[float, float]:
        return interval(self.expected, self.deviation)

    @property
    def is_inside(self) -> bool:
        low, high = self.interval
        return low <= self.given <= high


@dataclass(frozen=True)
class Month:
    """`error` and `everyones_error`: mean distances, in stars, of the films first rated in a month ("2026-03")."""

    month: str
    films: int
    error: float
    everyones_error: float


@dataclass(frozen=True)
class TrackRecord:
    """`told`: newest first."""

    told: list[Told]

    def __len__(self) -> int:
        return len(self.told)

    @cached_property
    def hit_share(self) -> float:
        return fmean(told.is_hit for told in self.told)

    @cached_property
    def inside_share(self) -> float:
        return fmean(told.is_inside for told in self.told)

    @cached_property
    def error(self) -> float:
        return _mean_error(self.told)

    @cached_property
    def everyones_error(self) -> float:
        return _everyones_error(self.told)

    @cached_property
    def months(self) -> list[Month]:
        """In order, without months in which nothing was rated."""
        by_month: dict[str, list[Told]] = defaultdict(list)
        for told in reversed(self.told):
            by_month[timezone.localtime(told.at).strftime("%Y-%m")].append(told)
        return [
            Month(month, len(films), _mean_error(films), _everyones_error(films))
            for month, films in sorted(by_month.items())
        ]

    def surprises(self, n: int) -> list[Told]:
        """The n misses that were furthest off, the worst first."""
        missed = [told for told in self.told if not told.is_hit]
        return sorted(missed, key=lambda told: (-abs(told.error), told.movie_id))[:n]


def track_record_of(user: User) -> TrackRecord:
    """Of films that are still rated. A constant number of queries; a film that was merged counts as what it is now."""
    if not user.is_authenticated:
        return TrackRecord([])
    predictions = Prediction.objects.filter(user_id=user.pk).order_by("-created_at", "-pk")
    predictions = predictions.select_related("movie").defer("movie__description")
    rows = list(predictions[:MOST_PREDICTIONS])
    if not rows:
        return TrackRecord([])
    merged = {row.movie_id for row in rows if row.movie.merged_into_id}
    today = current_ids(merged)
    ratings = _ratings(user)
    first = {
        today.get(row.movie_id, row.movie_id): row for row in rows
    }  # of two that became one film, the earlier
    told = [
        Told(
            movie_id=movie_id,
            expected=row.stars,
            deviation=row.deviation,
            given=ratings[movie_id][0],
            everyone=ratings[movie_id][1],
            at=row.created_at,
            model_version=row.model_version,
        )
        for movie_id, row in first.items()
        if movie_id in ratings
    ]
    return TrackRecord(sorted(told, key=lambda one: one.at, reverse=True))


def _ratings(user: User) -> Mapping[int, tuple[float, float]]:
    """{movie id: (stars, damped mean of everybody else)} of all that somebody rated."""
    mean = site_mean(stored_recent()) or 0.0
    ratings = Rating.objects.of_user(user).order_by()
    rows = ratings.values_list("movie_id", "half_stars", "movie__half_star_sum", "movie__rating_count")
    return {
        movie_id: (half / 2, ((total - half) / 2 + DAMPING * mean) / (count - 1 + DAMPING))
        for movie_id, half, total, count in rows
    }


def _mean_error(told: Collection[Told]) -> float:
    return fmean(abs(one.error) for one in told)


def _everyones_error(told: Collection[Told]) -> float:
    return fmean(abs(one.given - one.everyone) for one in told)
