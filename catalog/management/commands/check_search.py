from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.search_words import SOURCES, ensure_words, rebuild_words, wrong_words


class Command(BaseCommand):
    help = "Check that the words by which films are found are those of the titles and names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make all words anew where some are wrong")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        wrong = {source: wrong_words(source) for source in SOURCES}
        for source, n in wrong.items():
            what = "titles" if source.table == "catalog_movie" else "names"
            self.stdout.write(f"{n:,} wrong word{'' if n == 1 else 's'} of {what}.")
        if not any(wrong.values()):
            self.stdout.write("All is right.")
            return
        if not repair:
            raise CommandError("Something is wrong; check_search --repair sets it right.")
        ensure_words()
        for source, n in wrong.items():
            if n:
                rebuild_words(source)
        self.stdout.write("What was wrong is right now.")
