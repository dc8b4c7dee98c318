"""CSV files as they are made, line by line, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse


class _Echo:
    """What csv.writer writes to: gives back each line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The text of each row; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    writer: Any = csv.writer(_Echo())
    return (writer.writerow([_defused(cell) for cell in row]) for row in rows)


def _defused(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{cell}" if is_formula else cell


def csv_response(name: str, rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """A file to keep, sent while it is made."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
