"""What the removal of a data set would take, and how far it is: for whoever asks for it at the command line."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from catalog.models import DataSet, Edition, Movie, Rating, Reviewer

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


@contextmanager
def watched_removal(data_set: DataSet, tell: Callable[[int, int], None]) -> Iterator[None]:
    """As long as the context lasts, `tell` now and then (from another thread) how many reviewers and editions are
    left. The removal itself knows nothing of it.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            tell(data_set.reviewers.count(), data_set.editions.count())
        connection.close()  # this thread's own

    thread = threading.Thread(target=watch, name="removal-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
