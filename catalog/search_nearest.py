"""Films with most of the words that somebody typed, where none has all of them."""

from collections.abc import Sequence
from itertools import takewhile

from django.db import connection

from catalog.search_conditions import Condition, Sizes, word_condition

MOST_NEAREST = 200

_NEAREST = """
    SELECT catalog_movie.id, COUNT(*) FROM ({found}) AS found
    JOIN catalog_movie ON catalog_movie.id = found.movie_id AND catalog_movie.merged_into_id IS NULL
    WHERE {others} GROUP BY catalog_movie.id, catalog_movie.folded_title, catalog_movie.rating_count
    HAVING 2 * COUNT(*) >= %s
    ORDER BY COUNT(*) DESC, {in_title} DESC, catalog_movie.rating_count DESC, catalog_movie.id LIMIT %s"""


def nearest(ways: Sequence[tuple[str, ...]], others: Sequence[Condition]) -> tuple[int, ...]:
    """Ids of those with most of the words, half of them at least, best first: words of the title before names, whole
    words before beginnings. Words of very many films do not count. In two queries.
    """
    conditions = list(map(word_condition, ways))
    sizes = Sizes.of(conditions)
    telling = [n for n, size in enumerate(sizes.sizes) if size <= sizes.bound]
    if not any(sizes.sizes[n] for n in telling):
        return ()
    found = [conditions[n].ids for n in telling]
    in_title, likes = _in_title([ways[n] for n in telling])
    sql = _NEAREST.format(
        found=" UNION ".join(
            f"SELECT {n} AS place, movie_id FROM ({ids.sql}) AS of_{n}"  # noqa: S608 - our own names
            for n, ids in enumerate(found)
        ),
        others=" AND ".join(condition.check for condition in others) or "1 = 1",
        in_title=in_title,
    )
    params = [value for ids in found for value in ids.params]
    params += [value for condition in others for value in condition.check_params]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, len(telling), *likes, MOST_NEAREST])
        rows = cursor.fetchall()
    return tuple(pk for pk, _ in takewhile(lambda row: row[1] == rows[0][1], rows))


def _in_title(ways: Sequence[tuple[str, ...]]) -> tuple[str, list[str]]:
    """SQL, and its parameters, that counts which of the words a title has, whole ones twice."""
    likes: list[str] = []
    cases = []
    for each in ways:
        for ending in ("%", " %"):
            tried = " OR ".join(["' ' || catalog_movie.folded_title || ' ' LIKE %s"] * len(each))
            cases.append(f"CASE WHEN {tried} THEN 1 ELSE 0 END")
            likes += [f"% {way}{ending}" for way in each]
    return " + ".join(cases), likes
