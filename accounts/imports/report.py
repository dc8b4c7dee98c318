"""The report of an import: every row that did not become a rating or a mark, and why."""

from collections.abc import Iterator

from accounts.imports.marks import RATED
from accounts.models import ImportRow, RatingImport

COLUMNS = ("file", "line", "what", "title", "year", "stars", "rated_at", "why")
State = ImportRow.State

_OUTCOMES = {
    "older": "you rated it here later",
    "gone": "the film was removed meanwhile",
    RATED: "you rated it, which says more",
}


def report_of(run: RatingImport) -> Iterator[list[object]]:
    """Lines for a CSV, the names of the columns first."""
    yield list(COLUMNS)
    for row in run.rows.order_by("pk").iterator(chunk_size=2_000):
        why = why_not(row)
        if why:
            moment = row.rated_at.isoformat() if row.rated_at else ""
            yield [row.file, row.line, row.kind, row.title, row.year or "", row.stars or "", moment, why]


def why_not(row: ImportRow) -> str:
    """Why a row did not become a rating or a mark; nothing where it did, or will."""
    if row.state == State.UNREADABLE:
        return row.note
    if row.state == State.MATCHED:
        return _OUTCOMES.get(row.outcome, "")
    return {State.DOUBTFUL: "doubtful: ", State.LEFT_OUT: "left out: "}.get(State(row.state), "") + row.note
