"""What a search field offers while somebody types."""

import pytest
from django.urls import reverse

from catalog import search, search_conditions, search_suggestions
from catalog.models import Credit, Person
from catalog.search_suggestions import MOST_SUGGESTIONS, suggest
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import HTMX, assert_good_part, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL = reverse("movie-suggestions")


@pytest.fixture
def films():
    """Twelve films named Star, of ever fewer ratings, and four people named Starr."""
    made = [make_movie(f"Star {n:02d}", 1990, ["Drama"]) for n in range(12)]
    reviewers = make_reviewers(12)
    for n, movie in enumerate(made):
        rate_all(reviewers[n:], movie, [8] * (12 - n))
        person = Person.objects.get_or_create(name=f"Ringo Starr {n % 4}")[0]
        Credit.objects.create(movie=movie, person=person, role=Credit.Role.ACTOR)
    return made


def options(part):
    return [text_of(option) for option in part.findall(".//li[@role='option']")]


def test_films_and_people_the_most_rated_first_and_a_way_to_all(client, films):
    part = assert_good_part(client.get(URL, {"q": "star"}, **HTMX))
    listed = options(part)
    assert listed[0] == "Star 00 1990 rated 4.0"
    assert [text.split(" 1990")[0] for text in listed[:5]] == [f"Star 0{n}" for n in range(5)]
    assert listed[5:] == [
        *(f"Ringo Starr {n} Person" for n in range(3)),
        "All films for “star”",
    ]
    assert part.find(".//ul").get("data-announce") == f"{MOST_SUGGESTIONS} suggestions"
    assert [option.get("data-href") for option in part.findall(".//li")][-1] == "/movies/?q=star"


def test_slips_are_said_and_nothing_is_said_too(client, films):
    part = assert_good_part(client.get(URL, {"q": "satr 03"}, **HTMX))
    assert options(part)[0].startswith("Star 03")
    assert "These come close." in text_of(part)
    assert "Nothing found for “zzzz”." in text_of(assert_good_part(client.get(URL, {"q": "zzzz"}, **HTMX)))


def test_the_words_of_a_name_lead_to_the_person_s_films_behind_titles_that_have_them(films):
    for name in ("Ringo Starts", "Stars of Ringo"):
        make_movie(name)
    found = suggest("the ringo star")
    assert [person.name for person in found.people] == [f"Ringo Starr {n}" for n in range(3)]
    assert [film.title for film in found.films] == [
        "Ringo Starts",
        "Stars of Ringo",
        *(f"Star 0{n}" for n in range(3)),
    ]
    assert not found.is_mended


def test_whoever_types_a_name_has_made_no_slip(films):
    solo = make_movie("Solo")
    person = Person.objects.create(name="Stara Solo")
    Credit.objects.create(movie=solo, person=person, role=Credit.Role.ACTOR)
    found = suggest("stara solo")
    assert (list(found.people), list(found.films), found.is_mended) == ([person], [solo], False)
    assert len(suggest("stara solu").films) >= 1


def test_a_last_word_that_may_go_on_is_no_slip_where_a_film_has_it(client, films):
    make_movie("Moonrise Kingdom"), make_movie("Moonrise Kinsdom")
    for text, expected in {
        "moonrise kinsd": ["Moonrise Kinsdom"],
        "moonrise kinsd ": ["Moonrise Kinsdom", "Moonrise Kingdom"],
        "moonrise kinxd": ["Moonrise Kingdom", "Moonrise Kinsdom"],
    }.items():
        listed = options(assert_good_part(client.get(URL, {"q": text}, **HTMX)))
        assert {option.split(" 1")[0] for option in listed[:-1]} == set(expected), text


def test_suggestions_come_from_the_most_rated_unless_none_of_them_fits(films, monkeypatch):
    monkeypatch.setattr(search, "FEW", 0)
    monkeypatch.setattr(search_conditions, "FEW_OF_SEVERAL", 0)
    monkeypatch.setattr(search_suggestions, "WALKED", 2)
    reviewers = make_reviewers(20)
    for n in range(4):
        rate_all(reviewers[n:], make_movie(f"A Far Sun {n}", 1980 if n < 3 else 1981), [8] * (20 - n))
    assert [film.title for film in suggest("sun 1980").films] == ["A Far Sun 0", "A Far Sun 1"]
    assert [film.title for film in suggest("sun 1981").films] == ["A Far Sun 3"]


def test_films_with_most_of_the_words_are_said_to_come_close(client, films):
    part = assert_good_part(client.get(URL, {"q": "star 03 zzzz"}, **HTMX))
    assert options(part)[0].startswith("Star 03")
    assert "These come close." in text_of(part)


@pytest.mark.parametrize(
    "text", ["", "  ", "🎬", "\0", "%", "x" * 5000, "a b c d e f g h i j", "<script>'\""]
)
def test_nonsense_is_no_error(client, films, text):
    assert_good_part(client.get(URL, {"q": text}, **HTMX))


def test_one_letter_suggests_no_people(films):
    assert not suggest("r").people
    assert suggest("ri").people


def test_without_htmx_it_is_the_list_of_films(client, films):
    response = client.get(URL, {"q": "star 03 & more"})
    assert (response.status_code, response["Location"]) == (302, "/movies/?q=star+03+%26+more")
    assert client.post(URL).status_code == 405


def test_answers_are_kept_by_the_browser_alone(client, films):
    response = client.get(URL, {"q": "star"}, **HTMX)
    assert "private" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]


def test_the_number_of_queries_does_not_grow(client, films, django_assert_num_queries):
    with django_assert_num_queries(7):  # of films: sizes, ids, rows, genres; of people: sizes, ids, rows
        suggest("star 0")
    for n in range(20):
        make_movie(f"Star 0{n}", 1990)
    with django_assert_num_queries(7):
        suggest("star 0")
