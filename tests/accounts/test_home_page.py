"""The home page: what this is, for a stranger; what to see and what to rate, for a person."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.home import films_to_rate, varied
from catalog.models import Movie, Reviewer
from catalog.ratings import rate
from recommendations.models import Mark
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, by_id, text_of, titles

pytestmark = pytest.mark.django_db
URL = reverse("home")


@pytest.fixture
def films():
    """Eight films, the first the most rated and the best."""
    genres = ["Drama", "Drama", "Drama", "Comedy", "Horror", "Western", "War", "Drama"]
    made = [make_movie(f"Film {n}", 2000 + n, [genre]) for n, genre in enumerate(genres)]
    reviewers = make_reviewers(20)
    for n, movie in enumerate(made):
        rate_all(reviewers[: 20 - n], movie, [10 - n] * (20 - n))
    return made


def test_a_stranger_learns_what_this_is(as_stranger, films):
    page = assert_good_page(as_stranger.get(URL))
    assert "Know what to see next" in text_of(page.find(".//h1"))
    addresses = {link.get("href") for link in page.findall(".//main//a")}
    assert {reverse("account_signup"), reverse("movie-list")} <= addresses
    assert page.find(f".//main//form[@action='{reverse('movie-list')}']//input[@name='q']") is not None


def test_a_stranger_sees_the_best_of_many_kinds(as_stranger, films):
    shown = titles(assert_good_page(as_stranger.get(URL)))
    assert shown[:5] == ["Film 0", "Film 3", "Film 4", "Film 5", "Film 6"]
    assert set(shown) == {movie.title for movie in films}


def test_varied_takes_the_least_seen_genre_first_and_then_the_better_film(films):
    ranked = list(Movie.objects.prefetch_related("genres").order_by("pk"))
    assert [movie.title for movie in varied(ranked, 7)][5:] == ["Film 1", "Film 2"]
    assert varied([], 3) == []
    assert len(varied(ranked, 99)) == 8


def test_somebody_new_is_asked_what_they_saw_first(as_ada, films):
    page = assert_good_page(as_ada.get(URL))
    headings = [text_of(heading) for heading in page.findall(".//main//h2")]
    assert headings == ["Seen any of these?", "Picked for you"]
    offered = [text_of(heading) for heading in page.findall(".//main//h3")]
    assert offered == [f"Film {n}" for n in range(6)]


def test_what_was_not_wanted_is_not_asked_about_after_a_merge(ada, films):
    Mark.objects.create(user=ada, movie=films[3], kind=Mark.Kind.NOT_INTERESTED)
    Movie.objects.filter(pk=films[3].pk).update(merged_into=films[0])
    assert films[0] not in films_to_rate(ada)
    assert films[1] in films_to_rate(ada)


def test_somebody_with_ratings_sees_picks_first_and_is_not_asked_again(as_ada, ada, films):
    rate(Reviewer.objects.for_user(ada), films[0], 9)
    page = assert_good_page(as_ada.get(URL))
    headings = [text_of(heading) for heading in page.findall(".//main//h2")]
    assert headings == ["Picked for you", "Seen any of these?"]
    assert "Film 0" not in [text_of(heading) for heading in page.findall(".//main//h3")]
    assert "1 film rated" in text_of(page.find(".//main"))
    assert page.find(".//*[@hx-get='/picks/list/?few']") is not None


@pytest.mark.parametrize("client", ["as_stranger", "as_ada"])
def test_before_there_is_any_film(request, client):
    assert_good_page(request.getfixturevalue(client).get(URL))


def test_only_staff_are_shown_the_way_to_the_staff_pages(as_ada, as_owner, as_stranger):
    for client, shown in ((as_ada, False), (as_owner, True), (as_stranger, False)):
        page = assert_good_page(client.get(URL))
        assert (page.find(f".//a[@href='{reverse('admin:index')}']") is not None) is shown


def test_the_number_of_queries_is_constant(as_ada, as_stranger, films, django_assert_num_queries):
    for n in range(20):
        make_movie(f"More {n}", 1950 + n, ["Drama", "Crime", "War"])
    with django_assert_num_queries(9):  # of late, mean, order, mix, films, genres, editions, count, demo?
        as_stranger.get(URL)
    as_ada.get(URL)  # which writes down the visit
    with django_assert_num_queries(7):  # session, user, count of mine, marks, films to rate, genres, demo?
        as_ada.get(URL)


def test_a_visitor_with_stars_sees_picks_as_well(as_stranger, films):
    assert assert_good_page(as_stranger.get(URL)).find(".//*[@id='picks']") is None
    as_stranger.post(reverse("movie-rate", args=[films[0].pk]), {"stars": "5"})
    page = assert_good_page(as_stranger.get(URL))
    assert by_id(page, "picks").get("hx-get") == "/picks/list/?few"
    assert "Film 0" not in titles(page)


def test_films_near_those_one_liked_load_themselves(as_ada, ada, films):
    assert assert_good_page(as_ada.get(URL)).find(".//*[@id='because']") is None
    rate(Reviewer.objects.for_user(ada), films[0], 9)
    assert by_id(assert_good_page(as_ada.get(URL)), "because").get("hx-get") == reverse("because")


class TestNewSinceTheLastVisit:
    @pytest.fixture
    def come_back(self, as_ada, films, monkeypatch):
        """Ada opens the home page so many minutes from now."""

        def open_home(minutes):
            later = timezone.now() + timedelta(minutes=minutes)
            monkeypatch.setattr("accounts.visits.timezone.now", lambda: later)
            page = assert_good_page(as_ada.get(URL))
            monkeypatch.undo()
            section = page.find(".//section[@aria-labelledby='new-films']")
            return [] if section is None else titles(section)

        return open_home

    def add(self, title, minutes):
        movie = make_movie(title)
        Movie.objects.filter(pk=movie.pk).update(created_at=timezone.now() + timedelta(minutes=minutes))

    def test_nothing_in_a_first_visit_nor_while_it_lasts(self, come_back):
        assert come_back(0) == []
        self.add("Fresh", 10)
        assert [come_back(minutes) for minutes in (20, 45, 70)] == [[], [], []]

    def test_what_came_meanwhile_is_shown_for_a_whole_visit_and_then_no_more(self, come_back):
        come_back(0)
        self.add("Fresh", 10)
        assert [come_back(minutes) for minutes in (60, 61, 80)] == [["Fresh"]] * 3
        assert come_back(120) == []

    def test_the_newest_first_and_not_too_many(self, come_back):
        come_back(0)
        for n in range(14):
            self.add(f"Fresh {n:02d}", 10)
        assert come_back(60) == [f"Fresh {n:02d}" for n in range(13, 1, -1)]
