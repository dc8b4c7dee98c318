"""Translation between the movie ids that an artifact was trained with and the movies of today.

Merged movies stay as rows that point to another; removed ones are gone. Both functions take one query where
nothing is merged, one more for each step of the longest chain of merges, and none for no ids.
"""

from collections.abc import Iterable

from catalog.models import Movie


def current_ids(ids: Iterable[int]) -> dict[int, int]:
    """{id: id of the movie it is today}; ids of movies that no longer exist are missing."""
    targets: dict[int, int | None] = {}
    asked = set(ids)
    while asked:
        targets |= Movie.objects.filter(pk__in=asked).values_list("pk", "merged_into_id")
        found = {target for movie_id in asked if (target := targets.get(movie_id)) is not None}
        asked = found - targets.keys()
    return {movie_id: _end_of_chain(movie_id, targets) for movie_id in targets}


def former_ids(ids: Iterable[int]) -> dict[int, int]:
    """{id of a movie merged, directly or through others, into one of `ids`: that id}."""
    targets = {movie_id: movie_id for movie_id in ids}
    formers: dict[int, int] = {}
    while targets:
        merged = Movie.objects.filter(merged_into__in=targets).order_by("pk")
        pairs = merged.values_list("pk", "merged_into_id")
        targets = {movie_id: targets[into] for movie_id, into in pairs if into is not None}
        formers |= targets
    return formers


def _end_of_chain(movie_id: int, targets: dict[int, int | None]) -> int:
    target = targets[movie_id]
    return movie_id if target is None else _end_of_chain(target, targets)
