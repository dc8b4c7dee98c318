"""The only reader of the database for training: current ratings and facts about films, as arrays on disk.

All of a snapshot is of one moment. Memory grows with the ratings, by some 60 bytes each, and holds no rows.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import BigIntegerField, F, Func, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Credit, DataSet, Movie, Rating, Reviewer
from catalog.statistics.moment import one_moment
from ml.arraytypes import Int64Array
from ml.data.ratings import Content, Scale
from ml.data.snapshot import Snapshot, SnapshotError, write_snapshot
from ml.vocabulary import Vocabulary

CHUNK = 20_000
SITE_SCALE = Scale(minimum=0.5, maximum=5.0, step=0.5)

Progress = Callable[[int, int], None]
"""Told (done, total); may raise to stop the work."""

_ROW = np.dtype(
    [("reviewer_id", np.int64), ("movie_id", np.int64), ("half_stars", np.uint8), ("timestamp", np.int64)]
)


class _EpochSeconds(Func):
    """Whole seconds since 1970 of a time. The database computes them: parsing text in Python is ten times slower."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # The template passes twice through %-formatting: here and in the driver.
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint", **context
        )


def new_name() -> str:
    """A name for a folder that sorts by time and no other process chooses: 20240501T120000Z-1f2e3d."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def snapshot_folder(name: str) -> Path:
    return Path(settings.SNAPSHOTS_DIR) / name


def take_snapshot(name: str, *, progress: Progress = lambda done, total: None) -> Snapshot:
    """Write the folder of snapshots' `name` from the database as it is now.

    A rating's time is when it was given, else when it was stored. SnapshotError without any rating.
    """
    with one_moment():
        movie_ids = _id_array(Movie.objects.current())
        rows = _read_ratings(progress)
        content = _read_content(movie_ids)
        data_sets = [{"name": data_set.name, "kind": data_set.kind} for data_set in DataSet.objects.all()]
    known = np.isin(rows["movie_id"], movie_ids)
    rows = rows if known.all() else rows[known]
    if not len(rows):
        raise SnapshotError("There are no ratings to learn from yet: rate films or import some first.")
    return _write(name, movie_ids, rows, content, data_sets)


def _id_array(movies: QuerySet[Movie]) -> Int64Array:
    ids = movies.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    return np.fromiter(ids, dtype=np.int64)


def _read_ratings(progress: Progress) -> np.ndarray[Any, np.dtype[np.void]]:
    """A structured array of `_ROW`, one entry a current rating of who did not opt out, in the order of their keys."""
    opted_out = Reviewer.objects.filter(user__training_opt_out__isnull=False)
    current = Rating.objects.current().exclude(reviewer__in=opted_out.order_by().values("pk")).order_by("pk")
    total = current.count()
    when = _EpochSeconds(Coalesce("rated_at", "created_at"))
    rows = current.values_list("reviewer_id", "movie_id", "half_stars", when).iterator(chunk_size=CHUNK)
    read = np.fromiter(_counted(rows, total, progress), dtype=_ROW, count=total)
    progress(total, total)
    return read


def _counted(rows: Iterable[Any], total: int, progress: Progress) -> Iterator[Any]:
    for done, row in enumerate(rows):
        if done % CHUNK == 0:
            progress(done, total)
        yield row


def _read_content(movie_ids: Int64Array) -> Content:
    """Tokens genre:, decade: and person: of the movies with these ids."""
    place = {movie_id: index for index, movie_id in enumerate(movie_ids.tolist())}
    tokens: list[list[str]] = [[] for _ in place]
    for movie_id, token in _content_pairs():
        if movie_id in place:
            tokens[place[movie_id]].append(token)
    return Content.from_tokens(tokens)


def _content_pairs() -> Iterator[tuple[int, str]]:
    """(movie id, token). Equal tokens are one string in memory, however many movies carry them."""
    shared: dict[str, str] = {}
    decade = F("year") - F("year") % 10
    decades = Movie.objects.exclude(year=None).order_by().values_list("pk", decade)
    genres = Movie.genres.through.objects.values_list("movie_id", "genre__name")
    people = Credit.objects.order_by().values_list("movie_id", "person__folded_name")
    for kind, pairs in (("decade", decades), ("genre", genres), ("person", people)):
        for movie_id, value in pairs.iterator(chunk_size=CHUNK):
            token = f"{kind}:{value}"
            yield movie_id, shared.setdefault(token, token)


def _write(
    name: str,
    movie_ids: Int64Array,
    rows: np.ndarray[Any, np.dtype[np.void]],
    content: Content,
    data_sets: list[dict[str, str]],
) -> Snapshot:
    reviewer_ids = np.unique(rows["reviewer_id"])
    timestamps = np.ascontiguousarray(rows["timestamp"])
    return write_snapshot(
        snapshot_folder(name),
        movie_ids=movie_ids,
        reviewer_ids=reviewer_ids,
        reviewer_indices=Vocabulary(reviewer_ids).indices(rows["reviewer_id"]).astype(np.int32),
        movie_indices=Vocabulary(movie_ids).indices(rows["movie_id"]).astype(np.int32),
        stars=rows["half_stars"].astype(np.float32) * np.float32(0.5),
        timestamps=timestamps,
        scale=SITE_SCALE,
        content=content,
        info={
            "data_sets": data_sets,
            "newest_rating": datetime.fromtimestamp(int(timestamps.max()), UTC).isoformat(),
        },
    )
