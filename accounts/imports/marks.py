"""What somebody's files say of films beside stars, as marks: that they saw them, want to, or marked them on a site of
this kind.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from accounts.models import ImportRow, RatingImport
from catalog.models import Rating
from recommendations.marks import keep_marks
from recommendations.models import Mark

ROWS_IN_A_TRANSACTION = 500
MARKED, RATED = "marked", "rated"
"""Outcomes of rows. A film that is rated needs no mark of another site that it was seen, or is wanted."""

_MARKS = {ImportRow.Kind.WATCHED: Mark.Kind.SEEN, ImportRow.Kind.WATCHLIST: Mark.Kind.WATCHLIST}


def write_marks(run: RatingImport) -> int:
    """Put marks on all films that were found, after the ratings are written; returns how many. Marks that are there
    already stay as they are."""
    waiting = run.rows.marks().filter(outcome="", movie__isnull=False).order_by("pk")
    while rows := list(waiting[:ROWS_IN_A_TRANSACTION]):
        with transaction.atomic():
            _write(run.user, rows)
            ImportRow.objects.bulk_update(rows, ["outcome"])
    return int(run.rows.marks().filter(outcome=MARKED).count())


def _write(user: User, rows: list[ImportRow]) -> None:
    ids = [row.movie_id for row in rows]
    rated = set(Rating.objects.of_user(user).filter(movie__in=ids).values_list("movie_id", flat=True))
    for row in rows:
        row.outcome = RATED if row.kind in _MARKS and row.movie_id in rated else MARKED
    now = timezone.now()
    keep_marks(
        user,
        [(_mark(row), row.movie_id or 0, row.rated_at or now) for row in rows if row.outcome == MARKED],
    )


def _mark(row: ImportRow) -> str:
    return _MARKS.get(ImportRow.Kind(row.kind)) or Mark.Kind(row.clues["mark"])
