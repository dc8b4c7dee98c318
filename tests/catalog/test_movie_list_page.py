"""Looking for films: words, genres, orders, pages, and whatever nonsense an address can hold."""

import pytest
from django.urls import reverse

from catalog import search_conditions
from catalog.browse import FILMS_PER_PAGE
from catalog.models import Credit, Movie, Person, Reviewer
from catalog.ratings import rate
from tests.factories import make_data_set, make_movie, make_reviewers, rate_all
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of, titles

pytestmark = pytest.mark.django_db
URL = reverse("movie-list")


@pytest.fixture
def films():
    """Four films, of 3, 2, 1 and 0 ratings; the fewer the better."""
    made = [
        make_movie("Alien", 1979, ["Horror", "Science Fiction"]),
        make_movie("Amélie", 2001, ["Comedy", "Romance"]),
        make_movie("Blade Runner", 1982, ["Science Fiction"]),
        make_movie("Zodiac", 2007, ["Crime"]),
    ]
    reviewers = make_reviewers(3)
    for movie, half_stars in zip(made, ([6, 6, 6], [8, 8], [10]), strict=False):
        rate_all(reviewers[: len(half_stars)], movie, half_stars)
    director = Person.objects.create(name="Ridley Scott")
    for movie in (made[0], made[2]):
        Credit.objects.create(movie=movie, person=director, role=Credit.Role.DIRECTOR)
    return made


@pytest.mark.parametrize("client", ["as_stranger", "as_ada", "as_owner"])
def test_everybody_sees_the_films(request, films, client):
    page = assert_good_page(request.getfixturevalue(client).get(URL))
    assert titles(page) == ["Alien", "Amélie", "Blade Runner", "Zodiac"]


def test_films_with_most_of_the_words_are_said_to_be_that(as_stranger, films):
    page = assert_good_page(as_stranger.get(f"{URL}?q=amelie+poulain"))
    assert titles(page) == ["Amélie"]
    assert "No film here has all words of “amelie poulain”, so these are the films with most" in text_of(page)
    page = assert_good_page(as_stranger.get(f"{URL}?q=bladerunner"))
    assert titles(page) == ["Blade Runner"]
    assert "No film here has all words" not in text_of(page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=alien", ["Alien"]),
        ("q=AMELIE", ["Amélie"]),
        ("q=ridley+scott", ["Alien", "Blade Runner"]),
        ("q=++blade++", ["Blade Runner"]),
        ("genre=science-fiction", ["Alien", "Blade Runner"]),
        ("genre=science-fiction&q=blade", ["Blade Runner"]),
        ("genre=comedy&q=blade", []),
        ("sort=popular", ["Alien", "Amélie", "Blade Runner", "Zodiac"]),
        ("sort=best", ["Blade Runner", "Amélie", "Zodiac", "Alien"]),
        ("sort=newest", ["Zodiac", "Amélie", "Blade Runner", "Alien"]),
        ("sort=newest&decade=1970", ["Alien"]),
        ("sort=newest&decade=1980", ["Blade Runner"]),
        ("sort=newest&decade=2000", ["Zodiac", "Amélie"]),
        ("sort=title", ["Alien", "Amélie", "Blade Runner", "Zodiac"]),
    ],
)
def test_words_genres_and_orders(as_stranger, films, query, expected):
    assert titles(assert_good_page(as_stranger.get(f"{URL}?{query}"))) == expected


def test_best_rated_does_not_believe_a_single_enthusiast(as_stranger):
    loved, liked = make_movie("Loved by one"), make_movie("Liked by many")
    reviewers = make_reviewers(40)
    rate_all(reviewers[:1], loved, [10])
    rate_all(reviewers, liked, [9] * 40)
    rate_all(reviewers, make_movie("Middling"), [5] * 40)
    page = assert_good_page(as_stranger.get(f"{URL}?sort=best"))
    assert titles(page) == ["Liked by many", "Loved by one", "Middling"]


