"""An import of a person's ratings, from files that were read to ratings that count: asked for, and done.

The first half looks for the films and pauses, so that the person can look; the second writes. Either may be killed at
any point and done again: rows that have been dealt with are not touched a second time.
"""

import logging
from collections import Counter
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.imports.files import Read
from accounts.imports.marks import MARKED, write_marks
from accounts.imports.matching import match
from accounts.models import ImportRow, RatingImport
from catalog.models import Reviewer
from catalog.rating_sets import rate_many
from moviesite.web.messages import task_named, tell_workers
from moviesite.web.runs import Claim, LostClaim

TASK = "accounts.tasks.run_rating_import"
AT_ONCE = 1_000
"""An import of so few films is done while its person waits; of more, by a worker."""

ROWS_IN_A_TRANSACTION = 500
SAME_FILM = "another line of this film counts"

KEPT = timedelta(days=30)
"""What nobody confirmed, or failed, for so long is forgotten."""

Phase, State = RatingImport.Phase, ImportRow.State
log = logging.getLogger(__name__)


def start(user: User, read: Read) -> RatingImport:
    """Keep what was read as an import of this person's, and look for its films, here or in the background."""
    with transaction.atomic():
        run = RatingImport.objects.create(
            user=user, requested_by=user, source=read.source[:40], files=read.files, total=len(read.rows)
        )
        ImportRow.objects.bulk_create((row.as_row(run.pk) for row in read.rows), batch_size=1_000)
    _do_or_send(run)
    return run


def confirm(run: RatingImport) -> bool:
    """Let the ratings be written that were found. False when the import was not waiting for that."""
    waiting = RatingImport.objects.filter(pk=run.pk, phase=Phase.REVIEW, state=run.State.PAUSED)
    queued = {"state": run.State.QUEUED, "queued_at": timezone.now()}
    if not waiting.update(phase=Phase.WRITE, done=0, total=run.rows.ready().count(), **queued):
        return False  # one statement: nothing that is killed in between leaves a phase that waits for nobody
    _do_or_send(run)
    return True


def _do_or_send(run: RatingImport) -> None:
    if run.rows.count() <= AT_ONCE:
        run_rating_import(run.pk)
    else:
        transaction.on_commit(lambda: tell_workers("Rating import", task_named(TASK), run.pk))


def run_rating_import(run_id: int) -> None:
    """Do what is next of an import, if it is to be had. How it ended stands in its row."""
    claim = Claim.take(RatingImport, run_id)
    if claim is None:
        log.debug("Rating import %d is not to be had now.", run_id)
        return
    try:
        _go_on(claim, RatingImport.objects.get(pk=run_id))
    except LostClaim:
        log.debug("Rating import %d is paused, removed or somebody else's.", run_id)
    except Exception as error:
        log.exception("Rating import %d failed", run_id)
        _end_badly(claim, error)


def _end_badly(claim: Claim, error: Exception) -> None:
    try:
        if isinstance(error, DatabaseError):
            claim.retry("The database could not be reached, or refused; what is written is right.")
        else:
            claim.fail(
                f"Something went wrong that nobody foresaw ({type(error).__name__}); the log says more."
            )
    except LostClaim:
        log.debug("Rating import %d was taken over or removed.", claim.run_id)


def _go_on(claim: Claim, run: RatingImport) -> None:
    if run.phase == Phase.WRITE:
        _write(claim, run)
        return
    if run.phase == Phase.MATCH:
        match(run, lambda done: _beat(claim, done))
        claim.note(phase=Phase.REVIEW)
    claim.pause()


def _beat(claim: Claim, done: int) -> None:
    if claim.beat(done=done):
        claim.cancel()
        raise LostClaim(f"Rating import {claim.run_id} was cancelled.")


def _write(claim: Claim, run: RatingImport) -> None:
    """Write the ratings of all rows whose film is found, each film once."""
    reviewer = Reviewer.objects.for_user(run.user)
    _settle_repeats(run)
    waiting = run.rows.ready().filter(outcome="", movie__isnull=False).order_by("pk")
    while rows := list(waiting[:ROWS_IN_A_TRANSACTION]):
        with transaction.atomic():
            outcomes = rate_many(reviewer, {row.movie_id or 0: row.given for row in rows})
            for row in rows:
                row.outcome = outcomes.get(row.movie_id or 0, "gone")
            ImportRow.objects.bulk_update(rows, ["outcome"])
            claim.note()  # a claim that was lost meanwhile undoes these
        _beat(claim, run.rows.ready().exclude(outcome="").count())
    counted = Counter(run.rows.ready().exclude(outcome="").values_list("outcome", flat=True))
    counted[MARKED] = write_marks(run)
    claim.finish(dict(+counted))


def _settle_repeats(run: RatingImport) -> None:
    """Of rows that turned out to be one film only the latest rating is written, of equal ones the higher."""
    best: dict[int | None, ImportRow] = {}
    losers = []
    for row in run.rows.ready().filter(outcome="", movie__isnull=False):
        other = best.setdefault(row.movie_id, row)
        if other is not row:
            best[row.movie_id] = max(row, other, key=_weight)
            losers.append(min(row, other, key=_weight).pk)
    for start in range(0, len(losers), 1_000):
        some = run.rows.filter(pk__in=losers[start : start + 1_000])
        some.update(state=State.LEFT_OUT, note=SAME_FILM)


def _weight(row: ImportRow) -> tuple[bool, float, int, int]:
    moment = row.rated_at.timestamp() if row.rated_at else 0.0
    return row.rated_at is not None, moment, row.half_stars or 0, row.pk


def remove_old_imports() -> int:
    """Forget imports that came to nothing long ago; those that were written stay until their person removes them."""
    old = RatingImport.objects.filter(created_at__lt=timezone.now() - KEPT)
    return int(old.exclude(state=RatingImport.State.SUCCEEDED).delete()[0])
