import numpy as np
import pytest

from catalog.demo.films import Film, read_films
from catalog.demo.tastes import MadeRatings, make_ratings


@pytest.fixture(scope="package")
def films() -> list[Film]:
    return read_films()


@pytest.fixture(scope="package")
def made(films: list[Film]) -> MadeRatings:
    """The ratings of the demo as it ships."""
    return make_ratings(films)


@pytest.fixture(scope="package")
def stars_matrix(made: MadeRatings, films: list[Film]) -> np.ndarray:
    """(reviewers, films), 0 where there is no rating."""
    stars = np.zeros((made.reviewer_count, len(films)))
    stars[made.reviewer_indices, made.film_indices] = made.stars
    return stars
