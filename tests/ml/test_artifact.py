from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.artifact import ARTIFACT_FORMAT, ArtifactError, read_artifact, write_artifact
from tests.ml.builders import make_history_arrays, make_manifest
from tests.ml.folder_damage import (
    DAMAGES,
    SEEN_WITHOUT_READING,
    Damage,
    pretend_an_older_format_without,
    replace_array,
)
from tests.threads import at_once


def test_a_round_trip_is_exact(tmp_path: Path) -> None:
    arrays, manifest = make_history_arrays(), make_manifest()
    write_artifact(tmp_path / "v7", manifest=manifest, arrays=arrays)

    artifact = read_artifact(tmp_path / "v7")

    assert artifact.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        assert artifact.arrays[name].tobytes() == array.tobytes()
        assert artifact.arrays[name].dtype == array.dtype
        assert artifact.arrays[name].shape == array.shape
    assert manifest.items() <= artifact.manifest.items()
    assert artifact.manifest["format"] == ARTIFACT_FORMAT
    assert artifact.manifest["arrays"]["movie_embeddings"]["shape"] == [11, 4]


def test_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())

    embeddings = read_artifact(tmp_path / "v7").arrays["movie_embeddings"]

    assert isinstance(embeddings.base, np.memmap)
    assert not embeddings.flags.writeable


def test_many_threads_open_at_once(tmp_path: Path) -> None:
    """As NumPy reads its headers, they would fail each other (`SystemError: AST constructor recursion depth`)."""
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())

    at_once(lambda: read_artifact(tmp_path / "v7", verify=False), times=40)


def test_other_kinds_carry_arrays_of_their_own(tmp_path: Path) -> None:
    write_artifact(
        tmp_path / "b",
        manifest=make_manifest(kind="baseline", servable=False, metrics={"rmse": np.float32(0.5)}),
        arrays={"movie_biases": np.arange(3.0), "nothing": np.empty((0, 2), dtype=np.int32)},
    )

    artifact = read_artifact(tmp_path / "b")

    assert artifact.arrays["nothing"].shape == (0, 2)
    assert artifact.manifest["metrics"] == {"rmse": 0.5}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_told_in_a_sentence(tmp_path: Path, damage: Damage) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    damage(tmp_path / "v7", "manifest.json", "movie_embeddings")

    with pytest.raises(ArtifactError, match=DAMAGES[damage]) as told:
        read_artifact(tmp_path / "v7")

    assert "\n" not in str(told.value)
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("damage", SEEN_WITHOUT_READING, ids=lambda damage: damage.__name__)
def test_some_damage_is_told_even_unverified(tmp_path: Path, damage: Damage) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    damage(tmp_path / "v7", "manifest.json", "movie_embeddings")

    with pytest.raises(ArtifactError, match=SEEN_WITHOUT_READING[damage]):
        read_artifact(tmp_path / "v7", verify=False)


def test_an_older_format_that_lacks_what_serving_needs_is_told_as_such(tmp_path: Path) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    pretend_an_older_format_without(tmp_path / "v7", "manifest.json", "lean", ARTIFACT_FORMAT - 1)

    with pytest.raises(ArtifactError, match=f"v7 has format {ARTIFACT_FORMAT - 1}, which .+; train again"):
        read_artifact(tmp_path / "v7")


def test_every_single_byte_counts(tmp_path: Path) -> None:
    """Whichever byte of whichever file is flipped, the artifact is refused with a sentence, never a traceback."""
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays(n_movies=2))
    generator = np.random.default_rng(0)
    for file in sorted((tmp_path / "v7").iterdir()):
        sound = file.read_bytes()
        for position in generator.choice(len(sound), size=min(len(sound), 40), replace=False).tolist():
            file.write_bytes(sound[:position] + bytes([sound[position] ^ 0x41]) + sound[position + 1 :])
            with pytest.raises(ArtifactError):
                read_artifact(tmp_path / "v7")
        file.write_bytes(sound)
    read_artifact(tmp_path / "v7")


FLOATS = [name for name, array in make_history_arrays().items() if array.dtype.kind == "f"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", FLOATS)
def test_a_number_that_is_none_is_told_in_whichever_array(tmp_path: Path, name: str, value: float) -> None:
    """Also where checksum and shape are right, as from a program that checks nothing."""
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    array = make_history_arrays()[name]
    array[(-1,) * array.ndim] = value
    replace_array(tmp_path / "v7", "manifest.json", name, array)

    with pytest.raises(ArtifactError, match=f"The array {name} holds values that are not finite numbers"):
        read_artifact(tmp_path / "v7")


@pytest.mark.parametrize("name", make_history_arrays())
def test_an_array_that_does_not_fit_is_told_though_its_checksum_is_right(tmp_path: Path, name: str) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    array = make_history_arrays()[name]
    replace_array(tmp_path / "v7", "manifest.json", name, np.stack([array, array], axis=-1))

    with pytest.raises(ArtifactError, match=rf"{name} is .+ of shape .+; it should be"):
        read_artifact(tmp_path / "v7", verify=False)


def without(name: str) -> dict[str, Any]:
    return {key: array for key, array in make_history_arrays().items() if key != name}


def with_(name: str, array: np.ndarray) -> dict[str, Any]:
    return make_history_arrays() | {name: array}


nan = make_history_arrays()["movie_biases"].copy()
nan[5] = np.nan
UNFIT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "NaN": ({}, with_("movie_biases", nan), "movie_biases holds values that are not finite"),
    "missing array": ({}, without("rating_counts"), "lacks its array rating_counts"),
    "wrong length": (
        {},
        with_("movie_biases", np.zeros(10, np.float32)),
        r"shape \(10,\); it should be float32",
    ),
    "wrong width": ({}, with_("history_embeddings", np.zeros((11, 5), np.float32)), r"shape \(n, s\)"),
    "no noise": (
        {},
        with_("noise_variance", np.zeros((), np.float32)),
        "noise_variance is 0; it should be above",
    ),
    "history says more than it is": (
        {},
        with_("ranking_damping", np.full((), -1, np.float32)),
        "ranking_damping is -1; it should not be negative",
    ),
    "wrong dtype": ({}, with_("movie_embeddings", np.zeros((11, 4))), "float64"),
    "objects": ({}, with_("extra", np.array([None])), "not numbers"),
    "ids out of order": ({}, with_("movie_ids", np.arange(11)[::-1].copy()), "strictly increasing"),
    "unknown kind": ({"kind": "forest"}, make_history_arrays(), "unknown kind, 'forest'"),
    "broken scale": ({"scale": {"minimum": 1}}, make_history_arrays(), "minimum, maximum and step"),
    "path as a name": ({}, with_("../../evil", np.zeros(3)), "cannot name an array"),
}


@pytest.mark.parametrize(("changes", "arrays", "sentence"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_never_written(
    tmp_path: Path, changes: dict[str, Any], arrays: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ArtifactError, match=sentence):
        write_artifact(tmp_path / "v7", manifest=make_manifest(**changes), arrays=arrays)

    assert list(tmp_path.iterdir()) == []


def test_a_manifest_without_its_keys_is_never_written(tmp_path: Path) -> None:
    manifest = make_manifest()
    del manifest["cutoff"]

    with pytest.raises(ArtifactError, match="lacks cutoff"):
        write_artifact(tmp_path / "v7", manifest=manifest, arrays=make_history_arrays())


def test_an_existing_artifact_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "v7").mkdir()

    with pytest.raises(ArtifactError, match="exists already"):
        write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())

    assert list((tmp_path / "v7").iterdir()) == []
