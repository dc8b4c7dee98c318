"""Loading the demo: all of it or nothing, once, and beside what is there already."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from catalog.aggregates import site_mean_stars, wrong_histograms
from catalog.data_sets import remove_data_set
from catalog.demo.films import read_films
from catalog.demo.loader import DATA_SET_NAME, DemoRefused, load_demo
from catalog.demo.tastes import make_ratings
from catalog.models import Credit, DataSet, Edition, Genre, Movie, Person, Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_data_set, make_movie, make_reviewers, rate_all

CHECKOUT = Path(__file__).resolve().parents[3]
FEW = 200
TABLES = (DataSet, Movie, Genre, Movie.genres.through, Person, Credit, Edition, Reviewer, Rating)

both_databases = [pytest.mark.django_db, pytest.mark.both_databases]


def load(progress=lambda sentence: None, **options):
    return load_demo(progress, **{"reviewers": FEW} | options)


def everything():
    """Every row of every table that the demo writes."""
    return {table: list(table.objects.order_by("pk").values_list()) for table in TABLES}


class Stopped(BaseException):
    """As a signal would, between two statements."""


def stop_at(moment):
    def progress(sentence):
        if sentence.startswith(moment):
            raise Stopped

    return progress


@pytest.fixture(scope="class")
def counts(django_db_setup, django_db_blocker):
    """A small demo, loaded once for a class of tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


@pytest.mark.usefixtures("counts")
class TestLoaded:
    pytestmark = both_databases

    def test_counts_are_what_the_database_holds(self, counts, films):
        assert counts == {
            "movies": Movie.objects.count(),
            "reviewers": Reviewer.objects.count(),
            "ratings": Rating.objects.count(),
        }
        assert counts["movies"] == len(films) == Edition.objects.count()
        assert counts["reviewers"] == FEW
        assert counts["ratings"] > 4 * FEW

    def test_the_data_set_says_that_its_ratings_are_made(self):
        data_set = DataSet.objects.get()
        assert (data_set.name, data_set.is_made) == ("Demo", True)
        assert "made by a program" in data_set.licence_note

    def test_a_film_arrives_with_all_that_is_known_of_it(self, films):
        alien = Edition.objects.get(external_id="alien-1979").movie
        film = next(film for film in films if film.slug == "alien-1979")
        assert (alien.title, alien.year, alien.runtime_minutes) == ("Alien", 1979, 117)
        assert (alien.series, alien.description) == ("Alien", film.description)
        assert {genre.name for genre in alien.genres.all()} == {"Horror", "Science Fiction"}
        credits = [(c.person.name, c.role) for c in alien.credits.order_by("-role", "position")]
        assert credits == [("Ridley Scott", "director"), *((name, "actor") for name in film.leads)]
        assert Movie.objects.get(title="Fight Club").series == ""

    def test_films_are_found_by_title_and_by_people_without_their_accents(self):
        assert [str(movie) for movie in Movie.objects.search("amelie")] == ["Amélie (2001)"]
        assert "Alien" in {movie.title for movie in Movie.objects.search("ridley scott")}
        assert "Roma" in {movie.title for movie in Movie.objects.search("CUARON")}

    def test_no_price_link_or_picture_is_invented(self):
        assert not Edition.objects.exclude(price=None).exists()
        assert not Edition.objects.exclude(url="").exists()
        assert not Movie.objects.exclude(image_url="").exists()

    def test_ratings_are_those_of_the_model_of_taste(self, films):
        made = make_ratings(films, reviewers=FEW)
        expected = [
            (f"demo-{reviewer:05d}", films[film].slug, 2 * stars, datetime.fromtimestamp(seconds, UTC))
            for reviewer, film, stars, seconds in zip(
                made.reviewer_indices.tolist(),
                made.film_indices.tolist(),
                made.stars.tolist(),
                made.rated_at.tolist(),
                strict=True,
            )
        ]
        columns = ("reviewer__external_id", "edition__external_id", "half_stars", "rated_at")
        assert list(Rating.objects.order_by("pk").values_list(*columns)) == expected

    def test_histograms_and_the_mean_are_right(self, films):
        assert not wrong_histograms().exists()
        assert sum(movie.rating_count for movie in Movie.objects.all()) == Rating.objects.count()
        assert site_mean_stars() == pytest.approx(make_ratings(films, reviewers=FEW).stars.mean(), abs=1e-9)


