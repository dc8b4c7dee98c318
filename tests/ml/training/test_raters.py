"""Who rated the films of a batch."""

import numpy as np
import pytest

from ml.data.ratings import Ratings
from ml.training.raters import NOBODY, Raters, rater_rows
from tests.ml.builders import make_ratings, planted_ratings

GENERATOR = np.random.default_rng(3)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


def raters(ratings: Ratings, at_least: int = 1) -> Raters:
    return Raters(ratings, rater_rows(ratings, at_least))


def test_people_with_few_ratings_are_no_raters(ratings: Ratings) -> None:
    rows = rater_rows(ratings, 7)

    many = np.flatnonzero(ratings.histories.counts >= 7)
    assert 5 < len(many) < ratings.n_reviewers - 5
    assert rows[many].tolist() == list(range(len(many)))
    assert (np.delete(rows, many) == -1).all()


def test_a_film_is_told_by_everyone_who_rated_it_with_a_row(ratings: Ratings) -> None:
    rows = rater_rows(ratings, 7)
    films = np.array([4, 22, 9])

    terms = raters(ratings, 7).terms(films, 10**6, GENERATOR)

    assert (np.diff(terms["rater_column"]) >= 0).all()
    for column, film in enumerate(films):
        of_film = terms["rater_column"] == column
        told = rows[ratings.reviewer_indices[ratings.movie_indices == film]]
        told = told[told >= 0]
        assert sorted(terms["rater"][of_film]) == sorted(told)
        assert terms["rater_weight"][of_film] == pytest.approx(max(len(told), 1) ** -0.5)
    assert set(terms["rater_column"]) == {0, 2}  # nobody rated film 22


def test_some_of_many_are_drawn_afresh_and_stand_for_all(ratings: Ratings) -> None:
    some, films = raters(ratings), np.arange(20)
    whole = some.terms(films, 10**6, GENERATOR)
    n_all = np.bincount(whole["rater_column"])
    assert n_all.max() > 15

    draws = [some.terms(films, 100, GENERATOR) for _ in range(400)]

    drawn = np.bincount(draws[0]["rater_column"])
    assert drawn.tolist() == np.minimum(n_all, drawn.max()).tolist()
    assert drawn.sum() <= 100 < np.minimum(n_all, 2 * drawn.max()).sum()
    assert all(np.bincount(terms["rater_column"]).tolist() == drawn.tolist() for terms in draws)
    value_of, values = np.random.default_rng(4).normal(0, 1, ratings.n_reviewers), np.zeros((401, 20))
    for place, terms in enumerate([whole, *draws]):
        np.add.at(values[place], terms["rater_column"], terms["rater_weight"] * value_of[terms["rater"]])
    np.testing.assert_allclose(values[1:].mean(axis=0), values[0], atol=0.5)
    assert len({tuple(terms["rater"]) for terms in draws}) > 300


def test_some_people_can_be_left_out() -> None:
    """Of four who rated film 0 one is left out: the others stand for three; of film 1 nobody is left."""
    ratings = make_ratings([(0, 0, 4.0), (1, 0, 2.0), (2, 0, 3.0), (3, 0, 5.0), (3, 1, 1.0)])
    some = raters(ratings)

    terms = some.terms(np.array([1, 0]), 10, GENERATOR, without=np.array([3]))

    assert sorted(terms["rater"]) == [0, 1, 2]
    assert terms["rater_column"].tolist() == [1, 1, 1]
    assert terms["rater_weight"] == pytest.approx(3**-0.5)
    assert sorted(some.terms(np.array([0]), 10, GENERATOR)["rater"]) == [0, 1, 2, 3]


def test_films_that_nobody_rated_have_no_terms(ratings: Ratings) -> None:
    terms = raters(ratings).terms(np.array([21, 22]), 10, GENERATOR)

    assert {name: array.dtype for name, array in terms.items()} == {n: a.dtype for n, a in NOBODY.items()}
    assert all(len(array) == 0 for array in terms.values())


def test_all_that_is_said_of_films_is_added_up(ratings: Ratings) -> None:
    """The same as the terms of all, whichever parts it is computed in."""
    some, generator = raters(ratings), np.random.default_rng(2)
    embeddings = generator.normal(0, 1, (ratings.n_reviewers, 3)).astype(np.float32)
    terms = some.terms(np.arange(ratings.n_movies), 10**6, GENERATOR)
    expected = np.zeros((ratings.n_movies, 3))
    np.add.at(expected, terms["rater_column"], embeddings[terms["rater"]] * terms["rater_weight"][:, None])

    for at_once in (10**6, 30):
        vectors = some.vectors(embeddings, at_once=at_once)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(vectors, expected, atol=1e-5)
