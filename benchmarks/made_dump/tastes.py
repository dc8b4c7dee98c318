"""The latent-taste model: why somebody likes a film, and how many stars that comes to.

    latent = quality(film) + taste(reviewer) . nature(film) + leniency(reviewer) + noise,   stars = cuts below latent

Natures lie partly in content that metadata shows (genres, people, decade) and partly in nothing that can be seen.
The noise is logistic, so P(stars <= k) = 1 / (1 + exp((signal - cut_k) / scale)) gives the best possible error exactly.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import generator
from benchmarks.made_dump.films import FIRST_YEAR, GENRES, Films

WIDTH = 8
GENRE, PEOPLE, DECADE, FREE = 0.42, 0.15, 0.10, 0.33  # shares of a nature's variance
QUALITY, MATCH, LENIENCY, NOISE = 0.17, 0.18, 0.20, 0.45  # shares of the latent's variance
NOISE_SCALE = float(np.sqrt(3 * NOISE) / np.pi)
KINDER_IF_BUSY = (
    0.45  # standard deviations: who rates more than one film is kinder (SEED.md: 4.43 against 4.34)
)
_SLICE = 1 << 20


@dataclass(frozen=True)
class Natures:
    """What films are: `vectors` (films, WIDTH), `qualities` (films,), both of unit variance."""

    vectors: Array
    qualities: Array
    genres: Array


@dataclass(frozen=True)
class Tastes:
    """What reviewers like: `vectors` (reviewers, WIDTH), scaled so that a match has about unit variance."""

    vectors: Array
    leniencies: Array


def make_natures(films: Films, seed: int) -> Natures:
    rng = generator(seed, "natures")
    genres, people = _normal(rng, len(GENRES)), _normal(rng, films.number_of_people)
    return Natures(_vectors(films, genres, people, rng), _qualities(films, rng), genres)


def make_tastes(natures: Natures, activity: Array, seed: int) -> Tastes:
    """`activity`: how many reviews each reviewer will write. Everybody has two favourite genres and a mind."""
    rng = generator(seed, "tastes")
    first, second = natures.genres[rng.integers(len(GENRES), size=(2, len(activity)))]
    vectors = np.sqrt(0.4, dtype=np.float32) * _normal(rng, len(activity))
    vectors += np.float32(np.sqrt(0.6 / 1.25)) * (first + np.float32(0.5) * second)
    leniencies = rng.standard_normal(len(activity), dtype=np.float32)
    leniencies += np.float32(KINDER_IF_BUSY) * (activity > 1)
    return Tastes(vectors / np.float32(np.sqrt(WIDTH)), leniencies)


def match(tastes: Tastes, natures: Natures, reviewers: Array, films: Array) -> Array:
    """taste . nature of each pair: float32."""
    matches = np.empty(len(reviewers), np.float32)
    for start in range(0, len(matches), _SLICE):
        part = slice(start, start + _SLICE)
        matches[part] = np.einsum("ij,ij->i", tastes.vectors[reviewers[part]], natures.vectors[films[part]])
    return matches


def _vectors(films: Films, genres: Array, people: Array, rng: np.random.Generator) -> Array:
    """Works of one franchise or series share most of what is free in them."""
    first, second = films.genres.T
    content = np.sqrt(GENRE / 1.25) * (genres[first] + 0.5 * genres[second])
    content += np.sqrt(PEOPLE / 3) * people[films.people].sum(axis=1)
    content += np.sqrt(DECADE) * _normal(rng, 10)[(films.year - FIRST_YEAR) // 10]
    return (content + np.sqrt(FREE) * _shared(films, _normal(rng, len(films)), rng)).astype(np.float32)


def _qualities(films: Films, rng: np.random.Generator) -> Array:
    """Standard normal; a third of the variance is the people's, and a series is good or bad as a whole."""
    people = rng.standard_normal(films.number_of_people)[films.people].sum(axis=1) / np.sqrt(3)
    own = _shared(films, rng.standard_normal((len(films), 1)), rng)[:, 0]
    return (np.sqrt(0.33) * people + np.sqrt(0.67) * own).astype(np.float32)


def _shared(films: Films, own: Array, rng: np.random.Generator) -> Array:
    """0.8 of the variance is the series', where there is one."""
    common = rng.standard_normal((films.names, own.shape[1]))[films.name]
    return np.where((films.series >= 0)[:, None], np.sqrt(0.8) * common + np.sqrt(0.2) * own, own)


def _normal(rng: np.random.Generator, rows: int) -> Array:
    return rng.standard_normal((rows, WIDTH), dtype=np.float32)


def signals(tastes: Tastes, natures: Natures, reviewers: Array, films: Array) -> Array:
    """The latent without its noise, each part brought to its share of the variance over these reviews: float32."""
    signal = _scaled(natures.qualities[films], QUALITY)
    signal += _scaled(match(tastes, natures, reviewers, films), MATCH)
    signal += _scaled(tastes.leniencies[reviewers], LENIENCY)
    return signal


def _scaled(values: Array, share: float) -> Array:
    return ((values - values.mean()) * (np.sqrt(share) / values.std())).astype(np.float32)


@dataclass(frozen=True)
class Stars:
    """What each review got, and what was to be expected of it before the noise.

    expected: the mean (best for RMSE), float32. middle: the median (best for MAE), int8.
    squared, absolute: the errors to expect of these two.
    """

    stars: Array
    expected: Array
    middle: Array
    absolute: Array
    squared: Array


def draw_stars(signal: Array, weights: Array, shares: tuple[float, ...], noise: Array) -> Stars:
    """`shares` of one to five stars hold over reviews counted `weights` times; `noise` is standard logistic."""
    latent = signal + np.float32(NOISE_SCALE) * noise
    cuts = np.quantile(np.repeat(latent, weights), np.cumsum(shares)[:-1]).astype(np.float32)
    stars = (1 + np.searchsorted(cuts, latent)).astype(np.int8)
    parts = [_expectations(signal[start : start + _SLICE], cuts) for start in range(0, len(signal), _SLICE)]
    expected, middle, absolute, squared = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Stars(stars, expected, middle, absolute, squared)


def _expectations(signal: Array, cuts: Array) -> tuple[Array, Array, Array, Array]:
    below = 1 / (1 + np.exp((signal[:, None] - cuts) / np.float32(NOISE_SCALE)))
    shares = np.diff(below, prepend=np.float32(0), append=np.float32(1), axis=1)
    levels = np.arange(1, 6, dtype=np.float32)
    expected = shares @ levels
    middle = (1 + (below < 0.5).sum(axis=1)).astype(np.int8)
    absolute = (shares * np.abs(levels - middle[:, None])).sum(axis=1)
    squared = shares @ levels**2 - expected**2
    return expected, middle, absolute, squared
