"""Ratings in memory for benchmarks of learning: drawn from a seed, or read from a public MovieLens folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.movielens_csv.__main__ import read_movies, read_ratings
from ml.data.ratings import Ratings, Scale
from ml.data.splits import Split
from ml.vocabulary import Vocabulary

KINDS = 20
FIVE_STARS = Scale(1.0, 5.0, 1.0)


def made_ratings(
    n_ratings: int = 1_000_000, n_reviewers: int = 500_000, n_movies: int = 60_000, seed: int = 0
) -> Ratings:
    """People and films of KINDS kinds: seven ratings in ten are of one's own kind, and a star higher.

    How busy people are is log-normal, how popular films are falls like 1 / rank within their kind. A pair
    occurs once. ValueError if so many different pairs do not come out of one and a half times as many draws.
    """
    generator = np.random.default_rng(seed)
    n_drawn = n_ratings * 3 // 2
    busy = np.cumsum(generator.lognormal(0, 1, n_reviewers))
    reviewers = np.searchsorted(busy, generator.uniform(0, busy[-1], n_drawn), side="right")
    movies = _movies_for(reviewers, n_movies, generator)
    _, first = np.unique(reviewers * n_movies + movies, return_index=True)
    if len(first) < n_ratings:
        raise ValueError(f"Only {len(first):,} different pairs were drawn, not {n_ratings:,}.")
    kept = generator.permutation(first)[:n_ratings]
    reviewers, movies = reviewers[kept], movies[kept]
    return Ratings(
        reviewer_indices=reviewers.astype(np.int32),
        movie_indices=movies.astype(np.int32),
        stars=_stars_for(reviewers, movies, n_movies, generator),
        timestamps=generator.integers(1_000_000_000, 1_500_000_000, n_ratings),
        n_reviewers=n_reviewers,
        n_movies=n_movies,
        scale=FIVE_STARS,
    )


def slice_of(ratings: Ratings, n: int, *, keep_tables: bool) -> Ratings:
    """The first n ratings, over all people and films (`keep_tables`) or over their own alone."""
    part = ratings.subset(np.arange(n))
    if keep_tables:
        return part
    people, reviewers = np.unique(part.reviewer_indices, return_inverse=True)
    films, movies = np.unique(part.movie_indices, return_inverse=True)
    return replace(
        part,
        reviewer_indices=reviewers.astype(np.int32),
        movie_indices=movies.astype(np.int32),
        n_reviewers=len(people),
        n_movies=len(films),
    )


def of_folder(folder: Path) -> Ratings:
    """All ratings of a MovieLens folder, over the films of its film list, with genres left out."""
    whole = folder / "u.data" if (folder / "u.data").exists() else folder / "ratings.csv"
    table = read_ratings(whole)
    return _indexed(table, Vocabulary(np.unique(table["reviewer"])), _films(folder))


def of_folds(folder: Path) -> list[Split]:
    """The canonical folds of ml-100k, u1 to u5, over the people and films of all of it."""
    people, films = Vocabulary(np.unique(read_ratings(folder / "u.data")["reviewer"])), _films(folder)
    return [
        Split(*(_indexed(read_ratings(path.with_suffix(part)), people, films) for part in (".base", ".test")))
        for path in sorted(folder.glob("u?.base"))
    ]


def _films(folder: Path) -> Vocabulary:
    return Vocabulary(np.unique(read_movies(folder)["movie"].to_numpy(np.int64)))


def _indexed(table: pd.DataFrame, people: Vocabulary, films: Vocabulary) -> Ratings:
    stars = table["stars"].to_numpy(np.float32)
    return Ratings(
        reviewer_indices=people.indices(table["reviewer"]).astype(np.int32),
        movie_indices=films.indices(table["movie"]).astype(np.int32),
        stars=stars,
        timestamps=table["timestamp"].to_numpy(np.int64),
        n_reviewers=len(people),
        n_movies=len(films),
        scale=Scale.from_stars(stars),
    )


def _movies_for(reviewers: np.ndarray, n_movies: int, generator: np.random.Generator) -> np.ndarray:
    """A film of kind k is one whose index leaves k when divided by KINDS; so is a person."""
    n_ranks = n_movies // KINDS
    heaviness = np.cumsum(1 / np.arange(1, n_ranks + 1))
    ranks = np.searchsorted(heaviness, generator.uniform(0, heaviness[-1], len(reviewers)), side="right")
    is_own = generator.random(len(reviewers)) < 0.7
    kinds = np.where(is_own, reviewers % KINDS, generator.integers(0, KINDS, len(reviewers)))
    return ranks * KINDS + kinds


def _stars_for(
    reviewers: np.ndarray, movies: np.ndarray, n_movies: int, generator: np.random.Generator
) -> np.ndarray:
    levels = generator.normal(3.2, 0.5, n_movies)
    liking = (reviewers % KINDS == movies % KINDS).astype(np.float64)
    stars = levels[movies] + liking + generator.normal(0, 0.7, len(movies))
    return np.clip(np.round(stars), 1, 5).astype(np.float32)
