"""The words of titles and names, by which films are found: rows that the database's own triggers keep.

Whoever writes a folded title or name, by whatever SQL, writes its words in the same transaction; no importer, merge or
form has to think of it. Triggers need no extension and no rights beyond those of the tables' owner. SQLite loses them
when a migration makes a table anew, so they are looked for after every migration (`ensure_words`).
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

VERSION = 1
"""Part of the triggers' names: a change of what they do needs a new one, and the words are made anew."""


@dataclass(frozen=True)
class Source:
    """A table with a folded text, and the table of its words."""

    table: str
    text: str
    words: str
    key: str

    @property
    def model_names(self) -> dict[str, Any]:
        return {"table": self.table, "text": self.text, "words": self.words, "key": self.key}


TITLES = Source("catalog_movie", "folded_title", "catalog_titleword", "movie_id")
NAMES = Source("catalog_person", "folded_name", "catalog_nameword", "person_id")
SOURCES = (TITLES, NAMES)

# Statements are filled in with the names of a Source. A folded text holds letters, digits and single spaces, so that it
# becomes JSON by quoting its words.
_SQLITE_SPLIT = """json_each('["' || replace({row}.{text}, ' ', '","') || '"]')"""
_SQLITE_ADD = """
    INSERT INTO {words} (word, {key})
    SELECT DISTINCT value, NEW.id FROM {split} WHERE value <> '';""".replace(
    "{split}", _SQLITE_SPLIT.replace("{row}", "NEW")
)
_SQLITE_TAKE = """
    DELETE FROM {words} WHERE {key} = OLD.id AND word IN (SELECT value FROM {split});""".replace(
    "{split}", _SQLITE_SPLIT.replace("{row}", "OLD")
)
_SQLITE_TRIGGERS = {
    "added": f"AFTER INSERT ON {{table}} BEGIN {_SQLITE_ADD} END",
    "changed": (
        "AFTER UPDATE OF {text} ON {table} WHEN OLD.{text} <> NEW.{text} BEGIN"
        f" {_SQLITE_TAKE} {_SQLITE_ADD} END"
    ),
    "gone": f"AFTER DELETE ON {{table}} BEGIN {_SQLITE_TAKE} END",
}

_POSTGRESQL_ADD = """
    INSERT INTO {words} (word, {key})
    SELECT DISTINCT word, id FROM {rows}, unnest(string_to_array({text}, ' ')) AS word WHERE word <> ''"""
_POSTGRESQL_TAKE = """
    DELETE FROM {words} USING {rows}, unnest(string_to_array({text}, ' ')) AS gone
    WHERE {words}.word = gone AND {words}.{key} = {rows}.id"""
_POSTGRESQL_TRIGGERS = {
    "added": (
        f"BEGIN {_POSTGRESQL_ADD.replace('{rows}', 'coming')}; RETURN NULL; END",
        "AFTER INSERT ON {table} REFERENCING NEW TABLE AS coming FOR EACH STATEMENT",
    ),
    "changed": (
        "BEGIN DELETE FROM {words} WHERE {key} = OLD.id AND word = ANY(string_to_array(OLD.{text}, ' '));"
        " INSERT INTO {words} (word, {key}) SELECT DISTINCT word, NEW.id"
        " FROM unnest(string_to_array(NEW.{text}, ' ')) AS word WHERE word <> ''; RETURN NULL; END",
        "AFTER UPDATE OF {text} ON {table} FOR EACH ROW WHEN (OLD.{text} <> NEW.{text})",
    ),
    "gone": (
        f"BEGIN {_POSTGRESQL_TAKE.replace('{rows}', 'going')}; RETURN NULL; END",
        "AFTER DELETE ON {table} REFERENCING OLD TABLE AS going FOR EACH STATEMENT",
    ),
}

_ALL_WORDS = {
    "sqlite": """
        SELECT DISTINCT value AS word, {table}.id FROM {table}, {split} WHERE value <> ''""".replace(
        "{split}", _SQLITE_SPLIT.replace("{row}", "{table}")
    ),
    "postgresql": """
        SELECT DISTINCT word, id FROM {table}, unnest(string_to_array({text}, ' ')) AS word WHERE word <> ''""",
}


def _trigger_names(source: Source) -> dict[str, str]:
    return {what: f"{source.words}_{what}_{VERSION}" for what in _SQLITE_TRIGGERS}


def _filled(sql: str, source: Source) -> str:
    for name, value in source.model_names.items():
        sql = sql.replace(f"{{{name}}}", value)
    return sql


def ensure_words() -> bool:
    """Make the triggers where they are missing, and with them all words. Returns whether any were."""
    made = False
    for source in SOURCES:
        with transaction.atomic():
            if _has_triggers(source):
                continue
            _make_triggers(source)
            rebuild_words(source)
            made = True
    return made


def _has_triggers(source: Source) -> bool:
    catalogue = {
        "sqlite": "sqlite_master WHERE type = 'trigger' AND name",
        "postgresql": "pg_trigger WHERE tgname",
    }
    names = list(_trigger_names(source).values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM {catalogue[connection.vendor]} IN (%s, %s, %s)",  # noqa: S608 - our own names
            names,
        )
        return bool(cursor.fetchone()[0] == len(names))


def _make_triggers(source: Source) -> None:
    with connection.cursor() as cursor:
        for what, name in _trigger_names(source).items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(f"CREATE TRIGGER {name} {_filled(_SQLITE_TRIGGERS[what], source)}")
                continue
            body, event = (_filled(part, source) for part in _POSTGRESQL_TRIGGERS[what])
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $words$ {body} $words$"
            )
            cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {source.table}")
            cursor.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")


def drop_triggers(*_: Any) -> None:
    with connection.cursor() as cursor:
        for source in SOURCES:
            for name in _trigger_names(source).values():
                on = "" if connection.vendor == "sqlite" else f" ON {source.table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


@transaction.atomic
def rebuild_words(source: Source) -> None:
    """All words of a source made anew, in two statements."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {source.words}")  # noqa: S608 - our own names
        cursor.execute(
            f"INSERT INTO {source.words} (word, {source.key}) {_filled(_ALL_WORDS[connection.vendor], source)}"
        )
        cursor.execute(f"ANALYZE {source.words}")


def wrong_words(source: Source) -> int:
    """How many words are missing, left over or there twice: always none, unless something is broken."""
    right = _filled(_ALL_WORDS[connection.vendor], source)
    stored = f"SELECT word, {source.key} FROM {source.words}"  # noqa: S608 - our own names
    counts = f"""
        SELECT (SELECT COUNT(*) FROM ({right} EXCEPT {stored}) AS missing), (SELECT COUNT(*) FROM {source.words}),
               (SELECT COUNT(*) FROM ({right} INTERSECT {stored}) AS good)"""  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(counts)
        missing, there, good = cursor.fetchone()
    return int(missing + there - good)
