"""The rows of an import and the films of the catalogue: found, doubtful, or not there."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db import transaction

from accounts.models import ImportRow, RatingImport
from catalog.importing.bulk.tables import update
from catalog.lookup import Found, Wanted, find_movies, years_apart
from catalog.models import Movie
from moviesite.web.runs import HEARTBEAT_SECONDS

ROWS_AT_ONCE = 2_000
"""Titles that are not in the catalogue cost a pass over all of it, for so many rows together."""

State = ImportRow.State


def match(rating_import: RatingImport, tell: Callable[[int], None]) -> None:
    """Look for the films of all rows that were not looked for yet.

    `tell` how many are done after each share, and once more every few seconds within one: whoever is silent for
    longer counts as dead.
    """
    waiting = rating_import.rows.filter(state=State.NEW)
    done = 0
    while rows := list(waiting[:ROWS_AT_ONCE]):
        alive = _now_and_then(partial(tell, done))
        for row, found in zip(rows, find_movies([wanted(row) for row in rows], alive), strict=True):
            _note(row, found)
        _save(rows)
        done += len(rows)
        tell(done)


def _now_and_then(tell: Callable[[], None]) -> Callable[[], None]:
    """What may be called however often, and tells every few seconds only."""
    due = time.monotonic() + HEARTBEAT_SECONDS

    def alive() -> None:
        nonlocal due
        if time.monotonic() >= due:
            tell()
            due = time.monotonic() + HEARTBEAT_SECONDS

    return alive


def wanted(row: ImportRow) -> Wanted:
    clues = row.clues
    titles = () if clues.get("untitled") else (row.title, clues.get("original", ""))
    return Wanted(
        titles=tuple(title for title in titles if title),
        year=row.year,
        imdb_id=clues.get("imdb", ""),
        tmdb_id=clues.get("tmdb"),
        movielens_id=clues.get("movielens", ""),
        movie_id=clues.get("movie"),
    )


def _note(row: ImportRow, found: Found) -> None:
    row.movie_id, row.candidates, row.note = found.movie_id, list(found.candidates), found.how
    if found.movie_id:
        row.state = State.MATCHED
    else:
        row.state = State.DOUBTFUL if found.candidates else State.MISSING
        if row.clues.get("untitled") and not found.candidates:
            row.note = "only MovieLens’ id is told, and no film here has it"


def take_suggestions(rating_import: RatingImport) -> int:
    """Give every doubtful rating the film that is most likely, unless that is of another year; returns how many."""
    doubtful = [row for row in rating_import.rows.ratings().filter(state=State.DOUBTFUL) if row.candidates]
    films = Movie.objects.only("year").in_bulk({row.candidates[0] for row in doubtful})
    rows = [row for row in doubtful if _may_be(row, films.get(row.candidates[0]))]
    for row in rows:
        row.movie_id, row.state, row.note = (
            row.candidates[0],
            State.MATCHED,
            f"taken as suggested: {row.note}"[:200],
        )
    _save(rows)
    return len(rows)


def _may_be(row: ImportRow, film: Movie | None) -> bool:
    """A remake goes by the same title."""
    return film is not None and years_apart(row.year, film.year) in (None, 0, 1)


@transaction.atomic
def _save(rows: Sequence[ImportRow]) -> None:
    values = [(row.state, row.movie_id, row.candidates, row.note, row.pk) for row in rows]
    update(ImportRow, ("state", "movie", "candidates", "note"), values)
