"""How SQLite takes many rows: one prepared INSERT, indexes made afterwards by sorting, the journal cut back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from catalog.importing.bulk.blocks import UNDATED


@contextmanager
def prepared() -> Iterator[None]:
    """Foreign keys are checked at the end, in one go; sorting for indexes goes to disk beyond some memory.

    Within a transaction (a test's) nothing of this can be set; what follows works all the same, slower.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        for pragma in ("temp_store = FILE", "threads = 2"):
            cursor.execute(f"PRAGMA {pragma}")
    try:
        with connection.constraint_checks_disabled():
            yield
    finally:
        with connection.cursor() as cursor:
            for pragma in ("temp_store = MEMORY", "threads = 0"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def take_away(cursor: CursorWrapper, tables: Sequence[str]) -> list[str]:
    """Drop the tables' indexes; returns the statements that make them again."""
    marks = ", ".join(["%s"] * len(tables))
    cursor.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",  # noqa: S608
        tables,
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return [sql for _, sql in found]


def put_back(cursor: CursorWrapper, statements: Sequence[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


def settle(cursor: CursorWrapper, tables: Sequence[str]) -> None:
    """Statistics from a part of each index; ids go on behind the highest by themselves (AUTOINCREMENT)."""
    cursor.execute("PRAGMA analysis_limit = 1000")
    for table in tables:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def check(cursor: CursorWrapper, tables: Sequence[type[models.Model]]) -> None:
    """IntegrityError when a row refers to nothing.

    SQLite's own check looks up every reference, a third of the time that all indexes take. Where the ids referred to
    have no gap, and that is so after a load into empty tables, the ends of the referring column's index say the same.
    """
    wrong = [
        model._meta.db_table for model in tables if not all(_is_whole(cursor, key) for key in _keys(model))
    ]
    if wrong:
        connection.check_constraints(table_names=wrong)


def _keys(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.remote_field and field.db_constraint]  # type: ignore[attr-defined]


def _is_whole(cursor: CursorWrapper, key: Any) -> bool:
    """Whether all ids in the column are between the ends of ids without a gap; False may mean that it is not known."""
    table, column = key.model._meta.db_table, key.column
    target, target_id = key.target_field.model._meta.db_table, key.target_field.column
    lowest, highest = _ends(cursor, table, column)
    if lowest is None or highest is None:
        return True
    first, last = _ends(cursor, target, target_id)
    cursor.execute(f"SELECT COUNT(*) FROM {target}")  # noqa: S608
    n = int(cursor.fetchone()[0])
    return (
        first is not None
        and last is not None
        and last - first + 1 == n
        and first <= lowest <= highest <= last
    )


def _ends(cursor: CursorWrapper, table: str, column: str) -> tuple[int | None, int | None]:
    """Each alone, so that SQLite takes it from the end of an index."""
    ends = []
    for end in ("MIN", "MAX"):
        cursor.execute(f"SELECT {end}({column}) FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
        ends.append(cursor.fetchone()[0])
    return ends[0], ends[1]


def highest_id(cursor: CursorWrapper, table: str) -> int:
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    found = cursor.fetchone()
    return int(found[0]) if found else 0


def take_ids(cursor: CursorWrapper, table: str, n: int) -> list[int]:
    """Transactions are immediate: nobody else writes until this one ends."""
    first = highest_id(cursor, table) + 1
    return list(range(first, first + n))


def fill(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", cast("Any", rows))  # noqa: S608


def fill_arrays(
    cursor: CursorWrapper,
    table: str,
    model: type[models.Model],
    arrays: Mapping[str, NDArray[Any]],
    moments: Mapping[str, NDArray[Any]],
    constants: Mapping[str, Any],
) -> None:
    """The constants stand in the statement, not in the rows."""
    columns = [array.tolist() for array in arrays.values()] + [_as_text(array) for array in moments.values()]
    names = [*arrays, *moments, *constants]
    marks = ["?"] * len(columns) + [_literal(value) for value in constants.values()]
    bare = cursor.connection  # sqlite3's own: Django would look through the statement for marks once a row
    bare.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(marks)})",  # noqa: S608 - our own names
        zip(*columns, strict=True),
    )


def _as_text(moments: NDArray[np.int64]) -> list[str | None]:
    """Moments as Django writes them on SQLite; each different one is put into words once."""
    different, places = np.unique(moments, return_inverse=True)
    words = [_words(moment) for moment in different.tolist()]
    return [words[place] for place in places.tolist()]


def _words(moment: int) -> str | None:
    if moment == UNDATED:
        return None
    seconds, microseconds = divmod(moment, 1_000_000)
    when = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    return str(connection.ops.adapt_datetimefield_value(when))


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(int(value))
    text = str(value).replace("'", "''")
    return f"'{text}'"
