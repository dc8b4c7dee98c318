"""Picks: whose they are, what they say of themselves, and what they fall back to."""

import logging

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.models import Movie, Reviewer
from catalog.ratings import rate, unrate
from ml.serving import ServedModel
from recommendations import candidates
from recommendations.active_model import version_folder
from recommendations.models import ModelVersion
from recommendations.services import (
    NOBODY,
    Source,
    Wishes,
    picks_for,
    predicted_stars,
    similar_movies,
    someone_signed_in,
)
from tests.factories import make_edition, make_movie, make_reviewers, rate_all
from tests.recommendations.asking import picks_for_history, picks_for_user
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def rate_as(user, *ratings):
    reviewer = Reviewer.objects.for_user(user)
    for movie, half_stars in ratings:
        rate(reviewer, movie, half_stars)


def titles(answer):
    return [pick.movie.title for pick in answer.picks]


class TestPersonalPicks:
    def test_who_loves_space_gets_space_and_who_loves_romance_gets_romance(self, active, films, ada, bob):
        rate_as(ada, (films[0], 10))
        rate_as(bob, (films[4], 10))
        assert titles(picks_for_user(ada, n=3)) == ["Solaris", "Contact", "Gravity"]
        assert titles(picks_for_user(bob, n=3)) == ["Brief Encounter", "Roman Holiday", "Amélie"]

    def test_rated_films_are_left_out_and_the_next_list_reflects_every_write(self, active, films, ada):
        rate_as(ada, (films[0], 10), (films[1], 9))
        assert titles(picks_for_user(ada, n=2)) == ["Contact", "Gravity"]
        rate_as(ada, (films[2], 9))
        assert titles(picks_for_user(ada, n=1)) == ["Gravity"]
        unrate(Reviewer.objects.for_user(ada), films[1])
        assert titles(picks_for_user(ada, n=2)) == ["Solaris", "Gravity"]
        for film in (films[0], films[2]):
            rate_as(ada, (film, 1))
        assert titles(picks_for_user(ada, n=1)) == ["Carol"]

    def test_an_answer_names_its_source_version_and_itself(self, active, films, ada):
        rate_as(ada, (films[0], 10))
        first, second = picks_for_user(ada, n=2), picks_for_user(ada, n=2)
        assert (first.source, first.model_version, first.rated_count) == (Source.MODEL, "v1", 1)
        assert (
            first.note == "Picked from the film you rated. With so few, what most people watch weighs most."
        )
        assert [pick.rank for pick in first.picks] == [1, 2]
        assert first.picks == second.picks
        assert first.request_id != second.request_id

    def test_reasons_are_the_rated_films_that_carry_a_pick_strongest_first(self, active, films, ada):
        rate_as(ada, (films[0], 10), (films[4], 7), (films[1], 9))
        pick = picks_for_user(ada, n=1).picks[0]
        assert pick.movie == films[2]
        assert [(reason.movie, reason.stars) for reason in pick.reasons] == [(films[0], 5.0), (films[1], 4.5)]
        assert pick.reasons[0].share > pick.reasons[1].share > 0

    def test_a_score_is_its_base_and_its_shares(self, active, films, ada):
        rate_as(ada, (films[0], 10), (films[1], 6))
        served = ServedModel.open(version_folder("v1"))
        person = served.person([(films[0].pk, 5.0), (films[1].pk, 3.0)])
        row = int(served.vocabulary.indices(films[2].pk))
        pick = picks_for_user(ada, n=1).picks[0]
        assert pick.movie == films[2]
        base = served.ranking_base(person)[row]
        assert pick.score == pytest.approx(base + sum(reason.share for reason in pick.reasons), abs=1e-4)
        assert pick.predicted_stars == pytest.approx(served.predicted_stars(person, np.array([row]))[0])

    def test_at_most_three_reasons(self, films, ada):
        plant_active("v1", dict.fromkeys([film.pk for film in films], "space"))
        rate_as(ada, *((film, 10) for film in films[:4]))
        assert [len(pick.reasons) for pick in picks_for_user(ada).picks] == [3, 3, 3, 3]

    def test_a_film_that_nobody_had_rated_in_training_is_known_by_its_content(self, films, ada):
        plant_active("v1", tastes_of(films), unrated=[films[1].pk])
        rate_as(ada, (films[0], 10))
        answer = picks_for_user(ada, n=2)
        assert [pick.source for pick in answer.picks] == [Source.CONTENT, Source.MODEL]
        assert answer.source == Source.MODEL

    def test_films_newer_than_the_model_fill_the_end_of_a_short_list(self, active, films, ada):
        new = make_movie("Arrival", 2016)
        rate_all(make_reviewers(2), new, [10, 10])
        rate_as(ada, (films[0], 10))
        answer = picks_for_user(ada, n=20)
        assert len(answer.picks) == 8
        assert [pick.source for pick in answer.picks] == [Source.MODEL] * 7 + [Source.AVERAGE]
        assert answer.picks[-1].movie == new
        assert answer.picks[-1].predicted_stars is None

    def test_ratings_of_films_newer_than_the_model_are_counted_aloud(self, active, films, ada):
        new = make_movie("Arrival", 2016)
        rate_as(ada, (new, 10), (films[0], 10))
        answer = picks_for_user(ada, n=2)
        assert titles(answer) == ["Solaris", "Contact"]
        assert answer.note.startswith("Picked from 1 of the 2 films you rated;")


