"""A batch of ratings beside the tables, for the set-based SQL that loads it.

Filling it takes no lock that anybody waits for: the batch is a temporary table of this connection.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalog.importing.rows import RatingRow

_COLUMNS = "reviewer, edition, half_stars, rated_at, digest"
_TABLES = {
    "import_batch": """
        reviewer varchar(64) NOT NULL, edition varchar(64) NOT NULL, half_stars smallint NOT NULL,
        rated_at timestamp with time zone NULL, digest bigint NOT NULL""",
    "import_winners": """
        reviewer_id bigint NOT NULL, movie_id bigint NOT NULL, edition_id bigint NOT NULL,
        half_stars smallint NOT NULL, rated_at timestamp with time zone NULL, digest bigint NOT NULL,
        old_id bigint NULL, is_change boolean NOT NULL,
        present_id bigint NULL, present_half_stars smallint NULL, is_current boolean NOT NULL""",
}


def open_batch() -> None:
    """Make the temporary tables `import_batch` (ratings as they came) and `import_winners`, empty."""
    with connection.cursor() as cursor:
        for table, columns in _TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")


def close_batch() -> None:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def count_anew() -> None:
    """Let PostgreSQL know how many rows the tables have by now, before its own looks: it plans accordingly.

    Until it has looked, it takes a new data set for empty and goes through all of it for every batch.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE catalog_edition, catalog_reviewer, catalog_rating")


def fill_batch(rows: Sequence[RatingRow]) -> None:
    """Put these ratings into the batch, in place of what was in it."""
    values = [(row.reviewer, row.edition, row.half_stars, adapted(row.rated_at), row.digest) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM import_batch")
        _FILLERS[connection.vendor](cursor, values)


def _copy(cursor: CursorWrapper, values: Sequence[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(f"COPY import_batch ({_COLUMNS}) FROM STDIN") as copy:
        for value in values:
            copy.write_row(value)


def _insert(cursor: CursorWrapper, values: Sequence[tuple[Any, ...]]) -> None:
    cursor.executemany(
        f"INSERT INTO import_batch ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608 - our own names
        values,
    )


_FILLERS: dict[str, Callable[[CursorWrapper, Sequence[tuple[Any, ...]]], None]] = {
    "postgresql": _copy,
    "sqlite": _insert,
}


@lru_cache(maxsize=1 << 14)
def adapted(moment: datetime | None) -> Any:
    """A moment as the database's driver takes it in bare SQL."""
    return connection.ops.adapt_datetimefield_value(moment)


def dawn_of_time() -> Any:
    """Earlier than any rating: what stands in for `rated_at` where it is not known."""
    return adapted(datetime(1, 1, 1, tzinfo=UTC))
