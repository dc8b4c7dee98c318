"""Long work as rows: the database, not the queue, is the truth about what is under way.

A queued run is claimed by one conditional UPDATE, which hands out a token. Only the holder of the
current token can report progress, succeed or fail, so a worker that was given up for dead and comes
back changes nothing. The queue carries a run's id and may lose or repeat it: `sweep` puts runs
without a heartbeat back, a bounded number of times, and names those whose message must be sent again.

Wishes (pause, cancel) are one UPDATE each: what waits obeys at once, what runs is told at its next beat. A
cancellation outdoes a pause; a paused run waits, without counting as an attempt, until somebody resumes it.
"""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

STALE_AFTER = timedelta(seconds=settings.RUN_STALE_SECONDS)
HEARTBEAT_SECONDS = settings.RUN_STALE_SECONDS / 6
RESEND_AFTER = 2 * STALE_AFTER
MAX_ATTEMPTS = 3

stop_requested = threading.Event()
"""Set when this process was asked to stop: the next beat of every run gives it back to the queue."""


class RunState(models.TextChoices):
    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    PAUSED = "paused", "paused"


UNFINISHED = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)


class LostClaim(Exception):
    """The run is no longer ours: swept and claimed again, given back, paused, or removed. Stop, and change nothing."""


class RunQuerySet(models.QuerySet[Any]):
    def claim(self, run_id: int) -> uuid.UUID | None:
        """Take a queued run. Returns its token, or None when it is not (or no longer) to be had.

        A unique constraint of the concrete model (say, one running at a time) may refuse the claim;
        the run then stays queued.
        """
        token, now = uuid.uuid4(), timezone.now()
        queued = self.filter(pk=run_id, state=RunState.QUEUED)
        try:
            with transaction.atomic(using=self.db):
                taken = queued.update(
                    state=RunState.RUNNING,
                    claim_token=token,
                    attempts=F("attempts") + 1,
                    started_at=now,
                    heartbeat_at=now,
                    finished_at=None,
                    error="",
                )
        except IntegrityError:
            return None
        return token if taken else None

    def unfinished(self) -> Self:
        """Those that wait, run or are paused: what they keep on disk is still needed."""
        return self.filter(state__in=UNFINISHED)

    def stale(self, now: datetime) -> Self:
        return self.filter(state=RunState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)

    def sweep(self, *, everything: bool = False) -> list[int]:
        """Put abandoned runs back, give up on those tried too often; return the ids to send again.

        With `everything`, every queued run is sent again, not only those waiting for long: right when
        a worker starts, whose embedded broker may have lost what its predecessor held.
        """
        now = timezone.now()
        self._end_or_put_back(self.stale(now), now)
        queued = self.filter(state=RunState.QUEUED)
        due = queued if everything else queued.filter(queued_at__lte=now - RESEND_AFTER)
        ids = list(due.order_by("pk").values_list("pk", flat=True))
        self.filter(pk__in=ids).update(queued_at=now)
        return ids

    @staticmethod
    def _end_or_put_back(stale: "RunQuerySet", now: datetime) -> None:
        ended: dict[str, Any] = {"claim_token": None, "finished_at": now}
        stale.filter(cancel_requested=True).update(state=RunState.CANCELLED, **ended)
        stale.filter(pause_requested=True).update(
            state=RunState.PAUSED, claim_token=None, pause_requested=False
        )
        stale.filter(attempts__gte=MAX_ATTEMPTS).update(
            state=RunState.FAILED,
            error=f"Given up after {MAX_ATTEMPTS} attempts: each time the worker stopped without a word.",
            **ended,
        )
        stale.update(state=RunState.QUEUED, claim_token=None, queued_at=now - RESEND_AFTER)


class Run(models.Model):
    """A piece of long work. Concrete models add what it is about."""

    State: ClassVar[type[RunState]] = RunState

    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED, db_index=True)
    claim_token = models.UUIDField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    pause_requested = models.BooleanField(default=False)
    stage = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = RunQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-pk",)

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None when the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else None

    def request_cancel(self) -> bool:
        """Cancel a run that waits or is paused, ask a running one to stop. False when it had already ended."""
        return self._wish(
            Q(state__in=UNFINISHED),
            state=_if_running(F("state"), RunState.CANCELLED),
            cancel_requested=_if_running(True, F("cancel_requested")),
            finished_at=_if_running(F("finished_at"), timezone.now()),
        )

    def request_pause(self) -> bool:
        """Pause a waiting run now, a running one at its next beat. False when it had ended or is to be cancelled."""
        return self._wish(
            Q(state__in=UNFINISHED, cancel_requested=False),
            state=_if_running(F("state"), RunState.PAUSED),
            pause_requested=_if_running(True, False),
        )

    def resume(self) -> bool:
        """Queue a paused run, or withdraw the wish to pause it. True only when its message must be sent."""
        running = Q(state=RunState.RUNNING, pause_requested=True)
        if self._wish(running, pause_requested=False):
            return False
        return self._wish(Q(state=RunState.PAUSED), state=RunState.QUEUED, queued_at=timezone.now())

    def _wish(self, which: Q, **values: Any) -> bool:
        runs = type(self)._default_manager.filter(which, pk=self.pk)
        return bool(runs.update(**values))