class TestMergedAndRemovedFilms:
    def test_a_pick_that_was_merged_is_the_film_it_was_merged_into(self, active, films, ada):
        kept = make_movie("Solaris (both cuts)")
        Movie.objects.filter(pk=films[1].pk).update(merged_into=kept)
        rate_as(ada, (films[0], 10))
        assert titles(picks_for_user(ada, n=2)) == ["Solaris (both cuts)", "Contact"]
        rate_as(ada, (films[1], 10))
        assert titles(picks_for_user(ada, n=2)) == ["Contact", "Gravity"]

    def test_a_film_rated_under_its_new_id_counts_under_the_one_it_was_trained_with(self, active, films, ada):
        middle, kept = make_movie("Alien, again"), make_movie("Alien, at last")
        Movie.objects.filter(pk=middle.pk).update(merged_into=kept)
        Movie.objects.filter(pk=films[0].pk).update(merged_into=middle)
        rate_as(ada, (kept, 10))
        answer = picks_for_user(ada, n=2)
        assert titles(answer) == ["Solaris", "Contact"]
        assert answer.picks[0].reasons[0].movie == kept

    def test_two_films_merged_into_one_stand_in_the_list_once(self, active, films, ada):
        Movie.objects.filter(pk=films[2].pk).update(merged_into=films[1])
        rate_as(ada, (films[0], 10))
        assert titles(picks_for_user(ada, n=3)) == ["Solaris", "Gravity", "Carol"]

    def test_a_film_merged_into_a_rated_one_is_rated(self, active, films, ada):
        Movie.objects.filter(pk=films[1].pk).update(merged_into=films[0])
        rate_as(ada, (films[0], 10))
        assert titles(picks_for_user(ada, n=2)) == ["Contact", "Gravity"]

    def test_films_removed_before_the_model_was_opened_are_no_candidates(
        self, active, films, ada, monkeypatch
    ):
        monkeypatch.setattr(candidates, "SPARE", 0)
        monkeypatch.setattr(candidates, "CANDIDATES", 1)
        monkeypatch.setattr(candidates, "LARGEST_BLOCK", 1)
        films[1].delete()
        films[2].delete()
        rate_as(ada, (films[0], 10))
        answer = picks_for_user(ada, n=1)
        assert (titles(answer), answer.picks[0].source) == (["Gravity"], Source.MODEL)

    def test_a_removed_film_leaves_no_hole(self, active, films, ada):
        rate_as(ada, (films[0], 10))
        picks_for_user(ada)
        films[1].delete()
        assert titles(picks_for_user(ada, n=2)) == ["Contact", "Gravity"]

    def test_many_films_removed_since_the_model_was_opened(self, films, ada):
        bulk = [make_movie(f"Film {i}") for i in range(200)]
        tastes = {movie.pk: "space" for movie in bulk} | {movie.pk: "romance" for movie in films[1:]}
        plant_active("v1", tastes | {films[0].pk: "space"})
        rate_as(ada, (films[0], 10))
        picks_for_user(ada)
        Movie.objects.filter(pk__in=[movie.pk for movie in bulk]).delete()
        assert len(picks_for_user(ada, n=7).picks) == 7


