"""Artifacts that were read whole and found sound on this machine, so that nobody reads them whole again.

A model of 180,000 films has 250 MB; whoever makes it active reads every byte, and leaves a stamp beside the arrays: of
each file its size, its number, and when it and its entry last changed. A web process that finds all of that as it was
opens the model without reading it. What was written to, cut, replaced or copied since has other figures, and is read
whole: the stamp saves time and vouches for nothing.
"""

import os
from pathlib import Path

import orjson

from ml.artifact import Artifact, read_artifact

STAMP = "checked.json"

Figures = dict[str, list[int]]


def read_checked(path: Path, *, again: bool = False) -> Artifact:
    """Open an artifact, every byte of which somebody on this machine, or with `again` this call, has checked.

    ArtifactError, in one sentence, for anything that is not one, whole and sound.
    """
    figures = _figures(path)
    is_known = not again and bool(figures) and _stamped(path) == figures
    artifact = read_artifact(path, verify=not is_known)
    if not is_known and _figures(path) == figures:
        _stamp(path, figures)
    return artifact


def _figures(path: Path) -> Figures:
    """{file name: [size, inode, modified, changed]}, times in ns; empty for what cannot be looked at."""
    try:
        with os.scandir(path) as entries:
            found = {entry.name: entry.stat() for entry in entries if not entry.name.startswith(STAMP)}
    except OSError:
        return {}
    return {name: [at.st_size, at.st_ino, at.st_mtime_ns, at.st_ctime_ns] for name, at in found.items()}


def _stamped(path: Path) -> object:
    try:
        return orjson.loads((path / STAMP).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None


def _stamp(path: Path, figures: Figures) -> None:
    """Where the folder cannot be written to, every process reads the artifact whole: slower, no worse."""
    unfinished = path / f"{STAMP}.{os.getpid()}"
    try:
        unfinished.write_bytes(orjson.dumps(figures))
        unfinished.replace(path / STAMP)
    except OSError:
        unfinished.unlink(missing_ok=True)
