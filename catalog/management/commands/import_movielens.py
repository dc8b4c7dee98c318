from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from catalog.importing.command import ImportCommand, absolute
from catalog.models import DataSet


class Command(ImportCommand):
    help = "Import a MovieLens folder or ZIP archive: 100K, 1M, 10M or one of the CSV ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="DIR-OR-ZIP", help="ml-100k, ml-1m.zip, ml-latest-small, ...")
        super().add_arguments(parser)

    def source_options(self, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return DataSet.Kind.MOVIELENS, {"path": absolute(options["path"])}
