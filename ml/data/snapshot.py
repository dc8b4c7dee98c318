"""What training reads: the folder var/snapshots/<id>/ of arrays and `snapshot.json`, apart from any database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ml.arraytypes import FloatArray, IndexArray, Int64Array
from ml.data.folders import Array, FolderFormat
from ml.data.ratings import Content, Ratings, Scale
from ml.errors import InputError
from ml.vocabulary import Vocabulary

SNAPSHOT_FORMAT = 1


class SnapshotError(InputError):
    """A snapshot that is missing, damaged, of a newer format, or holds what cannot be."""


@dataclass(frozen=True)
class Snapshot:
    """movie_ids: int64 (n_movies,), reviewer_ids: int64 (n_reviewers,): the keys of the rows in `ratings`.

    info: the description: format, created_at, n_ratings, n_movies, n_reviewers, scale, arrays, and whatever
    the writer added. All arrays are memory-mapped and read-only.
    """

    path: Path
    movie_ids: Int64Array
    reviewer_ids: Int64Array
    ratings: Ratings
    info: dict[str, Any]


_FORMAT = FolderFormat(
    noun="snapshot", description_name="snapshot.json", version=SNAPSHOT_FORMAT, error=SnapshotError
)

_DTYPES: dict[str, type[np.generic]] = {
    "movie_ids": np.int64,
    "reviewer_ids": np.int64,
    "reviewer_indices": np.int32,
    "movie_indices": np.int32,
    "stars": np.float32,
    "timestamps": np.int64,
}
_CONTENT_DTYPES: dict[str, type[np.generic]] = {
    "content_names": np.uint8,  # UTF-8, one name a line: npy files of text would be pickled or four times as large
    "content_indptr": np.int64,
    "content_indices": np.int32,
}


def write_snapshot(
    path: Path,
    *,
    movie_ids: Int64Array,
    reviewer_ids: Int64Array,
    reviewer_indices: IndexArray,
    movie_indices: IndexArray,
    stars: FloatArray,
    timestamps: Int64Array,
    scale: Scale,
    content: Content | None = None,
    info: Mapping[str, Any] | None = None,
) -> Snapshot:
    """Write a folder that appears at `path` whole or not at all, and open it.

    Ids strictly increasing; the other four (n_ratings,), NO_TIMESTAMP where the time is unknown; at most one
    rating a (reviewer, movie). SnapshotError for anything else, if `path` exists or if the disk is full.
    """
    arrays = {
        "movie_ids": movie_ids,
        "reviewer_ids": reviewer_ids,
        "reviewer_indices": reviewer_indices,
        "movie_indices": movie_indices,
        "stars": stars,
        "timestamps": timestamps,
    }
    typed = {name: np.asarray(array, dtype=_DTYPES[name]) for name, array in arrays.items()}
    if content is not None:
        typed |= _content_arrays(content)
    description = {
        **(info or {}),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "n_ratings": len(stars),
        "n_movies": len(movie_ids),
        "n_reviewers": len(reviewer_ids),
        "scale": asdict(scale),
    }
    snapshot = _snapshot(path, description, typed, verify=True)
    _check_pairs(snapshot)
    _FORMAT.write(path, description, typed)
    return read_snapshot(path, verify=False)


def read_snapshot(path: Path, *, verify: bool = True) -> Snapshot:
    """Open a snapshot; SnapshotError, in one sentence, for anything that is not one, whole and sound."""
    description, arrays = _FORMAT.read(path, verify=verify)
    return _snapshot(path, description, arrays, verify=verify)


def _snapshot(path: Path, description: dict[str, Any], arrays: dict[str, Array], *, verify: bool) -> Snapshot:
    _check_dtypes(path, arrays)
    scale = _scale(path, description)
    try:
        ratings = Ratings(
            reviewer_indices=arrays["reviewer_indices"],
            movie_indices=arrays["movie_indices"],
            stars=arrays["stars"],
            timestamps=arrays["timestamps"],
            n_reviewers=len(arrays["reviewer_ids"]),
            n_movies=len(arrays["movie_ids"]),
            scale=scale,
            content=_content(path, arrays),
        )
        if verify:
            Vocabulary(arrays["movie_ids"])
            Vocabulary(arrays["reviewer_ids"])
    except ValueError as error:
        raise SnapshotError(f"The snapshot {path} is not sound: {error}") from error
    if verify:
        _check_ranges(path, ratings)
    return Snapshot(
        path=path,
        movie_ids=arrays["movie_ids"],
        reviewer_ids=arrays["reviewer_ids"],
        ratings=ratings,
        info=description,
    )


def _check_dtypes(path: Path, arrays: Mapping[str, Array]) -> None:
    wanted = _DTYPES | (_CONTENT_DTYPES if "content_names" in arrays else {})
    for name, dtype in wanted.items():
        if name not in arrays:
            raise SnapshotError(f"The snapshot {path} lacks its array {name}.")
        if arrays[name].dtype != dtype or arrays[name].ndim != 1:
            raise SnapshotError(
                f"In the snapshot {path}, {name} is {arrays[name].dtype} of shape {arrays[name].shape},"
                f" not a flat array of {np.dtype(dtype)}."
            )


def _scale(path: Path, description: Mapping[str, Any]) -> Scale:
    try:
        scale = Scale(**{name: float(value) for name, value in description["scale"].items()})
        sound = 0 <= scale.maximum - scale.minimum < np.inf
    except (AttributeError, KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise SnapshotError(f"The snapshot {path} has no sound scale (minimum, maximum, step).")
    return scale


def _check_ranges(path: Path, ratings: Ratings) -> None:
    if len(ratings) == 0:
        return
    for noun, indices, count in (
        ("reviewer", ratings.reviewer_indices, ratings.n_reviewers),
        ("movie", ratings.movie_indices, ratings.n_movies),
    ):
        if indices.min() < 0 or indices.max() >= count:
            raise SnapshotError(
                f"The snapshot {path} has {noun} indices from {indices.min()} to {indices.max()},"
                f" outside its {count} {noun}s."
            )
    # NaN compares false with everything, so the test is written to fail on it.
    lowest, highest = ratings.stars.min(), ratings.stars.max()
    if not (lowest >= ratings.scale.minimum - 1e-6 and highest <= ratings.scale.maximum + 1e-6):
        raise SnapshotError(
            f"The snapshot {path} has stars from {lowest:g} to {highest:g},"
            f" outside its scale of {ratings.scale.minimum:g} to {ratings.scale.maximum:g}."
        )


def _check_pairs(snapshot: Snapshot) -> None:
    keys = np.sort(snapshot.ratings.pair_keys)
    twice = int(np.count_nonzero(keys[1:] == keys[:-1]))
    if twice:
        raise SnapshotError(f"{twice:,} ratings repeat a reviewer and movie; a snapshot holds one for each.")


def _content_arrays(content: Content) -> dict[str, Array]:
    if any("\n" in name for name in content.names):
        raise SnapshotError("The name of a content token holds a line break.")
    names = "\n".join(content.names).encode()
    return {
        "content_names": np.frombuffer(names, dtype=np.uint8),
        "content_indptr": np.asarray(content.indptr, dtype=np.int64),
        "content_indices": np.asarray(content.indices, dtype=np.int32),
    }


def _content(path: Path, arrays: Mapping[str, Array]) -> Content | None:
    if "content_names" not in arrays:
        return None
    try:
        text = arrays["content_names"].tobytes().decode()
    except UnicodeDecodeError as error:
        raise SnapshotError(f"The content names of the snapshot {path} are not UTF-8.") from error
    names = text.split("\n") if text else []
    indptr, indices = arrays["content_indptr"], arrays["content_indices"]
    sound = len(indptr) > 0 and indptr[0] == 0 and indptr[-1] == len(indices) and (np.diff(indptr) >= 0).all()
    if not sound or (len(indices) and not 0 <= indices.min() <= indices.max() < len(names)):
        raise SnapshotError(f"The content of the snapshot {path} points outside its own arrays.")
    return Content(names=names, indptr=indptr, indices=indices)
