"""Leaving: everything goes, with the password; the receipt says what follows when."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, connection
from django.db.models import ForeignKey
from django.urls import reverse
from knox.models import get_token_model

from accounts.deletion import Receipt, delete_account
from accounts.models import ImportRow, RatingImport
from catalog.aggregates import wrong_histograms
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from recommendations.models import ModelVersion, Prediction, TrainingOptOut
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db
URL = reverse("account-delete")


@pytest.fixture
def full(ada, as_ada):
    """Ada, with something in every table that may hold a person."""
    movie = make_movie()
    rate_all(make_reviewers(1), movie, [2])
    rate(Reviewer.objects.for_user(ada), movie, 9)
    run = RatingImport.objects.create(user=ada, requested_by=ada, source="IMDb")
    ImportRow.objects.create(rating_import=run, title="Alien", movie=movie, half_stars=9)
    TrainingOptOut.objects.create(user=ada)
    get_token_model().objects.create(user=ada)
    ada.emailaddress_set.create(email=ada.email, primary=True)
    as_ada.post(reverse("account_login"), {"login": "ada", "password": "ada-password"})
    return ada


def leave(client, password="ada-password"):  # noqa: S107 - of the cast
    return client.post(URL, {"password": password})


def test_everything_goes(full, as_ada, as_bob):
    response = leave(as_ada)
    assert response.status_code == 302
    assert not User.objects.filter(username="ada").exists()
    assert Rating.objects.count() == 1
    assert Movie.objects.get().histogram == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert not wrong_histograms().exists()
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, ForeignKey) and field.related_model in (User, RatingImport):
                values = set(model._default_manager.values_list(field.name, flat=True))
                assert values <= {None, *User.objects.values_list("pk", flat=True)}, model
    assert not ImportRow.objects.exists()
    assert as_bob.get(reverse("account")).status_code == 200


def test_every_session_ends(full, as_ada, as_bob, ada, bob, client):
    client.force_login(ada)
    leave(as_ada)
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(bob.pk)]
    assert client.get(reverse("account")).status_code == 302
    assert as_ada.get(reverse("account")).status_code == 302
    assert not client.login(username="ada", password="ada-password")


def test_the_receipt_is_a_page_without_a_name(full, as_ada, as_stranger):
    address = leave(as_ada)["Location"]
    for client in (as_ada, as_stranger):
        page = assert_good_page(client.get(address))
        words = text_of(page.find(".//main"))
        assert "Your account is deleted" in words
        assert "Ratings, taken out of all averages 1" in words
        assert "ada" not in words.replace("made", "").split()
    assert as_stranger.get(f"{address[:-5]}x/").status_code == 404
    assert as_stranger.get(reverse("account-deleted", args=["x:y:z"])).status_code == 404


def test_a_wrong_password_deletes_nothing(full, as_ada):
    page = assert_good_page(leave(as_ada, "guess"))
    assert "Nothing was deleted" in text_of(page.find(".//main"))
    assert User.objects.filter(username="ada").exists()
    assert assert_good_page(as_ada.post(URL)).find(".//ul[@class='errorlist']") is not None


def test_passwords_cannot_be_tried_for_long(full, as_ada):
    tries = [leave(as_ada, "guess").status_code for _ in range(12)]
    assert tries[-1] == 429
    assert_good_page(leave(as_ada), 429)
    assert User.objects.filter(username="ada").exists()


def test_the_last_who_runs_the_site_stays(as_owner, owner, ada):
    assert "Nobody else could run this site" in text_of(assert_good_page(as_owner.get(URL)).find(".//main"))
    assert_good_page(leave(as_owner, "owner-password"))
    assert User.objects.filter(username="owner").exists()
    User.objects.filter(pk=ada.pk).update(is_superuser=True)
    assert leave(as_owner, "owner-password").status_code == 302
    assert not User.objects.filter(username="owner").exists()


def test_the_page_says_what_goes_and_what_follows(full, as_ada, settings, django_assert_num_queries):
    settings.BACKUP_DAYS = 14
    with django_assert_num_queries(11):
        # session, user, ratings, since when: ratings, expectations, opt-out; active model, newer ones: how many and
        # the first, has any learned?, demo?
        page = assert_good_page(as_ada.get(URL))
    words = text_of(page.find(".//main"))
    assert "1 rating, which leave the averages too" in words
    assert "kept for 14 days" in words
    assert "your watchlist, the films you hid or marked as not seen, and what the site expected" in words


class TestWhatNothingHolds:
    """Of somebody whose first rating is newer than the last snapshot and the last model."""

    NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def models(self, settings, time_machine):
        time_machine.move_to(self.NOW, tick=False)
        settings.NIGHTLY_RETRAIN = time(3, 30)
        for folder in (settings.SNAPSHOTS_DIR, settings.MODELS_DIR):
            (folder / "20260301T033000Z-aaaaaa").mkdir(parents=True)
        ModelVersion.objects.create(version="20260301T033000Z-aaaaaa", state="active")

    def words(self, client):
        return text_of(assert_good_page(client.get(URL)).find(".//main"))

    def rate(self, ada, at, name="Alien"):
        rating = rate(Reviewer.objects.for_user(ada), make_movie(name), 9)
        Rating.objects.filter(pk=rating.pk).update(created_at=at)
        return rating

    def assert_nothing(self, words):
        assert "None holds them" in words
        assert "None has learned from a rating of yours." in words
        assert "still hold" not in words
        assert "serves" not in words

    def test_without_ratings_and_with_newer_ones(self, ada, as_ada):
        self.assert_nothing(self.words(as_ada))
        self.rate(ada, self.NOW - timedelta(hours=1))
        self.assert_nothing(self.words(as_ada))

    def test_a_rating_that_is_old_enough_was_learned_from(self, ada, as_ada):
        self.rate(ada, self.NOW - timedelta(hours=9))
        words = self.words(as_ada)
        assert "1 still holds them" in words
        assert "those made before have learned from them" in words
        assert "20260301T033000Z-aaaaaa serves" in words

    def test_a_rating_that_was_taken_away_counts(self, ada, as_ada):
        Prediction.objects.create(
            user=ada,
            movie=make_movie(),
            stars=3,
            deviation=1,
            model_version="x",
            created_at=self.NOW - timedelta(hours=9),
        )
        assert "those made before have learned from them" in self.words(as_ada)

    def test_what_is_newer_than_an_opt_out_has_not_learned(self, ada, as_ada):
        self.rate(ada, self.NOW - timedelta(days=9))
        TrainingOptOut.objects.create(user=ada)
        TrainingOptOut.objects.update(created_at=self.NOW - timedelta(days=1))
        words = self.words(as_ada)
        self.assert_nothing(words)
        ModelVersion.objects.create(version="20260201T033000Z-bbbbbb")
        assert "those made before have learned from them" not in self.words(as_ada)
        ModelVersion.objects.create(version="20260222T033000Z-cccccc")
        words = self.words(as_ada)
        assert "those made before have learned from them" in words
        assert "20260301T033000Z-aaaaaa, learned nothing from you" in words

    def test_the_receipt_says_the_same(self, ada, as_ada):
        self.rate(ada, self.NOW - timedelta(hours=1))
        address = leave(as_ada)["Location"]
        self.assert_nothing(text_of(assert_good_page(as_ada.get(address)).find(".//main")))

    def test_the_receipt_of_somebody_without_ratings(self, as_ada):
        address = leave(as_ada)["Location"]
        self.assert_nothing(text_of(assert_good_page(as_ada.get(address)).find(".//main")))


def test_no_mail_is_sent(full, as_ada):
    leave(as_ada)
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_first_rating_at_the_same_moment_leaves_no_ghost(ada):
    """It comes right after it was looked up whether the person is a reviewer."""
    movie, herself = make_movie(), User.objects.get(pk=ada.pk)

    def rate_first() -> None:
        try:
            with suppress(IntegrityError, Reviewer.DoesNotExist):
                rate(Reviewer.objects.for_user(herself), movie, 9)
        finally:
            connection.close()

    def watch(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if 'FROM "catalog_reviewer"' in sql and not ratings:
            ratings.append(pool.submit(rate_first))
            wait(ratings, timeout=1)
        return result

    ratings: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        with connection.execute_wrapper(watch):
            delete_account(ada)
        ratings[0].result()
    assert not User.objects.exists()
    assert not Rating.objects.exists()
    assert not wrong_histograms().exists()


class TestReceipt:
    MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)

    @pytest.fixture
    def read(self, as_stranger, settings, time_machine):
        settings.NIGHTLY_RETRAIN = time(3, 30)
        settings.BACKUP_DAYS = 30
        time_machine.move_to(self.MOMENT + timedelta(minutes=1), tick=False)
        receipt = Receipt(int(self.MOMENT.timestamp()), 5, 1, 2, 0, was_learned_from=True)

        def words():
            page = as_stranger.get(reverse("account-deleted", args=[receipt.token()]))
            return text_of(assert_good_page(page).find(".//main"))

        return words

    def snapshot(self, settings, name):
        (settings.SNAPSHOTS_DIR / name).mkdir(parents=True)

    def test_dates_that_follow_from_the_schedule(self, read, settings):
        for name in ("20260228T033000Z-aaaaaa", "20260301T033000Z-bbbbbb", "20260301T130000Z-cccccc"):
            self.snapshot(settings, name)
        words = read()
        assert "2 still hold them" in words
        assert "The last goes on 3 March 2026" in words
        assert "the training on 2 March 2026, 03:30 UTC" in words
        assert "later than 20260301T120000Z" in words
        assert "kept until 31 March 2026" in words

    def test_without_a_schedule_it_says_what_must_happen(self, read, settings):
        settings.NIGHTLY_RETRAIN = None
        self.snapshot(settings, "20260228T033000Z-aaaaaa")
        words = read()
        assert "The last goes with the second training from then" in words
        assert "the version of the next training" in words

    def test_later_it_names_the_first_version_without(self, read, settings):
        ModelVersion.objects.create(version="20260301T033000Z-aaaaaa", state="active")
        assert "20260301T033000Z-aaaaaa serves" in read()
        ModelVersion.objects.create(
            version="20260301T120000Z-bbbbbb"
        )  # in the second of the deletion: perhaps before
        ModelVersion.objects.create(version="20260302T033000Z-cccccc")
        ModelVersion.objects.create(version="20260303T033000Z-dddddd")
        words = read()
        assert "The first without you is version 20260302T033000Z-cccccc" in words
        assert "None holds them any more" in words
        ModelVersion.objects.update(state="retired")
        ModelVersion.objects.filter(version__contains="dddddd").update(state="active")
        assert "20260303T033000Z-dddddd, learned nothing from you" in read()
