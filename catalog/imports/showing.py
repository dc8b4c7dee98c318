"""An import as its page shows it: how far it is, what it did, what was wrong with the files, what can be done."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.importing.inputs import files_in
from catalog.models import ImportRun

LINES_OF_A_KIND = 5
LINES_LOOKED_THROUGH = 20_000
"""A report may have millions: for the first of each kind no more are read."""

BADGES = {
    ImportRun.State.SUCCEEDED: "badge--good",
    ImportRun.State.FAILED: "badge--bad",
    ImportRun.State.RUNNING: "badge--warn",
    ImportRun.State.PAUSED: "badge--paused",
}
SECONDS_BETWEEN_LOOKS = {ImportRun.State.QUEUED: 2, ImportRun.State.RUNNING: 2, ImportRun.State.PAUSED: 10}


@dataclass(frozen=True)
class BadKind:
    """Bad lines of one kind: how many, and the first of them as (file, line, detail)."""

    name: str
    count: int
    first: list[tuple[str, str, str]] = field(default_factory=list)


class ShownRun:
    """What templates ask of a run; reads files, but not the database."""

    def __init__(self, run: ImportRun) -> None:
        self.run, self.state = run, ImportRun.State(run.state)

    # How far

    @property
    def badge(self) -> str:
        return BADGES.get(self.state, "")

    @property
    def words(self) -> str:
        """The state, with what was asked of it and has not happened yet."""
        if self.state == ImportRun.State.RUNNING and self.run.cancel_requested:
            return "stopping"
        if self.state == ImportRun.State.RUNNING and self.run.pause_requested:
            return "pausing"
        return str(self.state.label)

    @property
    def seconds_between_looks(self) -> int | None:
        """How often the page looks again; None when nothing will change any more."""
        return SECONDS_BETWEEN_LOOKS.get(self.state)

    @property
    def is_under_way(self) -> bool:
        return self.state in (ImportRun.State.RUNNING, ImportRun.State.PAUSED)

    @property
    def percent(self) -> int | None:
        """Of the present stage; never 100 before it is over."""
        fraction = self.run.fraction
        return None if fraction is None else int(100 * fraction)

    @property
    def time_left(self) -> str:
        """Of the present stage, in words; empty when it cannot be told."""
        run = self.run
        if self.state != ImportRun.State.RUNNING or not run.lines_per_second or not run.lines_estimated:
            return ""
        return in_words(max(0, run.lines_estimated - run.lines_read) / run.lines_per_second)

    @property
    def is_in_bytes(self) -> bool:
        """Whether `done` of `total` are bytes of a file: of what is read; loading counts ratings."""
        sizes = {file["bytes"] for file in self.files}
        return self.run.total in sizes

    @property
    def seconds_taken(self) -> str:
        run = self.run
        if not run.started_at or not run.finished_at:
            return ""
        return in_words((run.finished_at - run.started_at).total_seconds())

    # What can be done

    @property
    def can_pause(self) -> bool:
        stopping = self.run.pause_requested or self.run.cancel_requested
        return self.state in (ImportRun.State.QUEUED, ImportRun.State.RUNNING) and not stopping

    @property
    def can_resume(self) -> bool:
        waiting = self.state == ImportRun.State.RUNNING and self.run.pause_requested
        return self.state == ImportRun.State.PAUSED or (waiting and not self.run.cancel_requested)

    @property
    def can_cancel(self) -> bool:
        return not self.run.is_finished and not self.run.cancel_requested

    @property
    def can_repeat(self) -> bool:
        return self.run.is_finished and not self.missing_files

    @property
    def missing_files(self) -> list[str]:
        paths = [Path(v) for v in self.run.options.values() if isinstance(v, str) and v.startswith("/")]
        return [path.name for path in paths if not os.access(path, os.R_OK)]

    # What it did

    @property
    def files(self) -> list[dict[str, Any]]:
        """Name, bytes and, once it is known, sha256 of each: as the import noted them, else as they lie there."""
        if self.run.files:
            return list(self.run.files)
        return [{"name": path.name, "bytes": path.stat().st_size} for path in files_in(self.run.options)]

    @property
    def tallies(self) -> list[tuple[str, Mapping[str, int]]]:
        counts = self.run.counts
        return [
            (name, counts[key])
            for name, key in (("Movies", "movies"), ("Ratings", "ratings"))
            if key in counts
        ]

    @property
    def tally_rows(self) -> list[tuple[str, list[int]]]:
        """What became of the rows, a line each, beside one another for every kind of row."""
        fates = ("read", "new", "changed", "unchanged", "repeated")
        return [(fate.capitalize(), [tally[fate] for _, tally in self.tallies]) for fate in fates]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        return _most_first(self.run.counts.get("left_out", {}))

    @property
    def bad_count(self) -> int:
        return sum(self.run.counts.get("bad", {}).values())

    @property
    def bad_kinds(self) -> list[BadKind]:
        """Kinds of bad lines, the most frequent first, each with its first lines of the report."""
        kinds = [BadKind(name, count) for name, count in _most_first(self.run.counts.get("bad", {}))]
        by_name = {kind.name: kind for kind in kinds}
        wanted = sum(min(kind.count, LINES_OF_A_KIND) for kind in kinds)
        for file, line, name, detail in self._report_rows():
            kind = by_name.get(name)
            if kind is None or len(kind.first) == LINES_OF_A_KIND:
                continue
            kind.first.append((file, line, detail))
            wanted -= 1
            if not wanted:
                break
        return kinds

    def _report_rows(self) -> Iterator[tuple[str, str, str, str]]:
        path = report_path(self.run)
        if path is None:
            return
        with path.open(newline="", encoding="utf-8") as file:
            for row in islice(csv.reader(file), 1, LINES_LOOKED_THROUGH):
                if len(row) == 4:
                    yield row[0], row[1], row[2], row[3]

    @property
    def has_report(self) -> bool:
        return report_path(self.run) is not None

    @property
    def wishes(self) -> list[str]:
        """What was asked for besides the files."""
        options = self.run.options
        days = [f"{name} {options[name]}" for name in ("since", "until") if options.get(name)]
        texts = {
            "verified_only": "verified purchases only",
            "with_text": "with the texts of reviews",
            "remove_demo": "the demo goes afterwards",
        }
        return [*days, *(text for name, text in texts.items() if options.get(name))]


def report_path(run: ImportRun) -> Path | None:
    """The CSV of all bad lines, if there is one."""
    path = Path(settings.IMPORT_REPORTS_DIR) / Path(run.report).name
    return path if run.report and path.is_file() else None


def in_words(seconds: float) -> str:
    """A length of time as people say it: the first two units that matter."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole else "less than a second"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, n) for name, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0]))
