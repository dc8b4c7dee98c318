"""Merged movies form trees: `merged_into` leads to the root, which all editions and ratings of the tree point to."""

from collections.abc import Collection, Iterable

from catalog.models import DataSet, Edition, Movie


def with_merged(movie_ids: Iterable[int]) -> set[int]:
    """These movies and all that were merged into them, directly or through others; a query for each step."""
    found: set[int] = set()
    asked = set(movie_ids)
    while asked:
        found |= asked
        children = Movie.objects.filter(merged_into__in=asked).order_by()
        asked = set(children.values_list("pk", flat=True)) - found
    return found


def lock_movies(movie_ids: Collection[int]) -> dict[int, Movie]:
    """The movies that are still there, by id, nobody else's to change until the end of the transaction.

    The data sets of their editions are locked before, so that imports keep still; all in the order of ids, so that
    two who lock the same never wait for each other.
    """
    data_sets = set(Edition.objects.filter(movie__in=movie_ids).order_by().values_list("data_set", flat=True))
    locked = DataSet.objects.select_for_update(no_key=True).filter(pk__in=data_sets).order_by("pk")
    list(locked.values_list("pk", flat=True))
    movies = Movie.objects.select_for_update(no_key=True).filter(pk__in=movie_ids).order_by("pk")
    return {movie.pk: movie for movie in movies.only("title", "year", "merged_into")}
