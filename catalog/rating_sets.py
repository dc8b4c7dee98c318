"""Many ratings of one person of the site at once: written, or taken away for good."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from catalog.aggregates import move_in_histograms
from catalog.importing.histograms import take_out_of_histograms
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import came_with_a_merge, rate

MORE_ATTEMPTS = 3


@dataclass(frozen=True)
class Given:
    """A rating from elsewhere. `rated_at` None: nobody knows when."""

    half_stars: int
    rated_at: datetime | None = None


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """What is here was given later, and stays."""


def outcome(given: Given, half_stars: int | None, rated_at: datetime | None) -> Outcome:
    """What becomes of a rating beside the one that is here (half_stars None: there is none)."""
    if half_stars is None:
        return Outcome.NEW
    if half_stars == given.half_stars:
        return Outcome.UNCHANGED
    if given.rated_at and rated_at and given.rated_at < rated_at:
        return Outcome.OLDER
    return Outcome.CHANGED


def rate_many(reviewer: Reviewer, given: Mapping[int, Given]) -> dict[int, Outcome]:
    """Set the current ratings of these movies (by id), and their histograms, in one transaction.

    Movies that are gone have no outcome. Doing it twice changes nothing the second time: where the transaction is
    not a part of the caller's, it is begun anew when the database gave it up for the sake of another.
    """
    for _ in range(MORE_ATTEMPTS):
        try:
            return _rate_many(reviewer, given)
        except OperationalError as error:
            if connection.in_atomic_block or not _had_to_give_way(error):
                raise
    return _rate_many(reviewer, given)


def _had_to_give_way(error: OperationalError) -> bool:
    """Whether a deadlock, or a clash of transactions, was ended at the cost of this one: SQLSTATE class 40."""
    return (getattr(error.__cause__, "sqlstate", None) or "")[:2] == "40"


def _rate_many(reviewer: Reviewer, given: Mapping[int, Given]) -> dict[int, Outcome]:
    with transaction.atomic():
        Reviewer.objects.select_for_update(no_key=True).get(pk=reviewer.pk)
        locked = Movie.objects.select_for_update(no_key=True).filter(pk__in=given).order_by("pk")
        movies = {movie.pk: movie for movie in locked.only("merged_into")}
        present = _present(reviewer, movies)
        outcomes = {movie_id: outcome(given[movie_id], *_said(present.get(movie_id))) for movie_id in movies}
        apart = {
            movie_id
            for movie_id, movie in movies.items()
            if movie.merged_into_id or (movie_id in present and came_with_a_merge(present[movie_id]))
        }
        for movie_id in sorted(apart):
            outcomes[movie_id] = _rate_apart(reviewer, movies[movie_id], given[movie_id])
        _write(reviewer, given, present, {pk: what for pk, what in outcomes.items() if pk not in apart})
    return outcomes


def _present(reviewer: Reviewer, movie_ids: Collection[int]) -> dict[int, Rating]:
    ratings = Rating.objects.current().filter(reviewer=reviewer, movie__in=movie_ids)
    return {rating.movie_id: rating for rating in ratings.select_related("edition")}


def _said(rating: Rating | None) -> tuple[int | None, datetime | None]:
    return (rating.half_stars, rating.rated_at) if rating else (None, None)


def _rate_apart(reviewer: Reviewer, movie: Movie, given: Given) -> Outcome:
    """A movie that was merged meanwhile, or a rating that came with a merge: by the way that knows of merges."""
    root = movie.resolved()
    what = outcome(given, *_said(_present(reviewer, [root.pk]).get(root.pk)))
    if what in (Outcome.NEW, Outcome.CHANGED):
        rating = rate(reviewer, root, given.half_stars, at=given.rated_at)
        Rating.objects.filter(pk=rating.pk).update(rated_at=given.rated_at)
    return what


def _write(
    reviewer: Reviewer,
    given: Mapping[int, Given],
    present: Mapping[int, Rating],
    outcomes: Mapping[int, Outcome],
) -> None:
    new = [movie_id for movie_id, what in outcomes.items() if what is Outcome.NEW]
    changed = [present[movie_id] for movie_id, what in outcomes.items() if what is Outcome.CHANGED]
    steps: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for movie_id in new:
        steps[None, given[movie_id].half_stars].append(movie_id)
    for rating in changed:
        wanted = given[rating.movie_id]
        steps[rating.half_stars, wanted.half_stars].append(rating.movie_id)
        rating.half_stars, rating.rated_at, rating.updated_at = (
            wanted.half_stars,
            wanted.rated_at,
            timezone.now(),
        )
    Rating.objects.bulk_create(
        Rating(
            reviewer=reviewer,
            movie_id=movie_id,
            half_stars=given[movie_id].half_stars,
            rated_at=given[movie_id].rated_at,
        )
        for movie_id in new
    )
    Rating.objects.bulk_update(changed, ["half_stars", "rated_at", "updated_at"], batch_size=500)
    for (old, half_stars), movie_ids in steps.items():
        move_in_histograms(movie_ids, old=old, new=half_stars)


@transaction.atomic
def remove_reviewer(reviewer: Reviewer) -> int:
    """Remove somebody with all their ratings, so that no average holds them any more. Returns how many counted."""
    Reviewer.objects.select_for_update().get(pk=reviewer.pk)
    ratings = Rating.objects.filter(reviewer=reviewer)
    counted = ratings.current().count()
    with connection.cursor() as cursor:
        take_out_of_histograms(cursor, ratings)
    ratings.delete()
    reviewer.delete()
    return counted
