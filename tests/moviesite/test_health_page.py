"""What a load balancer asks."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse


@pytest.mark.django_db
def test_healthy(as_stranger):
    response = as_stranger.get(reverse("health"))
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert as_stranger.post(reverse("health")).status_code == 405


@pytest.mark.django_db
def test_without_a_database_it_says_so_with_503(as_stranger):
    def refuse(*_):
        raise OperationalError("secret detail")

    with connection.execute_wrapper(refuse):
        response = as_stranger.get(reverse("health"))
    assert response.status_code == 503
    assert response.json() == {"status": "broken", "detail": "The database does not answer."}
