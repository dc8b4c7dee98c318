"""The quiz as a page: for strangers and people, with and without scripts."""

import pytest
from django.urls import reverse

from catalog.models import Movie, Rating
from recommendations.models import Mark
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, by_id, text_of
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = pytest.mark.django_db
QUIZ, LIST = reverse("quiz"), reverse("picks-list")


def asked(tree) -> Movie:
    """The film on the page, which both of its forms are about."""
    article = tree.find(".//article[@class='question']")
    about = {element.get("value") for element in article.findall(".//input[@name='movie']")}
    movie = Movie.objects.get(pk=about.pop())
    assert not about
    assert text_of(article.find(".//h2")) == movie.title
    return movie


def answer(client, movie, **what):
    return assert_good_part(client.post(QUIZ, {"movie": movie.pk, **what}, **HTMX))


@pytest.mark.parametrize("client", ["as_stranger", "as_ada", "as_owner"])
def test_everybody_is_asked_and_sees_their_picks_beside_it(request, client, films, active):
    page = assert_good_page(request.getfixturevalue(client).get(QUIZ))
    assert asked(page) in films
    assert "The site does not know you yet." in text_of(page)
    picks = by_id(page, "picks")
    assert picks.get("hx-get") == f"{LIST}?few"
    assert "ratings-changed from:body" in picks.get("hx-trigger")
    assert page.find(".//h2[@autofocus]") is None  # a page begins at its beginning


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
def test_each_answer_brings_another_film_and_can_be_taken_back(request, client, films, active):
    visitor = request.getfixturevalue(client)
    first = asked(assert_good_page(visitor.get(QUIZ)))
    for what, said in (
        ({"stars": "4.5"}, "4.5 stars"),
        ({"answer": "not-seen"}, "not seen"),
        ({"answer": "not-for-me"}, "not for you"),
    ):
        part = answer(visitor, first, **what)
        assert asked(part) != first
        assert part.find(".//h2[@autofocus]") is not None
        last = part.find(".//*[@data-announce]")
        assert last.get("data-announce") == f"{first.title}: {said}"
        undone = answer(visitor, first, answer="undo")
        assert asked(undone) == first
        assert undone.find(".//*[@data-announce]") is None


def test_answers_of_people_are_ratings_and_marks(as_ada, ada, films, active):
    answer(as_ada, films[0], stars="4.5")
    answer(as_ada, films[1], answer="not-seen")
    answer(as_ada, films[2], answer="not-for-me")
    assert list(Rating.objects.of_user(ada).values_list("movie", "half_stars")) == [(films[0].pk, 9)]
    marks = Mark.objects.filter(user=ada).values_list("movie", "kind")
    assert set(marks) == {(films[1].pk, "not-seen"), (films[2].pk, "not-interested")}
    answer(as_ada, films[0], answer="undo")
    answer(as_ada, films[2], answer="undo")
    assert not Rating.objects.of_user(ada).exists()
    assert set(marks.all()) == {(films[1].pk, "not-seen")}


def test_answers_of_strangers_stay_in_their_session_and_change_their_picks(as_stranger, films, active):
    part = answer(as_stranger, films[4], stars="5")
    assert not Rating.objects.exists()
    assert "1 answer" in text_of(part)
    picks = text_of(assert_good_part(as_stranger.get(f"{LIST}?few", **HTMX)))
    assert "Because you rated Carol" in picks


def test_an_answer_tells_the_rest_of_the_page(as_ada, films, active):
    response = as_ada.post(QUIZ, {"movie": films[0].pk, "stars": "3"}, **HTMX)
    assert "ratings-changed" in response["HX-Trigger"]
    assert "no-store" in response["Cache-Control"]


