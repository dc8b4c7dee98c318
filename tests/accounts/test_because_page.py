"""Films near those that somebody liked."""

import pytest
from django.urls import reverse

from accounts.because import because_rows
from catalog.models import Reviewer
from catalog.ratings import rate
from recommendations.marks import mark
from recommendations.models import Mark
from recommendations.services import someone_signed_in
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of, titles
from tests.recommendations.conftest import _as_in_a_fresh_process  # noqa: F401 - for every test here
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = pytest.mark.django_db
URL = reverse("because")


@pytest.fixture
def films():
    """Ten films about space, then ten romances, and a model that knows them."""
    made = [make_movie(f"Space {n}", 1980, ["Science Fiction"]) for n in range(10)]
    made += [make_movie(f"Love {n}", 1950, ["Romance"]) for n in range(10)]
    plant_active("v1", tastes_of(made))
    return made


def rate_all_of(user, *ratings):
    for movie, half_stars in ratings:
        rate(Reviewer.objects.for_user(user), movie, half_stars)


def rows_of(user):
    return [
        (row.movie.title, [film.title for film in row.films]) for row in because_rows(someone_signed_in(user))
    ]


def test_a_row_for_the_last_liked_and_for_one_of_another_kind(films, ada):
    rate_all_of(ada, (films[10], 9), (films[1], 10), (films[2], 8), (films[3], 3))
    [first, second] = rows_of(ada)
    assert (first[0], second[0]) == ("Space 2", "Love 0")
    assert len(first[1]) == len(second[1]) == 6
    assert all(title.startswith("Space") for title in first[1])
    assert all(title.startswith("Love") for title in second[1])


def test_what_is_rated_or_hidden_is_in_no_row(films, ada):
    rate_all_of(ada, (films[0], 10), (films[1], 2))
    mark(ada, films[2], Mark.Kind.SEEN)
    mark(ada, films[3], Mark.Kind.NOT_INTERESTED)
    [(_, shown)] = rows_of(ada)
    assert not {"Space 0", "Space 1", "Space 2", "Space 3"} & set(shown)
    assert len(shown) == 6


def test_no_film_is_in_two_rows(films, ada):
    rate_all_of(ada, (films[0], 10), (films[1], 10))
    [(_, one), *others] = rows_of(ada)
    assert not set(one) & {title for _, row in others for title in row}


def test_a_rating_out_of_use_makes_no_row(films, ada):
    rate_all_of(ada, (films[0], 10))
    mark(ada, films[0], Mark.Kind.UNUSED)
    assert rows_of(ada) == []


def test_the_part_the_page_and_who_liked_nothing_yet(as_ada, as_stranger, ada, films):
    assert "films like it will stand here" in text_of(assert_good_part(as_ada.get(URL, **HTMX)))
    rate_all_of(ada, (films[0], 9))
    part = assert_good_part(as_ada.get(URL, **HTMX))
    assert "Because you gave Space 0 4.5 stars" in text_of(part)
    assert len(titles(part)) == 6
    assert_good_page(as_ada.get(URL))
    as_stranger.post(reverse("movie-rate", args=[films[0].pk]), {"stars": "5"})
    assert "Because you gave Space 0 5 stars" in text_of(assert_good_page(as_stranger.get(URL)))


def test_the_number_of_queries_is_constant(as_ada, ada, films, django_assert_max_num_queries):
    rate_all_of(ada, (films[0], 9), (films[10], 9))
    as_ada.get(URL, **HTMX)  # which opens the model
    with django_assert_max_num_queries(16) as first:
        as_ada.get(URL, **HTMX)
    rate_all_of(ada, *[(movie, 9) for movie in films[1:4] + films[11:14]])
    with django_assert_max_num_queries(len(first)) as second:
        as_ada.get(URL, **HTMX)
    assert len(second) == len(first)
