"""Writing ratings of people on the site."""

import logging
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from catalog.aggregates import move_in_histogram
from catalog.models import Movie, Rating, Reviewer
from catalog.signals import before_rating

log = logging.getLogger(__name__)


def rate_as_user(user: AbstractBaseUser, movie: Movie, half_stars: int) -> Rating:
    """`rate` for somebody of the site, now, after those who listen have seen how things stood before."""
    for receiver, result in before_rating.send_robust(sender=Rating, user=user, movie=movie.resolved()):
        if isinstance(result, Exception):
            log.error("%s failed before a rating", receiver, exc_info=result)
    return rate(Reviewer.objects.for_user(user), movie, half_stars)


@transaction.atomic
def rate(reviewer: Reviewer, movie: Movie, half_stars: int, *, at: datetime | None = None) -> Rating:
    """Set a reviewer's current rating of a movie, and the movie's histogram with it.

    Ratings of the same reviewer queue behind the reviewer's row, so two at once end as one. A rating that came with
    a merged movie is not written over but hidden, so that a split finds it as it was.
    """
    Reviewer.objects.select_for_update(no_key=True).get(pk=reviewer.pk)
    target = _locked(movie)
    present = _current(reviewer, target)
    old = present.half_stars if present else None
    if present is not None and came_with_a_merge(present):
        Rating.objects.filter(pk=present.pk).update(superseded=True)
        present = None
    rating = present or Rating(reviewer=reviewer, movie=target)
    rating.half_stars, rating.rated_at = half_stars, at or timezone.now()
    rating.full_clean(
        exclude=["reviewer", "movie", "edition"], validate_unique=False, validate_constraints=False
    )
    rating.save()
    move_in_histogram(target.pk, old=old, new=half_stars)
    return rating


@transaction.atomic
def unrate(reviewer: Reviewer, movie: Movie) -> int | None:
    """Take a rating away, and older ones of the same film that merges hid: none of them comes to light again.

    Returns the half stars it had, None when there was none.
    """
    Reviewer.objects.select_for_update(no_key=True).get(pk=reviewer.pk)
    target = _locked(movie)
    rating = _current(reviewer, target)
    Rating.objects.filter(reviewer=reviewer, movie=target).delete()
    if rating is None:
        return None
    move_in_histogram(target.pk, old=rating.half_stars, new=None)
    return rating.half_stars


def _current(reviewer: Reviewer, movie: Movie) -> Rating | None:
    ratings = Rating.objects.current().filter(reviewer=reviewer, movie=movie)
    return ratings.select_related("edition").first()


def _locked(movie: Movie) -> Movie:
    """The movie that this one is today; it stays that, unmerged, until the end of the transaction."""
    while True:
        root = Movie.objects.get(pk=movie.pk).resolved()
        with transaction.atomic():
            locked = Movie.objects.select_for_update(no_key=True).get(pk=root.pk)
            if locked.merged_into_id is None:
                return locked
            # Somebody merged it just now. It is let go: whoever holds it and waits for more would wait for ever.
            transaction.set_rollback(True)


def came_with_a_merge(rating: Rating) -> bool:
    """Whether it was given to a movie that was merged into this one: a split must find it as it was."""
    edition = rating.edition
    return rating.home_id is not None or (edition is not None and edition.home_id is not None)
