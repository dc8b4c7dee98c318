"""The data page: for everybody, from stored figures, as charts, tables and files; nobody is named."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Movie, Rating, Reviewer, Statistic
from catalog.ratings import rate
from catalog.statistics import stored
from catalog.statistics.stored import refresh_statistics
from catalog.statistics.tables import TABLES
from moviesite.web.timezones import COOKIE
from tests.factories import make_data_set, make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, by_id, text_of

pytestmark = pytest.mark.django_db
URL = reverse("data")
SVG = "{http://www.w3.org/2000/svg}"
FORMULA = '=HYPERLINK("http://evil.example","A film")'


@pytest.fixture
def rated(ada):
    """Eleven ratings of four films, one of them by Ada; six are five stars."""
    films = [
        make_movie("Alien", 1979, ["Horror"]),
        make_movie("Carol", 2015, ["Romance"]),
        make_movie(FORMULA, None),
        make_movie("Zodiac", 2007, ["Crime"]),
    ]
    people = make_reviewers(5)
    rate_all(people, films[0], [10, 10, 10, 10, 8])
    rate_all(people[:3], films[1], [10, 4, 4])
    rate_all(people[:2], films[2], [10, 2])
    rate(Reviewer.objects.for_user(ada), films[3], 6)
    Rating.objects.filter(movie=films[0]).update(rated_at=datetime(2017, 12, 31, 23, tzinfo=UTC))
    Rating.objects.filter(movie=films[1]).update(rated_at=datetime(2018, 2, 1, tzinfo=UTC))
    Rating.objects.filter(movie=films[3]).update(rated_at=datetime(2018, 2, 3, tzinfo=UTC))
    return films


@pytest.mark.parametrize("client", ["as_stranger", "as_ada", "as_bob", "as_owner"])
def test_everybody_sees_the_data(request, rated, client):
    page = assert_good_page(request.getfixturevalue(client).get(URL))
    assert text_of(page.find(".//h1")) == "The data"
    headings = [text_of(h) for h in page.findall(".//figure//h2")]
    assert len(headings) == 8
    assert text_of(by_id(page, "stars")) == "How many stars people give"


def test_every_chart_has_a_name_a_description_a_table_and_a_file(as_stranger, rated):
    page = assert_good_page(as_stranger.get(URL))
    figures = page.findall(".//figure")
    assert {by.get("aria-labelledby") for by in figures} == set(TABLES) - {"overview"}
    for figure in figures:
        name = figure.get("aria-labelledby")
        drawing = figure.find(f"./{SVG}svg")
        assert drawing.get("role") == "img"
        title, words = (by_id(page, pk) for pk in drawing.get("aria-labelledby").split())
        assert text_of(title) == text_of(figure.find(".//h2"))
        assert len(text_of(words)) > 20
        assert len(figure.findall(".//tbody/tr")) >= 1
        assert all(th.get("scope") == "col" for th in figure.findall(".//thead//th"))
        assert [a.get("href") for a in figure.findall(".//a")][-1] == reverse("data-table", args=[name])


def test_the_numbers_and_the_sentences_are_those_of_the_ratings(as_stranger, rated):
    page = assert_good_page(as_stranger.get(URL))
    said = text_of(page.find(".//main")).replace("\N{NO-BREAK SPACE}", " ")
    assert "55 % of all ratings are 5 stars." in said
    assert "Whoever always guesses 5 stars is wrong by" in said
    assert "The busiest month was December 2017, with 5 ratings." in said
    assert "Half of the ratings are from December 2017 or later." in said
    assert "2 ratings without a date cannot be shown here." in said
    assert "50 % of all reviewers have rated one film only." in said
    assert "Alien has 5 ratings." in said
    rows = [[text_of(cell) for cell in row] for row in table(page, "most-rated")]
    assert rows[0] == ["1", "Alien", "1979", "5", "4.80"]
    assert rows[2] == ["3", FORMULA, "", "2", "3.00"]
    links = [row.find(".//a").get("href") for row in table(page, "most-rated")]
    assert links == [Movie.objects.get(title=film.title).get_absolute_url() for film in rated]


def table(page, name):
    figure = next(f for f in page.findall(".//figure") if f.get("aria-labelledby") == name)
    return figure.findall(".//tbody/tr")


def test_reviewers_are_numbers_and_the_people_of_this_site_among_them(as_stranger, rated, ada):
    page = assert_good_page(as_stranger.get(URL))
    rows = [[text_of(cell) for cell in row] for row in table(page, "busiest")]
    assert [row[1:3] for row in rows] == [["a reviewer", n] for n in ("3", "3", "2", "1", "1", "1")]
    assert not table(page, "busiest")[0].findall(".//a")
    content = as_stranger.get(URL).content.decode()
    for secret in (
        ada.username,
        ada.email,
        *Reviewer.objects.exclude(external_id="").values_list("external_id"),
    ):
        assert f">{secret}<" not in content


def test_each_visitor_reads_in_their_own_zone_when_it_was_counted(rated):
    refresh_statistics()
    Statistic.objects.update(computed_at=datetime(2026, 7, 1, 13, 51, tzinfo=UTC))
    for zone, words in (("Asia/Tokyo", "1 July 2026, 22:51 JST"), ("America/Los_Angeles", "06:51 PDT")):
        browser = Client()
        browser.cookies[COOKIE] = zone
        page = assert_good_page(browser.get(URL))
        assert words in text_of(page.find(".//p[@class='foot-line']"))


def test_half_stars_are_shown_where_there_are_any(as_stranger, rated, ada):
    page = assert_good_page(as_stranger.get(URL))
    assert len(table(page, "stars")) == 5
    rate(Reviewer.objects.for_user(ada), rated[0], 7)
    refresh_statistics()
    assert len(table(assert_good_page(as_stranger.get(URL)), "stars")) == 10


def test_nothing_is_counted_for_a_visit(as_stranger, rated, django_assert_num_queries):
    refresh_statistics()
    with django_assert_num_queries(
        3
    ):  # when it was counted; the figures; whether the footer speaks of made ratings
        as_stranger.get(URL)
    with django_assert_num_queries(2):  # the figures were read before
        as_stranger.get(URL)
    rate_all(make_reviewers(30), make_movie("Another"), [10] * 30)
    refresh_statistics()
    with django_assert_num_queries(3):
        assert "Another" in as_stranger.get(URL).content.decode()
    with django_assert_num_queries(2):
        as_stranger.get(reverse("data-table", args=["months"]))


def test_the_page_says_when_it_was_counted(as_stranger, rated):
    refresh_statistics()
    Statistic.objects.update(computed_at=datetime(2026, 11, 3, 4, 5, tzinfo=UTC))
    page = assert_good_page(as_stranger.get(URL))
    assert "Counted 3 November 2026, 04:05 UTC" in text_of(page)


def test_a_small_site_that_nobody_counted_is_counted_at_the_first_visit(as_stranger, rated):
    assert not Statistic.objects.exists()
    assert_good_page(as_stranger.get(URL))
    assert Statistic.objects.get().value["figures"]["stars"][9] == 6


def test_a_large_site_that_nobody_counted_asks_to_come_back(as_stranger, rated, monkeypatch):
    monkeypatch.setattr(stored, "SMALL", 0)
    page = assert_good_page(as_stranger.get(URL))
    assert "Come back in a few minutes" in text_of(page)
    assert not Statistic.objects.exists()
    assert as_stranger.get(reverse("data-table", args=["stars"])).status_code == 404


def test_a_site_without_ratings_says_what_will_be_here(as_stranger):
    make_movie("Unseen")
    page = assert_good_page(as_stranger.get(URL))
    assert "No ratings yet" in text_of(page)
    assert page.find(".//figure") is None


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        (["demo"], "All of these ratings are made by a program"),
        (["demo", "amazon"], "3 of these 5 ratings are made by a program"),
    ],
)
def test_made_ratings_are_called_made(as_stranger, kinds, sentence):
    film = make_movie()
    for kind, n in zip(kinds, (3, 2), strict=False):
        rate_all(make_reviewers(n, make_data_set(kind, kind)), film, [8] * n)
    page = assert_good_page(as_stranger.get(URL))
    assert sentence in text_of(page.find(".//main"))


def test_real_ratings_are_not_called_made(as_stranger, rated):
    assert "made by a program" not in text_of(assert_good_page(as_stranger.get(URL)))


@pytest.fixture
def two_sets():
    film = make_movie("Alien")
    first, second = make_data_set("First & <b>"), make_data_set("Second")
    rate_all(make_reviewers(3, first), film, [10, 10, 2])
    rate_all(make_reviewers(1, second), make_movie("Carol", 2015), [4])
    refresh_statistics()
    return first, second


def test_one_of_several_data_sets_can_be_chosen(as_stranger, two_sets):
    page = assert_good_page(as_stranger.get(URL))
    chips = page.findall(".//nav[@aria-label='Data sets']//a")
    assert [text_of(chip) for chip in chips] == ["All together", "First & <b>", "Second"]
    assert chips[0].get("aria-current") == "true"
    second = assert_good_page(as_stranger.get(chips[2].get("href")))
    assert [text_of(row[1]) for row in table(second, "most-rated")] == ["Carol"]
    file = next(a for a in second.findall(".//a") if a.get("href", "").startswith("/data/stars.csv"))
    assert rows_of(as_stranger.get(file.get("href")))[2] == ["2.0", "1", "100.0"]


def test_one_data_set_alone_is_no_choice(as_stranger, rated):
    page = assert_good_page(as_stranger.get(URL))
    assert page.find(".//nav[@aria-label='Data sets']") is None


@pytest.mark.parametrize("name", ["nonsense", "-1", "1.5", "٣", "9" * 30, "99999", "%00"])
@pytest.mark.parametrize("address", [URL, "/data/stars.csv"])
def test_unknown_data_sets_are_not_found(as_stranger, two_sets, address, name):
    assert_good_page(as_stranger.get(f"{address}?data-set={name}"), status=404)


@pytest.mark.parametrize("name", ["nonsense", "stars.csv", "Stars"])
def test_unknown_tables_are_not_found(as_stranger, rated, name):
    assert_good_page(as_stranger.get(f"/data/{name}.csv"), status=404)


@pytest.mark.parametrize("address", [URL, "/data/stars.csv"])
def test_nothing_can_be_posted(as_stranger, rated, address):
    assert as_stranger.post(address).status_code == 405


def rows_of(response):
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.content.decode())))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_a_file(as_stranger, rated, name):
    response = as_stranger.get(reverse("data-table", args=[name]))
    rows = rows_of(response)
    assert response["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_file_has_the_numbers_as_they_are(as_stranger, rated):
    stars = rows_of(as_stranger.get("/data/stars.csv"))
    assert stars[0] == ["stars", "ratings", "share_percent"]
    assert stars[-1] == ["5.0", "6", "54.55"]
    assert rows_of(as_stranger.get("/data/months.csv"))[1:] == [
        ["2017-12", "5", "4.8"],
        ["2018-02", "4", "3.0"],
    ]


def test_no_title_becomes_a_formula(as_stranger, rated):
    films = [row[1] for row in rows_of(as_stranger.get("/data/most-rated.csv"))]
    assert films[1:] == ["Alien", "Carol", f"'{FORMULA}", "Zodiac"]


def test_a_file_that_did_not_change_is_not_sent_again(as_stranger, rated):
    url = reverse("data-table", args=["stars"])
    first = as_stranger.get(url)
    assert as_stranger.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert as_stranger.get(url, headers={"if-modified-since": first["Last-Modified"]}).status_code == 304
    other = as_stranger.get(reverse("data-table", args=["months"]))
    assert other["ETag"] != first["ETag"]
    Statistic.objects.update(computed_at=timezone.now() + timedelta(seconds=5))
    assert as_stranger.get(url, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_it_is_found_from_every_page(as_stranger):
    page = assert_good_page(as_stranger.get(reverse("movie-list")))
    assert URL in [a.get("href") for a in page.findall(".//footer//a")]


def test_many_years_of_months_fit(as_stranger, rated):
    """As long as a site may live, and longer: one path, few words."""
    for n, rating in enumerate(Rating.objects.all()):
        Rating.objects.filter(pk=rating.pk).update(rated_at=datetime(1950 + 10 * n, 6, 1, tzinfo=UTC))
    refresh_statistics()
    page = assert_good_page(as_stranger.get(URL))
    drawing = next(f for f in page.findall(".//figure") if f.get("aria-labelledby") == "months").find(
        f"./{SVG}svg"
    )
    assert 1 <= len(drawing.findall(f"./{SVG}text")) <= 12


def test_titles_and_names_are_text(as_stranger, two_sets):
    Movie.objects.update(title="<script>alert(1)</script>")
    refresh_statistics()
    page = assert_good_page(as_stranger.get(URL))
    assert text_of(table(page, "most-rated")[0][1]) == "<script>alert(1)</script>"
    assert "<script>alert(1)</script> has" in text_of(page.find(".//main"))
