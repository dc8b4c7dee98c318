"""From reviews to the two data sets of the study: as the seed prepared its own, and without its leak."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arraytypes import BoolArray, Int64Array
from ml.data.ratings import Ratings, Scale
from ml.data.splits import Split
from ml.errors import InputError

FEWEST = 10
"""Ratings below which neither a split nor five folds say anything."""

Figures = dict[str, float]


class PreparationError(InputError):
    """What is left of the reviews cannot be learned from."""


@dataclass(frozen=True)
class Prepared:
    """as_seed: an ASIN a movie, and a pair of reviewer and movie as often as the file has it, against what Ratings
    promise: that is the mistake. leak_free: a film a movie, one rating for each reviewer and film.

    film_of_movie: int64 (as_seed.n_movies,), equal where two movies of `as_seed` are one film.
    figures: of "all" reviews, and of those in "as_seed" and in "leak_free".
    """

    as_seed: Ratings
    leak_free: Ratings
    film_of_movie: Int64Array
    figures: dict[str, Figures]


def prepare(
    reviews: pd.DataFrame,
    *,
    scale: Scale,
    groups: Mapping[str, str],
    min_per_reviewer: int = 1,
    min_per_movie: int = 1,
) -> Prepared:
    """groups: by movie, the group of editions it belongs to; a movie without one is a film of its own.

    PreparationError if too little is left, or if all of it has the same stars.
    """
    # A group may be called like a movie outside it.
    films = reviews["movie"].map(lambda movie: f"group {groups[movie]}" if movie in groups else movie)
    all_ = reviews.assign(film=films)
    as_seed = without_rare(all_, min_per_reviewer, min_per_movie)
    merged = one_rating_each(all_.assign(movie=films))
    leak_free = without_rare(merged, min_per_reviewer, min_per_movie)
    tables = {"all": all_, "as_seed": as_seed, "leak_free": leak_free}
    for table in (as_seed, leak_free):
        _check_can_be_learned(table, len(reviews), (min_per_reviewer, min_per_movie))
    return Prepared(
        as_seed=_ratings(as_seed, scale),
        leak_free=_ratings(leak_free, scale),
        film_of_movie=_films(as_seed),
        figures={name: describe(table) for name, table in tables.items()},
    )


def without_rare(reviews: pd.DataFrame, min_per_reviewer: int, min_per_movie: int) -> pd.DataFrame:
    """Reviews whose reviewer and movie both have so many. Counted once, as the seed did: of what is left, some
    have fewer again."""
    reviewer_count = reviews.groupby("reviewer")["stars"].transform("size")
    movie_count = reviews.groupby("movie")["stars"].transform("size")
    return reviews[(reviewer_count >= min_per_reviewer) & (movie_count >= min_per_movie)]


def one_rating_each(reviews: pd.DataFrame) -> pd.DataFrame:
    """The latest review of a movie by a reviewer, of equally late ones the one with more stars."""
    ordered = reviews.sort_values(["timestamp", "stars"], kind="stable")
    return ordered.drop_duplicates(["reviewer", "movie"], keep="last").sort_index()


def describe(reviews: pd.DataFrame) -> Figures:
    """What the seed's study told of its data."""
    stars = reviews["stars"].astype(np.float64)
    by_reviewer, by_movie = reviews["reviewer"].value_counts(), reviews["movie"].value_counts()
    figures = {
        "ratings": len(reviews),
        "reviewers": len(by_reviewer),
        "movies": len(by_movie),
        "mean": stars.mean(),
        "standard_deviation": stars.std(ddof=0),
        "median": stars.median(),
        "per_reviewer": by_reviewer.mean(),
        "busiest_reviewer": by_reviewer.max(),
        "per_movie": by_movie.mean(),
        "most_rated_movie": by_movie.max(),
        "mae_of_median": (stars - stars.median()).abs().mean(),
        "rmse_of_median": np.sqrt(((stars - stars.median()) ** 2).mean()),
    }
    return {name: float(value) for name, value in figures.items()}


def has_copy_in_training(split: Split, film_of_movie: Int64Array) -> BoolArray:
    """Mask (len(split.test),): the same reviewer's rating of the same film, under whatever ASIN, is trained on."""
    n_films = int(film_of_movie.max()) + 1
    train, test = (
        part.reviewer_indices.astype(np.int64) * n_films + film_of_movie[part.movie_indices] for part in split
    )
    return np.isin(test, train)


def _ratings(reviews: pd.DataFrame, scale: Scale) -> Ratings:
    reviewers, reviewer_keys = pd.factorize(reviews["reviewer"], sort=True)
    movies, movie_keys = pd.factorize(reviews["movie"], sort=True)
    return Ratings(
        reviewer_indices=reviewers.astype(np.int32),
        movie_indices=movies.astype(np.int32),
        stars=reviews["stars"].to_numpy(np.float32),
        timestamps=reviews["timestamp"].to_numpy(np.int64),
        n_reviewers=len(reviewer_keys),
        n_movies=len(movie_keys),
        scale=scale,
    )


def _films(reviews: pd.DataFrame) -> Int64Array:
    """The film of each movie, in the movies' order of `_ratings`."""
    of_movie = reviews.drop_duplicates("movie").sort_values("movie")["film"]
    return pd.factorize(of_movie)[0].astype(np.int64)


def _check_can_be_learned(reviews: pd.DataFrame, n_before: int, least: tuple[int, int]) -> None:
    if len(reviews) < FEWEST:
        raise PreparationError(
            f"Of {n_before:,} reviews {len(reviews)} are left of reviewers with at least {least[0]} and movies with"
            f" at least {least[1]}; the study needs {FEWEST}."
        )
    if reviews["stars"].nunique() == 1:
        stars = reviews["stars"].iloc[0]
        raise PreparationError(f"All {len(reviews):,} ratings have {stars:g} stars: nothing can be learned.")
