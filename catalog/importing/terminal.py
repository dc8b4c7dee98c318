"""Progress for people: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from catalog.importing import pipeline

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def shown_progress(stderr: OutputWrapper) -> Iterator[Callable[[pipeline.Progress], None]]:
    """Something that shows each Progress it is called with, as long as the context lasts."""
    if not stderr.isatty():
        yield ProgressLines(stderr)
        return
    with ProgressBar() as bar:
        yield bar


class ProgressBar:
    """One bar for each stage, with lines a second and the time left by the bytes of the file."""

    def __init__(self) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,} a second"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self.tasks: dict[str, TaskID] = {}
        self.clock = pipeline.StageClock()

    def __enter__(self) -> "ProgressBar":
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def __call__(self, progress: pipeline.Progress) -> None:
        rate = self.clock.lines_per_second(progress)
        if progress.stage not in self.tasks:
            self.tasks[progress.stage] = self.bars.add_task(progress.stage, lines=0, rate=0)
        self.bars.update(
            self.tasks[progress.stage],
            completed=progress.done,
            total=progress.total,
            lines=progress.lines,
            rate=rate,
        )


class ProgressLines:
    """A line every ten seconds, and one when a stage ends."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out, self.clock, self.last = out, pipeline.StageClock(), time.monotonic()

    def __call__(self, progress: pipeline.Progress) -> None:
        seconds = self.clock.seconds(progress)
        if not progress.is_over and time.monotonic() - self.last < SECONDS_BETWEEN_LINES:
            return
        self.last = time.monotonic()
        rate = self.clock.lines_per_second(progress)
        left = seconds * (progress.total - progress.done) / max(progress.done, 1)
        ending = "done" if progress.is_over else f"about {left:,.0f} s left"
        share = progress.done / max(progress.total, 1)
        self.out.write(
            f"{progress.stage}: {share:.0%}, {progress.lines:,} lines, {rate:,} a second, {ending}",
            style_func=str,
        )
