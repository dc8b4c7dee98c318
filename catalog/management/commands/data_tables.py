from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.management.arguments import data_set_named
from catalog.statistics.counting import count_all
from catalog.statistics.figures import Figures
from catalog.statistics.moment import one_moment
from catalog.statistics.stored import stored_figures
from catalog.statistics.tables import TABLES, Table


class Command(BaseCommand):
    help = "The tables of the data page, as CSV: one to the output, or all of them into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--table", choices=TABLES, metavar="NAME", help=", ".join(TABLES))
        parser.add_argument("--data-set", metavar="NAME", help="of this data set only, not of all together")
        parser.add_argument("--out", type=Path, metavar="FOLDER", help="write files into this folder")
        parser.add_argument(
            "--cached", action="store_true", help="as the page shows them, without counting anew"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["table"] or options["out"]):
            raise CommandError(f"Say which table with --table ({', '.join(TABLES)}), or a folder with --out.")
        figures = self.figures(options["data_set"], cached=options["cached"])
        names = [options["table"]] if options["table"] else list(TABLES)
        tables = [TABLES[name](figures) for name in names]
        if options["out"] is None:
            self.stdout.write(as_csv(tables[0]), ending="")
            return
        for table in tables:
            self.stdout.write(f"Wrote {written(table, options['out'])}")

    def figures(self, name: str | None, *, cached: bool) -> Figures:
        scope = data_set_named(name).pk if name else None
        if cached:
            stored = stored_figures(scope)
            figures = stored.figures if stored else None
        else:
            with one_moment():
                figures = count_all(each_data_set=scope is not None).get(scope)
        if figures is None:
            raise CommandError(
                "Nothing is stored yet; leave --cached out." if cached else "There are no ratings."
            )
        return figures


def as_csv(table: Table) -> str:
    import pandas as pd  # takes longer to load than most commands run

    frame = pd.DataFrame(list(table.safe_rows()), columns=table.names, dtype=object)
    return str(frame.to_csv(index=False, lineterminator="\n"))


def written(table: Table, folder: Path) -> Path:
    path = folder / f"{table.name}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(as_csv(table), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from None
    return path
