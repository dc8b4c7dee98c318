"""Rating over REST."""

import pytest

from catalog.aggregates import wrong_histograms
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_edition, make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def alien():
    return make_movie("Alien", 1979, ["Horror"])


def put(client, movie, stars):
    address = f"/api/v1/movies/{movie.pk}/rating/"
    return client.put(address, {"stars": stars}, content_type="application/json")


@pytest.mark.parametrize("stars", [0.5, 4.5, 5, "3.5"])
def test_a_rating_is_written_and_given_back(as_ada, alien, stars):
    response = put(as_ada, alien, stars)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["stars"], answer["movie"]["title"]) == (float(stars), "Alien")
    assert (answer["movie"]["average"], answer["movie"]["rating_count"]) == (float(stars), 1)
    assert as_ada.get(f"/api/v1/movies/{alien.pk}/rating/").json() == answer
    assert as_ada.get("/api/v1/ratings/").json()["results"] == [answer]


@pytest.mark.parametrize("stars", [0, 5.5, 3.25, "many", None, True, [], {}, -1, 10**400, 1e300, ""])
def test_other_stars_are_refused_with_a_sentence(as_ada, alien, stars):
    response = put(as_ada, alien, stars)
    assert response.status_code == 400
    assert "stars" in response.json()
    assert Rating.objects.count() == 0


@pytest.mark.parametrize("body", ["", "[]", "{}", "not json", '{"stars": NaN}', '"4"', '{"stars": 4.5'])
def test_a_body_that_is_no_rating_is_refused(as_ada, alien, body):
    address = f"/api/v1/movies/{alien.pk}/rating/"
    response = as_ada.put(address, body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_rating_again_changes_the_one_rating(as_ada, alien):
    put(as_ada, alien, 2)
    put(as_ada, alien, 4)
    assert [rating.stars for rating in Rating.objects.all()] == [4.0]
    assert not wrong_histograms().exists()


def test_taking_a_rating_away_twice_is_as_good_as_once(as_ada, as_bob, alien):
    put(as_ada, alien, 2)
    assert as_bob.delete(f"/api/v1/movies/{alien.pk}/rating/").status_code == 204
    assert Rating.objects.count() == 1
    for _ in range(2):
        assert as_ada.delete(f"/api/v1/movies/{alien.pk}/rating/").status_code == 204
    assert Rating.objects.count() == 0
    response = as_ada.get(f"/api/v1/movies/{alien.pk}/rating/")
    assert (response.status_code, response.json()) == (404, {"detail": "You have not rated this movie."})


def test_rating_a_merged_film_rates_what_it_has_become(as_ada, alien):
    merged = make_movie("Alien, again", merged_into=alien)
    assert put(as_ada, merged, 4.5).json()["movie"]["id"] == alien.pk
    assert as_ada.get(f"/api/v1/movies/{merged.pk}/rating/").json()["stars"] == 4.5
    assert as_ada.delete(f"/api/v1/movies/{merged.pk}/rating/").status_code == 204
    assert Rating.objects.count() == 0


def test_no_such_film(as_ada):
    for method in ("get", "put", "delete"):
        response = getattr(as_ada, method)("/api/v1/movies/987654/rating/", content_type="application/json")
        assert (response.status_code, response.json()["detail"]) == (404, "There is no movie 987654.")


def test_the_list_holds_ones_own_ratings_the_newest_first(as_ada, as_bob, bob, alien):
    solaris = make_movie("Solaris", 1972)
    put(as_ada, alien, 5)
    put(as_ada, solaris, 4)
    rate(Reviewer.objects.for_user(bob), alien, 1)
    mine = as_ada.get("/api/v1/ratings/").json()
    assert [(r["movie"]["title"], r["stars"]) for r in mine["results"]] == [("Solaris", 4.0), ("Alien", 5.0)]
    assert [r["stars"] for r in as_bob.get("/api/v1/ratings/").json()["results"]] == [0.5]


def test_the_number_of_queries_does_not_grow_with_the_list(as_ada, ada, django_assert_num_queries):
    reviewer = Reviewer.objects.for_user(ada)
    for number in range(20):
        film = make_movie(f"Film {number}", genres=["Horror"])
        make_edition(film, f"E{number}", price="1.00")
        rate(reviewer, film, 7)
        if number in (0, 19):
            with django_assert_num_queries(7):  # session, user, count, ratings, films, genres, editions
                assert len(as_ada.get("/api/v1/ratings/").json()["results"]) == number + 1
