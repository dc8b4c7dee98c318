"""Every way a folder of arrays can be spoilt on its way, shared by the tests of snapshots and of artifacts."""

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson

Damage = Callable[[Path, str, str], None]


def truncate(folder: Path, description: str, array: str) -> None:
    file = folder / f"{array}.npy"
    file.write_bytes(file.read_bytes()[:-3])


def empty(folder: Path, description: str, array: str) -> None:
    (folder / f"{array}.npy").write_bytes(b"")


def flip_a_byte_of_data(folder: Path, description: str, array: str) -> None:
    _flip(folder / f"{array}.npy", -2)


def flip_a_byte_of_the_header(folder: Path, description: str, array: str) -> None:
    _flip(folder / f"{array}.npy", 22)


def flip_a_byte_of_the_description(folder: Path, description: str, array: str) -> None:
    file = folder / description
    file.write_bytes(file.read_bytes().replace(b'"created_at": "2', b'"created_at": "3'))


def cut_the_description(folder: Path, description: str, array: str) -> None:
    file = folder / description
    file.write_bytes(file.read_bytes()[:40])


def describe_nothing(folder: Path, description: str, array: str) -> None:
    (folder / description).write_bytes(b"[1, 2]")


def remove_the_description(folder: Path, description: str, array: str) -> None:
    (folder / description).unlink()


def remove_the_array(folder: Path, description: str, array: str) -> None:
    (folder / f"{array}.npy").unlink()


def put_a_pickle_in_its_place(folder: Path, description: str, array: str) -> None:
    (folder / f"{array}.npy").write_bytes(pickle.dumps([1, 2, 3]))


def put_an_array_of_objects_in_its_place(folder: Path, description: str, array: str) -> None:
    np.save(folder / f"{array}.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)


def put_another_shape_in_its_place(folder: Path, description: str, array: str) -> None:
    old = np.load(folder / f"{array}.npy")
    np.save(folder / f"{array}.npy", old[:-1])


def pretend_a_newer_format(folder: Path, description: str, array: str) -> None:
    file = folder / description
    content: dict[str, Any] = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps(content | {"format": content["format"] + 1}))


def replace_array(folder: Path, description: str, array: str, content: np.ndarray) -> None:
    """Put other numbers in an array's place, with a description and checksums that fit: as a program that checks
    nothing would write it."""
    file = folder / f"{array}.npy"
    np.save(file, content)
    described: dict[str, Any] = orjson.loads((folder / description).read_bytes())
    described["arrays"][array] = {
        "dtype": content.dtype.str,
        "shape": list(content.shape),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    _describe(folder / description, described)


def pretend_an_older_format_without(folder: Path, description: str, array: str, format: int) -> None:
    """As an earlier program would have written it, whole and sound."""
    (folder / f"{array}.npy").unlink()
    described: dict[str, Any] = orjson.loads((folder / description).read_bytes())
    del described["arrays"][array]
    _describe(folder / description, described | {"format": format})


def _describe(file: Path, described: dict[str, Any]) -> None:
    described.pop("sha256")
    seal = hashlib.sha256(orjson.dumps(described, option=orjson.OPT_SORT_KEYS)).hexdigest()
    file.write_bytes(orjson.dumps(described | {"sha256": seal}))


def _flip(file: Path, position: int) -> None:
    content = bytearray(file.read_bytes())
    content[position] ^= 0x10
    file.write_bytes(bytes(content))


DAMAGES: dict[Damage, str] = {
    truncate: "damaged",
    empty: "damaged",
    flip_a_byte_of_data: "damaged",
    flip_a_byte_of_the_header: "damaged",
    flip_a_byte_of_the_description: "damaged",
    cut_the_description: "damaged",
    describe_nothing: "does not describe",
    remove_the_description: "holds no",
    remove_the_array: "lacks its array",
    put_a_pickle_in_its_place: "damaged",
    put_an_array_of_objects_in_its_place: "damaged",
    put_another_shape_in_its_place: "damaged",
    pretend_a_newer_format: "newer program",
}
"""Each damage, and words of the sentence it must be answered with."""

SEEN_WITHOUT_READING = {
    truncate: "damaged",
    empty: "damaged",
    remove_the_array: "lacks its array",
    put_a_pickle_in_its_place: "damaged",
    put_an_array_of_objects_in_its_place: "damaged",
    put_another_shape_in_its_place: "of shape",
    pretend_a_newer_format: "newer program",
}
"""Those that are told even where no array is read."""
