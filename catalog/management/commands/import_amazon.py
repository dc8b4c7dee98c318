from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from catalog.importing.command import ImportCommand, absolute, add_review_arguments
from catalog.models import DataSet


class Command(ImportCommand):
    help = "Import Amazon's reviews of 2014, 2018 or 2023, and the metadata that belongs to them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reviews",
            required=True,
            metavar="FILE",
            help="Movies_and_TV.json.gz, or .zst, or plain, or CSV",
        )
        parser.add_argument("--meta", metavar="FILE", help="meta_Movies_and_TV.json.gz, or .zst, or plain")
        add_review_arguments(parser)
        super().add_arguments(parser)

    def source_options(self, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        meta = absolute(options["meta"]) if options["meta"] else None
        return DataSet.Kind.AMAZON, {"reviews": absolute(options["reviews"]), "meta": meta}
