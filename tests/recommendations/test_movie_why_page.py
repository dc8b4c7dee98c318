"""How the score of a film adds up for a person."""

import re

import pytest
from django.urls import reverse

from catalog.models import Reviewer
from catalog.ratings import rate
from recommendations.services import someone_signed_in, why
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of
from tests.recommendations.asking import picks_for_user
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = pytest.mark.django_db


def rate_as(user, *ratings):
    for movie, half_stars in ratings:
        rate(Reviewer.objects.for_user(user), movie, half_stars)


def test_the_rows_sum_to_the_score_of_the_pick(as_ada, ada, films, active):
    rate_as(ada, (films[0], 10), (films[4], 3))
    pick = picks_for_user(ada, n=1).picks[0]
    part = assert_good_part(as_ada.get(reverse("movie-why", args=[pick.movie.pk]), **HTMX))
    rows = [text_of(cell) for cell in part.findall(".//td[@class='number']")]
    numbers = [float(words.replace("−", "-")) for words in rows]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.02)
    assert numbers[-1] == pytest.approx(pick.score, abs=0.006)
    words = text_of(part)
    assert re.search(r"You rated Alien \(5 stars\) Stop using", words)
    assert re.search(r"You know Carol \(1.5 stars\) ", words)
    assert "Model v1." in words


@pytest.mark.both_databases
def test_base_shares_and_rest_are_the_score_to_a_ten_thousandth(ada, films):
    many = [make_movie(f"Film {n}") for n in range(20)]
    plant_active("v1", tastes_of([*films, *many]))
    rate_as(ada, *((movie, 1 + n % 10) for n, movie in enumerate(many[:12])))
    person = someone_signed_in(ada)
    for pick in picks_for_user(ada, n=5).picks:
        parts = why(person, pick.movie)
        assert parts.score == pytest.approx(pick.score, abs=1e-6)
        total = parts.base + sum(share.share for share in parts.shares) + parts.rest
        assert total == pytest.approx(pick.score, abs=1e-4)
        assert (len(parts.shares), parts.rest_count) == (6, 6)
        sizes = [abs(share.share) for share in parts.shares]
        assert sizes == sorted(sizes, reverse=True)


def test_the_list_tells_low_ratings_as_what_they_are(as_ada, ada, films):
    plant_active("v1", tastes_of(films), global_mean=0.6)
    rate_as(ada, (films[0], 10), (films[1], 3))
    part = assert_good_part(as_ada.get(reverse("picks-list"), **HTMX))
    first = text_of(part.find(".//article"))
    assert "Because you rated Alien 5 stars ★★★★★ and because you know Solaris (you gave it 1.5)" in first


def test_nothing_to_say_is_said(as_stranger, as_ada, ada, films, active):
    def said(client, movie):
        return text_of(assert_good_part(client.get(reverse("movie-why", args=[movie.pk]), **HTMX)))

    nothing = "The model has nothing to say about this film and your ratings."
    assert said(as_stranger, films[0]) == nothing
    rate_as(ada, (films[0], 10))
    assert said(as_ada, make_movie("Arrival", 2016)) == nothing
    assert as_ada.get(reverse("movie-why", args=[987654])).status_code == 404


def test_without_scripts_it_is_a_page(as_ada, ada, films, active):
    rate_as(ada, (films[0], 10))
    page = assert_good_page(as_ada.get(reverse("movie-why", args=[films[1].pk])))
    assert text_of(page.find(".//h1")) == "Why Solaris"
