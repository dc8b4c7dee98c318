"""The first administrator: made once, with a password nobody else knows, under a name nobody else has."""

import pytest
from django.core.management import call_command

from moviesite.first_admin import ensure_admin

pytestmark = pytest.mark.django_db


def test_an_administrator_is_made_once(django_user_model, client):
    admin = ensure_admin()
    user = django_user_model.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("admin", True, True)
    assert len(admin.password) >= 16
    assert user.check_password(admin.password)
    assert ensure_admin() is None
    signed_in = client.post(
        "/admin/login/?next=/admin/", {"username": admin.username, "password": admin.password}
    )
    assert signed_in.status_code == 302


def test_who_signed_up_as_admin_does_not_become_one(django_user_model):
    stranger = django_user_model.objects.create_user("Admin", password="a-password-of-mine")
    admin = ensure_admin()
    assert admin.username == "admin2"
    stranger.refresh_from_db()
    assert not stranger.is_superuser
    assert stranger.check_password("a-password-of-mine")


def test_an_administrator_who_may_not_sign_in_does_not_count(owner):
    assert ensure_admin() is None
    owner.is_active = False
    owner.save()
    assert ensure_admin().username == "admin"


def test_the_command_shows_the_password_once(capsys):
    call_command("ensure_admin")
    assert "Sign in as admin with the password " in capsys.readouterr().out
    call_command("ensure_admin")
    assert "There is an administrator already" in capsys.readouterr().out
