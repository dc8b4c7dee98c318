"""Signing up, in and out, passwords and addresses: pages of allauth in this site's language."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from knox.models import get_token_model
from rest_framework.test import APIClient

from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db
NEW = {"username": "carol", "password1": "a-long-word-pair", "password2": "a-long-word-pair"}


def address(name):
    return reverse(f"account_{name}")


@pytest.mark.parametrize(
    "name",
    ["login", "signup", "reset_password", "reset_password_done", "reset_password_from_key_done", "inactive"],
)
def test_pages_for_strangers(as_stranger, name):
    assert_good_page(as_stranger.get(address(name)))


@pytest.mark.parametrize("name", ["logout", "email", "change_password", "reset_password", "reauthenticate"])
def test_pages_for_people(as_ada, name):
    assert_good_page(as_ada.get(address(name)))


@pytest.mark.parametrize("name", ["email", "change_password", "reauthenticate"])
def test_pages_of_people_send_strangers_to_sign_in(as_stranger, name):
    assert as_stranger.get(address(name))["Location"].startswith("/accounts/login/?next=")


def test_sign_up_goes_on_where_one_wanted_to_go_and_nowhere_else(as_stranger, client):
    went = as_stranger.post(address("signup"), {**NEW, "next": "/ratings/"})
    assert (went.status_code, went["Location"]) == (302, "/ratings/")
    assert_good_page(as_stranger.get("/ratings/"))
    evil = client.post(address("signup"), {**NEW, "username": "dora", "next": "https://evil.example/"})
    assert evil["Location"] == "/"


def test_mistakes_are_said_beside_their_field(as_stranger, ada):
    page = assert_good_page(as_stranger.post(address("signup"), {**NEW, "username": "ada", "password2": "x"}))
    name = page.find(".//input[@name='username']")
    assert name.get("aria-invalid") == "true"
    described = name.get("aria-describedby").split()
    errors = [text_of(page.find(f".//*[@id='{one}']")) for one in described]
    assert any("already exists" in error for error in errors)
    wrong = assert_good_page(as_stranger.post(address("login"), {"login": "ada", "password": "no"}))
    assert wrong.find(".//*[@role='alert']") is not None


def test_sign_up_can_be_closed(as_stranger, settings):
    settings.REGISTRATION_OPEN = False
    assert "Sign-up is closed" in text_of(assert_good_page(as_stranger.get(address("signup"))).find(".//h1"))
    assert as_stranger.post(address("signup"), NEW).status_code == 200
    assert not as_stranger.login(username="carol", password=NEW["password1"])


def test_signing_out_takes_a_post(as_ada):
    assert_good_page(as_ada.get(address("logout")))
    assert "sessionid" in as_ada.cookies
    assert as_ada.get("/account/").status_code == 200
    response = as_ada.post(address("logout"), follow=True)
    assert "You are signed out." in text_of(assert_good_page(response).find(".//main"))
    assert as_ada.get("/account/").status_code == 302


def test_a_forgotten_password_is_replaced_by_mail(as_stranger, ada):
    assert_good_page(as_stranger.post(address("reset_password"), {"email": ada.email}, follow=True))
    link = re.search(r"https?://\S+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    page = as_stranger.get(link[1], follow=True)
    assert_good_page(page)
    new = {"password1": "another-long-pair", "password2": "another-long-pair"}
    done = as_stranger.post(page.redirect_chain[-1][0], new, follow=True)
    assert_good_page(done)
    assert as_stranger.login(username="ada", password="another-long-pair")
    used = assert_good_page(as_stranger.get(link[1], follow=True))
    assert "This link is used up" in text_of(used.find(".//h1"))


class TestProgramsAfterANewPassword:
    """They signed in with the old one, and so may somebody else have."""

    NEW = {"password1": "another-long-pair", "password2": "another-long-pair"}  # noqa: RUF012

    @pytest.fixture
    def adas(self, ada, bob):
        """What Ada's two programs send; Bob has one, too."""
        made = [get_token_model().objects.create(user=user)[1] for user in (ada, ada, bob)]
        return [APIClient(headers={"Authorization": f"Token {token}"}) for token in made]

    def answers(self, programs):
        return [program.get("/api/v1/ratings/").status_code for program in programs]

    def test_changed(self, adas, as_ada):
        assert self.answers(adas) == [200] * 3
        sent = {"oldpassword": "ada-password", **self.NEW}
        page = assert_good_page(as_ada.post(address("change_password"), sent, follow=True))
        assert "The tokens of 2 programs ended" in text_of(page.find(".//main"))
        assert self.answers(adas) == [401, 401, 200]

    def test_replaced_by_mail(self, adas, as_stranger, ada):
        as_stranger.post(address("reset_password"), {"email": ada.email})
        link = re.search(r"https?://\S+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
        form = as_stranger.get(link[1])["Location"]
        page = assert_good_page(as_stranger.post(form, self.NEW, follow=True))
        assert "The tokens of 2 programs ended" in text_of(page.find(".//main"))
        assert self.answers(adas) == [401, 401, 200]

    def test_set_for_the_first_time(self, adas, as_ada, ada):
        ada.set_unusable_password()
        ada.save()
        as_ada.force_login(ada)
        assert_good_page(as_ada.post(address("set_password"), self.NEW, follow=True))
        assert self.answers(adas) == [401, 401, 200]

    def test_a_password_that_stays_ends_nothing(self, adas, as_ada):
        as_ada.post(address("change_password"), {"oldpassword": "wrong", **self.NEW})
        assert self.answers(adas) == [200] * 3

    def test_who_has_no_program_reads_nothing_of_them(self, as_ada):
        sent = {"oldpassword": "ada-password", **self.NEW}
        page = assert_good_page(as_ada.post(address("change_password"), sent, follow=True))
        assert "program" not in text_of(page.find(".//main"))


def test_an_address_is_added_with_the_password_and_confirmed_by_mail(as_ada, ada):
    asked = as_ada.post(address("email"), {"action_add": "", "email": "new@example.org"})
    assert asked["Location"].startswith(address("reauthenticate"))
    response = as_ada.post(asked["Location"], {"password": "ada-password"}, follow=True)
    assert ada.emailaddress_set.filter(email="new@example.org").exists()
    assert "new@example.org" in text_of(assert_good_page(response).find(".//main"))
    link = re.search(r"https?://\S+(/accounts/confirm-email/\S+)", mail.outbox[0].body)[1]
    assert "new@example.org" in text_of(assert_good_page(as_ada.get(link)).find(".//main"))
    as_ada.post(link)
    assert ada.emailaddress_set.get(email="new@example.org").verified
    gone = assert_good_page(as_ada.get("/accounts/confirm-email/nonsense/"))
    assert "too old" in text_of(gone.find(".//main"))


def test_who_tries_too_many_passwords_is_told_to_wait(as_stranger, ada):
    tries = [as_stranger.post(address("login"), {"login": "ada", "password": "guess"}) for _ in range(40)]
    assert "Too many tries" in text_of(assert_good_page(tries[-1], 429).find(".//h1"))


def test_signing_in_leads_back_to_where_one_was(as_stranger):
    page = assert_good_page(as_stranger.get(reverse("movie-list") + "?genre=drama"))
    links = [a.get("href") for a in page.findall(".//header//a") if text_of(a) == "Sign in"]
    assert links == [f"{reverse('account_login')}?next=%2Fmovies%2F%3Fgenre%3Ddrama"]
    own = assert_good_page(as_stranger.get(reverse("account_login")))
    assert [a.get("href") for a in own.findall(".//header//a") if text_of(a) == "Sign in"] == [
        reverse("account_login")
    ]


def test_an_only_address_that_is_confirmed_needs_no_more(as_ada, ada):
    EmailAddress.objects.create(user=ada, email="ada@example.org", verified=True, primary=True)

    def actions():
        page = assert_good_page(as_ada.get(reverse("account_email")))
        return [
            button.get("name") for button in page.findall(".//button[@type='submit']") if button.get("name")
        ]

    assert actions() == ["action_remove", "action_add"]
    EmailAddress.objects.create(user=ada, email="lovelace@example.org")
    EmailAddress.objects.create(user=ada, email="countess@example.org")
    assert actions() == ["action_primary", "action_send", "action_remove", "action_add"]
