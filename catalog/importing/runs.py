"""Imports as rows: asked for here, run here by a command or, by the same function, by a worker."""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from catalog.editions.joining import Joined, join_editions
from catalog.importing.amazon import AmazonReviews
from catalog.importing.bulk.loading import BulkPass, NotEmpty, is_empty_for, is_large, remove_spill
from catalog.importing.bulk.worker import Job
from catalog.importing.counts import Counts, changes_in
from catalog.importing.errors import BrokenFile, ImportCancelled, ImportProblem
from catalog.importing.inputs import Inputs
from catalog.importing.movielens import MovieLens
from catalog.importing.pipeline import ImportPass, Progress, StageClock
from catalog.importing.report import BadLineReport
from catalog.importing.rows import Selection, Source
from catalog.models import DataSet, ImportRun
from catalog.removal import ask_for_removal_of_the_demo
from catalog.statistics.stored import refresh_statistics
from moviesite.web.runs import Claim, LostClaim

logger = logging.getLogger(__name__)

SOURCES: dict[str, Callable[[Mapping[str, Any]], Source]] = {
    DataSet.Kind.AMAZON: AmazonReviews.from_options,
    DataSet.Kind.MOVIELENS: MovieLens.from_options,
}
"""How to open the files of each kind of data set; a new source is a module and a line here."""

SECONDS_BETWEEN_BEATS = 1.0
SECONDS_BETWEEN_CONNECTIONS = (0.5, 1, 2, 4, 8)
COUNTING = "counting for the data page"
WHAT_CAME_BEFORE = "What comes before that is kept; run the import again with the whole file to complete it."

Watcher = Callable[[Progress], None]


def request_import(
    kind: str,
    options: Mapping[str, Any],
    *,
    data_set_name: str = "",
    user: User | None = None,
) -> ImportRun:
    """A queued run, its data set made if need be. Nobody is told: send `catalog.tasks.run_import`, or run it.

    The same import as one that waits, is paused or was interrupted is that one, which goes on from where it was.
    `options`: the source's paths as absolute text, and since, until (ISO dates), verified_only, with_text.
    Raises ImportProblem, and leaves nothing behind, when the files are not what they should be, or are being
    imported at this moment.
    """
    source = SOURCES[kind](options)
    name = data_set_name.strip() or source.default_name
    with transaction.atomic():
        data_set, _ = DataSet.objects.get_or_create(
            name=name, defaults={"kind": kind, "licence_note": DataSet.LICENCE_NOTES[kind]}
        )
        if data_set.kind != kind:
            raise ImportProblem(
                f"The data set {name} holds {data_set.get_kind_display()}; choose another name for the data set."
            )
        locked = DataSet.objects.select_for_update(no_key=True).get(pk=data_set.pk)  # two requests take turns
        if locked.removal_due_at:
            raise ImportProblem(
                f"The data set {name} is being removed; import into it when it has gone, or choose another name."
            )
        return _interrupted(data_set, kind, options) or ImportRun.objects.create(
            data_set=data_set, source=kind, options=dict(options), requested_by=user
        )


def _interrupted(data_set: DataSet, kind: str, options: Mapping[str, Any]) -> ImportRun | None:
    """The unfinished run of the same files, queued again; ImportProblem if it is under way."""
    wanted = _asked(options)
    for run in data_set.import_runs.unfinished().filter(source=kind).order_by("pk"):
        if _asked(run.options) != wanted:
            continue
        ImportRun.objects.filter(pk=run.pk).sweep()
        run.resume()
        run.refresh_from_db()
        if run.state == run.State.RUNNING:
            raise ImportProblem(
                f"The same is being imported into {data_set.name} at this moment (import {run.pk});"
                " if that was ended by force, try again in half a minute."
            )
        if run.state == run.State.QUEUED:
            return run
    return None


