"""Many films changed by several at the same moment: nobody waits in a circle, and who had to give way goes on."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from catalog.aggregates import recount, wrong_histograms
from catalog.data_sets import remove_data_set
from catalog.importing.batches import open_batch
from catalog.importing.counts import Counts
from catalog.importing.movie_loader import MovieLoader
from catalog.importing.rating_loader import RatingLoader
from catalog.importing.rows import MovieRow, RatingRow
from catalog.importing.runs import request_import, run_import
from catalog.models import DataSet, Movie, Rating, Reviewer
from catalog.rating_sets import Given, Outcome, rate_many, remove_reviewer
from moviesite.web.runs import RunState
from tests.catalog.importing.builders import review, write_lines
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
ROUNDS = 4


@pytest.fixture(autouse=True)
def _histograms_are_right() -> Iterator[None]:
    yield
    assert not wrong_histograms().exists()


@pytest.fixture
def films() -> list[Movie]:
    """On PostgreSQL, whoever goes through the table meets the last of them first."""
    made = [make_movie(f"Film {n}") for n in range(150)]
    for movie in reversed(made):
        Movie.objects.filter(pk=movie.pk).update(year=1980)
    return made


@pytest.fixture
def needs_row_locks() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for all")


def at_once(*works: Callable[[], object]) -> None:
    """All begin together, each with its own connection; raises what one of them raises."""
    barrier = Barrier(len(works))

    def begin(work: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(begin, work) for work in works]:
            done.result()


def person(name: str) -> Reviewer:
    return Reviewer.objects.for_user(User.objects.create_user(name))


def import_of(data_set: DataSet, films: list[Movie], rows: int = 20) -> Callable[[], None]:
    """Loads ratings of all films, in no order, a batch a round."""
    for movie in films:
        make_edition(movie, f"B{movie.pk}", data_set)
    dice = random.Random(data_set.pk)  # noqa: S311 - no secret

    def load() -> None:
        loader = RatingLoader(data_set, str, timezone.now(), Counts())
        open_batch()
        for number in range(ROUNDS):
            batch = [
                RatingRow(f"A{number}-{n % rows}", f"B{movie.pk}", n % 10 + 1, timezone.now(), n)
                for n, movie in enumerate(films)
            ]
            dice.shuffle(batch)
            loader.load(batch)

    return load


def keep_rating(reviewer: Reviewer, films: list[Movie]) -> Callable[[], None]:
    def rate_them() -> None:
        for number in range(ROUNDS * 3):
            rate_many(reviewer, {movie.pk: Given(number % 10 + 1) for movie in films})

    return rate_them


def test_an_import_and_somebody_with_many_ratings(films):
    at_once(import_of(make_data_set(), films), keep_rating(person("ada"), films))
    assert Rating.objects.count() == (ROUNDS + 1) * len(films)


def test_two_imports_of_the_same_films(films):
    first, second = (import_of(make_data_set(name), films) for name in ("One", "Two"))
    at_once(first, second)
    assert Rating.objects.count() == 2 * ROUNDS * len(films)


def test_a_data_set_is_removed_while_somebody_rates_its_films(films):
    goes = make_data_set("Goes")
    for reviewer in make_reviewers(ROUNDS * 2, goes):
        Rating.objects.bulk_create(Rating(reviewer=reviewer, movie=film, half_stars=7) for film in films)
    recount()
    at_once(lambda: remove_data_set(goes), keep_rating(person("ada"), films))
    assert Rating.objects.count() == len(films)


def test_films_that_only_a_data_set_knew_go_or_are_rated(films):
    goes = make_data_set("Goes")
    for movie in films:
        make_edition(movie, f"B{movie.pk}", goes)
    at_once(lambda: remove_data_set(goes), keep_rating(person("ada"), films))
    assert Movie.objects.count() == Rating.objects.count()
    assert not DataSet.objects.exists()


def test_counting_anew_while_somebody_rates(films):
    at_once(lambda: [recount() for _ in range(ROUNDS)], keep_rating(person("ada"), films))


def test_people_leave_while_others_rate(films):
    leaving = [person(f"leaves {n}") for n in range(ROUNDS)]
    for reviewer in leaving:
        rate_many(reviewer, {movie.pk: Given(movie.pk * 7 % 10 + 1) for movie in films})
    at_once(
        lambda: [remove_reviewer(reviewer) for reviewer in leaving],
        keep_rating(person("ada"), films),
        keep_rating(person("bob"), films),
    )
    assert Rating.objects.count() == 2 * len(films)


def test_facts_of_films_are_imported_while_somebody_rates_them(films):
    data_set = make_data_set()
    for movie in films:
        make_edition(movie, f"B{movie.pk}", data_set)

    def load() -> None:
        loader = MovieLoader(data_set, Counts())
        for number in range(ROUNDS):
            rows = [MovieRow(f"B{movie.pk}", title=f"Title {number}") for movie in reversed(films)]
            loader.load(rows)

    at_once(load, keep_rating(person("ada"), films))
    assert set(Movie.objects.values_list("title", flat=True)) == {f"Title {ROUNDS - 1}"}


@contextmanager
def somebody_unruly(last: Movie, first: Movie) -> Iterator[None]:
    """Holds the last film, wants the first when others wait for the last, and never is the one to give way."""
    holds = threading.Event()

    def lock_in_the_wrong_order() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '1min'")
                lock(last)
                holds.set()
                while not somebody_waits():
                    time.sleep(0.02)
                lock(first)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done: Future[None] = pool.submit(lock_in_the_wrong_order)
        assert holds.wait(10)
        yield
        done.result()


def lock(movie: Movie) -> None:
    Movie.objects.select_for_update(no_key=True).get(pk=movie.pk)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.usefixtures("needs_row_locks")
def test_ratings_that_had_to_give_way_are_written_all_the_same():
    first, last, ada = make_movie("First"), make_movie("Last"), person("ada")
    with somebody_unruly(last, first):
        outcomes = rate_many(ada, {first.pk: Given(3), last.pk: Given(9)})
    assert outcomes == {first.pk: Outcome.NEW, last.pk: Outcome.NEW}
    assert Rating.objects.count() == 2


@pytest.mark.usefixtures("needs_row_locks")
def test_in_a_transaction_of_the_callers_the_caller_hears_of_it():
    first, last, ada = make_movie("First"), make_movie("Last"), person("ada")
    with (
        somebody_unruly(last, first),
        pytest.raises(OperationalError, match="deadlock detected"),
        transaction.atomic(),
    ):
        rate_many(ada, {first.pk: Given(3), last.pk: Given(9)})
    assert not Rating.objects.exists()


@pytest.mark.usefixtures("needs_row_locks")
def test_an_import_that_had_to_give_way_is_put_back_and_completed(tmp_path):
    first, last = make_movie("First"), make_movie("Last")
    run = request_import(
        DataSet.Kind.AMAZON,
        {"reviews": str(write_lines(tmp_path / "r.json", [review(asin="B1"), review(asin="B2")]))},
    )
    for movie, asin in ((first, "B1"), (last, "B2")):
        make_edition(movie, asin, run.data_set)
    with somebody_unruly(last, first):
        run_import(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert Rating.objects.count() == 2
