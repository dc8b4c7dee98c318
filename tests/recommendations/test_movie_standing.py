"""Where a film stands for somebody: its rank, and the one rule that keeps it out of their picks."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from catalog.models import Movie, Reviewer
from catalog.ratings import rate
from ml.serving import ServedModel
from recommendations.active_model import version_folder
from recommendations.models import Mark
from recommendations.services import NOBODY, Rule, Wishes, picks_for, someone_signed_in, standing
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = pytest.mark.django_db


def rate_as(user, *ratings):
    for movie, half_stars in ratings:
        rate(Reviewer.objects.for_user(user), movie, half_stars)


def wishes(words):
    return Wishes.from_query(QueryDict(words))


@pytest.mark.both_databases
class TestRules:
    @pytest.fixture
    def ada_loves_space(self, ada, films, active):
        rate_as(ada, (films[0], 10))
        return ada

    def rule(self, user, movie, words="", n=20):
        return standing(someone_signed_in(user), movie, wishes=wishes(words), n=n)

    def test_one_that_is_picked_and_one_below_the_cut(self, ada_loves_space, films):
        first = self.rule(ada_loves_space, films[1], n=3)
        assert (first.rule, first.rank, first.out_of) == (Rule.PICKED, 1, 7)
        assert first.words == "It is in your picks: number 1."
        last = self.rule(ada_loves_space, films[7], n=3)
        assert (last.rule, last.rank) == (Rule.BELOW_THE_CUT, 7)
        assert "shows 3 films" in last.words

    @pytest.mark.parametrize(
        ("kind", "rule"), [(Mark.Kind.NOT_INTERESTED, Rule.DISMISSED), (Mark.Kind.SEEN, Rule.SEEN)]
    )
    def test_what_the_person_said(self, ada_loves_space, films, kind, rule):
        assert self.rule(ada_loves_space, films[0]).rule is Rule.RATED
        Mark.objects.create(user=ada_loves_space, movie=films[1], kind=kind)
        found = self.rule(ada_loves_space, films[1])
        assert (found.rule, found.rank) == (rule, 1)  # what it would be, were it not hidden

    def test_what_was_wished(self, ada_loves_space, films):
        Movie.objects.filter(pk=films[1].pk).update(runtime_minutes=200)
        Mark.objects.create(user=ada_loves_space, movie=films[1], kind=Mark.Kind.WATCHLIST)
        film = Movie.objects.get(pk=films[1].pk)
        for words, said in {
            "genre=romance": "You wished for Romance, which it is not.",
            "decade=1950": "You wished for films of the 1950s.",
            "longest=120": "You wished for at most 120 minutes, and it is longer.",
            "least=1000": "You wished for at least 1,000 ratings, and it has 0.",
        }.items():
            found = self.rule(ada_loves_space, film, words)
            assert (found.rule, found.words) == (Rule.FILTERED, said)
        assert "not known" in self.rule(ada_loves_space, films[2], "longest=120").words
        assert self.rule(ada_loves_space, film, "hide_watchlist=1").rule is Rule.WATCHLISTED
        assert self.rule(ada_loves_space, film, "longest=200&decade=1980").rule is Rule.PICKED

    def test_one_too_like_a_stronger_pick_and_one_of_a_series(self, ada, films):
        plant_active("v1", tastes_of(films))
        rate_as(ada, (films[0], 10), (films[4], 7))
        person = someone_signed_in(ada)
        shown = {pick.movie.pk for pick in picks_for(person, n=3, wishes=wishes("variety=high")).picks}
        off = [pick.movie for pick in picks_for(person, n=3, wishes=wishes("variety=off")).picks]
        out = next(movie for movie in off if movie.pk not in shown)
        found = self.rule(ada, out, "variety=high", n=3)
        assert found.rule is Rule.TOO_LIKE
        assert found.like.pk in shown
        assert found.like.title in found.words
        series = [make_movie(f"Star Trek {n}: The Film", 1980 + n) for n in range(2, 6)]
        plant_active("v2", tastes_of(films) | {movie.pk: "space" for movie in series})
        Movie.objects.filter(pk__in=[films[1].pk, films[2].pk, films[3].pk]).update(title="Star Trek")
        kinds = {self.rule(ada, movie, n=6).rule for movie in series[2:]}
        assert Rule.SERIES in kinds

    def test_where_there_is_no_model_or_it_does_not_know_the_film(self, ada, bob, films):
        rate_as(ada, (films[0], 10))
        assert self.rule(ada, films[1]).rule is Rule.NO_MODEL
        plant_active("v1", tastes_of(films))
        assert self.rule(ada, make_movie("Arrival", 2016)).rule is Rule.UNKNOWN
        assert self.rule(bob, films[1]).rule is Rule.NO_MODEL
        assert standing(NOBODY, films[1]).rank is None

    def test_ranks_are_those_of_the_scores(self, ada_loves_space, films):
        served = ServedModel.open(version_folder("v1"))
        scores = served.ranking_scores(served.person([(films[0].pk, 5.0)]))
        order = sorted(films[1:], key=lambda movie: -scores[served.vocabulary.indices([movie.pk])[0]])
        assert [self.rule(ada_loves_space, movie).rank for movie in order] == [1, 2, 3, 4, 5, 6, 7]


def test_the_page_tells_rule_rank_and_sum(as_ada, ada, films, active):
    rate_as(ada, (films[0], 10))
    part = assert_good_part(as_ada.get(reverse("movie-standing", args=[films[1].pk]), **HTMX))
    words = text_of(part)
    assert "It is in your picks: number 1." in words
    assert "number 1 of 7 films that might be picked" in words
    assert "Together" in words
    assert part.find(".//p[@data-rule='picked']").get("data-request")
    page = assert_good_page(as_ada.get(reverse("movie-standing", args=[films[1].pk])))
    assert text_of(page.find(".//h1")) == "Solaris in your picks"


def test_a_stranger_is_told_that_there_is_no_list_of_their_own(as_stranger, films):
    part = assert_good_part(as_stranger.get(reverse("movie-standing", args=[films[1].pk]), **HTMX))
    assert text_of(part) == "Your list is everybody’s until the model knows a film that you rated."
    assert as_stranger.get(reverse("movie-standing", args=[987654])).status_code == 404


def test_over_rest(as_ada, ada, films, active):
    rate_as(ada, (films[0], 10), (films[4], 3))
    found = as_ada.get(f"/api/v1/movies/{films[1].pk}/standing/?n=3").json()
    assert (found["rule"], found["rank"], found["out_of"], found["source"]) == ("picked", 1, 6, "model")
    assert found["model_version"] == "v1"
    assert len(found["request_id"]) == 32
    assert found["expected"]["low"] < found["expected"]["stars"] < found["expected"]["high"]
    why = found["why"]
    total = why["base"] + sum(share["share"] for share in why["shares"]) + why["rest"]
    assert total == pytest.approx(why["score"], abs=1e-4)
    wished = as_ada.get(f"/api/v1/movies/{films[1].pk}/standing/?genre=romance").json()
    assert (wished["rule"], wished["words"]) == ("filtered", "You wished for Romance, which it is not.")
    copy = make_movie("Solaris [VHS]", merged_into=films[1])
    moved = as_ada.get(f"/api/v1/movies/{copy.pk}/standing/")
    assert (moved.status_code, moved["Location"]) == (301, f"/api/v1/movies/{films[1].pk}/standing/")
    assert as_ada.get("/api/v1/movies/987654/standing/").status_code == 404
    assert as_ada.get(f"/api/v1/movies/{films[1].pk}/standing/?n=0").status_code == 400


def test_the_number_of_queries_is_bounded(as_ada, ada, films, active, django_assert_max_num_queries):
    rate_as(ada, *((film, 8) for film in films[:4]))
    with django_assert_max_num_queries(12):
        as_ada.get(reverse("movie-standing", args=[films[5].pk]), **HTMX)
