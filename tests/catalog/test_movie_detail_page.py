"""A film's page: its facts, everyone's stars, mine, its editions, and the parts that load by themselves."""

from decimal import Decimal

import pytest

from catalog.models import Credit, Movie, Person, Reviewer
from catalog.ratings import rate
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, by_id, checked, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alien():
    movie = make_movie(
        "Alien",
        1979,
        ["Horror", "Science Fiction"],
        description="In space no one can hear you scream.",
        runtime_minutes=117,
    )
    for name, role in (("Ridley Scott", Credit.Role.DIRECTOR), ("Sigourney Weaver", Credit.Role.ACTOR)):
        Credit.objects.create(movie=movie, person=Person.objects.create(name=name), role=role)
    rate_all(make_reviewers(4), movie, [10, 10, 9, 5])
    return movie


@pytest.mark.parametrize("client", ["as_stranger", "as_ada", "as_owner"])
def test_everybody_sees_the_facts(request, alien, client):
    page = assert_good_page(request.getfixturevalue(client).get(alien.get_absolute_url()))
    words = text_of(page.find(".//main"))
    for fact in ("1979", "117 min", "Directed by Ridley Scott", "Sigourney Weaver", "no one can hear"):
        assert fact in words
    assert "4.3 of 5, from 4 ratings" in words  # (5 + 5 + 4.5 + 2.5) / 4 = 4.25
    assert text_of(page.find(".//title")) == "Alien (1979) · Movie Picks"


def test_the_histogram_is_drawn_and_told(as_stranger, alien):
    page = assert_good_page(as_stranger.get(alien.get_absolute_url()))
    bars = page.findall(".//*[@class='histogram']/{*}rect")
    heights = [int(bar.get("height")) for bar in bars]
    assert heights == [0, 0, 0, 0, 40, 0, 0, 0, 40, 80]
    assert [int(bar.get("y")) + height for bar, height in zip(bars, heights, strict=True)] == [80] * 10
    rows = [text_of(row) for row in page.findall(".//table/tbody/tr")]
    assert rows[0] == "5 stars 2 50 %"
    assert rows[-1] == "half a star 0 0 %"


def test_a_film_nobody_rated_and_nothing_is_known_of(as_stranger):
    movie = make_movie("Obscure", None)
    words = text_of(assert_good_page(as_stranger.get(movie.get_absolute_url())).find(".//main"))
    assert "Nobody has rated this film yet." in words
    assert "Directed by" not in words
    assert "Editions" not in words


def test_my_stars_are_checked_and_the_prediction_loads_by_itself(as_ada, as_stranger, ada, alien):
    rate(Reviewer.objects.for_user(ada), alien, 7)
    page = assert_good_page(as_ada.get(alien.get_absolute_url()))
    assert checked(page) == ["3.5"]
    assert "You gave it 3.5 stars" in text_of(by_id(page, f"rating-state-{alien.pk}"))
    loads = {element.get("hx-get") for element in page.iter() if element.get("hx-get")}
    parts = {f"/movies/{alien.pk}/prediction/", f"/movies/{alien.pk}/similar/"}
    assert loads == parts | {"/movies/suggestions/"}
    stranger = assert_good_page(as_stranger.get(alien.get_absolute_url()))
    assert checked(stranger) == []
    assert "Seen it? Give it stars." in text_of(by_id(stranger, f"rating-state-{alien.pk}"))


def test_editions_show_format_price_and_link_but_no_bare_ids(as_stranger, alien):
    sold = {"format": "Blu-ray", "price": Decimal("7.99"), "url": "https://shop.example/B1"}
    make_edition(alien, "B1", **sold)
    make_edition(alien, "only-an-id")
    make_edition(alien, "B2", format="DVD", url="javascript:alert(1)")
    section = assert_good_page(as_stranger.get(alien.get_absolute_url())).find(
        ".//*[@aria-labelledby='editions']"
    )
    assert [text_of(row) for row in section.findall(".//tbody/tr")] == [
        "Alien Blu-ray $7.99 Some reviews",
        "Alien DVD – Some reviews",
    ]
    links = section.findall(".//a")
    assert [link.get("href") for link in links] == ["https://shop.example/B1"]
    assert set(links[0].get("rel").split()) >= {"noopener", "nofollow"}


def test_other_addresses_of_a_film_lead_to_its_own(as_stranger, alien):
    for address in (f"/movies/{alien.pk}/", f"/movies/{alien.pk}/aliens/"):
        response = as_stranger.get(address)
        assert (response.status_code, response["Location"]) == (301, alien.get_absolute_url())
        assert response["Cache-Control"] == "no-cache"  # else a browser keeps it, and a title may change back


def test_a_merged_film_leads_to_the_one_it_was_merged_into(as_stranger, alien):
    copy = make_movie("Alien [VHS]", merged_into=alien)
    second = make_movie("Alien [Beta]", merged_into=copy)
    response = as_stranger.get(second.get_absolute_url())
    assert (response.status_code, response["Location"]) == (301, alien.get_absolute_url())


@pytest.mark.parametrize("number", ["0", "987654", "99999999999999999999999999"])
def test_no_such_film(as_stranger, number):
    assert_good_page(as_stranger.get(f"/movies/{number}/"), 404)
    assert_good_page(as_stranger.get(f"/movies/{number}/alien/"), 404)


@pytest.mark.parametrize("title", ["千と千尋の神隠し", '<b>M</b> & "N"', "W" * 300, "..."])
def test_strange_titles(as_stranger, title):
    movie = make_movie(title)
    page = assert_good_page(as_stranger.get(movie.get_absolute_url()))
    assert text_of(page.find(".//h1")) == title


def test_images_come_from_listed_hosts_only_and_tell_them_nothing(as_stranger, alien, settings):
    alien.image_url = "https://images.example/alien.jpg"
    alien.save()
    assert assert_good_page(as_stranger.get(alien.get_absolute_url())).find(".//main//img") is None
    settings.POSTER_HOSTS = ["images.example"]
    image = assert_good_page(as_stranger.get(alien.get_absolute_url())).find(".//main//img")
    assert image.get("src") == alien.image_url
    assert image.get("referrerpolicy") == "no-referrer"


def test_the_number_of_queries_is_constant(as_ada, alien, django_assert_num_queries):
    other = make_data_set("Other")
    for n in range(5):
        make_edition(alien, f"E{n}", other if n % 2 else None, format="DVD")
        person = Person.objects.create(name=f"Actor {n}")
        Credit.objects.create(movie=alien, person=person, role=Credit.Role.ACTOR, position=n)
    assert Movie.objects.count() == 1
    # session, user, movie, genres, editions, their data sets, credits, people, my stars, demo?
    with django_assert_num_queries(11):
        as_ada.get(alien.get_absolute_url())


@pytest.mark.parametrize("title", ["Similar", "Rating", "Prediction"])
def test_a_film_named_like_an_address_has_a_page_of_its_own(as_stranger, title):
    movie = make_movie(title, 2001)
    assert title in text_of(assert_good_page(as_stranger.get(movie.get_absolute_url())).find(".//main"))
