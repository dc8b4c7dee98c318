"""The second factor: set up with the password, asked for at every door, given up again; recovery codes."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.pages import assert_good_page, text_of

pytestmark = pytest.mark.django_db
PASSWORD = {"login": "ada", "password": "ada-password"}


def code(secret):
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


@pytest.fixture
def secret(as_ada, ada):
    """Ada's, once she set it up in the browser."""
    address = reverse("mfa_activate_totp")
    asked = as_ada.get(address)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    as_ada.post(asked["Location"], {"password": "ada-password"})
    page = assert_good_page(as_ada.get(address))
    found = text_of(page.find(".//code[@class='secret']"))
    wrong = assert_good_page(as_ada.post(address, {"code": "000000"}))
    assert wrong.find(".//ul[@class='errorlist']") is not None
    found = text_of(wrong.find(".//code[@class='secret']"))
    assert as_ada.post(address, {"code": code(found)}).status_code == 302
    cache.clear()  # a code is good once
    return found


def test_the_pages(as_ada, secret):
    for name in (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
    ):
        assert_good_page(as_ada.get(reverse(name)))
    assert "on A code from your phone" in text_of(
        assert_good_page(as_ada.get(reverse("account"))).find(".//main")
    )


def test_the_database_holds_no_secret_in_the_clear(secret, ada):
    stored = str(list(Authenticator.objects.filter(user=ada).values_list("data", flat=True)))
    assert secret not in stored
    codes = Authenticator.objects.get(user=ada, type="recovery_codes").wrap()
    assert str(codes.instance.data["seed"]).startswith("gAAAA")


def test_strangers_are_sent_to_sign_in(as_stranger):
    names = ("mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_deactivate_totp")
    for name in (*names, "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "usersessions_list"):
        assert "/accounts/" in as_stranger.get(reverse(name))["Location"]


def test_signing_in_takes_the_code(as_stranger, secret):
    page = assert_good_page(as_stranger.post(reverse("account_login"), PASSWORD, follow=True))
    assert "Your code" in text_of(page.find(".//h1"))
    assert as_stranger.get(reverse("account")).status_code == 302
    wrong = assert_good_page(as_stranger.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert wrong.find(".//ul[@class='errorlist']") is not None
    as_stranger.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert as_stranger.get(reverse("account")).status_code == 200


def test_a_recovery_code_opens_once(as_stranger, client, secret, ada):
    recovery = Authenticator.objects.get(user=ada, type="recovery_codes").wrap().get_unused_codes()[0]
    for browser, opened in ((as_stranger, 200), (client, 302)):
        browser.post(reverse("account_login"), PASSWORD)
        browser.post(reverse("mfa_authenticate"), {"code": recovery})
        assert browser.get(reverse("account")).status_code == opened


def test_codes_cannot_be_tried_for_long(as_stranger, secret):
    as_stranger.post(reverse("account_login"), PASSWORD)
    for _ in range(10):
        as_stranger.post(reverse("mfa_authenticate"), {"code": "000000"})
    as_stranger.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert as_stranger.get(reverse("account")).status_code == 302


def test_a_token_for_programs_takes_it_too(as_stranger, secret):
    address, given = reverse("api-token-create"), {"username": "ada", "password": "ada-password"}
    refused = as_stranger.post(address, given, content_type="application/json")
    assert refused.status_code == 400
    assert "second factor" in refused.json()["code"][0]
    wrong = as_stranger.post(address, {**given, "code": "000000"}, content_type="application/json")
    assert wrong.status_code == 400
    right = as_stranger.post(address, {**given, "code": code(secret)}, content_type="application/json")
    assert right.status_code == 201


def test_the_admin_pages_have_no_door_of_their_own(as_stranger, as_ada):
    door = as_stranger.get("/admin/login/?next=/admin/")
    assert door["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert (
        as_stranger.post("/admin/login/", {"username": "ada", "password": "ada-password"}).status_code == 302
    )
    assert as_ada.get("/admin/login/").status_code == 403


def test_it_is_given_up_with_the_password(as_ada, secret, ada):
    as_ada.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=ada).exists()


def test_nobody_learns_by_signing_up_or_asking_for_a_password_who_has_an_account(client, as_stranger, ada):
    """An address that has an account is answered as one that has none."""
    ada.emailaddress_set.create(email=ada.email, verified=True, primary=True)
    new = {"password1": "a-long-word-pair", "password2": "a-long-word-pair"}
    answers = [
        browser.post(reverse("account_signup"), {**new, "username": name, "email": email})
        for browser, name, email in ((client, "one", ada.email), (as_stranger, "two", "free@example.org"))
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/")] * 2
    asked = [
        as_stranger.post(reverse("account_reset_password"), {"email": email})
        for email in (ada.email, "nobody@example.org")
    ]
    assert asked[0]["Location"] == asked[1]["Location"]
    tries = [
        Client().post(reverse("account_login"), {"login": name, "password": "guess"})
        for name in ("ada", "no")
    ]
    wrong = [text_of(assert_good_page(answer).find(".//*[@role='alert']")) for answer in tries]
    assert wrong[0] == wrong[1]


def test_sign_up_is_limited(as_stranger):
    tries = [as_stranger.post(reverse("account_signup"), {"username": "x"}).status_code for _ in range(25)]
    assert tries[0] == 200
    assert tries[-1] == 429


@pytest.mark.parametrize("name", ["account_login", "account_signup"])
@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
def test_no_way_leads_off_the_site(as_stranger, ada, name, there):
    new = {"username": "new", "password1": "a-long-word-pair", "password2": "a-long-word-pair"}
    answer = as_stranger.post(reverse(name), {**PASSWORD, **new, "next": there})
    assert (answer.status_code, answer["Location"]) == (302, "/")
