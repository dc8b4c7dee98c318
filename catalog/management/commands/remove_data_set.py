import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.management.arguments import data_set_named
from catalog.models import DataSet
from catalog.removal import Forecast, forecast, remove_now, watched_removal
from catalog.statistics.stored import refresh_statistics


class Command(BaseCommand):
    help = "Remove a data set: its reviewers, their ratings, its editions, and films that nobody else knows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the data set's name")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, name: str, yes: bool, **options: Any) -> None:
        data_set = data_set_named(name)
        before = forecast(data_set)
        self.announce(data_set, before)
        if not (yes or self.agrees(data_set)):
            raise CommandError("Nothing was removed.")
        with watched_removal(data_set, self.tell):
            removed = remove_now(data_set)
        refresh_statistics()
        self.stdout.write(
            f"Removed {name}: {count(removed.ratings, 'rating')}, {count(removed.reviewers, 'reviewer')},"
            f" {count(removed.editions, 'edition')}, {count(removed.movies, 'film')}."
        )

    def announce(self, data_set: DataSet, before: Forecast) -> None:
        self.stdout.write(
            f"{data_set.name} goes: {count(before.ratings, 'rating')} by {count(before.reviewers, 'reviewer')},"
            f" {count(before.editions, 'edition')}, {count(before.going_movies, 'film')}."
        )
        self.stdout.write(
            f"What stays: {count(before.other_ratings, 'rating')} by people of this site and of other data sets,"
            f" and {count(before.staying_movies, 'film')} of {data_set.name} that they rated or have editions of."
        )

    def agrees(self, data_set: DataSet) -> bool:
        if not (sys.stdin and sys.stdin.isatty()):
            raise CommandError("Nobody can be asked here; say --yes to remove it.")
        return input(f"Remove {data_set.name}? This cannot be undone. [y/N] ").strip().lower() in ("y", "yes")

    def tell(self, reviewers: int, editions: int) -> None:
        self.stderr.write(
            f"Left: {count(reviewers, 'reviewer')}, {count(editions, 'edition')}.", style_func=str
        )
        self.stderr.flush()


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
