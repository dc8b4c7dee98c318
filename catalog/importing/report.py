"""The report of an import: every bad line, in a CSV that is safe to open."""

import csv
from collections import Counter
from pathlib import Path
from typing import IO

from catalog.importing.cleaning import printable
from catalog.importing.rows import BadLine

COLUMNS = ("file", "line", "kind", "detail")


def defused(cell: str) -> str:
    """Text that no spreadsheet takes for a formula, and no terminal for a command."""
    plain = printable(cell)
    return f"'{plain}" if plain.lstrip().startswith(("=", "+", "-", "@")) else plain


class BadLineReport:
    """Counts bad lines by kind and writes them down; the file is made when there is a first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._file: IO[str] | None = None

    def add(self, file_name: str, line: int, bad: BadLine) -> None:
        self.counts[bad.kind.value] += 1
        csv.writer(self._opened()).writerow([defused(file_name), line, bad.kind.value, defused(bad.detail)])

    def _opened(self) -> IO[str]:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", newline="", encoding="utf-8")
            csv.writer(self._file).writerow(COLUMNS)
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
