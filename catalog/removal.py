"""The removal of a data set: what it would take, asking for it, doing it, and how far it is.

That a data set is to be removed stands in its row, until the row goes last of all. So a removal that is interrupted is
taken up again: while somebody is at it they move `removal_due_at` on; when it has passed, the sweeper sends for it.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.data_sets import Removed, remove_data_set
from catalog.models import DataSet, Edition, Movie, Rating, Reviewer
from moviesite.web.runs import HEARTBEAT_SECONDS, STALE_AFTER

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LOOKS = 2.0


@dataclass(frozen=True)
class Forecast:
    """`staying_movies` are in the data set, but have editions elsewhere or ratings of others."""

    ratings: int
    reviewers: int
    editions: int
    movies: int
    staying_movies: int
    other_ratings: int
    """Ratings by people of this site and of other data sets, all of which stay."""

    @property
    def going_movies(self) -> int:
        return self.movies - self.staying_movies


def forecast(data_set: DataSet) -> Forecast:
    """Counted now; people may rate between this and the removal."""
    ratings = Rating.objects.filter(reviewer__data_set=data_set).count()
    movies = Movie.objects.filter(pk__in=data_set.editions.values("movie"))
    others = Reviewer.objects.filter(~Q(data_set=data_set) | Q(data_set=None))
    elsewhere = Edition.objects.exclude(data_set=data_set).values("movie")
    rated_by_others = Rating.objects.filter(reviewer__in=others).order_by()
    staying = movies.filter(Q(pk__in=elsewhere) | Q(pk__in=rated_by_others.values("movie")))
    return Forecast(
        ratings=ratings,
        reviewers=data_set.reviewers.count(),
        editions=data_set.editions.count(),
        movies=movies.count(),
        staying_movies=staying.count(),
        other_ratings=rated_by_others.count(),
    )


def ask_for_removal(data_sets: QuerySet[DataSet]) -> None:
    """They go, whatever becomes of the message that says so, and of who does it. Asking twice is asking once."""
    data_sets.filter(removal_due_at=None).update(removal_due_at=timezone.now())


def ask_for_removal_of_the_demo() -> None:
    ask_for_removal(DataSet.objects.filter(kind=DataSet.Kind.DEMO))


def due_removals() -> list[int]:
    """Ids of the data sets that are to be removed and that nobody is at."""
    due = DataSet.objects.filter(removal_due_at__lte=timezone.now())
    return list(due.order_by("pk").values_list("pk", flat=True))


def remove_if_due(data_set_id: int) -> bool:
    """Remove a data set, unless it has gone or somebody is at it. Returns whether it was done here."""
    due = Q(removal_due_at=None) | Q(removal_due_at__lte=timezone.now())
    wanted = DataSet.objects.filter(due, pk=data_set_id)
    data_set = wanted.first()
    if data_set is None or not _take(wanted):
        return False
    remove_now(data_set)
    return True


def remove_now(data_set: DataSet) -> Removed:
    """Remove a data set, even if somebody is at it, which does no harm. If this ends early, a worker goes on."""
    mine = DataSet.objects.filter(pk=data_set.pk)
    _take(mine)
    with _now_and_then(HEARTBEAT_SECONDS, "removal-heartbeat", lambda: _take(mine)):
        return remove_data_set(data_set)


def _take(data_sets: QuerySet[DataSet]) -> bool:
    """Let nobody else begin for a while. False if none of them is there any more."""
    return bool(data_sets.update(removal_due_at=timezone.now() + STALE_AFTER))


@contextmanager
def watched_removal(data_set: DataSet, tell: Callable[[int, int], None]) -> Iterator[None]:
    """As long as the context lasts, `tell` now and then (from another thread) how many reviewers and editions are
    left. The removal itself knows nothing of it.
    """

    def look() -> None:
        tell(data_set.reviewers.count(), data_set.editions.count())

    with _now_and_then(SECONDS_BETWEEN_LOOKS, "removal-watch", look):
        yield


@contextmanager
def _now_and_then(seconds: float, name: str, work: Callable[[], object]) -> Iterator[None]:
    """As long as the context lasts, `work` in another thread. A database that refuses is asked again the next time."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(seconds):
            try:
                work()
            except DatabaseError as error:
                logger.warning("%s: %s", name, error)
        connection.close()  # this thread's own

    thread = threading.Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
