from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.demo.films import CatalogueError
from catalog.demo.loader import DemoRefused, load_demo
from catalog.demo.tastes import SEED
from catalog.models import Movie


def seed_number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("a seed is a whole number, 0 or more")
    return int(text)


class Command(BaseCommand):
    help = "Load the demo: well-known films, and ratings of them made by a program."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are movies already")
        parser.add_argument(
            "--seed", type=seed_number, default=SEED, help="other made people (default %(default)s)"
        )

    def handle(self, *args: Any, if_empty: bool, seed: int, **options: Any) -> None:
        if if_empty and Movie.objects.exists():
            self.stdout.write("There are movies already: the demo is not loaded.")
            return
        try:
            counts = load_demo(self._say, seed=seed)
        except (CatalogueError, DemoRefused) as error:
            raise CommandError(str(error)) from error
        self._say("New: " + ", ".join(f"{n:,} {what}" for what, n in counts.items()))

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
