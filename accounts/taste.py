"""What somebody rates above and below their own average, and otherwise than everybody.

For the n films of a group (a genre, a decade, a director), with stars s_i, and m the mean of all of a person's stars,

    difference = sum_i (s_i - m) / (n + DAMPING)

is a mean that DAMPING films right at the average are added to, so that two films with five stars are less than twenty
with four and a half. Against everybody it is the same with the mean of the others' stars for film i in place of m, over
films that at least FEWEST_OTHERS others have rated.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, ExpressionWrapper, F, FloatField, Q, QuerySet, Sum, Value, When

from catalog.models import Credit, Rating
from recommendations.services import User

DAMPING = 3
FEWEST_RATINGS = 10
"""With fewer nothing is said of anybody's taste."""

FEWEST_FILMS = {"genres": 3, "decades": 3, "people": 2}
FEWEST_OTHERS = 5
MOST_PEOPLE, MOST_FILMS = 8, 6

_OTHERS = ExpressionWrapper(
    (F("movie__half_star_sum") - F("half_stars")) * Value(1.0) / (F("movie__rating_count") - Value(1)),
    output_field=FloatField(),
)
_APART = ExpressionWrapper(F("half_stars") - _OTHERS, output_field=FloatField())
_SHARED = Q(movie__rating_count__gt=FEWEST_OTHERS)
_SUMS = {
    "films": Count("pk"),
    "half_stars_given": Sum("half_stars"),
    "shared": Count("pk", filter=_SHARED),
    "apart": Sum(Case(When(_SHARED, then=_APART), default=Value(0.0)), output_field=FloatField()),
}


@dataclass(frozen=True)
class Group:
    """`mean` of the person's stars; `difference` from their own mean and from everybody's, damped, in stars.

    `from_everyone` is None where too few of the films are rated by others.
    """

    name: str
    films: int
    mean: float
    difference: float
    from_everyone: float | None


@dataclass(frozen=True)
class Apart:
    """A rating and how many stars it is above the mean of all others."""

    rating: Rating
    stars: float


@dataclass(frozen=True)
class Taste:
    """Groups are in order of difference, the most liked first; decades in order of time."""

    films: int
    mean: float
    genres: list[Group]
    decades: list[Group]
    people: dict[str, list[Group]]
    liked_more: list[Apart]
    liked_less: list[Apart]


def taste_of(user: User) -> Taste | None:
    """None with too few ratings. A constant number of queries, however many there are."""
    ratings = Rating.objects.of_user(user).order_by()
    own = ratings.aggregate(films=Count("pk"), total=Sum("half_stars"))
    if own["films"] < FEWEST_RATINGS:
        return None
    mean = own["total"] / own["films"] / 2
    return Taste(
        films=own["films"],
        mean=mean,
        genres=_best_first(_groups(_sums(ratings, name="movie__genres__name"), mean, FEWEST_FILMS["genres"])),
        decades=_groups(_decades(ratings), mean, FEWEST_FILMS["decades"]),
        people=_people(ratings, mean),
        liked_more=_apart(ratings, "-apart"),
        liked_less=_apart(ratings, "apart"),
    )


def _sums(ratings: Any, **names: str) -> Any:
    """One row of `_SUMS` for each of what the names stand for, such as name="movie__year"."""
    return ratings.values(**{name: F(field) for name, field in names.items()}).annotate(**_SUMS)


def _decades(ratings: QuerySet[Rating]) -> list[dict[str, Any]]:
    decades: dict[int, dict[str, Any]] = {}
    for row in _sums(ratings.filter(movie__year__isnull=False), name="movie__year").order_by("name"):
        decade = row["name"] // 10 * 10
        sums = decades.setdefault(decade, {"name": f"{decade}s", **dict.fromkeys(_SUMS, 0)})
        for key in _SUMS:
            sums[key] += row[key]
    return list(decades.values())


def _people(ratings: QuerySet[Rating], mean: float) -> dict[str, list[Group]]:
    """By role; of each the most and the least liked. Who is named but not in which role has a role of their own."""
    fewest = FEWEST_FILMS["people"]
    rows = _sums(ratings, role="movie__credits__role", name="movie__credits__person__name")
    by_role: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.filter(films__gte=fewest):
        by_role[row["role"]].append(row)
    people = {}
    for role in (Credit.Role.DIRECTOR, Credit.Role.ACTOR, Credit.Role.CONTRIBUTOR):
        groups = _best_first(_groups(by_role[role], mean, fewest))
        half = MOST_PEOPLE // 2
        people[str(role)] = groups if len(groups) <= MOST_PEOPLE else groups[:half] + groups[-half:]
    return {role: groups for role, groups in people.items() if groups}


def _groups(rows: Iterable[dict[str, Any]], mean: float, fewest: int) -> list[Group]:
    return [
        Group(
            name=str(row["name"]),
            films=row["films"],
            mean=row["half_stars_given"] / row["films"] / 2,
            difference=(row["half_stars_given"] / 2 - row["films"] * mean) / (row["films"] + DAMPING),
            from_everyone=row["apart"] / 2 / (row["shared"] + DAMPING) if row["shared"] >= fewest else None,
        )
        for row in rows
        if row["films"] >= fewest and row["name"] is not None
    ]


def _best_first(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.difference, group.name))


def _apart(ratings: QuerySet[Rating], order: str) -> list[Apart]:
    """The films furthest above ("-apart") or below everybody's mean, without those that are not apart at all."""
    rows = ratings.filter(_SHARED).annotate(apart=_APART).order_by(order, "pk")
    films = rows.select_related("movie").prefetch_related("movie__genres")[:MOST_FILMS]
    found = [Apart(rating, rating.apart / 2) for rating in films]
    return [one for one in found if (one.stars >= 0.5 if order == "-apart" else one.stars <= -0.5)]
