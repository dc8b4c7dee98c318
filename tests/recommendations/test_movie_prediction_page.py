"""The stars that the site thinks a person would give a film."""

import pytest
from django.urls import reverse

from catalog.models import Reviewer
from catalog.ratings import rate
from recommendations.services import expected, predicted_stars, someone_signed_in
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

pytestmark = pytest.mark.django_db


def said(client, movie):
    return text_of(assert_good_part(client.get(reverse("movie-prediction", args=[movie.pk]), **HTMX)))


def test_a_persons_own_prediction_moves_with_their_ratings(as_ada, ada, films, active):
    reviewer = Reviewer.objects.for_user(ada)
    seen = []
    for half_stars in (10, 1):
        rate(reviewer, films[0], half_stars)
        predicted = predicted_stars(someone_signed_in(ada), [films[1]])[films[1].pk]
        assert f"{predicted:.1f} for you" in said(as_ada, films[1])
        seen.append(predicted)
    assert seen[0] > seen[1]


def test_what_is_missing_is_said(as_ada, as_stranger, ada, films):
    for client in (as_stranger, as_ada):
        assert said(client, films[0]).startswith("Rate a film and a prediction for you appears here.")
    rate(Reviewer.objects.for_user(ada), films[0], 8)
    assert said(as_ada, films[1]).startswith("No prediction yet")


def test_without_scripts_it_is_a_page_and_no_film_is_no_page(as_ada, films):
    page = assert_good_page(as_ada.get(reverse("movie-prediction", args=[films[0].pk])))
    assert text_of(page.find(".//h1")) == "Alien, for you"
    assert_good_page(as_ada.get(reverse("movie-prediction", args=[987654])), 404)


def test_the_interval_is_told_in_words_within_the_scale(as_ada, ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 10)
    found = expected(someone_signed_in(ada), films[1])
    assert 0.5 <= found.low < found.stars < found.high <= 5
    words = said(as_ada, films[1])
    assert f"most likely between {found.low:.1f} and {found.high:.1f} (8 times out of 10)" in words


def test_what_can_be_marked_depends_on_whether_it_is_rated(as_ada, ada, films, active):
    assert said(as_ada, films[0]).find("Watchlist: Alien Seen it: Alien Not for me: Alien") > 0
    rate(Reviewer.objects.for_user(ada), films[0], 8)
    words = said(as_ada, films[0])
    assert "Stop using this rating for picks: Alien" in words
    assert "Seen it" not in words
    as_ada.post(reverse("movie-mark", args=[films[0].pk, "unused"]), {"on": "1"}, **HTMX)
    assert "Use this rating for picks again: Alien" in said(as_ada, films[0])


def test_of_a_rated_film_it_tells_what_was_expected_without_its_stars(as_ada, ada, films, active):
    reviewer = Reviewer.objects.for_user(ada)
    rate(reviewer, films[0], 8)
    words = said(as_ada, films[0])
    assert "The model expects you" not in words
    assert "Without your stars" not in words  # of nothing, nothing is expected
    assert "No prediction" not in words
    rate(reviewer, films[0], 1)
    before = expected(someone_signed_in(ada), films[1])
    rate(reviewer, films[1], 10)
    words = said(as_ada, films[1])
    assert f"Without your stars the site would have said {before.stars:.1f}, most likely between" in words
    assert "The model expects you" not in words


def test_a_rated_film_has_no_rank(as_ada, ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 8)
    address = reverse("movie-standing", args=[films[0].pk])
    words = text_of(assert_good_part(as_ada.get(address, **HTMX)))
    assert words.startswith("You have rated it")
    assert "For you it is number" not in words
