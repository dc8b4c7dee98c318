"""Decisions that two movies are one film, or are not: what they name, and which of those by hand hold."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from catalog.models import Edition, MergeDecision, Movie

Key = tuple[str, str]
"""Name of a data set, and an edition's id there."""


@dataclass(frozen=True)
class ByHand:
    """What people decided and did not take back, as the movies that editions were imported with.

    Each pair is of two groups of such movies; editions that are not there (any more) are left out.
    """

    same: list[tuple[set[int], set[int]]]
    apart: list[tuple[set[int], set[int]]]


def record(
    kind: str,
    movie: Movie,
    other: Movie,
    keys: dict[int, list[Key]],
    *,
    by: User | None,
    evidence: dict[str, Any] | None = None,
) -> MergeDecision:
    """An unsaved decision. `keys` are those of `keys_of_movies`, from before anything moved."""
    return MergeDecision(
        kind=kind,
        movie=movie,
        other=other,
        movie_keys=keys.get(movie.pk, []),
        other_keys=keys.get(other.pk, []),
        by_hand=by is not None,
        decided_by=by,
        evidence=evidence or {},
    )


def keys_of_movies(movie_ids: Collection[int]) -> dict[int, list[Key]]:
    """The editions that each of these movies has now."""
    found: dict[int, list[Key]] = {}
    editions = Edition.objects.filter(movie__in=movie_ids).order_by("pk")
    for movie_id, name, external_id in editions.values_list("movie_id", "data_set__name", "external_id"):
        found.setdefault(movie_id, []).append((name, external_id))
    return found


def holding_by_hand(homes_of: Callable[[Iterable[Sequence[str]]], dict[Key, int]] | None = None) -> ByHand:
    """`homes_of` says which movies editions were imported with, where the tables do not know it yet."""
    decisions = list(MergeDecision.objects.filter(by_hand=True, undone_at=None).order_by("pk"))
    homes = (homes_of or _homes)(
        key for decision in decisions for key in decision.movie_keys + decision.other_keys
    )
    same: list[tuple[set[int], set[int]]] = []
    apart: list[tuple[set[int], set[int]]] = []
    for decision in decisions:
        sides = (_of_keys(decision.movie_keys, homes), _of_keys(decision.other_keys, homes))
        if all(sides):
            (same if decision.kind == MergeDecision.Kind.MERGE else apart).append(sides)
    return ByHand(same, apart)


def _homes(keys: Iterable[Sequence[str]]) -> dict[Key, int]:
    """The movie that each edition was imported with."""
    by_data_set: dict[str, set[str]] = {}
    for name, external_id in keys:
        by_data_set.setdefault(name, set()).add(external_id)
    found = {}
    for name, external_ids in by_data_set.items():
        editions = Edition.objects.filter(data_set__name=name, external_id__in=external_ids)
        for external_id, movie_id, home_id in editions.values_list("external_id", "movie_id", "home_id"):
            found[name, external_id] = home_id or movie_id
    return found


def _of_keys(keys: Iterable[Sequence[str]], homes: dict[Key, int]) -> set[int]:
    return {homes[name, external_id] for name, external_id in keys if (name, external_id) in homes}


def forget_that_they_differ(movies: set[int], others: set[int]) -> None:
    """Take back decisions by hand that some of `movies` and some of `others` are different films."""
    for decision in MergeDecision.objects.filter(kind=MergeDecision.Kind.APART, by_hand=True, undone_at=None):
        homes = _homes([*decision.movie_keys, *decision.other_keys])
        here, there = _of_keys(decision.movie_keys, homes), _of_keys(decision.other_keys, homes)
        if (here & movies and there & others) or (here & others and there & movies):
            decision.undone_at = timezone.now()
            decision.save(update_fields=["undone_at"])
