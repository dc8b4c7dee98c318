"""manage.py join_editions: all data sets, or some; only look; unknown names are refused in a sentence."""

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Edition
from tests.catalog.editions.conftest import film

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _editions():
    film("Alien", "A"), film("Alien [VHS]", "B"), film("Heat", "C")


def said(capsys, *names, **options):
    call_command("join_editions", *names, **options)
    return capsys.readouterr().out.strip()


def test_it_says_what_it_did_and_then_that_there_is_nothing_to_do(capsys):
    assert said(capsys, dry_run=True) == "Some reviews: 1 movie would join 1 other."
    assert Edition.objects.values("movie").distinct().count() == 3
    assert said(capsys, "Some reviews").startswith("Some reviews: Editions: 1 movie joined 1 other as")
    assert Edition.objects.values("movie").distinct().count() == 2
    assert said(capsys) == "Some reviews: Nothing to bring together."


def test_an_unknown_data_set_is_named():
    with pytest.raises(CommandError, match=r"no data set Nonsense. There are: Some reviews\."):
        call_command("join_editions", "Nonsense")
