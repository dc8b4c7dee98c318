"""Picks as a page: for a stranger, for somebody new, for somebody with a taste, with and without scripts."""

import pytest
from django.urls import reverse

from catalog.models import Movie, Reviewer
from catalog.ratings import rate
from tests.factories import make_edition, make_movie, make_reviewers, rate_all
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

pytestmark = pytest.mark.django_db
PAGE, LIST = reverse("picks"), reverse("picks-list")


def picked(tree):
    return [text_of(heading) for heading in tree.findall(".//article//h2")]


@pytest.mark.parametrize("client", ["as_stranger", "as_ada", "as_owner"])
def test_the_page_waits_for_no_model_and_loads_its_list(request, client):
    page = assert_good_page(request.getfixturevalue(client).get(PAGE))
    part = page.find(f".//div[@hx-get='{LIST}']")
    assert "load" in part.get("hx-trigger")
    assert "ratings-changed from:body" in part.get("hx-trigger")
    assert part.find(f".//a[@href='{LIST}']") is not None  # for people without scripts


def test_without_scripts_the_list_is_a_whole_page(as_ada, films):
    page = assert_good_page(as_ada.get(LIST))
    assert len(picked(page)) == len(films)
    assert "load" not in page.find(f".//div[@hx-get='{LIST}']").get("hx-trigger").split(", ")


def test_a_stranger_sees_the_best_rated_and_is_told_so(as_stranger, films):
    reviewers = make_reviewers(20)
    rate_all(reviewers, films[4], [10] * 20)
    rate_all(reviewers, films[0], [2] * 20)
    part = assert_good_part(as_stranger.get(LIST, **HTMX))
    assert picked(part)[0] == "Carol"
    words = text_of(part)
    assert "These are the best rated films: rate one and the list becomes yours." in words
    assert "One of the best rated" in words
    assert "No model was asked." in words
    assert part.find(".//form").get("action") == f"/movies/{films[4].pk}/rating/"  # and can rate at once


def test_picks_say_for_whom_why_and_by_which_model(as_ada, ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 9)
    make_edition(films[1], "B1", price="7.99", format="DVD", url="https://shop.example/B1")
    part = assert_good_part(as_ada.get(LIST, **HTMX))
    assert set(picked(part)[:3]) == {"Solaris", "Contact", "Gravity"}
    assert "Alien" not in picked(part)
    first = text_of(part.find(".//article"))
    assert "for you" in first
    assert "Because you rated Alien 4.5 stars ★★★★½" in first
    assert "Chosen by model v1 from 1 rating of yours." in text_of(part)
    assert "$7.99 on DVD" in text_of(part)


def test_the_very_next_list_knows_a_rating(as_ada, films, active):
    as_ada.post(reverse("movie-rate", args=[films[0].pk]), {"stars": "5"}, **HTMX)
    assert picked(assert_good_part(as_ada.get(LIST, **HTMX)))[0] in {"Solaris", "Contact", "Gravity"}
    as_ada.post(reverse("movie-rate", args=[films[0].pk]), {"stars": ""}, **HTMX)
    as_ada.post(reverse("movie-rate", args=[films[4].pk]), {"stars": "5"}, **HTMX)
    assert picked(assert_good_part(as_ada.get(LIST, **HTMX)))[0] in {
        "Brief Encounter",
        "Roman Holiday",
        "Amélie",
    }


def test_picks_are_a_persons_own(as_ada, as_bob, ada, bob, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 10)
    rate(Reviewer.objects.for_user(bob), films[4], 10)
    assert "Alien" not in picked(assert_good_part(as_ada.get(LIST, **HTMX)))
    assert "Alien" in picked(assert_good_part(as_bob.get(LIST, **HTMX)))
    assert "no-store" in as_ada.get(LIST, **HTMX)["Cache-Control"]


def test_few_for_the_home_page_without_stars(as_ada, films):
    part = assert_good_part(as_ada.get(f"{LIST}?few", **HTMX))
    assert len(picked(part)) == 6
    assert part.find(".//form[@data-stars]") is None
    assert len(part.findall(".//form")) == 2 * 6  # the watchlist, and not for me
    whole = assert_good_part(as_ada.get(LIST, **HTMX))
    assert len(whole.findall(".//form[@data-stars]")) == len(picked(whole)) == 8


def test_an_empty_catalogue_has_a_helpful_list(as_ada):
    assert "No picks yet" in text_of(assert_good_part(as_ada.get(LIST, **HTMX)))


def test_wishes_stand_in_the_address_the_form_and_the_list(as_ada, ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 10)
    query = "genre=romance&adventurous=0.5&hide_watchlist=1"
    page = assert_good_page(as_ada.get(f"{PAGE}?{query}"))
    chosen = [option.get("value") for option in page.findall(".//option[@selected]")]
    assert chosen == ["romance", "normal"]
    assert [radio.get("value") for radio in page.findall(".//input[@checked]")] == ["0.5", "1"]
    assert page.find(".//div[@id='picks']").get("hx-include") == "#dials"
    assert page.find(f".//a[@href='{LIST}?genre=romance&hide_watchlist=1&adventurous=0.5']") is not None
    whole = assert_good_page(as_ada.get(f"{LIST}?{query}"))
    assert set(picked(whole)) == {film.title for film in films[4:]}
    chips = [text_of(chip) for chip in whole.findall(".//ul[@aria-label='Your wishes']//a")]
    assert chips[0] == "Romance×: take it back"
    assert chips[-1] == "Clear all"


def test_a_moved_dial_leaves_its_wishes_in_the_address(as_ada, films, active):
    moved = {"HTTP_HX_TRIGGER": "dials", **HTMX}
    response = as_ada.get(f"{LIST}?genre=romance&decade=&adventurous=0&variety=normal", **moved)
    assert response["HX-Replace-Url"] == f"{PAGE}?genre=romance"
    assert as_ada.get(f"{LIST}?genre=&adventurous=0", **moved)["HX-Replace-Url"] == PAGE
    assert "HX-Replace-Url" not in as_ada.get(f"{LIST}?genre=romance", **HTMX)


def test_an_empty_list_says_what_to_loosen(as_ada, films, active):
    words = text_of(assert_good_part(as_ada.get(f"{LIST}?decade=1920&longest=60", **HTMX)))
    assert "There is no film of the 1920s of at most 60 minutes here" in words
    assert "Take one of the wishes above back, or loosen it." in words
    assert "no genre “nonsense” here" in text_of(
        assert_good_part(as_ada.get(f"{LIST}?genre=nonsense", **HTMX))
    )


def test_the_watchlist_reloads_only_a_list_that_leaves_it_out(as_ada, films):
    address = reverse("movie-mark", args=[films[0].pk, "watchlist"])
    for query, event in (("", "watchlist-changed"), ("?hide_watchlist=1", "marks-changed")):
        here = {"HTTP_HX_CURRENT_URL": f"http://testserver{PAGE}{query}", **HTMX}
        assert event in as_ada.post(address, {"on": "1"}, **here)["HX-Trigger"]


def test_the_number_of_queries_does_not_grow_with_the_list(
    as_ada, ada, films, active, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(31) as captured:
            as_ada.get(LIST, **HTMX)
        return len(captured)

    rate(Reviewer.objects.for_user(ada), films[0], 9)
    rate(Reviewer.objects.for_user(ada), films[1], 4)
    few = queries()
    for n in range(30):
        make_edition(make_movie(f"Film {n}", 2000, ["Drama", "War"]), f"B{n}")
    assert Movie.objects.count() == 38
    assert queries() <= few + 4  # films that the model does not know yet fill the end: a fixed number more
    assert few <= 14
