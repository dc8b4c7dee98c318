from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from catalog.importing.command import ImportCommand, absolute, add_review_arguments
from catalog.importing.detection import detect


class Command(ImportCommand):
    help = "Import files, a folder or a ZIP archive: what they are is told from what they hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help="Amazon's reviews or ratings and, if you have it, their metadata; or MovieLens's folder or ZIP",
        )
        add_review_arguments(parser)
        super().add_arguments(parser)

    def source_options(self, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        found = detect([Path(absolute(path)) for path in options["paths"]])
        self.stdout.write(f"Found {found.what}.")
        return found.kind, found.options
