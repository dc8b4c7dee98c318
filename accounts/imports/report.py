"""The report of an import: every row that did not become a rating, and why."""

from collections.abc import Iterator

from accounts.models import ImportRow, RatingImport

COLUMNS = ("file", "line", "what", "title", "year", "stars", "rated_at", "why")
State, Kind = ImportRow.State, ImportRow.Kind

_NO_PLACE = {
    Kind.WATCHED: "watched without a rating: this site keeps only ratings so far",
    Kind.WATCHLIST: "on the watchlist: this site has none so far",
}
_OUTCOMES = {"older": "you rated it here later", "gone": "the film was removed meanwhile"}


def report_of(run: RatingImport) -> Iterator[list[object]]:
    """Lines for a CSV, the names of the columns first."""
    yield list(COLUMNS)
    for row in run.rows.order_by("pk").iterator(chunk_size=2_000):
        why = why_not(row)
        if why:
            moment = row.rated_at.isoformat() if row.rated_at else ""
            yield [row.file, row.line, row.kind, row.title, row.year or "", row.stars or "", moment, why]


def why_not(row: ImportRow) -> str:
    """Why a row did not become a rating; nothing where it did, or will."""
    if row.state == State.UNREADABLE:
        return row.note
    if row.kind != Kind.RATING:
        return _NO_PLACE[Kind(row.kind)]
    if row.state == State.MATCHED:
        return _OUTCOMES.get(row.outcome, "")
    return {State.DOUBTFUL: "doubtful: ", State.LEFT_OUT: "left out: "}.get(State(row.state), "") + row.note
