"""A folder of plain arrays with a description beside them: written whole or not at all, read with suspicion.

The description is JSON. It names every array with the dtype, the shape and the SHA-256 of its `.npy` file,
and carries its own SHA-256. Nothing is ever pickled. Snapshots and artifacts are such folders.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from ml.data.staging import staged_folder, write_file
from ml.errors import InputError

Array = np.ndarray[Any, np.dtype[Any]]
Description = dict[str, Any]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KINDS_OF_NUMBERS = "biuf"
_LONGEST_HEADER = 4096
_UNREADABLE = (OSError, ValueError, TypeError, EOFError, OverflowError, SyntaxError)


@dataclass(frozen=True)
class FolderFormat:
    """One kind of folder. noun: what its errors call it. error: what it raises, with one sentence."""

    noun: str
    description_name: str
    version: int
    error: type[InputError]

    def write(self, path: Path, description: Description, arrays: Mapping[str, Array]) -> None:
        """Fill a folder beside `path`, flush it to disk, rename it once. `path` must not exist."""
        if path.exists():
            raise self.error(f"The {self.noun} {path} exists already; it is never overwritten.")
        for name, array in arrays.items():
            self._check_name_and_values(name, array)
        try:
            with staged_folder(path) as staging:
                listed = {name: _write_array(staging, name, array) for name, array in arrays.items()}
                content = {**description, "format": self.version, "arrays": listed}
                sealed = {**content, "sha256": _seal(content)}
                write_file(
                    staging / self.description_name,
                    orjson.dumps(sealed, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY),
                )
        except OSError as error:
            raise self.error(f"The {self.noun} {path} could not be written: {error.strerror}.") from error

    def read(self, path: Path, *, verify: bool) -> tuple[Description, dict[str, Array]]:
        """The description and the arrays, memory-mapped and read-only.

        With `verify` every byte is read and checked; without, damage that leaves dtype, shape and length
        alone goes unseen.
        """
        if not path.is_dir():
            raise self.error(f"There is no {self.noun} at {path}.")
        description = self._read_description(path / self.description_name)
        arrays = {}
        for name, expected in description["arrays"].items():
            arrays[name] = self._read_array(path / f"{name}.npy", expected, verify=verify)
        return description, arrays

    def _check_name_and_values(self, name: str, array: Array) -> None:
        if not _NAME.fullmatch(name):
            raise self.error(f"{name!r} cannot name an array; use small letters, digits and underscores.")
        if array.dtype.kind not in _KINDS_OF_NUMBERS:
            raise self.error(f"The array {name} holds {array.dtype}, not numbers.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise self.error(f"The array {name} holds values that are not finite numbers (NaN or infinity).")

    def _read_description(self, file: Path) -> Description:
        try:
            description = orjson.loads(file.read_bytes())
        except FileNotFoundError as error:
            raise self.error(f"{file.parent} is no {self.noun}: it holds no {file.name}.") from error
        except (OSError, orjson.JSONDecodeError) as error:
            raise self.error(f"{file} is damaged: it cannot be read as JSON.") from error
        version = description.get("format") if isinstance(description, dict) else None
        if not isinstance(version, int):
            raise self.error(f"{file} does not describe a {self.noun}.")
        if version > self.version:
            raise self.error(
                f"{file} has format {version}, but this version of the program reads formats up to"
                f" {self.version}; a newer program wrote it."
            )
        if description.pop("sha256", None) != _seal(description):
            raise self.error(f"{file} is damaged: its checksum does not match.")
        if not _lists_arrays(description):
            raise self.error(f"{file} does not describe a {self.noun}.")
        return dict(description)

    def _read_array(self, file: Path, expected: dict[str, Any], *, verify: bool) -> Array:
        if not file.is_file():
            raise self.error(f"The {self.noun} {file.parent} lacks its array {file.name}.")
        if verify and _digest(file) != expected["sha256"]:
            raise self.error(f"{file} is damaged: its checksum does not match.")
        try:
            array = _mapped(file, np.dtype(expected["dtype"]), tuple(expected["shape"]))
        except _UNREADABLE as error:
            raise self.error(f"{file} is damaged: it cannot be opened as an array.") from error
        if array is None:
            raise self.error(
                f"{file} is damaged or another array: its header does not say"
                f" {expected['dtype']} of shape {expected['shape']}."
            )
        if verify:
            self._check_name_and_values(file.stem, array)
        return array


def _mapped(file: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array | None:
    """The array of a `.npy` file, mapped; None if its header is not the one that `dtype` and `shape` have.

    The header is compared, not parsed. NumPy parses it by way of `ast`, which counts its depth for all threads of
    a process together (CPython issue 106905): two that open a folder at the same time can fail each other.
    """
    wanted = BytesIO()
    np.lib.format.write_array_header_1_0(wanted, {"descr": dtype.str, "fortran_order": False, "shape": shape})
    with file.open("rb") as stream:
        header = stream.readline(_LONGEST_HEADER)
    # Between two versions of NumPy the spaces differ that fill the header up, and with them its length.
    magic, _length, said = header[:8], header[8:10], header[10:].split()
    if magic != wanted.getvalue()[:8] or said != wanted.getvalue()[10:].split():
        return None
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.memmap(file, dtype, mode="r", offset=len(header), shape=shape).view(np.ndarray)


def _write_array(folder: Path, name: str, array: Array) -> dict[str, Any]:
    file = folder / f"{name}.npy"
    with file.open("xb") as stream:
        np.save(_Plainly(stream), np.asarray(array, order="C"), allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    return {"dtype": array.dtype.str, "shape": list(array.shape), "sha256": _digest(file)}


class _Plainly:
    """A file that NumPy does not recognise, so that it writes with Python: its own way does not say why it failed."""

    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _seal(description: Description) -> str:
    """SHA-256 of a description, whatever the order of its keys and the spaces between them."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY
    return hashlib.sha256(orjson.dumps(description, option=options)).hexdigest()


def _lists_arrays(description: Description) -> bool:
    arrays = description.get("arrays")
    return isinstance(arrays, dict) and all(
        _NAME.fullmatch(name)
        and isinstance(listed, dict)
        and isinstance(listed.get("dtype"), str)
        and isinstance(listed.get("shape"), list)
        and isinstance(listed.get("sha256"), str)
        for name, listed in arrays.items()
    )
