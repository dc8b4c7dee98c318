"""Tables filled in bulk: indexes and constraints away, rows in by the database's own fastest way, all back and checked.

In one transaction of the caller's: `with prepared(), transaction.atomic(), unhindered(...)`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection, models
from numpy.typing import NDArray

from catalog.importing.bulk import postgresql, sqlite

Model = type[models.Model]


@dataclass(frozen=True)
class Columns:
    """Of one table, the columns that rows give, and what the others are in every row.

    Columns that neither a row nor a default gives a value are left out: they are NULL.
    """

    table: str
    given: tuple[str, ...]
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, model: Model, given: Sequence[str]) -> "Columns":
        """`given`: columns by attribute (`movie_id`); all others get the model's own defaults, ready for SQL."""
        blank, constants = model(), {}
        for field in model._meta.concrete_fields:
            if field.attname in given or field.generated:
                continue
            value = field.get_db_prep_save(field.pre_save(blank, add=True), connection)
            if value is not None:
                constants[field.attname] = value
        return cls(model._meta.db_table, tuple(given), constants)


def insert(model: Model, given: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into the model's table, their ids among them; values as the database's driver takes them."""
    columns = Columns.of(model, given)
    constants = tuple(columns.constants.values())
    names = [*columns.given, *columns.constants]
    with connection.cursor() as cursor:
        _vendor().fill(
            cursor, columns.table, names, ((*row, *constants) for row in rows) if constants else rows
        )


def update(model: Model, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set these fields of the rows with these ids: a row is the fields' values and the id."""
    if not rows:
        return
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    listed = ", ".join(f"{field.column} = %s" for field in fields)
    prepared_rows = [
        (
            *(field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=False)),
            row[-1],
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {model._meta.db_table} SET {listed} WHERE id = %s", prepared_rows)  # noqa: S608


def insert_arrays(
    model: Model, arrays: Mapping[str, NDArray[Any]], moments: Mapping[str, NDArray[Any]]
) -> None:
    """The same from columns: whole numbers in `arrays`; `moments` in microseconds since 1970, UNDATED for NULL."""
    columns = Columns.of(model, (*arrays, *moments))
    with connection.cursor() as cursor:
        _vendor().fill_arrays(cursor, columns.table, model, arrays, moments, columns.constants)


def _vendor() -> Any:
    return {"postgresql": postgresql, "sqlite": sqlite}[connection.vendor]


def next_id(model: Model) -> int:
    """The first id that no row has or ever had."""
    with connection.cursor() as cursor:
        used: int = _vendor().highest_id(cursor, model._meta.db_table)
    return used + 1


def take_ids(model: Model, n: int) -> list[int]:
    """`n` ids that nobody else gets, in ascending order, for rows that this transaction inserts."""
    with connection.cursor() as cursor:
        ids: list[int] = _vendor().take_ids(cursor, model._meta.db_table, n)
    return ids


@contextmanager
def prepared() -> Iterator[None]:
    """What the database wants set before the transaction begins, and set back after it."""
    with _vendor().prepared():
        yield


@contextmanager
def unhindered(tables: Sequence[Model]) -> Iterator[None]:
    """For a while, in a transaction, these tables have no secondary indexes and no foreign keys to one another.

    They are locked from the beginning. At the end all is put back and checked (IntegrityError when a row refers
    to nothing), statistics for the planner are made, and the next ids come behind those of the rows.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        hidden = _vendor().take_away(cursor, names)
    yield
    with connection.cursor() as cursor:
        _vendor().put_back(cursor, hidden)
        _vendor().settle(cursor, names)
        _vendor().check(cursor, tables)
