"""Ratings made by a seeded model of taste, with the shape of real reviews.

A reviewer p is a mixture of a few `profiles` and a leaning along hidden dimensions that no fact about a film
tells; films share those with others of their directors and series. The affinity of p for film f is

    a_pf = COS * sum_t mixture_pt appeal_tf + SIN * sum_k leaning_pk hidden_fk

p sees the n_p films with the greatest  draw_f + PULL * a_pf + Gumbel noise  (that is: one after another, each
with probability proportional to exp(draw_f + PULL * a_pf)), out of those that were out before p's last visit,
and thinks of each  quality_f + leniency_p + OPINION * a_pf + Gaussian noise. Those opinions are cut into one
to five stars where the shares of the real ones come out.

Same seed, same films, same ratings, on every machine: sums are written as element-wise additions, in one
order, because a matrix product adds in an order of the machine's own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.demo.films import Film
from catalog.demo.profiles import PROFILES, Profile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 1982
REVIEWERS = 6_400
SHARE_WITH_ONE_RATING = 0.5
MOST_RATINGS = 150
TAIL = 0.6
"""Of reviewers with more than one rating, those with x or more are in proportion to x ** -TAIL."""

STAR_SHARES = (0.07, 0.04, 0.075, 0.145, 0.67)
"""Of one to five stars: a mean of 4.3, a standard deviation of 1.2."""

FIRST_DAY = np.datetime64("2000-01-01", "s").astype(np.int64)
LAST_DAY = np.datetime64("2024-01-01", "s").astype(np.int64)
YEAR_SECONDS = 365.25 * 86_400

# Set so that tastes can be learned as well, and as badly, as real people's: see tests/catalog/demo/test_tastes.py.
HIDDEN_DIMS = 4
HIDDEN_SHARE = 0.35
"""Of the variance of affinity."""

PULL = 1.2
DRAW_PER_FAME = (-5.8, -5.4, -4.7, -1.9, 0.0)
"""For fame 1 to 5, in logarithms: a film of fame 5 is seen seven times as often as one of fame 4."""

DRAW_SPREAD = 0.6
OPINION = 0.9
QUALITY_PER_FAME = 0.15
QUALITY_PER_DECADE = 0.07
QUALITY_SPREAD = 0.25
LENIENCY_SPREAD = 0.5
NOISE = 0.85


@dataclass(frozen=True)
class FilmTraits:
    """One column a film: `appeal` (profiles, films), `hidden` (dims, films), the others (films,)."""

    appeal: Floats
    hidden: Floats
    draw: Floats
    quality: Floats
    released_at: Ints


@dataclass(frozen=True)
class People:
    """One row a reviewer: `mixture` (reviewers, profiles), `leaning` (reviewers, dims), others (reviewers,)."""

    mixture: Floats
    leaning: Floats
    leniency: Floats
    rating_counts: Ints
    first_visit: Ints
    last_visit: Ints


@dataclass(frozen=True)
class MadeRatings:
    """One row a rating, in order of time; `rated_at` in seconds since 1970.

    `expected_stars`: what the model itself expects before the noise: nobody can predict better.
    """

    reviewer_indices: Ints
    film_indices: Ints
    stars: Ints
    rated_at: Ints
    expected_stars: Floats

    def __len__(self) -> int:
        return len(self.stars)

    @property
    def reviewer_count(self) -> int:
        return int(self.reviewer_indices.max()) + 1

    @property
    def best_possible_rmse(self) -> float:
        return float(np.sqrt(np.mean((self.stars - self.expected_stars) ** 2)))


def make_ratings(films: Sequence[Film], *, seed: int = SEED, reviewers: int = REVIEWERS) -> MadeRatings:
    """About five ratings a reviewer, of `films`."""
    of_films, of_people, of_choices, of_opinions = (
        np.random.Generator(np.random.PCG64(source)) for source in np.random.SeedSequence(seed).spawn(4)
    )
    traits, people = _film_traits(films, of_films), _people(reviewers, of_people)
    affinity = _affinity(people, traits)
    who, what = _choose(people, traits, affinity, of_choices)
    when = _rating_times(people, traits, who, what, of_opinions)
    before_noise = traits.quality[what] + people.leniency[who] + OPINION * affinity[who, what]
    stars, cuts = _as_stars(before_noise + NOISE * of_opinions.standard_normal(len(who)))
    order = np.lexsort((what, who, when))
    return MadeRatings(
        who[order], what[order], stars[order], when[order], _expected(before_noise, cuts)[order]
    )


def _film_traits(films: Sequence[Film], rng: np.random.Generator) -> FilmTraits:
    fame = np.array([film.fame for film in films])
    n = len(films)
    return FilmTraits(
        appeal=np.array([_appeal(profile, films) for profile in PROFILES]),
        hidden=_hidden(films, rng),
        draw=np.array(DRAW_PER_FAME)[fame - 1] + DRAW_SPREAD * rng.standard_normal(n),
        quality=_expected_quality(films) + QUALITY_SPREAD * rng.standard_normal(n),
        released_at=np.array(
            [np.datetime64(f"{film.year + 1}-01-01", "s").astype(np.int64) for film in films]
        ),
    )


def _expected_quality(films: Sequence[Film]) -> Floats:
    """What is known to many, or remembered after decades, tends to be good."""
    return np.array(
        [QUALITY_PER_FAME * film.fame + QUALITY_PER_DECADE * (2000 - film.year) / 10 for film in films]
    )


def _appeal(profile: Profile, films: Sequence[Film]) -> Floats:
    """How much each film is what people of this taste look for: mean 0, variance 1 over the films (or all alike)."""
    raw = np.array([_match(profile, film) for film in films])
    return (raw - raw.mean()) / (raw.std() or 1.0)


def _match(profile: Profile, film: Film) -> float:
    """Genres count by their mean, so that a film of many is not more of each; then decade, people, series, fame."""
    genres = sum(profile.genres.get(genre, 0.0) for genre in film.genres) / math.sqrt(len(film.genres))
    people = 1.0 if profile.people.intersection(film.people) else 0.0
    series = 1.0 if film.series in profile.series else 0.0
    return (
        genres + profile.decades.get(film.decade, 0.0) + people + series + profile.fame * (film.fame - 4) / 2
    )


def _hidden(films: Sequence[Film], rng: np.random.Generator) -> Floats:
    """Unit-variance hidden dimensions (dims, films): a part of its own, one of each director's, one of its series'."""
    groups = sorted({name for film in films for name in (*film.directors, film.series) if name})
    shared = dict(zip(groups, rng.standard_normal((len(groups), HIDDEN_DIMS)), strict=True))
    own = rng.standard_normal((len(films), HIDDEN_DIMS))
    rows = []
    for film, vector in zip(films, own, strict=True):
        parts = [shared[name] for name in (*film.directors, film.series) if name]
        rows.append((vector + sum(parts)) / math.sqrt(1 + len(parts)))
    return np.array(rows).T


def _people(n: int, rng: np.random.Generator) -> People:
    shares = np.array([profile.share for profile in PROFILES])
    mixture = rng.standard_gamma(0.12 * shares, (n, len(PROFILES))) + 1e-12
    first = FIRST_DAY + (LAST_DAY - FIRST_DAY) * rng.random(n) ** (1 / 2)
    stays = rng.exponential(3 * YEAR_SECONDS, n)
    return People(
        mixture=mixture / np.sqrt((mixture**2).sum(axis=1, keepdims=True)),
        leaning=rng.standard_normal((n, HIDDEN_DIMS)) / math.sqrt(HIDDEN_DIMS),
        leniency=LENIENCY_SPREAD * rng.standard_normal(n),
        rating_counts=_rating_counts(n, rng),
        first_visit=first.astype(np.int64),
        last_visit=np.minimum(first + stays, LAST_DAY - 1).astype(np.int64),
    )


def _rating_counts(n: int, rng: np.random.Generator) -> Ints:
    """One for a fixed share of the reviewers; two or more, with a Pareto tail, cut off, for the others.

    Drawn from n equal slices of the distribution, so that the total hardly depends on the seed.
    """
    more = n - round(n * SHARE_WITH_ONE_RATING)
    levels = (np.arange(more) + rng.random(more)) / more
    rarest = (2 / (MOST_RATINGS + 1)) ** TAIL
    counts = np.ones(n, dtype=np.int64)
    counts[:more] = np.floor(2 * (rarest + (1 - rarest) * levels) ** (-1 / TAIL))
    return rng.permutation(counts)


def _affinity(people: People, traits: FilmTraits) -> Floats:
    """(reviewers, films), of variance about 1."""
    by_taste = _product(people.mixture, traits.appeal)
    by_leaning = _product(people.leaning, traits.hidden)
    return math.sqrt(1 - HIDDEN_SHARE) * by_taste + math.sqrt(HIDDEN_SHARE) * by_leaning


def _product(left: Floats, right: Floats) -> Floats:
    """The matrix product, added up in one order on every machine."""
    total = np.zeros((len(left), right.shape[1]))
    for column, row in zip(left.T, right, strict=True):
        total += column[:, None] * row
    return total


def _choose(
    people: People, traits: FilmTraits, affinity: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Reviewer and film indices of all ratings; no pair twice."""
    keys = traits.draw + PULL * affinity + rng.gumbel(size=affinity.shape)
    is_out = traits.released_at < people.last_visit[:, None]
    keys[~is_out] = -np.inf
    best_first = np.argsort(-keys, axis=1, kind="stable")
    n_seen = np.minimum(people.rating_counts, is_out.sum(axis=1))
    is_seen = np.arange(len(traits.draw)) < n_seen[:, None]
    return np.nonzero(is_seen)[0], best_first[is_seen]


def _rating_times(
    people: People, traits: FilmTraits, who: Ints, what: Ints, rng: np.random.Generator
) -> Ints:
    """Some time while the reviewer was about and the film was out."""
    start = np.maximum(people.first_visit[who], traits.released_at[what])
    return start + np.floor((people.last_visit[who] - start) * rng.random(len(who))).astype(np.int64)


def _as_stars(opinions: Floats) -> tuple[Ints, Floats]:
    """Opinions cut into stars where STAR_SHARES come out, and the four cuts."""
    ranks = np.round(np.cumsum(STAR_SHARES)[:-1] * len(opinions)).astype(np.int64)
    cuts = np.sort(opinions)[ranks]
    return 1 + np.searchsorted(cuts, opinions, side="right"), cuts


def _expected(before_noise: Floats, cuts: Floats) -> Floats:
    """1 + sum over the cuts of P(opinion above the cut)."""
    above = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)))
    return 1 + sum(above((before_noise - cut) / NOISE) for cut in cuts)
