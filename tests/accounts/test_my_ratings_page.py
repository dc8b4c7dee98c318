"""My ratings: mine alone, in the order I ask for, editable where they stand."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.my_ratings import compare
from accounts.rating_views import RATINGS_PER_PAGE
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import HTMX, assert_good_page, assert_good_part, checked, text_of

pytestmark = pytest.mark.django_db
URL = reverse("my-ratings")


@pytest.fixture
def rated(ada):
    """Ada rated three films, in this order."""
    reviewer = Reviewer.objects.for_user(ada)
    given = [("Zodiac", 2007, 10), ("Alien", 1979, 3), ("Moon", 2009, 7)]
    for day, (title, year, half_stars) in enumerate(given, start=1):
        movie = make_movie(title, year, ["Crime" if title == "Zodiac" else "Science Fiction"])
        rate(reviewer, movie, half_stars, at=datetime(2026, 3, day, 12, tzinfo=UTC))


def films_on(page):
    return [text_of(heading) for heading in page.findall(".//article//h2")]


@pytest.fixture
def visitor_rated(as_stranger):
    """A stranger who rated three films, in this order."""
    for title, year, stars in [("Zodiac", 2007, "5"), ("Alien", 1979, "1.5"), ("Moon", 2009, "3.5")]:
        movie = make_movie(title, year, ["Crime" if title == "Zodiac" else "Science Fiction"])
        as_stranger.post(reverse("movie-rate", args=[movie.pk]), {"stars": stars})
    session = as_stranger.session
    days = enumerate(session["ratings"].items())
    session["ratings"] = {key: [half, 1_700_000_000 + 86_400 * day] for day, (key, (half, _)) in days}
    session.save()
    return as_stranger


def test_a_visitor_sees_the_stars_of_the_session_and_that_they_come_along(visitor_rated):
    page = assert_good_page(visitor_rated.get(URL))
    assert films_on(page) == ["Moon", "Alien", "Zodiac"]
    assert "then they come along" in text_of(page.find(".//main"))
    assert page.find(f".//header//a[@href='{URL}']") is not None
    assert not Rating.objects.exists()


def test_somebody_who_rated_nothing_is_led_to_the_films(as_stranger):
    page = assert_good_page(as_stranger.get(URL))
    assert "Nothing rated yet" in text_of(page.find(".//main"))
    assert page.find(f".//header//a[@href='{URL}']") is None


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Moon", "Alien", "Zodiac"]),
        ("?sort=date", ["Moon", "Alien", "Zodiac"]),
        ("?sort=stars", ["Zodiac", "Moon", "Alien"]),
        ("?sort=title", ["Alien", "Moon", "Zodiac"]),
        ("?sort=oldest", ["Zodiac", "Alien", "Moon"]),
        ("?sort=fewest", ["Alien", "Moon", "Zodiac"]),
        ("?sort=apart", ["Moon", "Alien", "Zodiac"]),
        ("?sort=year", ["Moon", "Zodiac", "Alien"]),
        ("?sort=%00&page=abc", ["Moon", "Alien", "Zodiac"]),
        ("?stars=1.5", ["Alien"]),
        ("?stars=nine&decade=abc&genre=%00&q=%00", ["Moon", "Alien", "Zodiac"]),
        ("?genre=science-fiction&sort=title", ["Alien", "Moon"]),
        ("?decade=2000&sort=title", ["Moon", "Zodiac"]),
        ("?q=ALIÉN", ["Alien"]),
        ("?q=moon&stars=1", []),
    ],
)
@pytest.mark.parametrize("who", ["ada", "visitor"])
def test_in_order_and_of_a_kind(request, who, query, order):
    if who == "ada":
        request.getfixturevalue("rated")
        client = request.getfixturevalue("as_ada")
    else:
        client = request.getfixturevalue("visitor_rated")
    for movie in Movie.objects.filter(title__in=["Moon", "Alien"]):  # everybody: Moon 0.5, Alien 5
        rate_all(make_reviewers(2), movie, [1, 1] if movie.title == "Moon" else [4, 4])
    assert films_on(assert_good_page(client.get(URL + query))) == order


def test_what_is_asked_for_stays_in_the_form(as_ada, rated):
    page = assert_good_page(as_ada.get(f"{URL}?stars=1.5&genre=crime&decade=2000&sort=title&q=x"))
    assert "You have rated no film like that" in text_of(page.find(".//main"))
    chosen = [option.get("value") for option in page.iter("option") if "selected" in option.attrib]
    assert chosen == ["1.5", "crime", "2000", "title"]
    assert page.find(".//form[@id='ratings-form']//input[@name='q']").get("value") == "x"


def test_nobody_else_sees_them(as_bob, as_owner, rated):
    for client in (as_bob, as_owner):
        page = assert_good_page(client.get(URL))
        assert films_on(page) == []
        assert "Nothing rated yet" in text_of(page.find(".//main"))


def test_each_can_be_changed_where_it_stands(as_ada, ada, rated):
    page = assert_good_page(as_ada.get(f"{URL}?sort=title"))
    form = page.find(".//article//form")
    assert checked(form) == ["1.5"]
    back = form.find("./input[@name='next']").get("value")
    response = as_ada.post(form.get("action"), {"stars": "4", "next": back})
    assert response["Location"] == f"{URL}?sort=title"
    assert Rating.objects.of_user(ada).get(movie__title="Alien").half_stars == 8


def test_the_day_is_marked_up_for_the_visitors_own_zone(as_ada, rated):
    time = assert_good_page(as_ada.get(URL)).find(".//time[@data-local]")
    assert time.get("datetime") == "2026-03-03T12:00:00+00:00"
    assert text_of(time) == "3 March 2026"


def test_pages_and_the_number_of_queries(as_ada, ada, django_assert_num_queries):
    reviewer = Reviewer.objects.for_user(ada)
    for n in range(RATINGS_PER_PAGE + 1):
        rate(reviewer, make_movie(f"Film {n:02d}", 2000, ["Drama", "War"]), 1 + n % 10)
    # session, user, count, ratings with films, genres of films, all genres, decades, demo?
    with django_assert_num_queries(8):
        page = assert_good_page(as_ada.get(f"{URL}?sort=title"))
    assert len(films_on(page)) == RATINGS_PER_PAGE
    following = page.find(".//a[@rel='next']").get("href")
    assert following == "?sort=title&page=2"
    assert films_on(assert_good_part(as_ada.get(URL + following, **HTMX))) == ["Film 20"]
    with django_assert_num_queries(5):
        as_ada.get(f"{URL}?sort=stars", **HTMX)


class TestTakingAwayAndPuttingBack:
    def rate(self, client, movie, stars, **extra):
        return client.post(reverse("movie-rate", args=[movie.pk]), {"stars": stars, "next": URL}, **extra)

    @pytest.mark.parametrize("who", ["as_ada", "visitor_rated"])
    def test_undo_brings_the_stars_and_their_day_back(self, request, who):
        if who == "as_ada":
            request.getfixturevalue("rated")
        client = request.getfixturevalue(who)
        before = [text_of(article) for article in assert_good_page(client.get(URL)).iter("article")]
        movie = Movie.objects.get(title="Alien")
        part = assert_good_part(self.rate(client, movie, "", **HTMX))
        assert "Taken away Put 1.5 stars back" in text_of(part)
        assert films_on(assert_good_page(client.get(URL))) == ["Moon", "Zodiac"]
        assert checked(assert_good_part(self.rate(client, movie, "back", **HTMX))) == ["1.5"]
        after = [text_of(article) for article in assert_good_page(client.get(URL)).iter("article")]
        assert after == before

    def test_the_histogram_follows(self, as_ada, ada, rated):
        movie = Movie.objects.get(title="Alien")
        for stars, count in (("", 0), ("back", 1)):
            self.rate(as_ada, movie, stars)
            movie.refresh_from_db()
            assert movie.histogram[2] == count

    def test_a_rating_without_a_day_stays_without_one(self, as_ada, ada, rated):
        Rating.objects.of_user(ada).update(rated_at=None)
        movie = Movie.objects.get(title="Alien")
        self.rate(as_ada, movie, "")
        self.rate(as_ada, movie, "back")
        assert Rating.objects.of_user(ada).get(movie=movie).rated_at is None

    def test_without_scripts_the_list_offers_it_once(self, as_ada, rated):
        self.rate(as_ada, Movie.objects.get(title="Alien"), "")
        page = assert_good_page(as_ada.get(URL))
        assert "Alien is no longer rated." in text_of(page.find(".//main"))
        assert "Alien is no longer rated." not in text_of(assert_good_page(as_ada.get(URL)).find(".//main"))

    def test_without_scripts_nothing_is_said_of_a_film_rated_again_since(self, as_ada, rated):
        for stars in ("", "2"):
            self.rate(as_ada, Movie.objects.get(title="Alien"), stars)
        assert "no longer rated" not in text_of(assert_good_page(as_ada.get(URL)).find(".//main"))

    def test_what_was_not_taken_away_cannot_come_back(self, as_ada, as_bob, rated):
        movie = Movie.objects.get(title="Alien")
        assert self.rate(as_ada, movie, "back").status_code == 400
        self.rate(as_ada, movie, "")
        assert self.rate(as_bob, movie, "back").status_code == 400
        assert self.rate(as_ada, movie, "back").status_code == 302
        assert self.rate(as_ada, movie, "back").status_code == 400


class TestBesideEveryone:
    def test_by_hand(self):
        """Two films: 5 stars and 1 star; others gave the first 5, 5, 1 and the second 1. The third only I rated."""
        first, second = [1 if n == 1 else 2 if n == 9 else 0 for n in range(10)], [0, 1, *[0] * 8]
        found = compare([(10, *first), (2, *second), (6, *[0] * 10)], is_counted=False)
        assert (found.films, found.mine_mean) == (2, 3.0)
        assert found.everyones_shares == pytest.approx([0, 2 / 3, 0, 0, 0, 0, 0, 0, 0, 1 / 3])
        assert found.everyones_mean == pytest.approx(2 / 3 * 1 + 1 / 3 * 5)

    def test_ones_own_rating_is_not_everyone_elses(self):
        assert compare([(10, *[0] * 9, 1)], is_counted=True) is None
        found = compare([(10, 0, 1, *[0] * 7, 1)], is_counted=True)
        assert (found.mine_shares[9], found.everyones_shares[1]) == (1.0, 1.0)

    @pytest.mark.parametrize("who", ["as_ada", "visitor_rated"])
    def test_the_part_has_a_chart_and_a_table(self, request, who, django_assert_num_queries):
        if who == "as_ada":
            request.getfixturevalue("rated")
        client = request.getfixturevalue(who)
        address = reverse("ratings-compared")
        assert "once others have rated" in text_of(assert_good_part(client.get(address, **HTMX)))
        rate_all(make_reviewers(2), Movie.objects.get(title="Alien"), [10, 8])
        with django_assert_num_queries(3):  # session and user, or session and merges; the stars
            part = assert_good_part(client.get(address, **HTMX))
        words = text_of(part)
        assert "You give these 1 film 1.50 stars on average, everyone else 4.50" in words.replace("\xa0", " ")
        assert len(part.findall(".//tbody/tr")) == 10
        assert_good_page(client.get(address))
