"""What the site expected, written down before it knew."""

import logging
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import DatabaseError
from django.urls import reverse

from catalog.models import Movie, Rating
from catalog.ratings import rate_as_user, unrate
from catalog.statistics.stored import refresh_statistics
from recommendations import track_record
from recommendations.intervals import interval
from recommendations.models import Mark, ModelVersion, Prediction
from recommendations.services import predicted_stars, someone_signed_in
from recommendations.track_record import track_record_of
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, text_of
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL = reverse("track-record")


def told(user, movie, *, expected, given, deviation=0.5, at=None):
    """A film that was expected to get some stars, and got others."""
    Prediction.objects.create(
        user=user,
        movie=movie,
        stars=expected,
        deviation=deviation,
        model_version="v1",
        created_at=at or datetime(2026, 3, 1, tzinfo=UTC),
    )
    rate_as_user(user, movie, round(given * 2))


class TestWritingDown:
    def test_what_was_said_before_is_kept_with_its_version(self, active, films, ada):
        rate_as_user(ada, films[0], 10)
        said = predicted_stars(someone_signed_in(ada), [films[1]])[films[1].pk]
        rate_as_user(ada, films[1], 2)
        kept = Prediction.objects.get()
        assert (kept.user, kept.movie, kept.model_version) == (ada, films[1], "v1")
        assert kept.stars == pytest.approx(said)
        assert predicted_stars(someone_signed_in(ada), [films[1]])[films[1].pk] < said
        assert 0.5 < kept.deviation < 1.5

    def test_only_the_first_rating_counts(self, active, films, ada):
        rate_as_user(ada, films[0], 10)
        rate_as_user(ada, films[1], 10)
        kept = Prediction.objects.get().stars
        rate_as_user(ada, films[1], 1)
        unrate(ada.reviewer, films[1])
        rate_as_user(ada, films[1], 3)
        assert Prediction.objects.get().stars == kept

    def test_ratings_out_of_use_are_not_expected_from(self, active, films, ada):
        rate_as_user(ada, films[0], 10)
        Mark.objects.create(user=ada, movie=films[0], kind=Mark.Kind.UNUSED)
        rate_as_user(ada, films[1], 10)
        assert not Prediction.objects.exists()

    @pytest.mark.parametrize("missing", ["model", "film", "history"])
    def test_where_nothing_could_be_said_nothing_is_kept(self, films, ada, missing):
        if missing != "model":
            plant_active("v1", tastes_of(films))
        if missing != "history":
            rate_as_user(ada, films[0], 10)
        rate_as_user(ada, make_movie("Unknown") if missing == "film" else films[1], 8)
        assert not Prediction.objects.exists()

    @pytest.mark.parametrize("error", [DatabaseError("full"), ValueError("odd")])
    def test_what_goes_wrong_is_logged_and_the_rating_written(
        self, active, films, ada, monkeypatch, caplog, error
    ):
        rate_as_user(ada, films[0], 10)

        def fail(*_, **__):
            raise error

        monkeypatch.setattr(track_record, "expected_stars", fail)
        with caplog.at_level(logging.ERROR):
            rate_as_user(ada, films[1], 4)
        assert Rating.objects.of_user(ada).count() == 2
        assert "failed before a rating" in caplog.text

    def test_a_broken_write_spoils_no_transaction(self, active, films, ada, monkeypatch):
        rate_as_user(ada, films[0], 10)
        monkeypatch.setattr(track_record, "expected_stars", lambda *_: (float("nan"), None))
        rate_as_user(ada, films[1], 4)
        assert Rating.objects.of_user(ada).count() == 2
        assert not Prediction.objects.exists()

    def test_the_number_of_queries_does_not_grow(self, active, films, ada, django_assert_num_queries):
        for movie in films[:6]:
            rate_as_user(ada, movie, 7)
        # the model, ratings, marks; a savepoint around the row
        with django_assert_num_queries(6):
            track_record.keep_prediction(None, ada, films[6])
        assert Prediction.objects.filter(movie=films[6]).exists()


