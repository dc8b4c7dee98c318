"""Seeded chance: generators by stage, and chance that belongs to an id wherever that id is met.

A review that stands under three ASINs is written three times, by whichever process comes to it; what hangs on its id
(text, votes, format) is therefore hashed from the id instead of drawn from a stream.
"""

import zlib

import numpy as np

from benchmarks.made_dump.arrays import Array

_GOLDEN = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def generator(seed: int, stage: str, part: int = 0) -> np.random.Generator:
    """One stream a stage, so that a change in one stage leaves the draws of the others alone."""
    return np.random.default_rng([seed, zlib.crc32(stage.encode()), part])


def scrambled(ids: Array, seed: int, salt: str) -> Array:
    """splitmix64 of the ids: uint64, as good as independent for every (seed, salt)."""
    start = (seed * _GOLDEN + zlib.crc32(salt.encode()) * 0xD1B54A32D192ED03) & _WORD
    words = np.asarray(ids).astype(np.uint64) * np.uint64(_GOLDEN) + np.uint64(start)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def uniforms(ids: Array, seed: int, salt: str) -> Array:
    """Numbers in [0, 1) that belong to the ids."""
    return (scrambled(ids, seed, salt) >> np.uint64(11)) * 2.0**-53


def choices(ids: Array, count: int, seed: int, salt: str) -> Array:
    """Whole numbers in [0, count) that belong to the ids."""
    return (uniforms(ids, seed, salt) * count).astype(np.int64)


def normals(ids: Array, seed: int, salt: str) -> Array:
    """Standard normal numbers that belong to the ids (Box and Muller)."""
    radius = np.sqrt(-2 * np.log1p(-uniforms(ids, seed, salt + ":radius")))
    return radius * np.cos(2 * np.pi * uniforms(ids, seed, salt + ":angle"))


def positions_in_groups(sizes: Array) -> Array:
    """0, 1, ... within each group, for groups of the given sizes laid end to end."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