@pytest.mark.parametrize(
    "query",
    [
        "page=abc",
        "page=-1",
        "page=0",
        "page=99999999999999999999999",
        "page=1%00",
        "genre=nonsense",
        "genre=%00",
        "genre=" + "x" * 500,
        "sort=backwards",
        "q=%00",
        "q=a%00lien",
        "q=" + "x" * 5000,
        "q=" + "+".join("abcdefghijklmnopqrstuvwxyz"),
        "q=%FF%FE",
        "q=%25_%27%22%3C%3E",
        "q=%F0%9F%8E%AC",
    ],
)
def test_nonsense_gets_a_page_and_never_an_error(as_stranger, films, query):
    assert_good_page(as_stranger.get(f"{URL}?{query}"))


def test_an_unknown_genre_is_said(as_stranger, films):
    page = assert_good_page(as_stranger.get(f"{URL}?genre=nonsense"))
    assert "There is no genre “nonsense” here" in text_of(page.find(".//main"))
    assert len(titles(page)) == 4


def test_what_people_type_is_shown_as_text(as_stranger, films):
    response = as_stranger.get(URL, {"q": "<script>alert(1)</script>"})
    assert_good_page(response)
    assert b"<script>alert" not in response.content


def test_while_typing_only_the_films_come_and_a_restored_page_is_whole(as_stranger, films):
    part = as_stranger.get(f"{URL}?q=alien", **HTMX)
    assert titles(assert_good_part(part)) == ["Alien"]
    assert "HX-Request" in part["Vary"]
    restored = as_stranger.get(f"{URL}?q=alien", HTTP_HX_HISTORY_RESTORE_REQUEST="true", **HTMX)
    assert_good_page(restored)


def test_pages_carry_the_question_along(as_stranger):
    for n in range(FILMS_PER_PAGE + 1):
        make_movie(f"Film {n:02d}", 2000, ["Drama"])
    first = assert_good_page(as_stranger.get(f"{URL}?genre=drama&sort=title"))
    assert len(titles(first)) == FILMS_PER_PAGE
    following = first.find(".//a[@rel='next']").get("href")
    assert following == "?genre=drama&sort=title&page=2"
    assert titles(assert_good_page(as_stranger.get(URL + following))) == [f"Film {FILMS_PER_PAGE:02d}"]
    assert titles(assert_good_page(as_stranger.get(f"{URL}?sort=title&page=999"))) == ["Film 24"]


def test_merged_films_are_not_listed(as_stranger):
    kept = make_movie("Alien")
    make_movie("Alien [VHS]", merged_into=kept)
    assert titles(assert_good_page(as_stranger.get(URL))) == ["Alien"]


def test_my_stars_are_on_the_cards_of_films_i_rated_and_on_nobody_elses(as_ada, as_bob, ada, films):
    rate(Reviewer.objects.for_user(ada), films[0], 7)
    card = assert_good_page(as_ada.get(f"{URL}?q=alien")).find(".//article")
    assert "You: 3.5 stars" in text_of(card)
    other = assert_good_page(as_bob.get(f"{URL}?q=alien")).find(".//article")
    assert "You:" not in text_of(other)


@pytest.mark.parametrize(
    ("query", "words"), [("", "No films yet"), ("q=zzz", "Nothing found"), ("genre=drama", "No films yet")]
)
def test_empty_lists_say_what_to_do(as_stranger, query, words):
    assert words in text_of(assert_good_page(as_stranger.get(f"{URL}?{query}")).find(".//main"))


def test_made_ratings_are_said_to_be_made(as_stranger):
    assert "made by a program" not in as_stranger.get(URL).content.decode()
    make_data_set("Demo", "demo")
    assert "made by a program" in " ".join(as_stranger.get(URL).content.decode().split())


def test_the_number_of_queries_does_not_grow_with_the_films(
    as_stranger, as_ada, films, django_assert_num_queries
):
    for n in range(12):
        make_movie(f"Film {n}", 2000 + n, ["Drama", "Crime", "War"])
    Movie.objects.update(description="x")
    with django_assert_num_queries(7):  # count, which films, films, their genres, decades, all genres, demo?
        as_stranger.get(URL)
    with django_assert_num_queries(10):  # and session, user, own stars
        as_ada.get(URL)
    with django_assert_num_queries(8):  # in names? how many with it? no count: the best are all there are
        as_stranger.get(f"{URL}?q=film")


