"""Ratings into the tables, a batch at a time, by SQL over sets that SQLite and PostgreSQL both speak."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone

from catalog.importing.batches import adapted, dawn_of_time, fill_batch
from catalog.importing.counts import Counts
from catalog.importing.histograms import shift_histograms
from catalog.importing.movie_loader import add_untitled, lock
from catalog.importing.rows import RatingRow
from catalog.models import DataSet, Edition, ReviewText

FORMATS_LENGTH = 60

_ADD_REVIEWERS = """
    INSERT INTO catalog_reviewer (data_set_id, external_id)
    SELECT %s, batch.reviewer FROM (SELECT DISTINCT reviewer FROM import_batch) AS batch
    WHERE (
        SELECT known.id FROM catalog_reviewer AS known
        WHERE known.data_set_id = %s AND known.external_id = batch.reviewer
    ) IS NULL"""

_UNKNOWN_EDITIONS = """
    SELECT batch.edition FROM (SELECT DISTINCT edition FROM import_batch) AS batch
    WHERE (
        SELECT known.id FROM catalog_edition AS known
        WHERE known.data_set_id = %s AND known.external_id = batch.edition
    ) IS NULL
    ORDER BY batch.edition"""

# Of the batch, the latest rating of each reviewer and edition; of those, what is new or beats what is stored of that
# edition. `current_*` is what counted for the film until now, which may be of another edition merged into it; the
# winner counts instead if it is later. Among the winners of a film only the latest can: `place` is 1.
# Reviewers and editions are looked up one by one: a join would tempt the databases to go through all of a data set,
# which they take for small as long as they have not counted it anew. The unary plus keeps them from going through
# all ratings of an edition.
_PICK_WINNERS = """
    INSERT INTO import_winners
    SELECT winner.reviewer_id, winner.movie_id, winner.edition_id, winner.half_stars, winner.rated_at,
           winner.digest, winner.old_id, winner.is_change, present.id, present.half_stars,
           ROW_NUMBER() OVER (
               PARTITION BY winner.reviewer_id, winner.movie_id
               ORDER BY COALESCE(winner.rated_at, %(dawn)s) DESC, winner.digest DESC
           ) = 1
           AND (present.id IS NULL OR COALESCE(present.id = winner.old_id, FALSE)
                OR (COALESCE(winner.rated_at, %(dawn)s), winner.digest)
                   > (COALESCE(present.rated_at, %(dawn)s), present.digest))
    FROM (
        SELECT latest.*, old.id AS old_id, old.id IS NOT NULL AND old.updated_at < %(started)s AS is_change
        FROM (
            SELECT known.*,
                   ROW_NUMBER() OVER (
                       PARTITION BY reviewer_id, edition_id ORDER BY COALESCE(rated_at, %(dawn)s) DESC, digest DESC
                   ) AS place
            FROM (
                SELECT (SELECT reviewer.id FROM catalog_reviewer AS reviewer
                        WHERE reviewer.data_set_id = %(data_set)s AND reviewer.external_id = batch.reviewer
                       ) AS reviewer_id,
                       (SELECT edition.id FROM catalog_edition AS edition
                        WHERE edition.data_set_id = %(data_set)s AND edition.external_id = batch.edition
                       ) AS edition_id,
                       (SELECT edition.movie_id FROM catalog_edition AS edition
                        WHERE edition.data_set_id = %(data_set)s AND edition.external_id = batch.edition
                       ) AS movie_id,
                       batch.half_stars, batch.rated_at, batch.digest
                FROM import_batch AS batch
            ) AS known
        ) AS latest
        LEFT JOIN catalog_rating AS old
            ON old.reviewer_id = latest.reviewer_id AND +old.edition_id = latest.edition_id
        WHERE latest.place = 1
          AND (old.id IS NULL
               OR (COALESCE(latest.rated_at, %(dawn)s), latest.digest)
                  > (COALESCE(old.rated_at, %(dawn)s), old.digest))
    ) AS winner
    LEFT JOIN catalog_rating AS present
        ON present.reviewer_id = winner.reviewer_id AND present.movie_id = winner.movie_id
           AND NOT present.superseded"""

# Before any other row of the film becomes the one that counts.
_SUPERSEDE = """
    UPDATE catalog_rating SET superseded = TRUE
    WHERE id IN (
        SELECT present_id FROM import_winners
        WHERE is_current AND present_id IS NOT NULL AND (old_id IS NULL OR present_id <> old_id)
    )"""

_INSERT_NEW = """
    INSERT INTO catalog_rating
        (reviewer_id, movie_id, edition_id, half_stars, rated_at, digest, superseded, created_at, updated_at)
    SELECT reviewer_id, movie_id, edition_id, half_stars, rated_at, digest, NOT is_current, %s, %s
    FROM import_winners WHERE old_id IS NULL"""

_UPDATE_OLD = """
    UPDATE catalog_rating
    SET half_stars = winner.half_stars, rated_at = winner.rated_at, digest = winner.digest,
        superseded = NOT winner.is_current, updated_at = %s
    FROM import_winners AS winner WHERE catalog_rating.id = winner.old_id"""

_REMOVE_OLD_TEXTS = """
    DELETE FROM catalog_reviewtext
    WHERE rating_id IN (SELECT old_id FROM import_winners WHERE old_id IS NOT NULL)"""

_WITHOUT_TEXT = """
    SELECT rating.id, batch.digest
    FROM (
        SELECT digest,
               (SELECT reviewer.id FROM catalog_reviewer AS reviewer
                WHERE reviewer.data_set_id = %s AND reviewer.external_id = import_batch.reviewer
               ) AS reviewer_id,
               (SELECT edition.id FROM catalog_edition AS edition
                WHERE edition.data_set_id = %s AND edition.external_id = import_batch.edition
               ) AS edition_id
        FROM import_batch
    ) AS batch
    CROSS JOIN catalog_rating AS rating
    WHERE rating.reviewer_id = batch.reviewer_id AND +rating.edition_id = batch.edition_id
      AND rating.digest = batch.digest
      AND NOT EXISTS (SELECT 1 FROM catalog_reviewtext AS text WHERE text.rating_id = rating.id)
    GROUP BY rating.id, batch.digest"""

_HISTOGRAM_CHANGES = """
    SELECT movie_id, half_stars, 1 AS step FROM import_winners WHERE is_current
    UNION ALL
    SELECT movie_id, present_half_stars, -1 FROM import_winners WHERE is_current AND present_id IS NOT NULL"""


class RatingLoader:
    """Loads into one data set; every batch is one short transaction, with histograms that are right after it."""

    def __init__(
        self, data_set: DataSet, edition_url: Callable[[str], str], started: datetime, counts: Counts
    ) -> None:
        self.data_set, self.edition_url, self.counts = data_set, edition_url, counts
        self.started = adapted(started)

    def load(self, rows: Sequence[RatingRow]) -> None:
        fill_batch(rows)
        with transaction.atomic(), connection.cursor() as cursor:
            lock(self.data_set)
            new_reviewers = self._add_reviewers(cursor)
            untitled = self._add_editions(cursor, rows)
            new, changed = self._load_batch(cursor)
            texts = self._add_texts(cursor, rows)
        # Only what is committed is counted.
        self.counts.new_reviewers += new_reviewers
        self.counts.untitled += untitled
        self.counts.ratings.new += new
        self.counts.ratings.changed += changed
        self.counts.texts += texts

    def _add_reviewers(self, cursor: CursorWrapper) -> int:
        cursor.execute(_ADD_REVIEWERS, [self.data_set.pk, self.data_set.pk])
        return cursor.rowcount

    def _add_editions(self, cursor: CursorWrapper, rows: Sequence[RatingRow]) -> int:
        cursor.execute(_UNKNOWN_EDITIONS, [self.data_set.pk])
        unknown = [external_id for (external_id,) in cursor.fetchall()]
        add_untitled(self.data_set, {external_id: self.edition_url(external_id) for external_id in unknown})
        note_editions(self.data_set.editions.all(), rows)
        return len(unknown)

    def _load_batch(self, cursor: CursorWrapper) -> tuple[int, int]:
        """Returns how many ratings are new and how many, of those from before this import, are changed."""
        cursor.execute("DELETE FROM import_winners")
        cursor.execute(
            _PICK_WINNERS, {"data_set": self.data_set.pk, "started": self.started, "dawn": dawn_of_time()}
        )
        if not cursor.rowcount:
            return 0, 0
        now = adapted(timezone.now())
        cursor.execute(_SUPERSEDE)
        cursor.execute(_UPDATE_OLD, [now])
        cursor.execute(_INSERT_NEW, [now, now])
        new = cursor.rowcount
        cursor.execute("SELECT COUNT(*) FROM import_winners WHERE is_change")
        changed: Any = cursor.fetchone()
        shift_histograms(cursor, _HISTOGRAM_CHANGES)
        return new, changed[0]

    def _add_texts(self, cursor: CursorWrapper, rows: Sequence[RatingRow]) -> int:
        """Texts belong to the review that is stored: others go, those that are missing come."""
        cursor.execute(_REMOVE_OLD_TEXTS)
        texts = {row.digest: row.text for row in rows if row.text is not None}
        if not texts:
            return 0
        cursor.execute(_WITHOUT_TEXT, [self.data_set.pk, self.data_set.pk])
        found = [
            ReviewText(rating_id=pk, **texts[digest]._asdict())
            for pk, digest in cursor.fetchall()
            if digest in texts
        ]
        ReviewText.objects.bulk_create(found, batch_size=1_000)
        return len(found)


def note_editions(editions: QuerySet[Edition], rows: Sequence[RatingRow]) -> None:
    """Add the formats that reviews name ("DVD", "VHS Tape") to their editions, and what the source groups them by,
    whatever the order of rows."""
    formats: dict[str, set[str]] = {}
    groups: dict[str, str] = {}
    for row in rows:
        if row.format:
            formats.setdefault(row.edition, set()).add(row.format)
        if row.group:
            groups[row.edition] = max(row.group, groups.get(row.edition, ""))
    changed = []
    for edition in editions.filter(external_id__in=formats.keys() | groups.keys()):
        named = formats.get(edition.external_id, set()) | set(filter(None, edition.format.split(", ")))
        group = max(edition.source_group, groups.get(edition.external_id, ""))
        if (joined_formats(named), group) != (edition.format, edition.source_group):
            edition.format, edition.source_group = joined_formats(named), group
            changed.append(edition)
    Edition.objects.bulk_update(changed, ["format", "source_group"])


def joined_formats(formats: set[str]) -> str:
    """In alphabetical order, as many from the start as fit: adding in any order gives the same."""
    joined = ""
    for name in sorted(formats):
        longer = f"{joined}, {name}" if joined else name
        if len(longer) > FORMATS_LENGTH:
            break
        joined = longer
    return joined
