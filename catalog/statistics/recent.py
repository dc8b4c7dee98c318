"""Which films were rated most of late, counted and kept with the figures of the data page.

"Of late" is the last year of the ratings themselves: a data set of 2018 has its own, and goes on having it when the
first people of the site rate.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max

from catalog.aggregates import site_mean_stars
from catalog.models import Rating

OF_LATE = timedelta(days=365)
MOST_FILMS = 1000


@dataclass(frozen=True)
class Recent:
    """`site_mean`: of all current ratings, in stars. `counts`: {movie id: ratings of late}, of the films with most."""

    site_mean: float
    counts: dict[int, int]


def count_recent() -> dict[str, Any] | None:
    """What is stored, by two or three passes over the ratings. None without any; no films where none says when."""
    site_mean = site_mean_stars()
    if site_mean is None:
        return None
    ratings = Rating.objects.current().order_by()
    of_data = ratings.filter(reviewer__user=None).aggregate(newest=Max("rated_at"))["newest"]
    newest = of_data or ratings.aggregate(newest=Max("rated_at"))["newest"]
    films: list[tuple[int, int]] = []
    if newest is not None:
        of_late = ratings.filter(rated_at__gt=newest - OF_LATE).values("movie_id").annotate(n=Count("pk"))
        films = list(of_late.order_by("-n", "movie_id").values_list("movie_id", "n")[:MOST_FILMS])
    return {"site_mean": site_mean, "newest": newest.isoformat() if newest else None, "films": films}