def _if_running(then: Any, otherwise: Any) -> Case:
    """A value for an UPDATE that meets the run in whatever state it is by then."""
    return Case(When(state=RunState.RUNNING, then=_as_value(then)), default=_as_value(otherwise))


def _as_value(value: Any) -> Any:
    return value if isinstance(value, F) else Value(value)


class Claim:
    """The right to work on a run, held by whoever claimed it last.

    Every report is one UPDATE that names the token; when it touches no row the claim is lost and
    `LostClaim` says so. `finish` and `fail` can therefore count at most once for a run.
    """

    def __init__(self, model: type[Run], run_id: int, token: uuid.UUID) -> None:
        self.model, self.run_id, self.token = model, run_id, token

    @classmethod
    def take(cls, model: type[Run], run_id: int) -> "Claim | None":
        token = model.objects.claim(run_id)
        return cls(model, run_id, token) if token else None

    def _mine(self) -> models.QuerySet[Any]:
        return self.model._default_manager.filter(
            pk=self.run_id, claim_token=self.token, state=RunState.RUNNING
        )

    def _update(self, **values: Any) -> None:
        if not self._mine().update(**values):
            raise LostClaim(f"Run {self.run_id} is no longer ours.")

    def beat(self, **progress: Any) -> bool:
        """Say that we live, with any of stage, message, done, total. True when asked to cancel.

        When this process was asked to stop, the run goes back to the queue and LostClaim is raised; when the
        run is to be paused, it is, and LostClaim is raised.
        """
        if stop_requested.is_set():
            self.release()
            raise LostClaim(f"Run {self.run_id} goes back to the queue: its worker was asked to stop.")
        self._update(heartbeat_at=timezone.now(), **progress)
        wishes = self._mine().values_list("cancel_requested", "pause_requested").first()
        cancelled, paused = wishes or (False, False)
        if paused and not cancelled:
            self.pause()
        return bool(cancelled)

    def note(self, **values: Any) -> None:
        """Write into the row without heeding wishes: for what must count together with the work it tells of."""
        self._update(heartbeat_at=timezone.now(), **values)

    def finish(self, result: dict[str, Any], then: Callable[[], None] | None = None) -> None:
        """Record success. `then` (what makes the result count) commits with it or not at all."""
        with transaction.atomic():
            self._end(RunState.SUCCEEDED, result=result)
            if then is not None:
                then()

    def fail(self, error: str) -> None:
        self._end(RunState.FAILED, error=error)

    def cancel(self) -> None:
        self._end(RunState.CANCELLED)

    def retry(self, error: str) -> None:
        """After a failure that the next attempt may not meet: back to the queue, or failed if it was the last."""
        if self._mine().filter(attempts__gte=MAX_ATTEMPTS).exists():
            self.fail(error)
        else:
            self._put_back(error=error)

    def release(self) -> None:
        """Give the run back to the queue, as when the worker is asked to stop. Not a failed attempt."""
        self._put_back(attempts=F("attempts") - 1)

    def pause(self) -> None:
        """Give the run back until it is resumed, and raise LostClaim. Not a failed attempt."""
        self._let_go(RunState.PAUSED, attempts=F("attempts") - 1)
        raise LostClaim(f"Run {self.run_id} is paused.")

    def settle(self) -> None:
        """After LostClaim: pause the run again if the transaction in which `beat` did so was rolled back."""
        with suppress(LostClaim):
            if self._mine().filter(pause_requested=True).exists():
                self.pause()

    def _put_back(self, **values: Any) -> None:
        self._let_go(RunState.QUEUED, queued_at=timezone.now() - RESEND_AFTER, **values)

    def _let_go(self, state: RunState, **values: Any) -> None:
        """The run is cancelled or paused if somebody asked for that, else it is in `state`."""
        cancelled, paused = Q(cancel_requested=True), Q(pause_requested=True)
        self._update(
            state=Case(
                When(cancelled, then=Value(RunState.CANCELLED)),
                When(paused, then=Value(RunState.PAUSED)),
                default=Value(state),
            ),
            finished_at=Case(When(cancelled, then=Value(timezone.now())), default=F("finished_at")),
            claim_token=None,
            pause_requested=False,
            **values,
        )

    def _end(self, state: RunState, **values: Any) -> None:
        now = timezone.now()
        self._update(state=state, claim_token=None, pause_requested=False, finished_at=now, **values)


def unfinished_run_constraint(name: str) -> models.UniqueConstraint:
    """At most one run of a model is running: the database refuses a second claim."""
    return models.UniqueConstraint(fields=["state"], condition=Q(state=RunState.RUNNING), name=name)
