"""Taking a data set out again: its ratings and what only it knew; what site users rated stays."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Subquery

from catalog.editions.trees import with_merged
from catalog.importing.histograms import take_out_of_histograms
from catalog.models import Credit, DataSet, Edition, Movie, Person, Rating, Reviewer

ROWS_IN_A_SLICE = 5_000
EDITIONS_IN_A_SLICE = 500
PEOPLE_IN_A_SLICE = 1_000


@dataclass
class Removed:
    """What was removed. `kept_movies` were in the data set too, but have other ratings or editions."""

    ratings: int = 0
    reviewers: int = 0
    editions: int = 0
    movies: int = 0
    kept_movies: int = 0


def remove_data_set(data_set: DataSet) -> Removed:
    """Remove a data set, its reviewers, their ratings, its editions, and movies nobody else knows.

    In short transactions with right histograms after each, so that the site goes on meanwhile; when it
    is interrupted, doing it again completes it.
    """
    for run in data_set.import_runs.unfinished():
        run.request_cancel()
    removed = Removed()
    while True:
        while _remove_reviewers(data_set, removed):
            pass
        while _remove_editions(data_set, removed):
            pass
        _remove_nameless()
        if _remove_if_empty(data_set):
            return removed


@transaction.atomic
def _remove_if_empty(data_set: DataSet) -> bool:
    locked = DataSet.objects.select_for_update().filter(pk=data_set.pk)
    if not locked.exists():
        return True
    if data_set.reviewers.exists() or data_set.editions.exists():
        return False
    for name in data_set.import_runs.exclude(report="").values_list("report", flat=True):
        (Path(settings.IMPORT_REPORTS_DIR) / name).unlink(missing_ok=True)
    locked.delete()
    return True


def _remove_nameless() -> None:
    """Remove people whom no film names any more, a slice of ids at a time."""
    nameless = Person.objects.filter(~Exists(Credit.objects.filter(person=OuterRef("pk")))).order_by("pk")
    ids = nameless.values_list("pk", flat=True)
    last = 0
    while found := list(ids.filter(pk__gt=last)[:PEOPLE_IN_A_SLICE]):
        with transaction.atomic():
            # Whoever was credited since is seen; no credit comes between this look and the removal.
            list(Person.objects.select_for_update().filter(pk__in=found).order_by("pk").values_list("pk"))
            nameless.filter(pk__in=found).delete()
        last = found[-1]


def _remove_reviewers(data_set: DataSet, removed: Removed) -> bool:
    """Remove one slice of reviewers with their ratings; False when there was none left."""
    reviewer_ids = _next_reviewers(data_set)
    if not reviewer_ids:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(data_set)
        ratings = Rating.objects.filter(reviewer_id__in=reviewer_ids)
        take_out_of_histograms(cursor, ratings)
        removed.ratings += ratings.delete()[0]
        removed.reviewers += Reviewer.objects.filter(pk__in=reviewer_ids).delete()[0]
    return True


def _next_reviewers(data_set: DataSet) -> list[int]:
    """Ids of reviewers who together have about as many ratings as a slice may hold; at least one reviewer."""
    ids = list(data_set.reviewers.order_by("pk").values_list("pk", flat=True)[: ROWS_IN_A_SLICE // 10])
    counted = (
        Rating.objects.filter(reviewer_id__in=ids).order_by().values_list("reviewer_id").annotate(Count("pk"))
    )
    counts = dict(counted)
    sums = accumulate(1 + counts.get(reviewer_id, 0) for reviewer_id in ids)
    return [
        pk for n, (pk, total) in enumerate(zip(ids, sums, strict=True)) if n == 0 or total <= ROWS_IN_A_SLICE
    ]


def _lock(data_set: DataSet) -> None:
    """Let imports and merges wait until the end of the transaction."""
    DataSet.objects.select_for_update(no_key=True).filter(pk=data_set.pk).first()


def _lock_movies(movie_ids: Collection[int]) -> None:
    """In the order of ids, as everybody does. Whoever rates one of them did so before, and is seen, or waits."""
    movies = Movie.objects.select_for_update(no_key=True).filter(pk__in=movie_ids)
    list(movies.order_by("pk").values_list("pk"))


@transaction.atomic
def _remove_editions(data_set: DataSet, removed: Removed) -> bool:
    """Remove one slice of editions with the movies that lose their last one; False when there was none left.

    Ratings that stay remember without their edition, too, which movie they came from.
    """
    _lock(data_set)
    editions = dict(data_set.editions.order_by("pk").values_list("pk", "movie_id")[:EDITIONS_IN_A_SLICE])
    home = Edition.objects.filter(pk=OuterRef("edition")).values("home")
    Rating.objects.filter(edition_id__in=editions).update(home=Subquery(home), edition=None)
    removed.editions += Edition.objects.filter(pk__in=editions).delete()[0]
    movie_ids = set(editions.values())
    gone = _remove_forgotten(movie_ids)
    removed.movies += gone
    removed.kept_movies += len(movie_ids) - gone
    return bool(editions)


def _remove_forgotten(movie_ids: Collection[int]) -> int:
    """Remove those of these movies that have no edition and no rating any more, and all that was merged into them.

    Returns how many of these movies went. What a movie that stays was merged with stays, too: its address leads on.
    """
    _lock_movies(with_merged(movie_ids))
    has_edition, has_rating = (
        Exists(model.objects.filter(movie=OuterRef("pk"))) for model in (Edition, Rating)
    )
    forgotten = Movie.objects.filter(~has_edition, ~has_rating, pk__in=movie_ids)
    ids = list(forgotten.values_list("pk", flat=True))
    tree = Movie.objects.filter(pk__in=with_merged(ids))
    tree.update(merged_into=None)  # a movie that another is merged into may not be deleted
    tree.delete()
    return len(ids)
