"""Histograms against ratings: what is wrong is found at once, told, repaired; people may rate meanwhile."""

import logging
import random
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import checking
from catalog.aggregates import recount, wrong_histograms
from catalog.checking import check_ratings
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate
from catalog.tasks import check_ratings as check_ratings_task
from tests.factories import make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    for name in ("MOVIES_IN_A_SLICE", "REVIEWERS_IN_A_SLICE", "RATINGS_IN_A_SLICE"):
        monkeypatch.setattr(checking, name, 3)


@pytest.fixture
def films():
    """Eight films, all rated, one with a hidden copy beside each rating."""
    draw = random.Random(2)  # noqa: S311
    made, people = [make_movie(f"Film {n}") for n in range(8)], make_reviewers(9)
    for film in made:
        rate_all(people, film, [draw.randint(1, 10) for _ in people])
    for rating in Rating.objects.filter(movie=made[0]):
        Rating.objects.create(reviewer=rating.reviewer, movie=made[0], half_stars=1, superseded=True)
    return made


def check() -> tuple[int, str]:
    """The command's exit code, and what it said."""
    said: list[str] = []
    out = type("Out", (), {"write": lambda self, text: said.append(text), "isatty": lambda self: False})()
    try:
        call_command("check_ratings", stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, "".join([*said, str(error)])
    return 0, "".join(said)


def repair(capsys) -> str:
    call_command("check_ratings", "--repair")
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("column", ["ratings_01", "ratings_07", "ratings_10"])
def test_a_wrong_histogram_is_found_wherever_it_is_wrong(films, column):
    Movie.objects.filter(pk=films[3].pk).update(**{column: 77})
    assert list(wrong_histograms()) == [films[3]]
    assert list(wrong_histograms(films[4].pk)) == []
    assert list(wrong_histograms(last_id=films[2].pk)) == []
    assert list(wrong_histograms(films[3].pk, films[3].pk)) == [films[3]]


def test_films_without_ratings_must_have_empty_histograms(films):
    unrated = make_movie("Unrated", ratings_05=1)
    assert list(wrong_histograms()) == [unrated]


def test_histograms_are_counted_in_one_query_without_a_subquery_for_each_column(films):
    with CaptureQueriesContext(connection) as queries:
        assert not wrong_histograms().exists()
    assert len(queries) == 1
    assert queries[0]["sql"].count("GROUP BY") == 1


def test_all_is_right(films, capsys):
    code, said = check()
    assert code == 0
    assert "All is right." in said
    assert "0 films with a wrong histogram." in said
    assert "All is right." in repair(capsys)


def test_wrong_histograms_are_told_and_with_repair_set_right(films, capsys):
    right = {film.pk: film.histogram for film in Movie.objects.all()}
    Movie.objects.filter(pk__in=[films[0].pk, films[7].pk]).update(ratings_10=500, ratings_02=3)
    code, said = check()
    assert code == 1
    assert f"2 films with a wrong histogram: film {films[0].pk}, film {films[7].pk}." in said
    assert "--repair" in said
    assert "Repaired." in repair(capsys)
    assert {film.pk: film.histogram for film in Movie.objects.all()} == right
    assert check()[0] == 0


def test_a_pair_with_hidden_ratings_only_is_told_once_and_its_latest_comes_to_light(films, capsys):
    pair = {"reviewer": Reviewer.objects.first(), "movie": films[5]}
    Rating.objects.filter(**pair).update(superseded=True, rated_at="2017-01-01T00:00Z", digest=9)
    for n, (when, digest) in enumerate(
        [(None, 99), ("2018-01-01T00:00Z", 4), ("2018-01-01T00:00Z", 5)], start=2
    ):
        Rating.objects.create(half_stars=n, rated_at=when, digest=digest, superseded=True, **pair)
    recount()
    code, said = check()
    assert code == 1
    assert f"1 pair with hidden ratings only: reviewer {pair['reviewer'].pk} and film {films[5].pk}." in said
    repair(capsys)
    assert Rating.objects.current().get(**pair).half_stars == 4
    assert not wrong_histograms().exists()
    assert check()[0] == 0


def test_a_pair_with_several_current_ratings_is_told_and_the_latest_stays(films, capsys):
    """Which the database refuses, as long as its index is there and whole."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_current_rating")
    pair = {"reviewer": Reviewer.objects.last(), "movie": films[1]}
    Rating.objects.filter(**pair).update(rated_at="2018-01-01T00:00Z", half_stars=2)
    Rating.objects.create(half_stars=10, rated_at="2017-01-01T00:00Z", **pair)
    recount()
    code, said = check()
    assert code == 1
    assert "1 pair with several current ratings" in said
    repair(capsys)
    assert Rating.objects.current().get(**pair).half_stars == 2
    assert not wrong_histograms().exists()
    assert check()[0] == 0


def test_what_looked_wrong_but_is_right_by_now_is_not_told(films, monkeypatch):
    """As when somebody rated between the look at a slice and the look at a film."""
    suspected = []

    def wrong_at_first_sight(first, last):
        found = wrong_histograms(first, last)
        if first == last:
            suspected.append(first)
            return found
        return Movie.objects.filter(pk__gte=first, pk__lte=last)

    monkeypatch.setattr(checking, "wrong_histograms", wrong_at_first_sight)
    assert check_ratings(repair=True).found == 0
    assert suspected == [film.pk for film in films]


def test_an_empty_site_is_right():
    assert check()[0] == 0
    assert check_ratings().found == 0


def test_many_wrong_films_are_counted_and_a_few_are_named(films, monkeypatch):
    monkeypatch.setattr(checking, "MOST_EXAMPLES", 2)
    Movie.objects.update(ratings_01=99)
    checked = check_ratings()
    assert checked.histograms.sentence() == (
        f"8 films with a wrong histogram: film {films[0].pk}, film {films[1].pk}, ...."
    )


def test_the_weekly_task_tells_the_log_and_changes_nothing(films, caplog):
    caplog.set_level(logging.INFO)
    check_ratings_task()
    assert caplog.records[-1].message == "All ratings and histograms are right."
    Movie.objects.filter(pk=films[0].pk).update(ratings_01=99)
    check_ratings_task()
    assert caplog.records[-1].levelname == "ERROR"
    assert f"film {films[0].pk}" in caplog.records[-1].message
    assert wrong_histograms().exists()


@pytest.mark.django_db(transaction=True)
def test_checking_and_repairing_while_people_rate_finds_nothing_and_breaks_nothing(films):
    """Four people rate the same films all along."""
    people, over = make_reviewers(4), threading.Event()
    failed: list[BaseException] = []

    def rate_all_along(person: Reviewer, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311
        try:
            while not over.is_set():
                rate(person, draw.choice(films), draw.randint(1, 10))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=rate_all_along, args=(p, n)) for n, p in enumerate(people)]
    for thread in threads:
        thread.start()
    try:
        found = [check_ratings(repair=True).found for _ in range(15)]
        Movie.objects.filter(pk=films[2].pk).update(ratings_01=99)
        repaired = check_ratings(repair=True)
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=30)
    assert not failed
    assert found == [0] * 15
    assert (repaired.found, repaired.left) == (1, 0)
    assert not wrong_histograms().exists()
