"""Films over REST: list, search, one film."""

import pytest

from catalog.models import Credit, Person, Reviewer
from catalog.ratings import rate
from tests.factories import make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def alien():
    film = make_movie("Alien", 1979, ["Horror", "Science Fiction"], description="A crew meets a guest.")
    scott = Person.objects.create(name="Ridley Scott")
    Credit.objects.create(movie=film, person=scott, role=Credit.Role.DIRECTOR)
    weaver = Person.objects.create(name="Sigourney Weaver")
    Credit.objects.create(movie=film, person=weaver, role=Credit.Role.ACTOR)
    make_edition(film, "B001", format="Blu-ray", price="14.99", url="https://shop.example/bluray")
    make_edition(film, "B002", format="DVD", price="5.49", url="https://shop.example/dvd")
    rate_all(make_reviewers(3), film, [10, 9, 6])
    return film


@pytest.fixture
def amelie():
    return make_movie("Amélie", 2001, ["Romance"])


def titles(response):
    return [movie["title"] for movie in response.json()["results"]]


def test_a_film_in_a_list_says_all_that_a_card_shows(client, alien):
    response = client.get("/api/v1/movies/")
    assert response.json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": alien.pk,
                "title": "Alien",
                "year": 1979,
                "average": 4.17,
                "rating_count": 3,
                "genres": ["Horror", "Science Fiction"],
                "description": "A crew meets a guest.",
                "price": "5.49",
                "link": "https://shop.example/dvd",
                "url": f"http://testserver/movies/{alien.pk}/alien/",
            }
        ],
    }


def test_search_by_title_person_and_without_accents(client, alien, amelie):
    assert titles(client.get("/api/v1/movies/?q=amelie")) == ["Amélie"]
    assert titles(client.get("/api/v1/movies/?q=sigourney")) == ["Alien"]
    assert titles(client.get("/api/v1/movies/?q=zzz")) == []
    assert titles(client.get("/api/v1/movies/")) == ["Alien", "Amélie"]
    assert titles(client.get("/api/v1/movies/?sort=newest")) == ["Amélie", "Alien"]


def test_by_genre_and_a_sentence_for_one_that_is_none(client, alien, amelie):
    assert titles(client.get("/api/v1/movies/?genre=science-fiction")) == ["Alien"]
    response = client.get("/api/v1/movies/?genre=nonsense")
    assert response.status_code == 400
    assert response.json() == {"genre": 'There is no genre "nonsense".'}


def test_by_decade_and_a_sentence_for_what_is_none(client, alien, amelie):
    for year in ("1970", "1979"):
        assert titles(client.get("/api/v1/movies/", {"decade": year})) == ["Alien"]
    assert titles(client.get("/api/v1/movies/?decade=")) == ["Alien", "Amélie"]
    for words in ("abc", "-1970", "12", "99999", "19 70", "\0"):
        response = client.get("/api/v1/movies/", {"decade": words})
        assert response.status_code == 400
        assert response.json() == {"decade": f'"{words}" is no decade: give its first year, like 1980.'}


def test_the_schema_says_when_the_list_is_refused(client):
    listed = client.get("/api/v1/schema/?format=json").json()["paths"]["/api/v1/movies/"]["get"]
    assert listed["responses"]["400"]["description"] == "There is no such genre, or no such decade."
    assert listed["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/PaginatedMovieList"
    }


def test_pages(client):
    for number in range(5):
        make_movie(f"Film {number}")
    first = client.get("/api/v1/movies/?page_size=2").json()
    assert (first["count"], len(first["results"])) == (5, 2)
    assert first["next"].endswith("/api/v1/movies/?page=2&page_size=2")
    for page in ("4", "0", "many", "99999999999999999999999"):
        response = client.get("/api/v1/movies/", {"page": page, "page_size": 2})
        assert (response.status_code, response["Content-Type"]) == (404, "application/json")


def test_strange_words_are_searched_for_like_any_others(client, alien):
    for words in ("\0", "%", "'; drop table", "ж" * 5000, " "):
        assert client.get("/api/v1/movies/", {"q": words}).status_code == 200


def test_one_film_says_more(client, alien):
    answer = client.get(f"/api/v1/movies/{alien.pk}/").json()
    assert (answer["directors"], answer["actors"]) == (["Ridley Scott"], ["Sigourney Weaver"])
    assert answer["histogram"] == [0, 0, 0, 0, 0, 1, 0, 0, 1, 1]
    assert answer["your_stars"] is None
    assert answer["editions"][0] == {
        "title": "",
        "format": "Blu-ray",
        "price": "14.99",
        "link": "https://shop.example/bluray",
    }


def test_a_film_nobody_rated_or_sells(client, amelie):
    answer = client.get(f"/api/v1/movies/{amelie.pk}/").json()
    assert (answer["average"], answer["rating_count"]) == (None, 0)
    assert (answer["price"], answer["link"]) == (None, None)


def test_your_stars_are_yours(as_ada, as_bob, ada, alien):
    rate(Reviewer.objects.for_user(ada), alien, 9)
    assert as_ada.get(f"/api/v1/movies/{alien.pk}/").json()["your_stars"] == 4.5
    assert as_bob.get(f"/api/v1/movies/{alien.pk}/").json()["your_stars"] is None


def test_a_merged_film_redirects_to_what_it_has_become(client, alien):
    middle = make_movie("Alien, again", merged_into=alien)
    merged = make_movie("Alien, once more", merged_into=middle)
    response = client.get(f"/api/v1/movies/{merged.pk}/")
    assert (response.status_code, response["Location"]) == (301, f"/api/v1/movies/{alien.pk}/")
    assert response["Cache-Control"] == "no-cache"  # the merge may be undone
    assert titles(client.get("/api/v1/movies/")) == ["Alien"]


@pytest.mark.parametrize("movie_id", [987654, 10**30])
def test_no_such_film_is_404_in_json(client, movie_id):
    response = client.get(f"/api/v1/movies/{movie_id}/")
    assert (response.status_code, response.json()) == (404, {"detail": f"There is no movie {movie_id}."})


def test_external_ids_of_reviewers_appear_nowhere(client, alien):
    Reviewer.objects.filter(external_id="R0").update(external_id="A1B2C3SECRET")
    for address in ("/api/v1/movies/", f"/api/v1/movies/{alien.pk}/"):
        assert b"SECRET" not in client.get(address).content


def test_the_number_of_queries_does_not_grow_with_the_page(client, alien, django_assert_num_queries):
    with django_assert_num_queries(5):  # count, which films, films, genres, editions
        assert len(client.get("/api/v1/movies/").json()["results"]) == 1
    for number in range(19):
        film = make_movie(f"Film {number}", genres=["Horror"])
        make_edition(film, f"E{number}", price="1.00")
    with django_assert_num_queries(5):
        assert len(client.get("/api/v1/movies/").json()["results"]) == 20