@pytest.fixture
def long_list():
    """Five pages and one film, in the order of their titles."""
    return [make_movie(f"Film {n:03d}", 1950 + n % 60, ["Drama"]) for n in range(5 * FILMS_PER_PAGE + 1)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("decade=1980", ["Blade Runner"]),
        ("decade=1985", ["Blade Runner"]),
        ("decade=1980&genre=horror", []),
        ("decade=1970&genre=horror&q=ali", ["Alien"]),
        ("length=short", ["Zodiac"]),
        ("length=epic", []),
        ("length=nonsense", ["Alien", "Amélie", "Blade Runner", "Zodiac"]),
        ("decade=12", ["Alien", "Amélie", "Blade Runner", "Zodiac"]),
        ("person=999999", ["Alien", "Amélie", "Blade Runner", "Zodiac"]),
        ("q=🎬", []),
    ],
)
def test_filters_combine(as_stranger, films, query, expected):
    Movie.objects.filter(title="Zodiac").update(runtime_minutes=80)
    assert titles(assert_good_page(as_stranger.get(f"{URL}?{query}"))) == expected


def test_a_persons_films_and_filters_stay_in_the_address(as_stranger, films):
    scott = Person.objects.get(name="Ridley Scott")
    page = assert_good_page(as_stranger.get(f"{URL}?person={scott.pk}&decade=1980&q=bl&page=1"))
    assert titles(page) == ["Blade Runner"]
    assert "1 film of the 1980s with Ridley Scott for “bl”" in text_of(page.find(".//main"))
    addresses = {text_of(link): link.get("href") for link in page.findall(".//a")}
    assert addresses["1970s"] == f"/movies/?person={scott.pk}&decade=1970&q=bl"
    assert addresses["All years"] == f"/movies/?person={scott.pk}&q=bl"
    assert addresses["newest"] == f"/movies/?person={scott.pk}&decade=1980&q=bl&sort=newest"
    kept = {field.get("name"): field.get("value") for field in page.findall(".//form//input[@type='hidden']")}
    assert kept == {"person": str(scott.pk), "decade": "1980"}


def test_the_next_page_is_a_part_that_knows_where_the_list_began(as_stranger, long_list):
    part = assert_good_part(as_stranger.get(f"{URL}?sort=title&from=1&page=2", HTTP_HX_TARGET="more", **HTMX))
    assert titles(part) == [f"Film {n:03d}" for n in range(24, 48)]
    more = part.find(".//a[@rel='next']")
    assert more.get("href") == "?sort=title&page=3"
    assert more.get("hx-replace-url") == "?sort=title&from=1&page=3"
    assert "revealed" in more.get("hx-trigger")


def test_the_address_of_a_list_that_grew_gives_all_of_it(as_stranger, long_list):
    page = assert_good_page(as_stranger.get(f"{URL}?sort=title&from=2&page=5"))
    assert titles(page) == [f"Film {n:03d}" for n in range(24, 120)]
    assert page.find(".//a[@rel='prev']").get("href") == "?sort=title&page=1"
    assert "Pages 2 to 5 of 6" in text_of(page.find(".//main"))
    whole = assert_good_page(as_stranger.get(f"{URL}?sort=title&from=1&page=5"))
    assert whole.find(".//a[@rel='next']").get("hx-trigger") == "click"  # the footer is to be reached
    last = assert_good_page(as_stranger.get(f"{URL}?sort=title&from=9&page=99"))
    assert titles(last) == ["Film 120"]
    assert last.find(".//a[@rel='next']") is None


def test_more_films_than_are_counted(as_stranger, long_list, monkeypatch):
    monkeypatch.setattr(search_conditions, "FEW_OF_FILTERS", 10)
    monkeypatch.setattr(search_conditions, "FEW", 10)
    page = assert_good_page(as_stranger.get(f"{URL}?genre=drama&sort=title&page=2"))
    assert titles(page)[0] == "Film 024"
    assert "More than 10 films in Drama" in text_of(page.find(".//main"))
    assert titles(assert_good_page(as_stranger.get(f"{URL}?genre=drama&sort=title&page=6"))) == ["Film 120"]
    assert (
        titles(assert_good_page(as_stranger.get(f"{URL}?genre=drama&sort=title&page=300")))[0] == "Film 000"
    )
    rest = as_stranger.get("/api/v1/movies/?q=film&page=2&page_size=100").json()
    assert (rest["count"], len(rest["results"]), rest["next"]) == (None, 21, None)
    assert as_stranger.get("/api/v1/movies/?q=film&page=3&page_size=100").status_code == 404