class TestVisitors:
    def test_a_visitor_with_a_history_gets_what_a_person_with_it_gets(self, active, films, ada):
        rate_as(ada, (films[0], 10), (films[5], 3))
        answer = picks_for_history([(films[0].pk, 10), (films[5].pk, 3)])
        assert answer.picks == picks_for_user(ada).picks
        assert answer.source == Source.MODEL

    def test_a_visitor_without_a_history_gets_the_average_said_aloud(self, active, films):
        rate_all(make_reviewers(3), films[6], [10, 10, 9])
        answer = picks_for_history([], n=3)
        assert (answer.source, answer.model_version) == (Source.AVERAGE, None)
        assert titles(answer)[0] == "Roman Holiday"
        assert answer.note == "These are the best rated films: rate one and the list becomes yours."


class TestFallbacks:
    def test_one_perfect_rating_does_not_beat_many_good_ones(self, films, ada):
        reviewers = make_reviewers(40)
        rate_all(reviewers, films[0], [9] * 40)
        rate_all(reviewers[:1], films[1], [10])
        rate_all(reviewers, films[2], [4] * 40)
        answer = picks_for(NOBODY, n=2, wishes=Wishes(variety="off"))
        assert titles(answer) == ["Alien", "Solaris"]
        site_mean = (40 * 4.5 + 5 + 40 * 2) / 81
        assert answer.picks[0].score == pytest.approx((40 * 4.5 + 10 * site_mean) / 50)
        assert (answer.picks[0].source, answer.picks[0].reasons) == (Source.AVERAGE, [])

    def test_without_a_model_rated_films_are_still_left_out(self, films, ada):
        rate_as(ada, (films[0], 10))
        answer = picks_for_user(ada)
        assert "Alien" not in titles(answer)
        assert (answer.source, len(answer.picks)) == (Source.AVERAGE, 7)
        assert "has yet to learn" in answer.note

    def test_without_any_rating_the_newest_said_aloud(self, films):
        answer = picks_for_user(AnonymousUser(), n=2)
        assert (answer.source, titles(answer)) == (Source.POPULAR, ["Amélie", "Roman Holiday"])
        assert answer.note == "Nobody has rated a film here yet: these are the newest."

    def test_an_empty_catalogue_is_an_empty_list(self, db):
        answer = picks_for_user(AnonymousUser())
        assert (answer.picks, answer.source) == ([], Source.POPULAR)

    def test_merged_films_are_in_no_fallback(self, films):
        make_movie("Amélie again", 2001, ["Romance"], merged_into=films[7])
        assert "Amélie again" not in titles(picks_for_user(AnonymousUser()))
        rate_all(make_reviewers(1), films[0], [8])
        assert "Amélie again" not in titles(picks_for_user(AnonymousUser()))
        assert "Amélie again" not in titles(similar_movies(films[4]))


