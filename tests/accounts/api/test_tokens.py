"""Tokens: how a program signs in."""

import pytest
from django.core.cache import cache
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.factories import make_movie

ADAS = "ada-password"

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def program():
    cache.clear()
    return APIClient()


def sign_in(program, username="ada", password=ADAS, **headers):
    return program.post("/api/v1/tokens/", {"username": username, "password": password}, headers=headers)


def test_a_new_password_ends_tokens_whoever_gave_it(program, ada, bob):
    """As an admin does, or `manage.py changepassword`; what else of an account is saved leaves them."""
    for username in ("ada", "bob"):
        sign_in(program, username, f"{username}-password")
    ada.first_name = "Ada"
    ada.save()
    assert AuthToken.objects.count() == 2
    ada.set_password("a-new-password-of-ada")
    ada.save()
    assert [token.user for token in AuthToken.objects.all()] == [bob]


@pytest.mark.parametrize("username", ["ada", "ada@example.org"])
def test_a_program_signs_in_rates_and_signs_out(program, ada, username):
    response = sign_in(program, username)
    assert response.status_code == 201
    token = response.json()["token"]
    assert set(response.json()) == {"token", "expiry"}
    program.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    address = f"/api/v1/movies/{make_movie().pk}/rating/"
    assert program.put(address, {"stars": 4.5}).status_code == 200
    assert program.get("/api/v1/ratings/").json()["count"] == 1
    assert program.delete("/api/v1/tokens/current/").status_code == 204
    assert program.get("/api/v1/ratings/").status_code == 401


def test_the_database_holds_no_token_in_the_clear(program, ada):
    token = sign_in(program).json()["token"]
    stored = AuthToken.objects.get()
    assert token not in (stored.digest, stored.token_key)
    assert stored.user == ada


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ada", "wrong"),
        ("nobody", "ada-password"),
        ("ada", ""),
        ("", "ada-password"),
        ("ada\0", "x"),
        ("a" * 300, "x"),
    ],
)
def test_what_does_not_belong_together_is_refused_with_a_sentence(program, ada, username, password):
    response = sign_in(program, username, password)
    assert response.status_code == 400
    assert response.json()
    assert AuthToken.objects.count() == 0


@pytest.mark.parametrize("body", ["[]", '"ada"', "nonsense", ""])
def test_a_body_that_is_no_sign_in_is_refused(program, body):
    response = program.post("/api/v1/tokens/", body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_who_was_locked_out_gets_no_token_and_loses_those_they_have(program, ada):
    token = sign_in(program).json()["token"]
    ada.is_active = False
    ada.save()
    assert sign_in(program).status_code == 400
    program.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert program.get("/api/v1/ratings/").status_code == 401


def test_passwords_cannot_be_tried_for_long_whatever_address_is_claimed(program, ada):
    tries = [
        sign_in(program, "Ada" if i % 2 else "ada", "wrong", **{"X-Forwarded-For": f"10.0.0.{i}"})
        for i in range(11)
    ]
    assert [response.status_code for response in tries] == [400] * 10 + [429]
    assert int(tries[-1]["Retry-After"]) > 0


def test_one_address_cannot_try_many_people(program):
    tries = [sign_in(program, f"person{i}", "wrong") for i in range(11)]
    assert tries[-1].status_code == 429


@pytest.mark.parametrize(
    ("address", "is_one"), [("2001:db8::{}", True), ("2001:db8:0:{}::1", False), ("::ffff:10.0.0.{}", False)]
)
def test_what_one_subscriber_has_of_ipv6_is_one_address(program, address, is_one):
    program.defaults["REMOTE_ADDR"] = address.format(100)
    tries = [sign_in(program, "junk", "wrong") for _ in range(10)]
    assert {response.status_code for response in tries} == {400}
    program.defaults["REMOTE_ADDR"] = address.format(101)
    assert sign_in(program, "other", "wrong").status_code == (429 if is_one else 400)


@pytest.mark.parametrize(
    "header", ["Token", "Token nonsense", "Token a b", "Token \xff\xfe", "Bearer x", "Token " + "x" * 5000]
)
def test_headers_that_hold_no_token_of_ours(program, header):
    program.credentials(HTTP_AUTHORIZATION=header)
    assert program.get("/api/v1/ratings/").status_code == 401
    assert program.delete("/api/v1/tokens/current/").status_code == 401


def test_a_session_alone_is_no_token(as_ada):
    assert as_ada.delete("/api/v1/tokens/current/").status_code == 401
