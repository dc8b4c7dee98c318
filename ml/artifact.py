"""A trained model on disk: the folder var/models/<version>/ of arrays and `manifest.json`.

Manifest keys: format, kind ("history", "dot", "deep" or "baseline"), model (its name), version, created_at,
seed, hyper_parameters, scale {minimum, maximum, step}, cutoff (largest timestamp trained on in seconds, or
null), n_ratings, n_movies, n_reviewers, metrics, baselines {name: metrics}, servable, arrays {name: {dtype,
shape, sha256}}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.data.folders import Array, FolderFormat
from ml.errors import InputError

ARTIFACT_FORMAT = 6
KINDS = ("history", "dot", "deep", "baseline")


class ArtifactError(InputError):
    """An artifact that is missing, damaged, of too new or too old a format, or not of the kind asked for."""


@dataclass(frozen=True)
class Artifact:
    """arrays: memory-mapped and read-only, so that processes share their pages."""

    path: Path
    manifest: dict[str, Any]
    arrays: dict[str, Array]


_FORMAT = FolderFormat(
    noun="artifact", description_name="manifest.json", version=ARTIFACT_FORMAT, error=ArtifactError
)

# "n" is the number of movies; "s", "r" and "k" are the widths for stars, ranking and likeness, "l" the number of knots;
# equal letters, equal lengths. What each array means stands in `ml.serving` and `ml.people`.
_HISTORY_ARRAYS: dict[str, tuple[type[np.generic], tuple[str, ...]]] = {
    "movie_ids": (np.int64, ("n",)),
    "global_mean": (np.float32, ()),
    "damping": (np.float32, ()),
    "movie_biases": (np.float32, ("n",)),
    "movie_embeddings": (np.float32, ("n", "s")),
    "history_embeddings": (np.float32, ("n", "s")),
    "residual_embeddings": (np.float32, ("n", "s")),
    "history_exponent": (np.float32, ()),
    "history_limit": (np.int32, ()),
    "prior_mean": (np.float32, ("s",)),
    "prior_averages": (np.float32, ("l",)),
    "lean": (np.float32, ()),
    "noise_variance": (np.float32, ()),
    "movie_variances": (np.float32, ("n",)),
    "deviation_scale": (np.float32, ()),
    "ranking_biases": (np.float32, ("n",)),
    "ranking_embeddings": (np.float32, ("n", "r")),
    "ranking_history_embeddings": (np.float32, ("n", "r")),
    "ranking_residual_embeddings": (np.float32, ("n", "r")),
    "ranking_half_life": (np.float32, ()),
    "ranking_damping": (np.float32, ()),
    "similarity_embeddings": (np.float32, ("n", "k")),
    "rating_counts": (np.int32, ("n",)),
}
_REQUIRED_KEYS = (
    "kind",
    "model",
    "version",
    "created_at",
    "scale",
    "cutoff",
    "metrics",
    "baselines",
    "servable",
)


def write_artifact(path: Path, *, manifest: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a folder that appears at `path` whole or not at all; format, checksums and shapes are added here.

    ArtifactError if `path` exists, the disk is full, a number is not finite or the arrays do not fit the kind.
    """
    _check_content(dict(manifest), arrays, str(path))
    _FORMAT.write(path, dict(manifest), arrays)


def read_artifact(path: Path, *, verify: bool = True) -> Artifact:
    """Open an artifact; ArtifactError, in one sentence, for anything that is not one, whole and sound."""
    manifest, arrays = _FORMAT.read(path, verify=verify)
    _check_content(manifest, arrays, str(path))
    return Artifact(path=path, manifest=manifest, arrays=arrays)


def _check_content(manifest: dict[str, Any], arrays: Mapping[str, Array], name: str) -> None:
    missing = [key for key in _REQUIRED_KEYS if key not in manifest]
    if missing:
        raise ArtifactError(f"The manifest of {name} lacks {', '.join(missing)}.")
    if manifest["kind"] not in KINDS:
        raise ArtifactError(f"The artifact {name} is of an unknown kind, {manifest['kind']!r}.")
    if set(manifest["scale"]) != {"minimum", "maximum", "step"}:
        raise ArtifactError(f"The scale of {name} must have minimum, maximum and step.")
    if manifest["kind"] == "history":
        _check_age(manifest, arrays, name)
        _check_history_arrays(arrays, name)


def _check_age(manifest: Mapping[str, Any], arrays: Mapping[str, Array], name: str) -> None:
    """What an earlier program wrote is read as long as it holds all that serving needs today."""
    written = manifest.get("format", ARTIFACT_FORMAT)
    if written < ARTIFACT_FORMAT and not _HISTORY_ARRAYS.keys() <= arrays.keys():
        raise ArtifactError(
            f"The artifact {name} has format {written}, which this version of the program no longer serves;"
            " train again."
        )


def _check_history_arrays(arrays: Mapping[str, Array], name: str) -> None:
    lengths: dict[str, int] = {}
    for array_name, (dtype, letters) in _HISTORY_ARRAYS.items():
        if array_name not in arrays:
            raise ArtifactError(f"The artifact {name} lacks its array {array_name}.")
        array = arrays[array_name]
        wanted = tuple(
            lengths.setdefault(letter, size) for letter, size in zip(letters, array.shape, strict=False)
        )
        if array.dtype != dtype or array.ndim != len(letters) or array.shape != wanted:
            raise ArtifactError(
                f"In {name}, {array_name} is {array.dtype} of shape {array.shape};"
                f" it should be {np.dtype(dtype)} of shape ({', '.join(letters)})."
            )
    for array_name in ("noise_variance", "deviation_scale", "history_limit", "ranking_half_life"):
        if not arrays[array_name] > 0:
            raise ArtifactError(
                f"In {name}, {array_name} is {arrays[array_name]:g}; it should be above zero."
            )
    if arrays["ranking_damping"] < 0:
        raise ArtifactError(
            f"In {name}, ranking_damping is {arrays['ranking_damping']:g}; it should not be negative."
        )
    if np.any(np.diff(arrays["movie_ids"]) <= 0):
        raise ArtifactError(f"The movie ids of {name} are not strictly increasing.")
