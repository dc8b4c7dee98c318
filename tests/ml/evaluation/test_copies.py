from dataclasses import replace

import numpy as np
import pytest

from ml.data.ratings import NO_TIMESTAMP, Ratings
from ml.data.splits import random_split
from ml.evaluation.copies import MOST_IN_A_SITTING, copied_share
from ml.evaluation.leaks import LeakError, check_split
from tests.ml.builders import make_ratings
from tests.ml.training.worlds import tastes

N_MOVIES = 30


def sides(train: list[tuple[int, ...]], test: list[tuple[int, ...]]) -> tuple[Ratings, Ratings]:
    return tuple(make_ratings(rows, n_reviewers=40, n_movies=N_MOVIES) for rows in (train, test))  # type: ignore[return-value]


def test_films_that_share_most_of_their_ratings_are_copies() -> None:
    """Film 1 has four test ratings, three of them in training under film 2: 3 of 5 test ratings are copies."""
    train, test = sides(
        [(u, 2, 4, 100 + u) for u in (0, 1, 2)],
        [(u, 1, 4, 100 + u) for u in (0, 1, 2)] + [(3, 1, 4, 7), (4, 5, 2, 8)],
    )

    assert copied_share(train, test) == pytest.approx(3 / 5)


def test_copies_on_one_side_give_nothing_away() -> None:
    copies = [(u, film, 4, 100 + u) for u in range(4) for film in (1, 2)]
    others = [(u, 5, 2, 8) for u in range(4)]

    assert copied_share(*sides(others, copies)) == copied_share(*sides(copies, others)) == 0


@pytest.mark.parametrize("column", ["reviewer", "stars", "time"])
def test_copies_agree_in_everything_but_the_film(column: str) -> None:
    shift = {"reviewer": (10, 0, 0), "stars": (0, 1, 0), "time": (0, 0, 1)}[column]
    copies = [(u + shift[0], 2, 4 + shift[1], 100 + u + shift[2]) for u in range(5)]
    train, test = sides(copies, [(u, 1, 4, 100 + u) for u in range(5)])

    assert copied_share(train, test) == 0


def test_two_shared_ratings_or_less_than_half_are_chance() -> None:
    few = sides([(u, 2, 4, u) for u in (0, 1)], [(u, 1, 4, u) for u in (0, 1)])
    many = [(u, 1, 4, u) for u in range(7)] + [(u + 10, 2, 3, u) for u in range(7)]
    minority = sides([(u, 2, 4, u) for u in (0, 1, 2)], many)

    assert copied_share(*few) == copied_share(*minority) == 0


def test_films_hidden_from_training_are_no_copies_of_those_that_share_a_sitting() -> None:
    """Film 1 is in the test alone, with ten ratings; three of them agree with some of film 2's ten in training."""
    common = [(u, 4, u) for u in range(3)]
    hidden = [(u, 1, stars, when) for u, stars, when in common] + [(u, 1, 5, 90) for u in range(3, 10)]
    visible = [(u, 2, stars, when) for u, stars, when in common] + [(u, 2, 2, 95) for u in range(3, 10)]

    assert copied_share(*sides(visible, hidden)) == 0


def test_ratings_without_a_time_and_people_who_file_a_shelf_prove_nothing() -> None:
    untimed = sides([(u, 2, 4, NO_TIMESTAMP) for u in range(4)], [(u, 1, 4, NO_TIMESTAMP) for u in range(4)])
    shelf = [(u, i, 4, 9) for u in range(4) for i in range(2, 3 + MOST_IN_A_SITTING)]
    filing = sides(shelf, [(u, 1, 4, 9) for u in range(4)])

    assert copied_share(*untimed) == copied_share(*filing) == 0


def test_editions_that_were_not_brought_together_stop_training() -> None:
    """Every film of a world once more under another movie, with the same reviews."""
    ratings = tastes(0)
    once = replace(ratings, content=None, n_movies=2 * ratings.n_movies)
    again = replace(once, movie_indices=once.movie_indices + np.int32(ratings.n_movies))
    doubled = once.joined_with(again)

    check_split(*random_split(ratings), temporal=False)
    with pytest.raises(LeakError, match="bring the editions of one film together"):
        check_split(*random_split(doubled), temporal=False)
