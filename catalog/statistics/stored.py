"""The figures as they were last counted, each scope a row: a page reads one, and counts nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.aggregates import site_mean_stars
from catalog.models import DataSet, Rating, Statistic
from catalog.statistics.counting import Scope, count_all
from catalog.statistics.figures import Figures
from catalog.statistics.moment import one_moment
from catalog.statistics.recent import Recent, count_recent

LAYOUT = 1
"""Of the stored JSON. It is part of the rows' names: those of another layout are not found, and go."""

REST = 99
"""Counting anew rests so many times as long as it took: it never has more than a hundredth of the machine."""

LONGEST_AGE = timedelta(days=1)
"""What is older is counted anew even if nothing seems to have changed."""

SMALL = 100_000
"""So many ratings can be counted while a visitor waits."""

_MARK = """
    SELECT COUNT(*), COALESCE(SUM(rating_count), 0), COALESCE(SUM(half_star_sum), 0),
           COALESCE(SUM(rating_count * (id % 9973)), 0), COALESCE(SUM(half_star_sum * (id % 9967)), 0)
    FROM catalog_movie WHERE merged_into_id IS NULL"""


@dataclass(frozen=True)
class Stored:
    figures: Figures
    computed_at: datetime


def refresh_statistics() -> int:
    """Count everything and keep it for the pages; returns the number of ratings.

    Reads of one moment, and nobody waits for them. Of two at once the one that began later is kept.
    """
    now, began = timezone.now(), time.perf_counter()
    with one_moment():
        mark = mark_of_data()
        counted = count_all(each_data_set=DataSet.objects.count() > 1)
        recent = count_recent()
    about = {"mark": mark, "seconds": time.perf_counter() - began, "recent": recent}
    _keep(counted, about, now)
    return counted[None].ratings if counted else 0


def refresh_if_changed() -> bool:
    """Count anew what changed since it was last counted, unless that is too soon; whether it was."""
    last = Statistic.objects.filter(name=name_of(None)).first()
    if last is not None:
        age = timezone.now() - last.computed_at
        if age < timedelta(seconds=REST * last.value["seconds"]):
            return False
        if age < LONGEST_AGE and last.value["mark"] == mark_of_data():
            return False
    elif not Rating.objects.exists():
        return False
    refresh_statistics()
    return True


def stored_figures(scope: Scope = None) -> Stored | None:
    """What was last counted; None where nothing was."""
    row = Statistic.objects.filter(name=name_of(scope)).first()
    return Stored(Figures.from_json(row.value["figures"]), row.computed_at) if row else None


def stored_recent() -> Recent | None:
    """Which films were rated of late, as last counted, by one query; None where nothing was."""
    rows = Statistic.objects.filter(name=name_of(None))
    value = rows.values_list("value__recent", flat=True).first()
    return Recent(value["site_mean"], dict(value["films"])) if value else None


def site_mean(recent: Recent | None) -> float | None:
    """The mean of all current ratings, in stars: as in what `stored_recent` gave, or summed over all films where it
    gave nothing; None without ratings."""
    return recent.site_mean if recent else site_mean_stars()


def counted_at(scope: Scope = None) -> datetime | None:
    """When the figures were counted that `stored_figures` would give, without reading them."""
    return Statistic.objects.filter(name=name_of(scope)).values_list("computed_at", flat=True).first()


def is_small() -> bool:
    """Whether there are so few ratings that they can be counted at once."""
    newest = Rating.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return newest <= SMALL


def mark_of_data() -> list[Any]:
    """A few sums that change when ratings or films do, far cheaper than counting: from films alone."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK)
        sums = [int(value) for value in cursor.fetchone()]
    newest = Rating.objects.order_by("-pk").values_list("pk", flat=True).first()
    return [*sums, newest, [[data_set.pk, data_set.name] for data_set in DataSet.objects.order_by("pk")]]


def name_of(scope: Scope) -> str:
    return f"{'all' if scope is None else f'data-set-{scope}'}, layout {LAYOUT}"


@transaction.atomic
def _keep(counted: Mapping[Scope, Figures], about: Mapping[str, Any], now: datetime) -> None:
    if Statistic.objects.filter(computed_at__gt=now).exists():
        return
    rows = [
        Statistic(name=name_of(scope), value={**about, "figures": figures.as_json()}, computed_at=now)
        for scope, figures in counted.items()
    ]
    Statistic.objects.bulk_create(
        sorted(rows, key=lambda row: row.name),
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "computed_at"],
    )
    Statistic.objects.exclude(name__in=[row.name for row in rows]).delete()
