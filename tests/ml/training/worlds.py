"""Made worlds whose truth is known: more people than films, kinds of unequal size, stars with noise."""

from dataclasses import replace

import numpy as np

from ml.data.ratings import Content, Ratings
from tests.ml.builders import FIVE_STARS, make_ratings

NOISE = 0.5
"""Standard deviation of a rating around what the person thinks of the film, in stars."""


def tastes(
    seed: int, *, n_reviewers: int = 260, n_movies: int = 90, mean_ratings: int = 24, n_unrated: int = 0
) -> Ratings:
    """People with two tastes each, unequal in strength, who watch what they like, and popular films more.

    A film's tokens say roughly which side of each taste it is on. The last `n_unrated` movies have no rating.
    """
    generator = np.random.default_rng(seed)
    people = generator.normal(0, 1, (n_reviewers, 2)) * [0.6, 0.35]
    films = generator.choice([-1.0, 1.0], (n_movies, 2)) * generator.uniform(0.6, 1.4, (n_movies, 2))
    levels = 3.4 + generator.normal(0, 0.3, n_movies) + generator.normal(0, 0.25, (n_reviewers, 1))
    opinions = levels + people @ films.T
    wish = generator.normal(0, 0.7, n_movies) + 1.5 * people @ films.T
    wish[:, n_movies - n_unrated :] = -np.inf
    counts = np.clip(generator.geometric(1 / mean_ratings, n_reviewers), 1, n_movies // 2)
    order = np.argsort(-(wish + generator.gumbel(0, 1, wish.shape)), axis=1)
    rows = []
    for reviewer, count in enumerate(counts):
        for place, movie in enumerate(order[reviewer, :count]):
            given = np.clip(np.round(opinions[reviewer, movie] + generator.normal(0, NOISE)), 1, 5)
            rows.append((reviewer, movie, given, 1_500_000_000 + 86_400 * place + reviewer))
    names = np.where(films > 0, ["more", "deep"], ["less", "light"])
    content = Content.from_tokens([f"taste:{name}" for name in film] for film in names)
    return make_ratings(rows, n_reviewers=n_reviewers, n_movies=n_movies, scale=FIVE_STARS, content=content)


def shuffled(ratings: Ratings, seed: int) -> Ratings:
    """The same people, counts, films and stars, but who rated which is chance: nothing is left to learn.

    Each film keeps its ratings' stars, so that biases of films remain.
    """
    generator = np.random.default_rng(seed)
    drawn = np.full(len(ratings), -1)
    taken: set[tuple[int, int]] = set()
    waiting = generator.permutation(len(ratings)).tolist()
    for row, reviewer in enumerate(ratings.reviewer_indices.tolist()):
        place = next(
            (
                at
                for at, other in enumerate(waiting)
                if (reviewer, int(ratings.movie_indices[other])) not in taken
            ),
            None,
        )
        if place is None:
            continue
        drawn[row] = waiting.pop(place)
        taken.add((reviewer, int(ratings.movie_indices[drawn[row]])))
    kept = np.flatnonzero(drawn >= 0)
    return replace(
        ratings.subset(kept),
        movie_indices=ratings.movie_indices[drawn[kept]],
        stars=ratings.stars[drawn[kept]],
        content=None,
    )