class TestLoading:
    pytestmark = both_databases

    def test_a_second_load_changes_nothing(self):
        load(seed=5)
        before, said = everything(), []
        assert load(said.append) == {"movies": 0, "reviewers": 0, "ratings": 0}
        assert load(seed=99) == {"movies": 0, "reviewers": 0, "ratings": 0}
        assert everything() == before
        assert said == ["The demo data is loaded already."]

    def test_a_load_that_is_stopped_leaves_nothing_and_the_next_one_does_it_all(self, films):
        for moment in ("Making", "Loading 511", "Loading ratings"):
            with pytest.raises(Stopped):
                load(stop_at(moment))
            assert not any(everything().values()), moment
        assert load()["movies"] == Movie.objects.count() == len(films)

    def test_films_that_are_there_already_are_taken_as_they_are(self):
        ours = make_movie("Amelie", 2001, genres=["Romance"], description="Said by somebody else.")
        kept = make_movie("Alien: The Director's Cut", 1979)
        passed_over = [kept, make_movie("Alien", 1979, merged_into=kept), make_movie("Aliens", 2012)]
        rate_all(make_reviewers(2), ours, [3, 5])
        assert load()["movies"] == Movie.objects.count() - 4
        ours.refresh_from_db()
        assert [edition.external_id for edition in ours.editions.all()] == ["amelie-2001"]
        assert ours.description == "Said by somebody else."
        assert [genre.name for genre in ours.genres.all()] == ["Romance"]
        assert (ours.ratings_03, ours.ratings_05) == (1, 1)
        assert ours.rating_count > 2
        assert not Edition.objects.filter(movie__in=passed_over).exists()
        assert not wrong_histograms().exists()

    def test_after_removal_it_loads_again_around_what_people_on_the_site_rated(self, ada):
        load()
        alien = Edition.objects.get(external_id="alien-1979").movie
        rate(Reviewer.objects.for_user(ada), alien, 9)
        remove_data_set(DataSet.objects.get())
        assert list(Movie.objects.all()) == [alien]
        counts = load()
        assert counts["movies"] == Movie.objects.count() - 1
        assert Edition.objects.get(external_id="alien-1979").movie == alien
        assert list(Rating.objects.of_user(ada).values_list("movie", "half_stars")) == [(alien.pk, 9)]
        assert not wrong_histograms().exists()

    def test_other_data_of_the_same_name_refuse_it_with_a_sentence(self):
        make_data_set(DATA_SET_NAME)
        before = everything()
        with pytest.raises(DemoRefused, match="rename it first"):
            load()
        assert everything() == before


class TestCommand:
    pytestmark = both_databases

    def run(self, *options):
        out = StringIO()
        call_command("load_demo", *options, stdout=out)
        return out.getvalue().splitlines()

    def test_if_empty_leaves_a_catalogue_alone(self):
        make_movie()
        assert self.run("--if-empty") == ["There are movies already: the demo is not loaded."]
        assert Movie.objects.count() == 1

    def test_a_refusal_is_a_sentence(self):
        make_data_set(DATA_SET_NAME)
        with pytest.raises(CommandError, match=r'called "Demo": rename it first\.$'):
            self.run()

    @pytest.mark.parametrize("seed", ["-1", "many", "1.5"])
    def test_a_seed_is_a_whole_number(self, seed):
        with pytest.raises(CommandError, match="a whole number, 0 or more"):
            self.run(f"--seed={seed}")


# The whole demo, in processes of their own


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_site(request, tmp_path):
    """The environment of a site whose database is migrated and empty."""
    environment = os.environ | {"VAR_DIR": str(tmp_path / "var"), "SECRET_KEY": "only-for-tests"}
    (tmp_path / "var").mkdir()
    if request.param == "sqlite":
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/var/db.sqlite3"
        manage(environment, "migrate", "-v0")
        yield environment
        return
    server = request.getfixturevalue("postgresql_url")
    name = f"demo_test_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        environment["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            manage(environment, "migrate", "-v0")
            yield environment
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(environment, *arguments):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def rows(environment):
    counted = manage(
        environment,
        "shell",
        "--verbosity=0",
        "-c",
        "from catalog.models import *; from catalog.aggregates import wrong_histograms;"
        "print(DataSet.objects.count(), Movie.objects.count(), Rating.objects.count(), wrong_histograms().count())",
    )
    return tuple(int(n) for n in counted[-1].split())


@pytest.mark.slow
def test_a_load_killed_with_9_leaves_nothing_and_the_next_one_completes(empty_site):
    first = subprocess.Popen(
        [sys.executable, "manage.py", "load_demo"],
        cwd=CHECKOUT,
        env=empty_site,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in first.stdout:
            if line.startswith("Loading ratings: 20,000"):
                break
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
    assert first.returncode == -signal.SIGKILL
    assert rows(empty_site) == (0, 0, 0, 0)
    n_films, made = len(read_films()), make_ratings(read_films())
    said = manage(empty_site, "load_demo", "--if-empty")
    assert said[-1] == f"New: {n_films:,} movies, 6,400 reviewers, {len(made):,} ratings"
    assert rows(empty_site) == (1, n_films, len(made), 0)
    assert manage(empty_site, "load_demo") == [
        "The demo data is loaded already.",
        "New: 0 movies, 0 reviewers, 0 ratings",
    ]
