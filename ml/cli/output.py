"""What commands print: events as JSON lines for programs, progress bars and tables for people."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from ml.interrupts import put_away_at_interrupt
from ml.scoring import Progress as ProgressCallback

_SECONDS_BETWEEN_EVENTS = 0.2


class EventWriter:
    """One JSON object a line: {"event": "progress" | "result" | "error", ...}."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._last_stage = ""
        self._last_time = 0.0

    def progress(self, stage: str, done: int, total: int, message: str) -> None:
        """At most five a second, but always the first and the last of a stage."""
        now = time.monotonic()
        soon = now - self._last_time < _SECONDS_BETWEEN_EVENTS
        if soon and stage == self._last_stage and done < total:
            return
        self._last_stage, self._last_time = stage, now
        self._write({"event": "progress", "stage": stage, "done": done, "total": total, "message": message})

    def result(self, content: Mapping[str, Any]) -> None:
        self._write({"event": "result", **content})

    def error(self, sentence: str) -> None:
        self._write({"event": "error", "message": sentence})

    def _write(self, event: Mapping[str, Any]) -> None:
        self._stream.write(orjson.dumps(event, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
        self._stream.flush()


@contextmanager
def events_on_stdout() -> Iterator[EventWriter]:
    """Keep stdout for events alone: whatever else writes there, in Python or in C, lands on stderr."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(kept, "wb", closefd=False) as stream:
            yield EventWriter(stream)
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def write_json(content: Mapping[str, Any]) -> None:
    """One JSON object on stdout."""
    text = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    sys.stdout.write(text.decode() + "\n")
    sys.stdout.flush()


@contextmanager
def shown_progress(subject: str) -> Iterator[ProgressCallback]:
    """A bar on stderr for one long job; where stderr is no terminal, one line when it is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[message]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with put_away_at_interrupt(lambda: _leave(console)), Progress(*columns, console=console) as bars:
        task = bars.add_task(subject, total=1, message="starting")
        stage_now = ""

        def show(stage: str, done: int, total: int, message: str) -> None:
            nonlocal stage_now
            if stage != stage_now:
                stage_now = stage
                bars.reset(task)
            bars.update(
                task, description=f"{subject}: {stage}", completed=done, total=max(total, 1), message=message
            )

        yield show


def _leave(console: Console) -> None:
    """The terminal as people want it back, without the locks that whoever was interrupted may hold."""
    if console.is_terminal:
        os.write(sys.stderr.fileno(), b"\x1b[?25h\n")  # shows the cursor


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, stderr: bool = False
) -> None:
    """The first column on the left, the others, numbers, on the right."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(stderr=stderr)
    if not console.is_terminal:  # a file has no width that figures would have to be cut to
        console.width = max(console.width, console.measure(table, options=_unbounded(console)).maximum)
    console.print(table)


def _unbounded(console: Console) -> ConsoleOptions:
    return console.options.update(max_width=10_000)


def figure(value: object) -> str:
    """A metric as a reader wants it: four digits after the point, whole numbers as they are."""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
