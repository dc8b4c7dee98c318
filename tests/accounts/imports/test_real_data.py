"""The ratings of real people, brought in each layout to a catalogue of real films; and how long thousands take."""

import csv
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from accounts.imports import work
from accounts.imports.files import read_uploads
from accounts.models import ImportRow
from catalog.aggregates import wrong_histograms
from catalog.importing.movielens import readable_title
from catalog.models import Edition, Movie, Rating
from catalog.text import fold
from tests.accounts.imports.test_files import Upload
from tests.catalog.importing.builders import import_movielens

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
State = ImportRow.State


@pytest.fixture
def tell(capsys):
    """Prints, whatever pytest captures."""

    def out(sentence):
        with capsys.disabled():
            sys.stdout.write(f"\n  {sentence}")

    return out


@pytest.fixture
def small(shared_data):
    return shared_data / "ml-latest-small"


def lines_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def busiest(small):
    """What the busiest person of MovieLens rated: (line of ratings, line of movies, line of links) each."""
    ratings = defaultdict(list)
    for line in lines_of(small / "ratings.csv"):
        ratings[line["userId"]].append(line)
    movies = {line["movieId"]: line for line in lines_of(small / "movies.csv")}
    links = {line["movieId"]: line for line in lines_of(small / "links.csv")}
    lines = max(ratings.values(), key=len)
    return [(line, movies[line["movieId"]], links[line["movieId"]]) for line in lines]


def letterboxd(busiest):
    yield ["Date", "Name", "Year", "Letterboxd URI", "Rating"]
    for rating, movie, _ in busiest:
        title, year = readable_title(movie["title"])
        day = datetime.fromtimestamp(int(rating["timestamp"]), UTC).date()
        yield [day, title.split(" (")[0], year, "https://boxd.it/x", rating["rating"]]


def imdb(busiest):
    yield ["Const", "Your Rating", "Date Rated", "Title", "Year"]
    for rating, _, link in busiest:
        yield [f"tt{link['imdbId']}", int(2 * float(rating["rating"])), "2020-01-01", "Untold", ""]


def movielens(busiest):
    yield ["userId", "movieId", "rating", "timestamp"]
    for rating, _, _ in busiest:
        yield list(rating.values())


def movielens_site(busiest):
    yield ["movie_id", "imdb_id", "tmdb_id", "rating", "average_rating", "title"]
    for rating, movie, link in busiest:
        yield [rating["movieId"], link["imdbId"], link["tmdbId"], rating["rating"], "3.5", movie["title"]]


def bring(user, lines, path):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    run = work.start(user, read_uploads([Upload("ratings.csv", path)]))
    work.run_rating_import(run.pk)
    return run


def go_on(run):
    assert work.confirm(run)
    work.run_rating_import(run.pk)
    run.refresh_from_db()


@pytest.mark.slow
def test_the_busiest_of_movielens_in_every_layout(small, busiest, ada, tmp_path, tell):
    """2,391 ratings. By ids all are found; by title and year those whose titles MovieLens does not tell otherwise."""
    import_movielens(small)
    films = dict(Edition.objects.values_list("external_id", "movie_id"))
    truth = {films[rating["movieId"]]: int(2 * float(rating["rating"])) for rating, _, _ in busiest}
    assert len(busiest) == 2391
    for layout in (movielens, movielens_site, imdb, letterboxd):
        user = User.objects.create_user(layout.__name__)
        run = bring(user, layout(busiest), tmp_path / "x.csv")
        matched, doubtful, missing = (
            run.rows.filter(state=state).count() for state in (State.MATCHED, State.DOUBTFUL, State.MISSING)
        )
        go_on(run)
        rated = dict(Rating.objects.of_user(user).values_list("movie_id", "half_stars"))
        right = sum(truth.get(movie_id) == half_stars for movie_id, half_stars in rated.items())
        tell(
            f"{layout.__name__}: {matched} found, {doubtful} doubtful, {missing} missing; {right} rated right"
        )
        assert right == len(rated)
        assert right >= (0.99 if layout is not letterboxd else 0.95) * len(busiest)
    assert not wrong_histograms().exists()


@pytest.mark.prove
def test_thousands_of_films_in_a_large_catalogue(ada, tmp_path, tell):
    """5,000 rows, a fifth of which nobody here has heard of, in 180,000 films: seconds, printed."""
    words = [f"{a}{b}" for a in ("star", "moon", "night", "river", "stone", "glass") for b in range(60)]
    titles = [f"{words[n % 360]} {words[n * 7 % 353]} {n}" for n in range(180_000)]
    Movie.objects.bulk_create(
        (Movie(title=title, folded_title=fold(title), year=1930 + n % 95) for n, title in enumerate(titles)),
        batch_size=5_000,
    )
    rows = [["Date", "Name", "Year", "Letterboxd URI", "Rating"]]
    for n in range(0, 180_000, 36):
        known = n % 180 != 0
        rows.append(["2024-01-01", titles[n] if known else f"{titles[n]} and more", 1930 + n % 95, "u", 4])
    began = time.perf_counter()
    run = bring(ada, rows, tmp_path / "x.csv")
    looked = time.perf_counter()
    go_on(run)
    ended = time.perf_counter()
    tell(
        f"{len(rows) - 1} rows: read and matched in {looked - began:.1f} s, written in {ended - looked:.1f} s"
    )
    assert Rating.objects.of_user(ada).count() >= 4_000
