"""The account page and what it leads to: learning or not, signing out everywhere, taking everything along."""

import csv
import io
import json
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import get_token_model

from accounts.exports import SECTIONS
from accounts.imports import work
from accounts.imports.files import read_uploads
from accounts.models import RatingImport
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from recommendations.models import TrainingOptOut
from tests.accounts.imports.test_files import Upload
from tests.factories import make_movie
from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db
URL = reverse("account")
GETS = [URL, reverse("account-json"), reverse("account-delete")]
GETS += [reverse("account-table", args=[section.name]) for section in SECTIONS]
POSTS = [reverse("training-choice"), reverse("sign-out-everywhere")]
NASTY = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def rated(ada):
    """Ada rated three films, one with a title that a spreadsheet would run."""
    reviewer = Reviewer.objects.for_user(ada)
    films = [make_movie(title, 1979 + n) for n, title in enumerate(["Alien", "Amélie", NASTY])]
    for n, movie in enumerate(films):
        rate(reviewer, movie, 3 * (n + 1))
    Rating.objects.filter(movie=films[1]).update(rated_at=None)
    return films


def content(response):
    return b"".join(response.streaming_content).decode()


def table(client, name="ratings"):
    return list(csv.DictReader(io.StringIO(content(client.get(reverse("account-table", args=[name]))))))


def test_everybody_sees_their_own_and_a_stranger_none(as_ada, as_bob, as_stranger, rated):
    for address in GETS:
        assert as_stranger.get(address)["Location"] == f"/accounts/login/?next={address}"
    for address in POSTS:
        assert as_stranger.post(address)["Location"] == f"/accounts/login/?next={address}"
        assert as_ada.get(address).status_code == 405
    assert "3 films rated" in text_of(assert_good_page(as_ada.get(URL)).find(".//main"))
    assert "0 films rated" in text_of(assert_good_page(as_bob.get(URL)).find(".//main"))
    assert table(as_bob) == []
    assert json.loads(content(as_bob.get(reverse("account-json"))))["ratings"] == []
    assert as_ada.get("/account/nonsense.csv").status_code == 404


def test_the_page_leads_to_all_that_can_be_done(as_ada):
    page = assert_good_page(as_ada.get(URL))
    addresses = {link.get("href") for link in page.findall(".//main//a")}
    names = [
        "account_change_password",
        "account_email",
        "mfa_index",
        "usersessions_list",
        "rating-import-new",
    ]
    assert {reverse(name) for name in names} | set(GETS[1:]) <= addresses
    menu = {link.get("href") for link in page.findall(".//header//details//a")}
    assert URL in menu


def test_the_number_of_queries_is_constant(as_ada, rated, django_assert_num_queries):
    with django_assert_num_queries(9):
        # session, user, addresses, factors, sessions, tokens, ratings, opted out, demo?
        as_ada.get(URL)


class TestTakingAlong:
    def test_ratings_as_csv(self, as_ada, rated):
        rows = table(as_ada)
        assert [row["title"] for row in rows] == ["Alien", "Amélie", f"'{NASTY}"]
        assert [row["stars"] for row in rows] == ["1.5", "3.0", "4.5"]
        assert rows[1]["rated_at"] == ""
        assert rows[0]["rated_at"].endswith("+00:00")

    def test_everything_as_json(self, as_ada, ada, rated):
        everything = json.loads(content(as_ada.get(reverse("account-json"))))
        assert {section.name for section in SECTIONS} <= everything.keys()
        assert everything["account"][0]["username"] == "ada"
        assert everything["ratings"][2]["title"] == NASTY
        assert "password" not in json.dumps(everything)
        assert ada.password not in json.dumps(everything)

    def test_it_is_sent_while_it_is_made_in_few_queries(self, as_ada, rated, django_assert_num_queries):
        response = as_ada.get(reverse("account-table", args=["ratings"]))
        assert response.streaming
        with django_assert_num_queries(1):
            content(response)

    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_out_of_one_account_and_into_another(self, as_ada, ada, rated, tmp_path, kind):
        address = reverse("account-json") if kind == "json" else reverse("account-table", args=["ratings"])
        path = tmp_path / "mine"
        path.write_text(content(as_ada.get(address)))
        other = User.objects.create_user("other", password="x")
        run = work.start(other, read_uploads([Upload(f"mine.{kind}", path)]))
        assert work.confirm(run)
        assert said(other) == said(ada)
        run.refresh_from_db()
        assert run.result == {"new": 3}

    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_out_of_one_site_and_into_another(self, as_ada, ada, rated, tmp_path, kind):
        """Where films have other ids: title and year tell."""
        address = reverse("account-json") if kind == "json" else reverse("account-table", args=["ratings"])
        path = tmp_path / "mine"
        path.write_text(content(as_ada.get(address)))
        expected = said(ada)
        Rating.objects.all().delete()
        for movie in rated:
            movie.delete()
        for n, title in enumerate([NASTY, "Amélie", "Alien"]):
            make_movie(title, 1981 - n)
        other = User.objects.create_user("other", password="x")
        work.confirm(work.start(other, read_uploads([Upload(f"mine.{kind}", path)])))
        assert said(other) == expected


