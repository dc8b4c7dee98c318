"""Ratings and editions moved between movies, by SQL over sets that SQLite and PostgreSQL both speak.

Everything here runs in a transaction of the caller's, who has locked the movies (`catalog.editions.trees`). After
each function the histograms are right and every reviewer has one current rating of each movie.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalog.importing.histograms import shift_locked_histograms

IDS_IN_A_STATEMENT = 5_000


class Move(NamedTuple):
    """A movie that goes into another one, which is itself in none."""

    movie_id: int
    into_id: int


# No joins: with lists of ids neither database can be led to go through all ratings.
_CURRENT = "SELECT id, reviewer_id, movie_id, rated_at, digest FROM catalog_rating WHERE NOT superseded"

# What comes counts where it comes to, but for what is hidden.
_STEPS_OF_MOVES = """
    SELECT movie_id, half_stars, -1 AS step FROM catalog_rating
    WHERE movie_id IN {movies} AND NOT superseded
    UNION ALL
    SELECT {target}, half_stars, 1 FROM catalog_rating WHERE movie_id IN {movies} AND NOT superseded
    UNION ALL
    SELECT {target}, half_stars, -1 FROM catalog_rating WHERE id IN {hidden}"""

_MOVES = (
    """
    UPDATE catalog_rating
    SET movie_id = {target},
        home_id = CASE WHEN edition_id IS NULL THEN COALESCE(home_id, movie_id) ELSE home_id END
    WHERE movie_id IN {movies}""",
    """
    UPDATE catalog_edition SET home_id = COALESCE(home_id, movie_id), movie_id = {target}
    WHERE movie_id IN {movies}""",
    "UPDATE catalog_movie SET merged_into_id = CASE id {cases} END WHERE id IN {movies}",
)

_RATINGS_OF_HOMES = """
    SELECT id, half_stars, superseded FROM catalog_rating WHERE edition_id IN {editions}
    UNION ALL
    SELECT id, half_stars, superseded FROM catalog_rating WHERE edition_id IS NULL AND home_id IN {homes}"""

# Unary plus keeps the databases from going through all ratings of the movies for each of the people.
_OF_PEOPLE = """
    SELECT id, reviewer_id, movie_id, rated_at, digest, superseded FROM catalog_rating
    WHERE reviewer_id IN {people} AND +movie_id IN {movies}"""


def move_into(moves: Sequence[Move]) -> int:
    """Move all that these movies have into others; returns how many ratings that hid.

    First the ratings that will not count step back, then the rest moves: at no moment has anybody two.
    """
    hidden = meeting_ratings(moves)
    cases = " ".join(f"WHEN {int(move.movie_id)} THEN {int(move.into_id)}" for move in moves)
    names = {
        "movies": _listed(move.movie_id for move in moves),
        "cases": cases,
        "target": f"CASE movie_id {cases} ELSE movie_id END",
    }
    with connection.cursor() as cursor:
        shift_locked_histograms(cursor, _STEPS_OF_MOVES.format(**names, hidden=_listed(hidden)))
        for listed in _in_lists(hidden):
            cursor.execute(f"UPDATE catalog_rating SET superseded = TRUE WHERE id IN {listed}")  # noqa: S608
        for statement in _MOVES:
            cursor.execute(statement.format(**names))
    return len(hidden)


def meeting_ratings(moves: Sequence[Move]) -> list[int]:
    """Ids of the current ratings that would not count any more if these moves were made."""
    targets = dict(moves)
    with connection.cursor() as cursor:
        cursor.execute(f"{_CURRENT} AND movie_id IN {_listed(targets)}")
        coming = cursor.fetchall()
        present = []
        for people in _in_lists(sorted({reviewer_id for _, reviewer_id, *_ in coming})):
            cursor.execute(
                f"{_CURRENT} AND reviewer_id IN {people} AND +movie_id IN {_listed(targets.values())}"
            )
            present += cursor.fetchall()
    meeting: dict[tuple[int, int], list[_Ranked]] = {}
    for rating_id, reviewer_id, movie_id, rated_at, digest in (*coming, *present):
        pair = reviewer_id, targets.get(movie_id, movie_id)
        meeting.setdefault(pair, []).append(_ranked(rating_id, rated_at, digest))
    return [-ranked[-1] for ratings in meeting.values() for ranked in sorted(ratings)[:-1]]


_Ranked = tuple[bool, Any, int, int]


def _ranked(rating_id: int, rated_at: Any, digest: int) -> _Ranked:
    """Sorts the rating last that counts: the latest; of one moment that of the greatest digest, then the first."""
    return rated_at is not None, rated_at or "", digest, -rating_id


def move_out(movie_id: int, homes: Collection[int], edition_ids: Collection[int], out_of: int) -> int:
    """Move what was of these `homes` out of one movie into another; returns how many ratings that brought back."""
    editions, listed_homes = _listed(edition_ids), _listed(homes)
    theirs = _RATINGS_OF_HOMES.format(editions=editions, homes=listed_homes)
    steps = " UNION ALL ".join(
        f"SELECT {movie} AS movie_id, half_stars, {step} AS step FROM ({theirs}) AS rows_{name}"  # noqa: S608
        " WHERE NOT superseded"
        for movie, step, name in ((out_of, -1, "going"), (movie_id, 1, "coming"))
    )
    home = f"CASE WHEN home_id = {movie_id} THEN NULL ELSE home_id END"
    moved = f"SET movie_id = {movie_id}, home_id = {home}"
    with connection.cursor() as cursor:
        shift_locked_histograms(cursor, steps)
        for statement in (
            f"UPDATE catalog_rating SET movie_id = {movie_id} WHERE edition_id IN {editions}",  # noqa: S608
            f"UPDATE catalog_rating {moved} WHERE edition_id IS NULL AND home_id IN {listed_homes}",
            f"UPDATE catalog_edition {moved} WHERE id IN {editions}",
            f"UPDATE catalog_movie SET merged_into_id = NULL WHERE id = {movie_id}",  # noqa: S608
        ):
            cursor.execute(statement)
        return _bring_back(cursor, movie_id, out_of)


def _bring_back(cursor: CursorWrapper, movie_id: int, other_id: int) -> int:
    """Where somebody has no current rating of one of the two movies any more, the best of the others is it."""
    rating_ids = _without_current(cursor, movie_id, other_id)
    for listed in _in_lists(rating_ids):
        cursor.execute(f"UPDATE catalog_rating SET superseded = FALSE WHERE id IN {listed}")  # noqa: S608
        shift_locked_histograms(
            cursor,
            f"SELECT movie_id, half_stars, 1 AS step FROM catalog_rating WHERE id IN {listed}",  # noqa: S608
        )
    return len(rating_ids)


def _without_current(cursor: CursorWrapper, movie_id: int, other_id: int) -> list[int]:
    """Of everybody who rated the first movie: the best of their ratings of each, where none is current."""
    cursor.execute(f"SELECT DISTINCT reviewer_id FROM catalog_rating WHERE movie_id = {movie_id}")  # noqa: S608
    people = [reviewer_id for (reviewer_id,) in cursor.fetchall()]
    best: dict[tuple[int, int], _Ranked] = {}
    settled: set[tuple[int, int]] = set()
    for listed in _in_lists(people):
        cursor.execute(_OF_PEOPLE.format(people=listed, movies=_listed((movie_id, other_id))))
        for rating_id, reviewer_id, rated_movie_id, rated_at, digest, superseded in cursor.fetchall():
            pair, ranked = (reviewer_id, rated_movie_id), _ranked(rating_id, rated_at, digest)
            best[pair] = max(ranked, best.get(pair, ranked))
            if not superseded:
                settled.add(pair)
    return [-ranked[-1] for pair, ranked in best.items() if pair not in settled]


def _listed(ids: Iterable[int]) -> str:
    return f"({', '.join(str(int(n)) for n in ids) or 'NULL'})"


def _in_lists(ids: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(ids), IDS_IN_A_STATEMENT):
        yield _listed(ids[start : start + IDS_IN_A_STATEMENT])
