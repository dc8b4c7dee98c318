from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress, TaskID

from catalog.checking import check_ratings


class Command(BaseCommand):
    help = "Check that histograms are those of the ratings, and that of a pair's ratings one is current."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set right what is wrong")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        with self.shown_progress() as progress:
            checked = check_ratings(repair=repair, progress=progress)
        for sentence in checked.sentences():
            self.stdout.write(sentence)
        if checked.left:
            raise CommandError("Something is wrong; check_ratings --repair sets it right.")
        self.stdout.write("What was wrong is right now." if checked.found else "All is right.")

    @contextmanager
    def shown_progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """A bar for each kind of thing on a terminal, nothing elsewhere."""
        with Progress(console=Console(stderr=True), disable=not self.stderr.isatty()) as bars:
            tasks: dict[str, TaskID] = {}

            def progress(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=total)
                bars.update(tasks[what], completed=done, total=total)

            yield progress
