"""Films like a film: a part of its page, and a page for people without scripts."""

import pytest
from django.urls import reverse

from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of, titles

pytestmark = pytest.mark.django_db


def url_of(movie):
    return reverse("movie-similar", args=[movie.pk])


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
def test_by_the_model(request, films, active, client):
    part = assert_good_part(request.getfixturevalue(client).get(url_of(films[0]), **HTMX))
    assert set(titles(part)[:3]) == {"Solaris", "Contact", "Gravity"}
    assert "Alien" not in titles(part)
    assert "Liked by the people who like Alien. Model v1." in text_of(part)


def test_without_a_model_by_genres_and_said_so(as_stranger, films):
    part = assert_good_part(as_stranger.get(url_of(films[0]), **HTMX))
    assert set(titles(part)) == {"Solaris", "Contact", "Gravity"}
    assert "These share genres with Alien." in text_of(part)


def test_without_scripts_it_is_a_page(as_stranger, films):
    page = assert_good_page(as_stranger.get(url_of(films[0])))
    assert text_of(page.find(".//h1")) == "Films like Alien"


def test_merged_lonely_and_missing_films(as_stranger, films):
    copy = make_movie("Alien [VHS]", merged_into=films[0])
    assert "share genres with Alien." in text_of(assert_good_part(as_stranger.get(url_of(copy), **HTMX)))
    assert_good_part(as_stranger.get(url_of(make_movie("Lonely", None)), **HTMX))
    assert as_stranger.get(reverse("movie-similar", args=[987654]), **HTMX).status_code == 404


def test_the_number_of_queries_is_constant(as_stranger, films, active, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        as_stranger.get(url_of(films[0]), **HTMX)
