"""What reviewers wrote: on the film's page when texts were imported, most helpful first, nobody named."""

from datetime import UTC, datetime

import pytest

from catalog.models import Rating, ReviewText
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alien():
    """Seven ratings, of which six have texts: more than a page holds."""
    movie = make_movie("Alien", 1979)
    rate_all(make_reviewers(7), movie, [10, 9, 8, 7, 6, 5, 1])
    Rating.objects.update(rated_at=datetime(2012, 11, 9, tzinfo=UTC))
    for votes, rating in enumerate(Rating.objects.order_by("-half_stars")[:6]):
        ReviewText.objects.create(
            rating=rating, headline=f"Headline {votes}", body=f"Body {votes} <b>bold</b>", helpful_votes=votes
        )
    return movie


def test_the_most_helpful_come_first_without_names(as_stranger, alien, django_assert_num_queries):
    with django_assert_num_queries(4):
        response = as_stranger.get(f"/movies/{alien.pk}/reviews/")
    page = assert_good_page(response)
    headlines = [text_of(found) for found in page.findall(".//h3")]
    assert headlines == [f"Headline {votes}" for votes in (5, 4, 3, 2, 1)]
    words = text_of(page.find(".//main"))
    assert "a reviewer, November 2012 5 found this helpful" in words
    assert "Body 5 <b>bold</b>" in words
    for reviewer in Rating.objects.values_list("reviewer__external_id", flat=True):
        assert reviewer not in words
    rest = assert_good_page(as_stranger.get(f"/movies/{alien.pk}/reviews/?page=2"))
    assert [text_of(found) for found in rest.findall(".//h3")] == ["Headline 0"]


def test_superseded_copies_are_not_shown(as_stranger, alien):
    Rating.objects.filter(half_stars=5).update(superseded=True)
    assert "Headline 5" not in as_stranger.get(f"/movies/{alien.pk}/reviews/").content.decode()


def test_a_long_text_can_be_opened(as_stranger, alien):
    ReviewText.objects.filter(helpful_votes=5).update(body="word " * 300)
    page = assert_good_page(as_stranger.get(f"/movies/{alien.pk}/reviews/"))
    assert page.find(".//details") is not None
    assert text_of(page.find(".//details/div")).count("word") == 300


def test_the_film_s_page_asks_for_them_only_where_there_are_texts(as_stranger, alien):
    assert "What reviewers wrote" in as_stranger.get(alien.get_absolute_url()).content.decode()
    ReviewText.objects.all().delete()
    assert "What reviewers wrote" not in as_stranger.get(alien.get_absolute_url()).content.decode()


def test_a_part_for_htmx_and_404_for_no_film(as_stranger, alien):
    part = as_stranger.get(f"/movies/{alien.pk}/reviews/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "More reviews" in part
    assert as_stranger.get(f"/movies/{alien.pk + 1}/reviews/").status_code == 404


def test_a_film_titled_reviews_keeps_its_own_address(as_stranger):
    movie = make_movie("Reviews", 2001)
    assert as_stranger.get(movie.get_absolute_url()).status_code == 200
    assert as_stranger.get(f"/movies/{movie.pk}/reviews/").status_code == 200
