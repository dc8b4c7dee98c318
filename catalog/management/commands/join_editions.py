from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from catalog.editions.joining import find_editions, join_editions
from catalog.models import DataSet


class Command(BaseCommand):
    help = "Bring the editions of one film together: DVD, Blu-ray, VHS. Done again it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("data_set", nargs="*", metavar="DATA_SET", help="names; without any, all of them")
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["data_set"]
        data_sets = DataSet.objects.filter(name__in=names) if names else DataSet.objects.all()
        unknown = set(names) - {data_set.name for data_set in data_sets}
        if unknown:
            known = ", ".join(DataSet.objects.values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no data set {sorted(unknown)[0]}. There are: {known}.")
        for data_set in data_sets:
            self.stdout.write(f"{data_set}: {_joined(data_set, dry_run=options['dry_run'])}")


def _joined(data_set: DataSet, *, dry_run: bool) -> str:
    if dry_run:
        found = find_editions(data_set)
        movies = sum(len(film.others) for film in found)
        return f"{movies:,} movie{pluralize(movies)} would join {len(found):,} other{pluralize(found)}."
    return " ".join(join_editions(data_set).sentences()) or "Nothing to bring together."
