"""Where learning starts: what films and people differ by, as far as counts and averages tell.

    stars_ui = mean + g(n_i) + b_i + h(n_u) + b_u + noise

b are the ridge biases. Two ratings of one person share b_u alone, two of one film b_i alone: so the mean product of
such pairs' deviations from the global mean is the variance of b_u, or of b_i, and what is left of the variance of all
ratings is that of the noise (the method of moments; Searle, Casella and McCulloch 1992, chapter 5). The ridges
noise / variance make of ridge regression the best linear prediction (Henderson 1975).

Films that few have rated are not rated like those that many have, nor do people of one rating rate like those of many.
g and h are what is left of a rating, on average, when it is predicted from all others but itself: of n others of that
film, and of n others of that person. They are linear between 0, 1, 3, 7, ..., 255 others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.arraytypes import Float64Array, IndexArray
from ml.baselines import Bias
from ml.data.ratings import Ratings
from ml.people import COUNT_KNOTS, count_weights

MINIMUM = 0.01
"""Of the variance of all ratings: products of few pairs may be negative on average, and none may divide by zero."""
EXACT = 1e-4
"""Square stars, for ratings that are all alike."""
SMOOTHNESS = 50.0
"""How many people, or films, the difference between neighbouring knots weighs, with all their ratings: so that one
nobody is near is as the next, and a few people's tempers are not taken for what so many ratings mean."""
_AT_ONCE = 500_000


@dataclass(frozen=True)
class Variances:
    """In square stars, all above 0."""

    reviewers: float
    movies: float
    noise: float


@dataclass(frozen=True)
class StartingBiases:
    """movies: float64 (n_movies,), stars expected of a stranger, mean and g included. by_length: float64 (k,), h at the
    knots of `ml.people.count_weights`."""

    global_mean: float
    movies: Float64Array
    by_length: Float64Array
    variances: Variances


def starting_biases(ratings: Ratings) -> StartingBiases:
    """Of one rating or more."""
    found = variances(ratings)
    ridges = found.noise / found.reviewers, found.noise / found.movies
    bias = Bias(reviewer_ridge=ridges[0], movie_ridge=ridges[1]).fit(ratings)
    by_popularity, by_length = _by_counts(ratings, bias)
    counts = np.bincount(ratings.movie_indices, minlength=ratings.n_movies)
    movies = bias.global_mean + bias.movie_biases + count_weights(counts) @ by_popularity
    return StartingBiases(bias.global_mean, movies, by_length, found)


def variances(ratings: Ratings) -> Variances:
    """Each person and each film of two ratings or more counts once, however many these are; the noise is what is left
    of the variance of ratings, so there they count by their ratings."""
    deviations = ratings.stars.astype(np.float64) - ratings.stars.mean(dtype=np.float64)
    whole = float(np.mean(deviations**2))
    least = max(MINIMUM * whole, EXACT)
    sides = [_of_pairs(deviations, each) for each in (ratings.reviewer_indices, ratings.movie_indices)]
    reviewers, movies = (max(of_groups, least) for of_groups, _ in sides)
    noise = whole - sum(max(of_ratings, 0.0) for _, of_ratings in sides)
    return Variances(reviewers, movies, max(noise, least))


def _of_pairs(deviations: Float64Array, groups: IndexArray) -> tuple[float, float]:
    """The mean product of two of a group, averaged over groups of two or more, and over their ratings; 0 if there is
    none."""
    counts = np.bincount(groups)
    sums, squares = (np.bincount(groups, weights=values) for values in (deviations, deviations**2))
    several = counts > 1
    if not several.any():
        return 0.0, 0.0
    counts = counts[several]
    products = (sums[several] ** 2 - squares[several]) / (counts * (counts - 1.0))
    return float(products.mean()), float(np.average(products, weights=counts))


def _by_counts(ratings: Ratings, bias: Bias) -> tuple[Float64Array, Float64Array]:
    """(k,), (k,): g and h, by least squares over all ratings at once; of a level that both could have, g has none."""
    steps, ratings_of_one = np.diff(np.eye(COUNT_KNOTS), axis=0), 2.0 ** np.arange(COUNT_KNOTS - 1)
    squares = np.kron(np.eye(2), SMOOTHNESS * (steps.T * ratings_of_one) @ steps)
    squares[:COUNT_KNOTS, :COUNT_KNOTS] += EXACT * np.eye(COUNT_KNOTS)
    products = np.zeros(2 * COUNT_KNOTS)
    for rows, left in _left_by_others(ratings, bias):
        squares += rows.T @ rows
        products += rows.T @ left
    by_popularity, by_length = np.split(np.linalg.solve(squares, products), 2)
    return by_popularity, by_length


def _left_by_others(ratings: Ratings, bias: Bias) -> Iterator[tuple[Float64Array, Float64Array]]:
    """Some ratings at a time: the weights of both sides' knots (m, 2 k), and what other ratings leave of each (m,)."""
    deviations = ratings.stars.astype(np.float64) - bias.global_mean
    reviewers, movies = ratings.reviewer_indices, ratings.movie_indices
    sides = [
        _others(deviations - bias.movie_biases[movies], reviewers, bias.reviewer_ridge),
        _others(deviations - bias.reviewer_biases[reviewers], movies, bias.movie_ridge),
    ]
    left = deviations - sides[0][1] - sides[1][1]
    for start in range(0, len(left), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        weights = [count_weights(sides[side][0][some]) for side in (1, 0)]
        yield np.concatenate(weights, axis=1), left[some]


def _others(values: Float64Array, groups: IndexArray, ridge: float) -> tuple[IndexArray, Float64Array]:
    """(n,), (n,): how many others each one's group has, and their sum over number + ridge."""
    counts = np.bincount(groups)[groups] - 1
    sums = np.bincount(groups, weights=values)[groups] - values
    return counts, sums / (counts + ridge)
