"""How PostgreSQL takes many rows: COPY, in the binary form where rows are numbers; indexes and keys made afterwards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from catalog.importing.bulk.blocks import UNDATED, microseconds

_EPOCH = microseconds(datetime(2000, 1, 1, tzinfo=UTC))
"""PostgreSQL counts microseconds from 2000 on."""

_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_WIDTHS = {"smallint": ">i2", "integer": ">i4", "bigint": ">i8", "boolean": ">i1"}

# Those that belong to a constraint go with it; primary keys stay.
_INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text
    FROM pg_index AS i
    WHERE i.indrelid = %s::regclass
      AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid)
    ORDER BY i.indexrelid"""

# Foreign keys to other tables stay: dropping them would lock users and data sets, which pages go on reading.
_CONSTRAINTS = """
    SELECT c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint AS c
    WHERE c.conrelid = %s::regclass
      AND (c.contype = 'u' OR c.contype = 'f' AND c.confrelid = ANY(%s::regclass[]))
    ORDER BY c.contype DESC, c.oid"""

# Tables whose ids come from a sequence.
_NUMBERED = """
    SELECT attrelid::regclass::text FROM pg_attribute
    WHERE attrelid = ANY(%s::regclass[]) AND attname = 'id' AND attidentity <> ''"""


@contextmanager
def prepared() -> Iterator[None]:
    yield


def take_away(cursor: CursorWrapper, tables: Sequence[str]) -> list[str]:
    """Lock the tables; drop indexes, unique constraints and keys to one another. Returns what makes them again."""
    _do_waiting_checks(cursor)
    cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    first: list[str] = []
    last: list[str] = []
    for table in tables:
        cursor.execute(_CONSTRAINTS, [table, list(tables)])
        for name, definition in cursor.fetchall():
            quoted = connection.ops.quote_name(name)
            again = last if definition.startswith("FOREIGN KEY") else first
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {quoted} {definition}")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quoted}")
        cursor.execute(_INDEXES, [table])
        for definition, name in cursor.fetchall():
            first.append(definition)
            cursor.execute(f"DROP INDEX {name}")
    return first + last


def put_back(cursor: CursorWrapper, statements: Sequence[str]) -> None:
    """Unique constraints and indexes before foreign keys, which PostgreSQL validates in one join each."""
    _do_waiting_checks(cursor)
    for statement in statements:
        cursor.execute(statement)


def _do_waiting_checks(cursor: CursorWrapper) -> None:
    """PostgreSQL changes no table of which rows still wait for a check."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def settle(cursor: CursorWrapper, tables: Sequence[str]) -> None:
    cursor.execute(_NUMBERED, [list(tables)])
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(max(id), 1), max(id) IS NOT NULL) FROM {table}",  # noqa: S608
            [table],
        )
    for table in tables:
        cursor.execute(f"ANALYZE {table}")


def check(cursor: CursorWrapper, tables: Sequence[type[models.Model]]) -> None:
    """IntegrityError when a row refers to nothing: what was deferred is looked at now."""
    connection.check_constraints(table_names=[model._meta.db_table for model in tables])


def highest_id(cursor: CursorWrapper, table: str) -> int:
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    (sequence,) = cursor.fetchone()
    cursor.execute(
        f"SELECT greatest((SELECT max(id) FROM {table}), CASE WHEN is_called THEN last_value ELSE 0 END)"  # noqa: S608
        f" FROM {sequence}"
    )
    return int(cursor.fetchone()[0])


def take_ids(cursor: CursorWrapper, table: str, n: int) -> list[int]:
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s) ORDER BY 1", [table, n]
    )
    return [pk for (pk,) in cursor.fetchall()]


def fill(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def fill_arrays(
    cursor: CursorWrapper,
    table: str,
    model: type[models.Model],
    arrays: Mapping[str, NDArray[Any]],
    moments: Mapping[str, NDArray[Any]],
    constants: Mapping[str, Any],
) -> None:
    """Rows of one shape are one array of fields in COPY's binary form: those with and without a NULL are apart.

    At most one column of moments.
    """
    types = {field.attname: str(field.db_type(connection)) for field in model._meta.concrete_fields}
    ready = {name: (_WIDTHS[_bare(types[name])], array) for name, array in arrays.items()}
    for name, value in constants.items():
        ready[name] = _constant(value, types[name])
    absent = np.zeros(len(next(iter(arrays.values()))), dtype=bool)
    for array in moments.values():
        absent |= array == UNDATED
    names = [*ready, *moments]
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(_HEAD)
        for chosen in (~absent, absent):
            copy.write(_rows(ready, moments, chosen))
        copy.write(_END)


def _bare(db_type: str) -> str:
    return db_type.split(" ")[0]


def _constant(value: Any, db_type: str) -> tuple[str, Any]:
    """A column that is the same in every row, as a type of NumPy and its value."""
    if isinstance(value, datetime):
        return ">i8", microseconds(value) - _EPOCH
    if isinstance(value, str):
        text = value.encode()
        return f"S{len(text)}", text
    return _WIDTHS[_bare(db_type)], value


def _rows(
    ready: Mapping[str, tuple[str, Any]], moments: Mapping[str, NDArray[np.int64]], chosen: NDArray[np.bool_]
) -> bytes:
    """The chosen rows: for each the number of its fields, and for each field its length and its bytes."""
    columns: dict[str, tuple[str, Any]] = {
        name: (width, value[chosen] if isinstance(value, np.ndarray) else value)
        for name, (width, value) in ready.items()
    }
    for name, array in moments.items():
        known = array[chosen]
        is_null = bool(len(known)) and known[0] == UNDATED
        columns[name] = ("V0", None) if is_null else (">i8", known - _EPOCH)
    dtype = [("fields", ">i2")]
    for name, (width, _) in columns.items():
        dtype += [(f"{name} length", ">i4"), (name, width)]
    rows = np.empty(int(chosen.sum()), dtype)
    rows["fields"] = len(columns)
    for name, (width, value) in columns.items():
        rows[f"{name} length"] = -1 if value is None else np.dtype(width).itemsize
        if value is not None and np.dtype(width).itemsize:
            rows[name] = value
    return rows.tobytes()