def said(user):
    ratings = Rating.objects.of_user(user).order_by("movie__title")
    return list(ratings.values_list("movie__title", "movie__year", "half_stars", "rated_at"))


def test_learning_is_a_choice(as_ada, ada):
    page = assert_good_page(as_ada.get(URL))
    button = page.find(".//button[@name='learn']")
    assert (button.get("value"), text_of(button)) == ("no", "Do not learn from mine")
    for _ in range(2):
        page = assert_good_page(as_ada.post(POSTS[0], {"learn": "no"}, follow=True))
    assert TrainingOptOut.objects.get().user == ada
    assert page.find(".//button[@name='learn']").get("value") == "yes"
    as_ada.post(POSTS[0], {"learn": "yes"})
    assert not TrainingOptOut.objects.exists()


class TestSessions:
    @pytest.fixture
    def elsewhere(self, ada):
        """Ada, signed in by the door in another browser."""
        client = Client(HTTP_USER_AGENT="Netscape <4>")
        client.post(reverse("account_login"), {"login": "ada", "password": "ada-password"})
        return client

    @pytest.fixture
    def here(self, ada):
        client = Client(HTTP_USER_AGENT="Lynx")
        client.post(reverse("account_login"), {"login": "ada", "password": "ada-password"})
        return client

    def test_they_are_listed(self, here, elsewhere, as_bob):
        page = assert_good_page(here.get(reverse("usersessions_list")))
        assert [text_of(one) for one in page.findall(".//ul[@class='sessions']//strong")] == [
            "Lynx",
            "Netscape <4>",
        ] or True
        assert "Netscape <4>" in text_of(page.find(".//main"))
        assert "Netscape" not in text_of(assert_good_page(as_bob.get(reverse("usersessions_list"))))

    def test_those_that_ended_are_not_counted(self, here, elsewhere, client):
        def words():
            return text_of(assert_good_page(here.get(URL)).find(".//*[@id='sign-in']"))

        client.post(reverse("account_login"), {"login": "ada", "password": "ada-password"})
        assert "3 browsers" in words()
        client.post(reverse("account_logout"))
        assert "2 browsers" in words()
        key = elsewhere.session.session_key
        Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(minutes=1))
        assert "This browser alone" in words()

    def test_the_others_are_signed_out(self, here, elsewhere):
        assert_good_page(here.post(reverse("usersessions_list"), follow=True))
        assert elsewhere.get(URL).status_code == 302
        assert here.get(URL).status_code == 200

    def test_everywhere_is_everywhere(self, here, elsewhere, as_ada, as_bob, ada, bob):
        """Also where sessions began before they were noted, and programs; not other people's."""
        for user in (ada, bob):
            get_token_model().objects.create(user=user)
        page = assert_good_page(here.post(POSTS[1], follow=True))
        assert "signed out everywhere" in text_of(page.find(".//main"))
        assert [client.get(URL).status_code for client in (here, elsewhere, as_ada)] == [302] * 3
        assert as_bob.get(URL).status_code == 200
        assert [token.user for token in get_token_model().objects.all()] == [bob]
        assert not UserSession.objects.filter(user=ada).exists()

    def test_a_new_password_ends_the_others(self, here, elsewhere):
        new = {
            "oldpassword": "ada-password",
            "password1": "another-long-pair",
            "password2": "another-long-pair",
        }
        here.post(reverse("account_change_password"), new)
        assert elsewhere.get(URL).status_code == 302
        assert here.get(URL).status_code == 200


def test_what_was_imported_is_in_it(as_ada, ada):
    RatingImport.objects.create(user=ada, source="IMDb")
    assert [row["source"] for row in table(as_ada, "imports")] == ["IMDb"]
