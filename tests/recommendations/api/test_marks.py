"""Marks over REST."""

import pytest

from catalog.models import Movie
from recommendations.models import Mark
from tests.factories import make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MARKS = "/api/v1/marks/"


def url_of(movie_id, kind):
    return f"/api/v1/movies/{movie_id}/marks/{kind}/"


def test_put_is_once_and_delete_is_for_good(as_ada, active, films):
    for _ in range(2):
        answer = as_ada.put(url_of(films[0].pk, "watchlist"))
        assert answer.status_code == 200
        assert answer.json()["kind"] == "watchlist"
        assert answer.json()["movie"]["title"] == "Alien"
    assert [mark["movie"]["id"] for mark in as_ada.get(MARKS).json()["results"]] == [films[0].pk]
    for _ in range(2):
        assert as_ada.delete(url_of(films[0].pk, "watchlist")).status_code == 204
    assert as_ada.get(MARKS).json()["results"] == []


def test_the_next_picks_know_a_mark(as_ada, active, films):
    as_ada.put(f"/api/v1/movies/{films[0].pk}/rating/", {"stars": 5}, content_type="application/json")

    def first():
        return as_ada.get("/api/v1/recommendations/?n=1").json()["picks"][0]["movie"]["title"]

    assert first() == "Solaris"
    as_ada.put(url_of(films[1].pk, "not-interested"))
    assert first() == "Contact"
    similar = as_ada.get(f"/api/v1/movies/{films[0].pk}/similar/").json()["picks"]
    assert "Solaris" not in [pick["movie"]["title"] for pick in similar]
    as_ada.delete(url_of(films[1].pk, "not-interested"))
    assert first() == "Solaris"


def test_a_kind_alone_newest_first(as_ada, ada, films):
    for film, kind in ((films[0], "seen"), (films[1], "watchlist"), (films[2], "seen")):
        as_ada.put(url_of(film.pk, kind))
    seen = as_ada.get(MARKS, {"kind": "seen"}).json()["results"]
    assert [mark["movie"]["title"] for mark in seen] == ["Contact", "Alien"]
    refused = as_ada.get(MARKS, {"kind": "nonsense"})
    assert refused.status_code == 400
    assert "only not-interested" in refused.json()["kind"]


def test_of_a_merged_film_it_is_on_what_it_became(as_ada, films):
    copy = make_movie("Alien [VHS]", merged_into=films[0])
    assert as_ada.put(url_of(copy.pk, "seen")).json()["movie"]["id"] == films[0].pk
    as_ada.delete(url_of(copy.pk, "seen"))
    assert not Mark.objects.exists()


def test_a_mark_from_before_a_merge_is_listed_with_what_the_film_became(as_ada, ada, films):
    kept, between = make_movie("Alien, restored"), make_movie("Alien, again")
    as_ada.put(url_of(films[0].pk, "seen"))
    Movie.objects.filter(pk=films[0].pk).update(merged_into=between)
    Movie.objects.filter(pk=between.pk).update(merged_into=kept)
    assert [mark["movie"]["title"] for mark in as_ada.get(MARKS).json()["results"]] == ["Alien, restored"]


def test_who_may_and_what_is_not_there(as_ada, as_bob, as_stranger, films):
    assert as_stranger.put(url_of(films[0].pk, "seen")).status_code in (401, 403)
    assert as_stranger.get(MARKS).status_code in (401, 403)
    as_ada.put(url_of(films[0].pk, "seen"))
    assert as_bob.get(MARKS).json()["results"] == []
    as_bob.delete(url_of(films[0].pk, "seen"))
    assert Mark.objects.count() == 1
    assert as_ada.put(url_of(987654, "seen")).status_code == 404
    answer = as_ada.put(url_of(films[0].pk, "nonsense"))
    assert answer.status_code == 404
    assert 'no mark "nonsense"' in answer.json()["detail"]


def test_the_list_takes_a_constant_number_of_queries(as_ada, films, django_assert_num_queries):
    for n_films in (1, 6):
        for film in films[:n_films]:
            as_ada.put(url_of(film.pk, "watchlist"))
        with django_assert_num_queries(7):  # session, user; count, marks, films, genres, editions
            as_ada.get(MARKS)