class TestRecord:
    def test_hits_misses_and_errors_by_hand(self, films, ada):
        told(ada, films[0], expected=4.0, given=4.5)
        told(ada, films[1], expected=4.0, given=3.4)  # 3.5: a hit
        told(ada, films[2], expected=4.0, given=3.0, deviation=1.0)
        told(ada, films[3], expected=4.0, given=1.0)
        record = track_record_of(ada)
        assert len(record) == 4
        assert record.hit_share == 0.5
        assert record.inside_share == 0.75
        assert record.error == pytest.approx((0.5 + 0.5 + 1 + 3) / 4)
        assert [one.movie_id for one in record.surprises(5)] == [films[3].pk, films[2].pk]
        assert [one.error for one in record.surprises(1)] == [-3.0]

    def test_everyones_mean_is_damped_and_without_ones_own(self, films, ada):
        rate_all(make_reviewers(10), films[0], [10] * 10)
        told(ada, films[0], expected=4.0, given=1.0)
        site = (10 * 10 + 2) / 11 / 2
        [one] = track_record_of(ada).told
        assert one.everyone == pytest.approx((10 * 5 + 10 * site) / 20)
        assert track_record_of(ada).everyones_error == pytest.approx(one.everyone - 1.0)

    def test_months_are_those_of_the_first_rating(self, films, ada):
        told(ada, films[0], expected=4.0, given=3.0, at=datetime(2026, 1, 31, tzinfo=UTC))
        told(ada, films[1], expected=4.0, given=4.0, at=datetime(2026, 3, 1, tzinfo=UTC))
        told(ada, films[2], expected=4.0, given=2.0, at=datetime(2026, 3, 9, tzinfo=UTC))
        found = [(month.month, month.films, month.error) for month in track_record_of(ada).months]
        assert found == [("2026-01", 1, 1.0), ("2026-03", 2, 1.0)]

    def test_a_rating_taken_away_says_nothing(self, films, ada):
        told(ada, films[0], expected=4.0, given=3.0)
        unrate(ada.reviewer, films[0])
        assert len(track_record_of(ada)) == 0

    def test_of_films_that_became_one_the_first_told_counts(self, films, ada):
        told(ada, films[0], expected=4.0, given=3.0)
        Prediction.objects.create(
            user=ada,
            movie=make_movie("Alien [VHS]", merged_into=films[0]),
            stars=2.0,
            deviation=0.5,
            model_version="v0",
            created_at=datetime(2025, 3, 1, tzinfo=UTC),
        )
        assert [(one.movie_id, one.expected) for one in track_record_of(ada).told] == [(films[0].pk, 2.0)]

    def test_intervals_hold_four_fifths_and_stay_on_the_scale(self):
        assert interval(3.0, 1.0) == pytest.approx((3 - 1.28155, 3 + 1.28155), abs=1e-4)
        assert interval(4.9, 1.0) == (pytest.approx(4.9 - 1.28155, abs=1e-4), 5.0)
        assert interval(0.6, 9.0) == (0.5, 5.0)
        draws = np.random.default_rng(1).normal(3.0, 0.7, 20_000)
        low, high = interval(3.0, 0.7)
        assert np.mean((draws > low) & (draws < high)) == pytest.approx(0.8, abs=0.01)


class TestPage:
    def test_it_says_what_it_means_before_there_is_anything(self, as_ada, films):
        assert "No model is live" in text_of(assert_good_page(as_ada.get(URL)).find(".//main"))
        plant_active("v1", tastes_of(films))
        assert "Nothing to show yet" in text_of(assert_good_page(as_ada.get(URL)).find(".//main"))

    def test_figures_chart_table_and_surprises(self, as_ada, ada, films):
        told(ada, films[0], expected=4.0, given=4.5)
        told(ada, films[1], expected=4.0, given=1.0)
        page = assert_good_page(as_ada.get(URL))
        figures = [text_of(figure) for figure in page.findall(".//dd[@class='big-number']")]
        assert figures[:3] == ["2", "50 %", "50 %"]
        assert text_of(page.find(".//details//tbody/tr")).startswith("March 202621.75")
        assert page.find(".//{*}svg[@role='img']//{*}rect[@class='chart__mark']") is not None
        assert "You gave 1 star, expected were 4.0." in text_of(page.find(".//main"))
        badges = [
            text_of(row.findall("td")[2])
            for row in page.findall(".//table[@class='table table--told']/tbody/tr")
        ]
        assert sorted(badges) == ["a hit", "a miss"]

    def test_nobody_else_sees_it(self, as_bob, ada, films):
        told(ada, films[0], expected=4.0, given=4.5)
        assert "Alien" not in as_bob.get(URL).content.decode()

    def test_the_number_of_queries_is_constant(self, as_ada, ada, films, django_assert_num_queries):
        told(ada, films[0], expected=4.0, given=1.0)
        refresh_statistics()
        with django_assert_num_queries(8):  # session, user, told, mean, ratings, films, genres, demo?
            as_ada.get(URL)
        for place, movie in enumerate(films[1:]):
            at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=40 * place)
            told(ada, movie, expected=4.0, given=1.0, at=at)
        with django_assert_num_queries(8):
            as_ada.get(URL)


def test_every_state_of_the_active_version_is_survived(films, ada):
    ModelVersion.objects.create(version="gone", state=ModelVersion.State.ACTIVE)
    rate_as_user(ada, films[0], 10)
    rate_as_user(ada, films[1], 10)
    assert not Prediction.objects.exists()
    assert Movie.objects.get(pk=films[1].pk).rating_count == 1
