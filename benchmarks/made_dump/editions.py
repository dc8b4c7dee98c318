"""Editions: which ASINs a work is sold under, which of them share their reviews, and what each calls itself."""

from dataclasses import dataclass

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.codes import asin_codes
from benchmarks.made_dump.drawing import generator, uniforms
from benchmarks.made_dump.films import Films, Kind
from benchmarks.made_dump.shapes import Plan, degrees
from benchmarks.made_dump.titles import Titler

FORMATS = ("DVD", "Blu-ray", "VHS Tape", "Amazon Video")
_FORMAT_SHARES = (0.50, 0.18, 0.14, 0.18)
_FORMAT_STARTS = (
    9_862,
    13_300,
    9_500,
    14_245,
)  # days since 1970: 1997, June 2006, before all else, January 2009
EDITIONS_OF_A_FILM = (0.62, 0.20, 0.10, 0.05, 0.02, 0.01)
MEAN_EDITIONS = float(np.dot(np.arange(1, 7), EDITIONS_OF_A_FILM))
JOINS_REVIEWS = 0.24  # of an edition with the one before it
WITHOUT_METADATA = 0.006  # of the ASINs with reviews
REPEATED_ROWS = 0.015  # of the metadata rows
YEAR_IN_TITLE = 0.08
YEAR_IN_TITLE_OF_REMAKE = 0.40

_ANY_FORMAT = (
    *(
        "{t} (Special Edition)",
        "{t} - {n}th Anniversary Edition",
        "{t}: Director's Cut",
        "{t} (Director's Cut)",
    ),
    *(
        "{t} (Unrated)",
        "{t} (Two-Disc Collector's Edition)",
        "{t} (Region 2)",
        "{t} [Region 2] [PAL] [UK Import]",
    ),
    *(
        "{t} [ NON-USA FORMAT, PAL, Reg.2 Import - Spain ]",
        "{t} (Limited Edition)",
        "{t} (Steelbook)",
        "{t} [Import]",
    ),
    *(
        "{t} (Collector's Edition)",
        "{t} ({n}th Anniversary Edition)",
        "{t} (Remastered)",
        "{t} (Ultimate Edition)",
    ),
)
_OF_FORMAT = {
    "DVD": ("{t} (Widescreen Edition)", "{t} [DVD]", "{t} (Full Screen Edition)", "{t} (DVD)", "{t} DVD"),
    "Blu-ray": ("{t} [Blu-ray]", "{t} [Blu-ray]", "{t} (Blu-ray + DVD + Digital HD)", "{t} (BD) [Blu-ray]"),
    "VHS Tape": ("{t} [VHS]", "{t} VHS", "{t} (VHS Tape)", "{T} [VHS]", "{T} ({y}) VHS"),
    "Amazon Video": ("{t} (4K UHD)", "{t} [HD]", "{t} (Digital)"),
}
_PLAIN = {"DVD": 0.50, "Blu-ray": 0.15, "VHS Tape": 0.25, "Amazon Video": 0.85}


@dataclass(frozen=True)
class Editions:
    """One row an ASIN, grouped by film and then by pool; a pool is a set of ASINs under which the same reviews stand.

    asin: bytes of 10. film, pool: indices. format: index into FORMATS. released: days since 1970.
    pool_sizes, pool_films, pool_counts (reviews, before repetitions), pool_released: one row a pool.
    """

    asin: Array
    film: Array
    pool: Array
    format: Array
    released: Array
    described: Array
    pool_sizes: Array
    pool_films: Array
    pool_counts: Array
    pool_released: Array

    def __len__(self) -> int:
        return len(self.asin)

    @property
    def pool_starts(self) -> Array:
        """The first ASIN row of each pool."""
        return np.cumsum(self.pool_sizes) - self.pool_sizes


def number_of_asins(plan: Plan) -> int:
    """Those with reviews, and those that only metadata knows."""
    described = plan.metadata_rows * (1 - REPEATED_ROWS)
    return max(plan.asins, round(described + plan.asins * WITHOUT_METADATA))


