import csv
from pathlib import Path

import pytest

from catalog.series import NO_SERIES, series_groups, series_key

MOVIELENS = Path(__file__).parents[2].parent / "shared/data/ml-latest-small/movies.csv"


@pytest.mark.parametrize(
    "titles",
    [
        ("Toy Story (1995)", "Toy Story 2 (1999)", "Toy Story 3"),
        ("Harry Potter and the Chamber of Secrets", "Harry Potter and the Deathly Hallows: Part 1"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars: Episode I - The Phantom Menace", "Star Wars"),
        ("Rocky", "Rocky II", "Rocky III", "Rocky V"),
        ("Godfather, The (1972)", "The Godfather: Part II", "Godfather: Part III, The (1990)"),
        ("Terminator, The", "Terminator 2: Judgment Day", "The Terminator"),
        ("Mission: Impossible", "Mission: Impossible II", "Mission: Impossible - Ghost Protocol"),
        ("The Hunger Games", "The Hunger Games: Mockingjay - Part 1 (2014)"),
        ("Friday the 13th", "Friday the 13th Part VI: Jason Lives", "Friday the 13th Part 3: 3D"),
        ("Kill Bill: Vol. 1", "Kill Bill: Volume 2"),
        ("Naked Gun: From the Files of Police Squad!, The", "Naked Gun 33 1/3: The Final Insult, The"),
        ("Karate Kid, The", "Karate Kid, Part II, The"),
        ("Alien (1979)", "Alien³ (a.k.a. Alien 3) (1992)"),
        ("Jaws [DVD]", "Jaws 3-D (1983)"),
        ("Les Misérables", "Misérables, Les (2012)"),
        ("Indiana Jones and the Temple of Doom", "Indiana Jones & the Last Crusade"),
    ],
)
def test_films_of_one_series_share_a_key(titles: tuple[str, ...]) -> None:
    keys = {series_key(title) for title in titles}
    assert len(keys) == 1, keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Matrix", "The Mask"),
        ("The Mission", "Mission: Impossible"),
        ("Fast and the Furious, The", "Fast Food Nation"),
        ("Beauty and the Beast", "Beauty"),
        ("The Old Man and the Sea", "Old Man"),
        ("2001: A Space Odyssey", "2001"),
        ("Super", "Super 8"),
        ("Apollo 13", "Apollo"),
        ("Malcolm X", "Malcolm"),
        ("American History X", "American History"),
        ("Author! Author!", "Author: The JT LeRoy Story"),
        ("Lady and the Tramp", "Lady"),
        ("A Room with a View", "A Room"),
        ("Alien", "Aliens in the Attic"),
        ("Spider-Man", "Spider"),
    ],
)
def test_films_that_only_sound_alike_do_not(one: str, other: str) -> None:
    assert series_key(one) != series_key(other)


@pytest.mark.parametrize(
    "title", ["", "  ", "!!!", "(1999)", ": ", " - ", "II", "2", "The", ", The", "Part 2"]
)
def test_titles_that_are_nearly_nothing_are_no_error(title: str) -> None:
    assert isinstance(series_key(title), str)


def test_groups_number_what_is_shared_and_leave_the_rest_alone() -> None:
    titles = ["Rocky II", "Heat", "Toy Story", "", "Rocky", "Toy Story 2", "!"]

    assert series_groups(titles) == [0, NO_SERIES, 1, NO_SERIES, 0, 1, NO_SERIES]
    assert series_groups([]) == []


@pytest.mark.skipif(not MOVIELENS.exists(), reason="needs ../shared/data/ml-latest-small")
def test_of_nine_thousand_real_films_few_stand_in_a_series() -> None:
    """The largest groups are well-known series; a rule that groups by a first word would make hundreds."""
    with MOVIELENS.open(encoding="utf-8") as file:
        titles = [row["title"] for row in csv.DictReader(file)]

    groups = series_groups(titles)
    sizes = {number: groups.count(number) for number in set(groups) - {NO_SERIES}}

    assert 1000 < len(titles) - groups.count(NO_SERIES) < 1700
    assert max(sizes.values()) < 15
    assert sum(size >= 5 for size in sizes.values()) < 35
