"""Transactions beside a living site stay short, whatever the machine can do."""

import pytest
from django.db import connection

from catalog.importing import pace
from catalog.importing.pace import SECONDS, Pace

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def paced(most: int, microseconds_a_row: float, steps: int = 30) -> list[int]:
    """The sizes of full transactions, one after the other, on a machine of that speed."""
    kept, sizes = Pace(most), []
    for _ in range(steps):
        sizes.append(kept.size)
        kept.follow(kept.size, kept.size * microseconds_a_row / 1e6)
    return sizes


@pytest.mark.parametrize("speed", [10, 100, 700])
def test_a_transaction_comes_to_take_what_it_may(speed):
    assert paced(5_000, speed)[-1] * speed / 1e6 == pytest.approx(min(SECONDS, 5_000 * speed / 1e6), rel=0.1)


def test_there_is_a_most_and_a_least():
    assert max(paced(5_000, 0.1)) == 5_000
    assert min(paced(5_000, 1e6)) == 100
    assert min(paced(3, 1e6)) == 1


def test_it_falls_at_once_and_rises_by_twice_at_most():
    kept = Pace(5_000)
    kept.size = 1_000
    kept.follow(1_000, 60.0)
    assert kept.size == 500
    kept.follow(500, 1e-5)
    assert kept.size == 1_000


def test_a_short_last_batch_raises_nothing():
    kept = Pace(5_000)
    kept.size = 1_000
    kept.follow(3, 1e-5)
    assert kept.size == 1_000


def test_only_sqlite_needs_it(monkeypatch):
    rests = []
    monkeypatch.setattr(pace.time, "sleep", rests.append)
    kept = Pace(5_000)
    with kept.keep(1):
        pass
    assert (len(rests) == 1) == (connection.vendor == "sqlite")
    assert kept.size == (1_250 if connection.vendor == "sqlite" else 5_000)