def make_editions(films: Films, qualities: Array, plan: Plan, reviews: int, seed: int) -> Editions:
    """Editions whose pools hold about `reviews` lines (never more), counted once under every ASIN."""
    rng = generator(seed, "editions")
    film = np.repeat(np.arange(len(films)), _editions_per_film(len(films), number_of_asins(plan), rng))
    alone = np.diff(film, prepend=-1) > 0
    pool = np.cumsum(alone | (rng.random(len(film)) >= JOINS_REVIEWS)) - 1
    sizes, first = np.bincount(pool), np.flatnonzero(np.diff(pool, prepend=-1))
    popularity = rng.standard_normal(len(sizes)) + 0.3 * qualities[film[first]]
    popularity += 0.2 * np.bincount(film)[film[first]]
    counts = _pool_counts(
        sizes, popularity, degrees(plan.asins, reviews, plan.profile.asins_once, plan.largest_asin)
    )
    formats = rng.choice(len(FORMATS), len(film), p=_FORMAT_SHARES).astype(np.int8)
    released = _release_days(films.year[film], formats, plan, rng)
    return Editions(
        asin=asin_codes(len(film), seed),
        film=film,
        pool=pool,
        format=formats,
        released=released,
        described=(counts[pool] == 0) | (rng.random(len(film)) >= WITHOUT_METADATA),
        pool_sizes=sizes,
        pool_films=film[first],
        pool_counts=counts,
        pool_released=np.minimum.reduceat(released, first),
    )


def _editions_per_film(films: int, asins: int, rng: np.random.Generator) -> Array:
    """At least one each; the sum is `asins` exactly."""
    counts = 1 + rng.choice(len(EDITIONS_OF_A_FILM), films, p=EDITIONS_OF_A_FILM)
    while surplus := int(counts.sum()) - asins:
        able = np.flatnonzero(counts > 1) if surplus > 0 else np.arange(films)
        chosen = rng.permutation(able)[: abs(surplus)]
        counts[chosen] -= np.sign(surplus)
    return counts


def _pool_counts(sizes: Array, popularity: Array, wanted: Array) -> Array:
    """Lay the pools, most popular first, over the wanted counts of ASINs: ASINs of a pool get (nearly) equal ones."""
    order = np.argsort(-popularity, kind="stable")
    padded = np.zeros(int(sizes.sum()), np.int64)
    padded[: len(wanted)] = wanted
    starts = np.cumsum(sizes[order]) - sizes[order]
    counts = np.empty(len(sizes), np.int64)
    counts[order] = np.add.reduceat(padded, starts) // sizes[order]
    return counts


def _release_days(years: Array, formats: Array, plan: Plan, rng: np.random.Generator) -> Array:
    """After the film, after its format came up, before the last month of the dump."""
    film = ((years - 1970) * 365.25 + rng.uniform(60, 500, len(years))).astype(np.int64)
    shelf = np.array(_FORMAT_STARTS)[formats] + (rng.exponential(1_100, len(years))).astype(np.int64)
    latest = plan.last_day - 30 - rng.integers(0, 700, len(years))
    return np.minimum(np.maximum(film, shelf), latest)


def edition_titles(editions: Editions, films: Films, titler: Titler, seed: int) -> list[str]:
    """What each ASIN calls itself: plain, with its format, as a special edition, with its year, in capitals."""
    ids = np.arange(len(editions))
    forms = (uniforms(ids, seed, "form") * 1_000_003).astype(np.int64).tolist()
    plain = uniforms(ids, seed, "plain") < np.array([_PLAIN[name] for name in FORMATS])[editions.format]
    special = uniforms(ids, seed, "special") < 0.25
    remade = np.isin(films.name, films.name[films.kind == Kind.REMAKE])
    dated = (
        uniforms(ids, seed, "dated") < np.where(remade, YEAR_IN_TITLE_OF_REMAKE, YEAR_IN_TITLE)[editions.film]
    )
    columns = (editions.film, editions.format, films.year[editions.film], plain, special, dated)
    rows = zip(forms, *(column.tolist() for column in columns), strict=True)
    return [_edition_title(titler, *row) for row in rows]


def _edition_title(
    titler: Titler,
    form: int,
    film: int,
    format_index: int,
    year: int,
    plain: bool,
    special: bool,
    dated: bool,
) -> str:
    title = _respelt(titler.title(film, form), form)
    if dated:
        title = f"{title} ({year})"
    if plain:
        return title
    patterns = _ANY_FORMAT if special else _OF_FORMAT[FORMATS[format_index]]
    text = patterns[form // 7 % len(patterns)].format(t=title, T=title.upper(), y=year, n=10 * (1 + form % 5))
    return text.replace(f"({year}) ({year})", f"({year})")


def _respelt(title: str, form: int) -> str:
    """One title in some thirty loses its article or has it at the end; one "&" in four is written out."""
    if form % 4 == 0:
        title = title.replace(" & ", " and ")
    if title.startswith("The ") and form % 31 < 2:
        rest = title.removeprefix("The ")
        return rest if form % 31 else f"{rest}, The"
    return title
