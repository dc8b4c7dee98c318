"""The works behind the ASINs: films, remakes, sequels, seasons and box sets, with their makers, genres and years."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import generator, positions_in_groups


class Kind(IntEnum):
    """What a work is. Every one of them is a film of its own to the truth."""

    FILM = 0
    REMAKE = 1
    SEQUEL = 2
    SEASON = 3
    BOX_SET = 4
    DOUBLE_FEATURE = 5


GENRES = (
    *("Action & Adventure", "Comedy", "Drama", "Horror", "Science Fiction", "Kids & Family", "Documentary"),
    *(
        "Musicals & Performing Arts",
        "Mystery & Thrillers",
        "Westerns",
        "Romance",
        "Military & War",
        "Animation",
    ),
    *("Anime & Manga", "Faith & Spirituality", "Sports", "Fantasy", "Crime"),
)
_GENRE_WEIGHTS = np.array([12, 13, 20, 9, 6, 7, 6, 4, 8, 3, 5, 3, 4, 2, 3, 2, 4, 5], float)

FRANCHISES, REMADE, SERIES, DOUBLES = 0.09, 0.035, 0.12, 0.012  # shares of the works
FIRST_YEAR, LAST_YEAR = 1931, 2018


@dataclass(frozen=True)
class Films:
    """One row a work. Works of one `name` are a franchise, a series, or remakes of each other (never mixed).

    kind, genres (n, 2), names: indices. other_name: the second half of a double feature, else -1. series: the
    franchise's or series' name, else -1. number: of the season, sequel or remake, from 1; a box set's is how many it
    holds. people (n, 3): director and two leads; remakes have people of their own.
    """

    kind: Array
    name: Array
    other_name: Array
    series: Array
    number: Array
    year: Array
    genres: Array
    people: Array
    names: int
    number_of_people: int

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class _Groups:
    """Which names have how many works of which kind."""

    sizes: Array
    first_kind: Array
    later_kind: Array
    boxed: Array


def make_films(count: int, seed: int) -> Films:
    """About `count` works (never fewer)."""
    rng = generator(seed, "films")
    groups = _groups(count, rng)
    name = np.repeat(np.arange(len(groups.sizes)), groups.sizes)
    number = positions_in_groups(groups.sizes) + 1
    kind = np.where(number == 1, groups.first_kind[name], groups.later_kind[name])
    other = np.full(len(name), -1)
    boxes = np.flatnonzero(groups.boxed)
    doubles = _pairs_of_lone_names(groups, round(count * DOUBLES), rng)
    name = np.concatenate([name, boxes, doubles[:, 0]])
    number = np.concatenate([number, groups.sizes[boxes], np.ones(len(doubles), np.int64)])
    ends = [np.full(len(boxes), Kind.BOX_SET), np.full(len(doubles), Kind.DOUBLE_FEATURE)]
    kind = np.concatenate([kind, *ends]).astype(np.int8)
    other = np.concatenate([other, np.full(len(boxes), -1), doubles[:, 1]])
    return _peopled(kind, name, other, number, groups, rng)


def _groups(count: int, rng: np.random.Generator) -> _Groups:
    """Franchises, remakes and series take their shares of the works; names with one film fill up to the count."""
    franchises = 2 + rng.choice(4, max(2, round(count * FRANCHISES / 2.75)), p=[0.5, 0.3, 0.15, 0.05])
    remade = 2 + rng.choice(2, max(2, round(count * REMADE / 2.2)), p=[0.8, 0.2])
    series = 1 + rng.geometric(0.33, max(2, round(count * SERIES / 3.9))).clip(1, 9)
    boxed = [rng.random(len(franchises)) < 0.45, np.zeros(len(remade), bool), rng.random(len(series)) < 0.4]
    grouped = sum(int(part.sum()) for part in [franchises, remade, series, *boxed])
    alone = np.ones(max(4, count - grouped - round(count * DOUBLES)), np.int64)
    sizes = [franchises, remade, series, alone]
    firsts, laters = (
        (Kind.FILM, Kind.FILM, Kind.SEASON, Kind.FILM),
        (Kind.SEQUEL, Kind.REMAKE, Kind.SEASON, Kind.FILM),
    )
    lengths = [len(part) for part in sizes]
    return _Groups(
        sizes=np.concatenate(sizes),
        first_kind=np.repeat(firsts, lengths),
        later_kind=np.repeat(laters, lengths),
        boxed=np.concatenate([*boxed, np.zeros(len(alone), bool)]),
    )


def _pairs_of_lone_names(groups: _Groups, count: int, rng: np.random.Generator) -> Array:
    alone = np.flatnonzero((groups.sizes == 1) & (groups.first_kind == Kind.FILM))
    return rng.permutation(alone)[: 2 * min(count, len(alone) // 2)].reshape(-1, 2)


def _peopled(
    kind: Array, name: Array, other: Array, number: Array, groups: _Groups, rng: np.random.Generator
) -> Films:
    """Give works their genres, years and people: shared within a name, but a remake has years and people of its own."""
    names, remakes = len(groups.sizes), groups.later_kind == Kind.REMAKE
    weights = _GENRE_WEIGHTS / _GENRE_WEIGHTS.sum()
    genres = rng.choice(len(GENRES), (names, 2), p=weights).astype(np.int8)
    people = max(5 * len(GENRES), len(kind) // 3)
    own, shared = _cast(genres[name], people, rng), _cast(genres, people, rng)[name]
    shared[:, 2] = np.where(rng.random(len(name)) < 0.5, own[:, 2], shared[:, 2])
    alone = groups.sizes[name] == 1
    return Films(
        kind=kind,
        name=name,
        other_name=other,
        series=np.where(remakes[name] | alone, -1, name),
        number=number,
        year=_years(kind, name, number, remakes, rng),
        genres=genres[name],
        people=np.where(remakes[name][:, None], own, shared),
        names=names,
        number_of_people=people,
    )


def _cast(genres: Array, people: int, rng: np.random.Generator) -> Array:
    """Director and two leads who are at home in the first genre: person p's home is genre p modulo their number."""
    at_home = people // len(GENRES)
    ranks = (at_home * rng.random((len(genres), 3)) ** 2).astype(np.int64)
    return ranks * len(GENRES) + genres[:, :1]


def _years(kind: Array, name: Array, number: Array, remakes: Array, rng: np.random.Generator) -> Array:
    """Recent years are fuller; sequels come three years apart, seasons one, remakes twelve to nineteen."""
    first = LAST_YEAR - (rng.random(len(remakes)) ** 1.8 * (LAST_YEAR - FIRST_YEAR)).astype(np.int64)
    first[remakes] = rng.integers(FIRST_YEAR, 1980, int(remakes.sum()))
    step = np.select([remakes[name], kind == Kind.SEASON], [rng.integers(12, 20, len(remakes))[name], 1], 3)
    later = np.where(kind >= Kind.BOX_SET, 1, number - 1) * step
    longest = np.zeros(len(remakes), np.int64)
    np.maximum.at(longest, name, later)
    return np.minimum(first, LAST_YEAR - longest)[name] + later
