"""Tables at the command line, and the removal of a data set: what they print, what they refuse."""

import io
import sys

import pandas as pd
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog import removal
from catalog.models import DataSet, Edition, Movie, Rating, Reviewer, Statistic
from catalog.ratings import rate
from catalog.statistics.stored import refresh_statistics
from catalog.statistics.tables import TABLES
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def two_sets():
    first, second = make_data_set("First"), make_data_set("Second")
    shared, alone = make_movie("Shared"), make_movie("=Alone")
    make_edition(shared, "A1", first)
    make_edition(alone, "A2", first)
    make_edition(shared, "B1", second)
    rate_all([*make_reviewers(2, first), *make_reviewers(1, second)], shared, [10, 8, 2])
    rate_all(first.reviewers.all(), alone, [6, 4])
    return first, second


def frame(capsys, *args: str) -> pd.DataFrame:
    call_command("data_tables", *args)
    return pd.read_csv(io.StringIO(capsys.readouterr().out))


def test_a_table_goes_to_the_output(two_sets, capsys):
    films = frame(capsys, "--table", "most-rated")
    assert list(films.columns) == ["place", "film", "year", "ratings", "mean_stars"]
    assert films.values.tolist() == [[1, "Shared", 1979, 3, 3.3333], [2, "'=Alone", 1979, 2, 2.5]]


def test_a_table_of_one_data_set(two_sets, capsys):
    stars = frame(capsys, "--table", "stars", "--data-set", "Second")
    assert stars["ratings"].tolist() == [1, 0, 0, 0, 0]
    assert not Statistic.objects.exists()


def test_all_tables_go_into_a_folder(two_sets, tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    call_command("data_tables", "--out", str(folder))
    assert {path.stem for path in folder.iterdir()} == set(TABLES)
    assert pd.read_csv(folder / "stars.csv")["ratings"].sum() == 5
    assert str(folder / "stars.csv") in capsys.readouterr().out


@pytest.mark.parametrize("name", TABLES)
def test_page_and_command_give_the_same_table(two_sets, as_stranger, capsys, name):
    refresh_statistics()
    page = as_stranger.get(f"/data/{name}.csv").content.decode().replace("\r\n", "\n")
    call_command("data_tables", "--table", name)
    assert capsys.readouterr().out == page


def test_cached_is_what_the_page_shows(two_sets, capsys):
    refresh_statistics()
    Rating.objects.filter(half_stars=2).delete()
    assert frame(capsys, "--table", "stars", "--cached")["ratings"].sum() == 5
    assert frame(capsys, "--table", "stars")["ratings"].sum() == 4


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([], "Say which table with --table"),
        (
            ["--table", "stars", "--data-set", "Third"],
            "There is no data set 'Third'. There is: First, Second",
        ),
        (["--table", "stars", "--cached"], "Nothing is stored yet"),
        (["--table", "nonsense"], "invalid choice"),
        (["--table", "stars", "--out", "/dev/null/folder"], "cannot be written"),
    ],
)
def test_what_cannot_be_meant_gets_a_sentence(two_sets, args, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("data_tables", *args)


@pytest.mark.parametrize("args", [["--table", "stars"], ["--table", "stars", "--cached"]])
def test_a_site_without_ratings_gets_a_sentence(args):
    with pytest.raises(CommandError, match=r"There are no ratings|Nothing is stored"):
        call_command("data_tables", *args)


def test_removing_says_what_goes_and_what_stays(two_sets, ada, capsys):
    refresh_statistics()
    rate(Reviewer.objects.for_user(ada), make_movie("Ada's"), 9)
    call_command("remove_data_set", "First", "--yes")
    said = capsys.readouterr().out
    assert "First goes: 4 ratings by 2 reviewers, 2 editions, 1 film." in said
    assert "What stays: 2 ratings by people of this site and of other data sets, and 1 film of First" in said
    assert "Removed First: 4 ratings, 2 reviewers, 2 editions, 1 film." in said
    assert list(DataSet.objects.values_list("name", flat=True)) == ["Second"]
    assert set(Movie.objects.values_list("title", flat=True)) == {"Shared", "Ada's"}
    assert Edition.objects.count() == 1
    assert Statistic.objects.get().value["figures"]["stars"] == [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]


def test_films_that_people_of_this_site_rated_stay(two_sets, ada, capsys):
    rate(Reviewer.objects.for_user(ada), Movie.objects.get(title="=Alone"), 9)
    call_command("remove_data_set", "First", "--yes")
    said = capsys.readouterr().out
    assert "0 films.\n" in said
    assert Movie.objects.count() == 2


def test_nobody_to_ask_means_no(two_sets, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(CommandError, match="say --yes"):
        call_command("remove_data_set", "First")
    assert DataSet.objects.count() == 2


@pytest.mark.parametrize(("answer", "left"), [("y", 1), ("yes", 1), ("n", 2), ("", 2)])
def test_somebody_is_asked(two_sets, monkeypatch, answer, left):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    if left == 1:
        call_command("remove_data_set", "First")
    else:
        with pytest.raises(CommandError, match="Nothing was removed"):
            call_command("remove_data_set", "First")
    assert DataSet.objects.count() == left


def test_an_unknown_data_set_gets_a_sentence(two_sets):
    with pytest.raises(CommandError, match=r"There is no data set 'Nope'\. There is: First, Second"):
        call_command("remove_data_set", "Nope", "--yes")


def test_an_unknown_data_set_where_there_are_none():
    with pytest.raises(CommandError, match="There are none"):
        call_command("remove_data_set", "Nope", "--yes")


@pytest.mark.django_db(transaction=True)
def test_a_removal_is_watched_from_aside(two_sets, monkeypatch):
    monkeypatch.setattr(removal, "SECONDS_BETWEEN_LOOKS", 0.01)
    told, heard = [], removal.threading.Event()

    def tell(reviewers: int, editions: int) -> None:
        told.append((reviewers, editions))
        heard.set()

    with removal.watched_removal(two_sets[0], tell):
        assert heard.wait(10)
    assert told[0] == (2, 2)
    so_far = len(told)
    assert not heard.clear()
    assert not heard.wait(0.1)
    assert len(told) == so_far