class TestSimilarMovies:
    def test_by_the_model(self, active, films):
        answer = similar_movies(films[4], n=3)
        assert (answer.source, answer.model_version) == (Source.MODEL, "v1")
        assert sorted(titles(answer)) == ["Amélie", "Brief Encounter", "Roman Holiday"]
        assert [pick.score for pick in answer.picks] == sorted((p.score for p in answer.picks), reverse=True)

    def test_of_a_merged_film_are_those_of_the_film_it_was_merged_into(self, active, films):
        merged = make_movie("Carol again", merged_into=films[4])
        assert titles(similar_movies(merged)) == titles(similar_movies(films[4]))

    def test_without_a_model_by_shared_genres_best_first(self, films):
        both = make_movie("Passengers", 2016, ["Science Fiction", "Romance"])
        film = make_movie("Her", 2013, ["Science Fiction", "Romance"])
        rate_all(make_reviewers(2), films[3], [10, 10])
        answer = similar_movies(film, n=2)
        assert (answer.source, answer.model_version) == (Source.CONTENT, None)
        assert answer.picks[0].movie == both
        assert answer.picks[1].movie == films[3]
        assert [pick.score for pick in answer.picks] == [1.0, 0.5]

    def test_a_film_the_model_does_not_know_falls_back_to_genres(self, active, films):
        new = make_movie("Arrival", 2016, ["Science Fiction"])
        answer = similar_movies(new, n=4)
        assert (answer.source, answer.model_version) == (Source.CONTENT, None)
        assert sorted(titles(answer)) == ["Alien", "Contact", "Gravity", "Solaris"]

    def test_a_film_without_genres_falls_back_to_the_average(self, films):
        rate_all(make_reviewers(1), films[0], [10])
        answer = similar_movies(make_movie("Untitled"), n=2)
        assert (answer.source, titles(answer)[0]) == (Source.AVERAGE, "Alien")
        assert "Untitled" in answer.note


class TestPredictedStars:
    def test_of_the_films_the_model_knows(self, active, films, ada):
        new = make_movie("Arrival", 2016)
        rate_as(ada, (films[0], 10))
        predicted = predicted_stars(someone_signed_in(ada), [films[1], films[5], new])
        assert set(predicted) == {films[1].pk, films[5].pk}
        assert predicted[films[1].pk] > predicted[films[5].pk]

    def test_none_for_strangers_nor_without_a_model(self, films, ada):
        rate_as(ada, (films[0], 10))
        assert predicted_stars(someone_signed_in(ada), films) == {}
        plant_active("v1", tastes_of(films))
        assert predicted_stars(NOBODY, films) == {}
        assert len(predicted_stars(someone_signed_in(ada), films)) == 8


class TestBrokenModels:
    @pytest.fixture
    def loved_space(self, films, ada):
        rate_as(ada, (films[0], 10))

    def damage(self, version):
        with (version_folder(version) / "ranking_embeddings.npy").open("r+b") as stream:
            stream.seek(-4, 2)
            stream.write(b"\x00\x01\x02\x03")

    def test_a_broken_version_is_refused_in_the_log_and_the_old_one_stays(
        self, active, films, ada, loved_space, caplog
    ):
        before = picks_for_user(ada)
        plant_active("v2", tastes_of(films[::-1]))
        self.damage("v2")
        with caplog.at_level(logging.ERROR):
            answer = picks_for_user(ada)
            picks_for_user(ada)
        assert (answer.model_version, answer.picks) == ("v1", before.picks)
        assert len(caplog.records) == 1
        assert "v2" in caplog.text
        assert "checksum" in caplog.text

    def test_a_broken_version_without_an_old_one_falls_back_visibly(self, films, ada, loved_space):
        plant_active("broken-from-the-start", tastes_of(films))
        self.damage("broken-from-the-start")
        answer = picks_for_user(ada)
        assert (answer.source, answer.model_version) == (Source.AVERAGE, None)

    def test_a_missing_folder_and_a_version_under_another_name_are_refused(
        self, active, films, ada, loved_space
    ):
        assert picks_for_user(ada).model_version == "v1"
        ModelVersion.objects.update(version="elsewhere")
        assert picks_for_user(ada).model_version == "v1"
        version_folder("v1").rename(version_folder("renamed"))
        ModelVersion.objects.update(version="renamed")
        assert picks_for_user(ada).model_version == "v1"


def test_the_number_of_queries_does_not_grow_with_the_list(active, films, ada, django_assert_max_num_queries):
    for film in films:
        make_edition(film, f"E{film.pk}")
    rate_as(ada, (films[0], 10), (films[4], 2))
    picks_for_user(ada)
    for n in (1, 6):
        with django_assert_max_num_queries(8):
            answer = picks_for_user(ada, n=n)
            assert all(pick.movie.cheapest_edition is None for pick in answer.picks)
            assert all(pick.movie.genres.all() for pick in answer.picks)
        assert len(answer.picks) == n