def test_without_scripts_an_answer_leads_back_to_the_next_question(as_stranger, films, active):
    first = asked(assert_good_page(as_stranger.get(QUIZ)))
    response = as_stranger.post(QUIZ, {"movie": first.pk, "answer": "not-seen"})
    assert response.status_code == 302
    page = assert_good_page(as_stranger.get(response.url))
    assert asked(page) != first
    assert f"{first.title}: not seen" in text_of(page)
    back = as_stranger.post(QUIZ, {"movie": first.pk, "answer": "undo"})
    assert back.url == QUIZ
    assert asked(assert_good_page(as_stranger.get(back.url))) == first


def rate_until_it_ends(client):
    page = assert_good_page(client.get(QUIZ))
    answers = 0
    while page.find(".//*[@id='quiz-end']") is None:
        page = answer(client, asked(page), stars="4")
        answers += 1
    return page, answers


def test_it_ends_when_another_answer_would_change_little_and_goes_on_if_wanted(as_stranger, films):
    more = [make_movie(f"Film {n}", 2000) for n in range(40)]
    plant_active("v1", tastes_of([*films, *more]))
    page, answers = rate_until_it_ends(as_stranger)
    assert 5 <= answers <= 20
    words = text_of(page)
    assert "Another answer would barely change your list." in words
    assert f"from {answers} answers" in words
    on = page.find(".//section[@class='quiz__end']//a[@class='button button--plain']").get("href")
    page = assert_good_page(as_stranger.get(on))
    part = answer(as_stranger, asked(page), stars="2", more="")
    assert asked(part)  # it goes on going on
    response = as_stranger.post(QUIZ, {"movie": asked(part).pk, "answer": "not-seen", "more": ""})
    assert asked(assert_good_page(as_stranger.get(response.url)))


def test_with_nothing_left_to_ask_it_says_so(as_stranger, films, active):
    for film in films:
        part = answer(as_stranger, film, answer="not-seen")
    assert "Nothing left to ask" in text_of(part)


def test_an_empty_catalogue_has_nothing_to_ask(as_stranger, db):
    assert "Nothing left to ask" in text_of(assert_good_page(as_stranger.get(QUIZ)))


@pytest.mark.parametrize(
    "what",
    [{}, {"stars": "7"}, {"stars": "many"}, {"stars": ""}, {"answer": "maybe"}, {"answer": ""}],
)
def test_strange_answers_are_refused_and_change_nothing(as_ada, ada, films, active, what):
    response = as_ada.post(QUIZ, {"movie": films[0].pk, **what}, **HTMX)
    assert response.status_code == 400
    assert not Rating.objects.of_user(ada).exists()
    assert not Mark.objects.exists()


@pytest.mark.parametrize("movie", ["", "x", "-1", "0", "9" * 30, "987654"])
def test_answers_about_no_film_are_not_found(as_ada, active, movie):
    assert as_ada.post(QUIZ, {"movie": movie, "stars": "3"}).status_code == 404
    assert as_ada.get(QUIZ, {"last": movie}).status_code == 200


def test_a_full_session_is_said(as_stranger, films, active, monkeypatch):
    monkeypatch.setattr("recommendations.marks.MOST_MARKS", 0)
    assert as_stranger.post(QUIZ, {"movie": films[0].pk, "answer": "not-seen"}).status_code == 400


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_it_is_only_read_and_answered(as_ada, method):
    assert getattr(as_ada, method)(QUIZ).status_code == 405


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
def test_the_number_of_queries_does_not_grow_with_the_answers(
    request, client, films, django_assert_max_num_queries
):
    visitor = request.getfixturevalue(client)
    more = [make_movie(f"Film {n}", 2000, ["Drama", "War"]) for n in range(40)]
    plant_active("v1", tastes_of([*films, *more]))

    def queries():
        with django_assert_max_num_queries(16) as captured:
            visitor.get(QUIZ, {"last": films[0].pk, "more": ""}, **HTMX)
        return len(captured)

    for place, what in enumerate(({"stars": "4"}, {"answer": "not-seen"}, {"answer": "not-for-me"})):
        answer(visitor, films[place], **what)
    few = queries()
    for movie in more[:20]:
        answer(visitor, movie, stars="3")
    assert queries() <= few
