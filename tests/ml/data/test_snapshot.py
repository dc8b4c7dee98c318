from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.data import folders
from ml.data.ratings import NO_TIMESTAMP, Content, Ratings, Scale
from ml.data.snapshot import Snapshot, SnapshotError, read_snapshot, write_snapshot
from tests.ml.builders import planted_ratings
from tests.ml.folder_damage import DAMAGES, SEEN_WITHOUT_READING, Damage


def write(path: Path, ratings: Ratings | None = None, **changes: Any) -> Snapshot:
    ratings = planted_ratings() if ratings is None else ratings
    arguments: dict[str, Any] = {
        "movie_ids": np.arange(ratings.n_movies, dtype=np.int64) * 3 + 1,
        "reviewer_ids": np.arange(ratings.n_reviewers, dtype=np.int64) + 100,
        "reviewer_indices": ratings.reviewer_indices,
        "movie_indices": ratings.movie_indices,
        "stars": ratings.stars,
        "timestamps": ratings.timestamps,
        "scale": ratings.scale,
        "content": ratings.content,
        "info": {"source": "planted"},
    }
    return write_snapshot(path, **(arguments | changes))


def test_a_round_trip_is_exact(tmp_path: Path) -> None:
    ratings = planted_ratings()
    ratings = replace(ratings, timestamps=np.where(ratings.stars == 3, NO_TIMESTAMP, ratings.timestamps))
    write(tmp_path / "s", ratings)

    snapshot = read_snapshot(tmp_path / "s")

    for name in ("reviewer_indices", "movie_indices", "stars", "timestamps"):
        stored, given = getattr(snapshot.ratings, name), getattr(ratings, name)
        np.testing.assert_array_equal(stored, given)
        assert stored.dtype == given.dtype
    assert snapshot.movie_ids.tolist() == [3 * row + 1 for row in range(ratings.n_movies)]
    assert snapshot.ratings.n_reviewers == ratings.n_reviewers
    assert snapshot.ratings.scale == ratings.scale
    assert snapshot.info["source"] == "planted"
    assert snapshot.info["n_ratings"] == len(ratings)


def test_content_comes_back_as_it_was(tmp_path: Path) -> None:
    content = Content.from_tokens(
        [["person:Agnès Varda", "genre:Drama"], []] + [["decade:1960"]] * (planted_ratings().n_movies - 2)
    )
    write(tmp_path / "s", content=content)

    read = read_snapshot(tmp_path / "s").ratings.content

    assert read is not None
    assert read.names == content.names
    assert read.tokens(0) == ["genre:Drama", "person:Agnès Varda"]
    assert read.tokens(1) == []


def test_content_may_be_absent_or_empty(tmp_path: Path) -> None:
    write(tmp_path / "absent", content=None)
    write(tmp_path / "empty", content=Content.from_tokens([[]] * planted_ratings().n_movies))

    assert read_snapshot(tmp_path / "absent").ratings.content is None
    empty = read_snapshot(tmp_path / "empty").ratings.content
    assert empty is not None
    assert empty.names == []


def test_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    snapshot = write(tmp_path / "s")

    assert isinstance(snapshot.ratings.stars.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.ratings.stars[0] = 5.0


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_told_in_a_sentence(tmp_path: Path, damage: Damage) -> None:
    write(tmp_path / "s")
    damage(tmp_path / "s", "snapshot.json", "stars")

    with pytest.raises(SnapshotError, match=DAMAGES[damage]) as told:
        read_snapshot(tmp_path / "s")

    assert "\n" not in str(told.value)
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("damage", SEEN_WITHOUT_READING, ids=lambda damage: damage.__name__)
def test_some_damage_is_told_even_unverified(tmp_path: Path, damage: Damage) -> None:
    write(tmp_path / "s")
    damage(tmp_path / "s", "snapshot.json", "stars")

    with pytest.raises(SnapshotError, match=SEEN_WITHOUT_READING[damage]):
        read_snapshot(tmp_path / "s", verify=False)


def test_a_missing_snapshot_is_told(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="There is no snapshot at"):
        read_snapshot(tmp_path / "nowhere")


def changed(column: str, position: int, value: float) -> dict[str, Any]:
    array = getattr(planted_ratings(), column).copy()
    array[position] = value
    return {column: array}


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": (changed("stars", 4, np.nan), "scale|finite"),
    "above the scale": (changed("stars", 4, 5.5), "stars from 1 to 5.5, outside its scale of 1 to 5"),
    "below the scale": (changed("stars", 4, 0), "outside its scale"),
    "reviewer outside": (changed("reviewer_indices", 4, 47), "reviewer indices from 0 to 47, outside its 47"),
    "movie outside": (changed("movie_indices", 4, -1), "movie indices from -1"),
    "ids out of order": ({"movie_ids": np.arange(23)[::-1].copy()}, "strictly increasing"),
    "columns of different lengths": ({"stars": planted_ratings().stars[1:]}, "of shape"),
    "content of other movies": ({"content": Content.from_tokens([["a:b"]])}, "Content describes 1 movies"),
    "a line break in content": ({"content": Content.from_tokens([["a\nb"]] * 23)}, "line break"),
    "no scale": ({"scale": Scale(5.0, 1.0, 1.0)}, "no sound scale"),
}


@pytest.mark.parametrize(("changes", "sentence"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_is_never_written(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SnapshotError, match=sentence):
        write(tmp_path / "s", **changes)

    assert list(tmp_path.iterdir()) == []


def test_two_ratings_of_one_pair_are_never_written(tmp_path: Path) -> None:
    ratings = planted_ratings()
    doubled = ratings.subset(np.append(np.arange(len(ratings)), 6))

    with pytest.raises(SnapshotError, match="1 ratings repeat a reviewer and movie"):
        write(tmp_path / "s", doubled)


def test_a_sound_folder_with_impossible_content_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer of another make: checksums right, content wrong."""
    ratings = planted_ratings()
    arrays = {
        "movie_ids": np.arange(23, dtype=np.int64),
        "reviewer_ids": np.arange(47, dtype=np.int64),
        "reviewer_indices": ratings.reviewer_indices,
        "movie_indices": ratings.movie_indices + np.int32(20),
        "stars": ratings.stars,
        "timestamps": ratings.timestamps,
    }
    foreign = folders.FolderFormat("snapshot", "snapshot.json", 1, SnapshotError)
    foreign.write(tmp_path / "s", {"scale": {"minimum": 1, "maximum": 5, "step": 1}}, arrays)

    with pytest.raises(SnapshotError, match="outside its 23 movies"):
        read_snapshot(tmp_path / "s")


def test_an_existing_path_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "s")
    before = (tmp_path / "s" / "snapshot.json").read_bytes()

    with pytest.raises(SnapshotError, match="exists already"):
        write(tmp_path / "s", planted_ratings(seed=1))

    assert (tmp_path / "s" / "snapshot.json").read_bytes() == before


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SnapshotError, match="could not be written: No space left on device"):
        write(tmp_path / "s")

    assert list(tmp_path.iterdir()) == []
