"""Picks over REST: the services' answers, whole."""

import pytest

from catalog.models import Reviewer
from catalog.ratings import rate
from recommendations.services import similar_movies
from tests.factories import make_edition, make_movie, make_reviewers, rate_all
from tests.recommendations.asking import picks_for_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def put(client, movie, stars):
    address = f"/api/v1/movies/{movie.pk}/rating/"
    assert client.put(address, {"stars": stars}, content_type="application/json").status_code == 200


def titles(response):
    return [pick["movie"]["title"] for pick in response.json()["picks"]]


def test_an_answer_carries_all_that_the_service_knows(as_ada, ada, active, films):
    put(as_ada, films[0], 5)
    make_edition(films[1], "B001", price="5.49", url="https://shop.example/dvd")
    expected = picks_for_user(ada, n=3)
    answer = as_ada.get("/api/v1/recommendations/?n=3").json()
    assert {key: answer[key] for key in ("source", "model_version", "rated_count", "note")} == {
        "source": "model",
        "model_version": "v1",
        "rated_count": 1,
        "note": "Picked from the film you rated. With so few, what most people watch weighs most.",
    }
    assert len(answer["request_id"]) == 32
    first, pick = answer["picks"][0], expected.picks[0]
    assert (first["rank"], first["source"], first["score"]) == (1, "model", pick.score)
    assert first["predicted_stars"] == pick.predicted_stars
    assert first["reasons"] == [
        {
            "movie": {
                "id": films[0].pk,
                "title": "Alien",
                "year": 1980,
                "url": f"http://testserver/movies/{films[0].pk}/alien/",
            },
            "stars": 5.0,
            "share": pick.reasons[0].share,
        }
    ]
    assert first["movie"]["title"] == "Solaris"
    assert (first["movie"]["price"], first["movie"]["link"]) == ("5.49", "https://shop.example/dvd")
    assert first["movie"]["genres"] == ["Science Fiction"]


def test_every_rating_changes_the_next_answer(as_ada, active, films):
    put(as_ada, films[0], 5)
    assert titles(as_ada.get("/api/v1/recommendations/?n=2")) == ["Solaris", "Contact"]
    put(as_ada, films[1], 4.5)
    assert titles(as_ada.get("/api/v1/recommendations/?n=2")) == ["Contact", "Gravity"]
    as_ada.delete(f"/api/v1/movies/{films[1].pk}/rating/")
    assert titles(as_ada.get("/api/v1/recommendations/?n=2")) == ["Solaris", "Contact"]
    put(as_ada, films[0], 0.5)
    assert titles(as_ada.get("/api/v1/recommendations/?n=1")) == ["Carol"]


def test_a_stranger_gets_everybodys_list_which_says_so(as_stranger, active, films):
    rate_all(make_reviewers(3), films[5], [10, 9, 10])
    answer = as_stranger.get("/api/v1/recommendations/").json()
    assert (answer["source"], answer["model_version"]) == ("average", None)
    assert answer["picks"][0]["movie"]["title"] == "Brief Encounter"
    assert (answer["picks"][0]["predicted_stars"], answer["picks"][0]["reasons"]) == (None, [])
    assert "rate one" in answer["note"]


def test_no_answer_is_kept_by_caches(as_ada, active):
    assert "no-store" in as_ada.get("/api/v1/recommendations/")["Cache-Control"]


@pytest.mark.parametrize("n", ["0", "101", "-1", "many", "1.5", "9" * 5000])
def test_lengths_that_are_none_are_refused_with_a_sentence(as_stranger, films, n):
    for address in ("/api/v1/recommendations/", f"/api/v1/movies/{films[0].pk}/similar/"):
        response = as_stranger.get(address, {"n": n})
        assert response.status_code == 400
        assert list(response.json()) == ["n"]


def test_similar_films(as_stranger, active, films):
    answer = as_stranger.get(f"/api/v1/movies/{films[4].pk}/similar/?n=3").json()
    expected = similar_movies(films[4], n=3)
    assert (answer["source"], answer["model_version"]) == ("model", "v1")
    assert [pick["movie"]["id"] for pick in answer["picks"]] == [pick.movie.pk for pick in expected.picks]
    assert [pick["score"] for pick in answer["picks"]] == [pick.score for pick in expected.picks]


def test_films_similar_to_a_merged_one(as_stranger, active, films):
    merged = make_movie("Carol again", merged_into=films[4])
    response = as_stranger.get(f"/api/v1/movies/{merged.pk}/similar/")
    assert (response.status_code, response["Location"]) == (301, f"/api/v1/movies/{films[4].pk}/similar/")
    assert as_stranger.get("/api/v1/movies/987654/similar/").status_code == 404


def test_external_ids_of_reviewers_appear_nowhere(as_stranger, active, films):
    rate_all(make_reviewers(3), films[5], [10, 9, 10])
    Reviewer.objects.filter(external_id="R0").update(external_id="A1B2C3SECRET")
    for address in ("/api/v1/recommendations/", f"/api/v1/movies/{films[0].pk}/similar/"):
        assert b"SECRET" not in as_stranger.get(address).content


def test_the_number_of_queries_does_not_grow_with_the_list(
    as_ada, ada, active, films, django_assert_num_queries
):
    for film in films:
        make_edition(film, f"E{film.pk}", price="1.00")
    for place in (0, 4):
        rate(Reviewer.objects.for_user(ada), films[place], 10)
    as_ada.get("/api/v1/recommendations/")
    for n in (1, 6):
        # Session, user; ratings, marks, active version; films, genres, editions; the reasons' films.
        with django_assert_num_queries(9):
            assert len(as_ada.get(f"/api/v1/recommendations/?n={n}").json()["picks"]) == n


def test_wishes_are_those_of_the_page(as_ada, active, films):
    put(as_ada, films[0], 5)
    assert titles(as_ada.get("/api/v1/recommendations/?genre=romance&n=1")) == ["Carol"]
    assert titles(as_ada.get("/api/v1/recommendations/?decade=1990")) == []
    assert (
        len(titles(as_ada.get("/api/v1/recommendations/?adventurous=-0.5&variety=high&hide_watchlist=true")))
        == 7
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("genre", "nonsense"),
        ("decade", "12"),
        ("longest", "0"),
        ("least", "many"),
        ("hide_watchlist", "perhaps"),
        ("adventurous", "1.5"),
        ("adventurous", "nan"),
        ("variety", "wild"),
    ],
)
def test_wishes_that_cannot_be_meant_are_refused_with_a_sentence(as_stranger, films, name, value):
    response = as_stranger.get("/api/v1/recommendations/", {name: value})
    assert response.status_code == 400
    assert list(response.json()) == [name]