def _asked(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def run_import(run_id: int, watch: Watcher | None = None) -> None:
    """Do one import here, if it is still to be had. How it ended stands in its row.

    KeyboardInterrupt cancels the run and goes on to the caller. Raises ImportProblem when the row itself cannot be
    written: the run is then taken up again when its heartbeat is old.
    """
    remove_left_over_blocks()
    claim = Claim.take(ImportRun, run_id)
    if claim is None:
        logger.info("Import %s is not waiting any more.", run_id)
        return
    try:
        _Work(claim, ImportRun.objects.select_related("data_set").get(pk=run_id), watch).do()
    except LostClaim:
        claim.settle()
        logger.warning("Import %s was paused, taken over or removed; this attempt ends.", run_id)
    except ImportCancelled:
        claim.cancel()
    except KeyboardInterrupt:
        claim.cancel()
        raise
    except ImportProblem as problem:
        claim.fail(str(problem))
    except (DatabaseError, OSError) as error:
        sentence = f"{first_line(error)}; what is loaded is right, run the import again."
        logger.error("Import %s: %s", run_id, sentence)  # noqa: TRY400 - the sentence is enough
        _end_badly(claim, sentence, to_be_tried_again=may_pass(error))
    except Exception as error:
        logger.exception("Import %s failed in a way nobody foresaw.", run_id)
        claim.fail(f"Something went wrong that nobody foresaw ({type(error).__name__}); the log says more.")


def _end_badly(claim: Claim, sentence: str, *, to_be_tried_again: bool) -> None:
    """Fail the run, or put it back when the next attempt may well succeed."""
    try:
        if to_be_tried_again:
            _reconnect()
            claim.retry(sentence)
        else:
            claim.fail(sentence)
    except LostClaim:
        logger.warning("Import %s was taken over or removed; this attempt ends.", claim.run_id)
    except DatabaseError:
        raise ImportProblem(sentence) from None


def may_pass(error: Exception) -> bool:
    """Whether the next attempt may well not meet this error.

    PostgreSQL went away or sent us away (its classes 08 and 57, or the driver alone, without a class), or gave this
    transaction up for the sake of another (class 40); or others, such as a large import, held SQLite's lock for
    longer than we wait for it.
    """
    cause: Any = error.__cause__
    if not isinstance(error, OperationalError | InterfaceError) or cause is None:
        return False
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    code = getattr(cause, "sqlstate", None)
    return code is None or code[:2] in ("08", "40", "57")


def _reconnect() -> None:
    """Wait a while for a database that is away."""
    for seconds in SECONDS_BETWEEN_CONNECTIONS:
        connection.close()
        try:
            connection.ensure_connection()
        except DatabaseError:
            time.sleep(seconds)
        else:
            return


def blocks_of(run_id: int) -> Path:
    """The folder in which a run keeps what it has read until it is loaded."""
    return Path(settings.IMPORT_REPORTS_DIR) / f"import-{run_id}.blocks"


def remove_left_over_blocks() -> None:
    """Those of runs that ended before they could do it themselves."""
    needed = set(map(blocks_of, ImportRun.objects.unfinished().values_list("pk", flat=True)))
    for path in set(Path(settings.IMPORT_REPORTS_DIR).glob("import-*.blocks")) - needed:
        remove_spill(path)


class _Work:
    """One attempt at a run: the files are loaded, editions of one film brought together, statistics made anew.

    `result["loaded"]` remembers that the first is done, so that an attempt after it does not read the files again.
    """

    def __init__(self, claim: Claim, run: ImportRun, watch: Watcher | None) -> None:
        self.claim, self.run, self.watch = claim, run, watch
        self.last_beat = 0.0
        self.clock = StageClock()
        self.selection = _selection(run.options)
        self.folder = Path(settings.IMPORT_REPORTS_DIR)
        self.report = self._new_report()

    def _new_report(self) -> BadLineReport:
        return BadLineReport(self.folder / f"import-{self.run.pk}.csv")

    def do(self) -> None:
        if not self.run.result.get("loaded"):
            self._load()
            self.run.refresh_from_db(fields=["result"])
        else:
            remove_spill(blocks_of(self.run.pk))  # of an attempt that ended right after its load
        result = dict(self.run.result)
        result["summary"] = [*result["summary"], *self._put_in_order()]
        broken = result.pop("broken", "")
        if broken:
            self.claim.fail(broken)
        else:
            wishes_demo_gone = self.run.options.get("remove_demo")
            self.claim.finish(result, then=ask_for_removal_of_the_demo if wishes_demo_gone else None)

    def _load(self) -> None:
        """Large files into an empty site go the fast way; all else in batches, beside whoever uses the site."""
        with Inputs(self.run.options) as inputs:
            self.claim.beat(files=inputs.as_json())
            if is_large(self.run.options) and is_empty_for(self.run.data_set):
                try:
                    self._load_at_once(inputs)
                except NotEmpty:
                    self.report = self._new_report()
                else:
                    self.claim.beat(files=inputs.as_json(with_checksums=True))
                    return
            self._load_in_batches(inputs)
            self.claim.beat(files=inputs.as_json(with_checksums=True))

    def _load_at_once(self, inputs: Inputs) -> None:
        spill = blocks_of(self.run.pk)
        job = Job(SOURCES[self.run.source], self.run.options, self.selection, spill)
        work = BulkPass(
            job, inputs, self.run.data_set, self.report, self._heard, partial(self._conclude, "at once")
        )
        try:
            work.run()
        except (LostClaim, DatabaseError):
            self.report.close()
            raise  # the next attempt goes on from the blocks
        except BaseException:
            remove_spill(spill)
            self.report.close()
            self._keep(work.counts)
            raise
        remove_spill(spill)

    def _load_in_batches(self, inputs: Inputs) -> None:
        source = SOURCES[self.run.source](self.run.options)
        work = ImportPass(source, self.run.data_set, self.selection, self.report, self._heard)
        broken = None
        try:
            work.run()
            inputs.make_sure_unchanged("what was read is loaded; import it again when it is complete.")
        except BrokenFile as problem:
            broken = problem
        except BaseException:
            self.report.close()
            self._keep(work.counts)
            raise
        self._conclude("in batches", work.counts, broken)

    def _conclude(
        self, way: str, counts: Counts, broken: BrokenFile | None, joined: Joined | None = None
    ) -> None:
        """Everything is in the tables that the files gave; `joined` tells if editions are brought together, too."""
        self.report.close()
        self._keep(counts)
        summary = counts.sentences() + (joined.sentences() if joined else [])
        result: dict[str, Any] = {
            "loaded": True,
            "way": way,
            "summary": summary,
            "joined": joined is not None,
        }
        if broken is not None:
            result["broken"] = f"{broken} {WHAT_CAME_BEFORE}"
        self.claim.note(result=result)

    def _put_in_order(self) -> list[str]:
        """What follows from new ratings and films; returns what to tell of it."""
        in_order = self.run.result.get("joined") or self._is_known_to_be_in_order()
        said = [] if in_order else join_editions(self.run.data_set, self._heard).sentences()
        self._heard(Progress(COUNTING, 0, 1, 0))
        refresh_statistics()
        self._heard(Progress(COUNTING, 1, 1, 0, is_over=True))
        return said

    def _is_known_to_be_in_order(self) -> bool:
        """Whether nothing came that was not there after an earlier import: looking again would change nothing."""
        self.run.refresh_from_db(fields=["counts", "attempts"])
        earlier = self.run.data_set.import_runs.filter(state=self.run.State.SUCCEEDED)
        return self.run.attempts == 1 and not changes_in(self.run.counts) and earlier.exists()

    def _heard(self, progress: Progress) -> None:
        rate = self.clock.lines_per_second(progress)
        now = time.monotonic()
        if now - self.last_beat >= SECONDS_BETWEEN_BEATS:
            self.last_beat = now
            if self.claim.beat(**_told(progress, rate)):
                raise ImportCancelled
        if self.watch is not None:
            self.watch(progress)

    def _keep(self, counts: Counts) -> None:
        report = self.report.path.name if counts.bad else ""
        self.claim.note(counts=counts.as_json(), report=report)


def _told(progress: Progress, rate: int) -> dict[str, Any]:
    """What a run's row says of its progress."""
    told = {"stage": progress.stage, "done": progress.done, "total": progress.total}
    if not progress.is_of_a_file:
        return {**told, "message": f"{progress.done:,} of {progress.total:,}"}
    return {
        **told,
        "message": f"{progress.lines:,} lines read",
        "lines_read": progress.lines,
        "lines_estimated": progress.estimated_lines,
        "lines_per_second": rate,
    }


def _selection(options: Mapping[str, Any]) -> Selection:
    since, until = (options.get(name) for name in ("since", "until"))
    return Selection(
        since=date.fromisoformat(since) if since else None,
        until=date.fromisoformat(until) if until else None,
        verified_only=bool(options.get("verified_only")),
    )


def first_line(error: Exception) -> str:
    """What a database or a disk says, in short; what comes behind may hold values of rows."""
    lines = str(error).strip().splitlines()
    return f"The database says: {lines[0]}" if lines and isinstance(error, DatabaseError) else str(error)
