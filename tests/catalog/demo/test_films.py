"""The demo's catalogue: valid, in sentences of our own, and right about titles, years and genres."""

import csv
import json
import re
from collections import defaultdict

import pytest

from catalog.demo.films import CatalogueError, read_films
from catalog.genres import GENRES, genres_from_movielens
from catalog.importing.movielens import readable_title
from catalog.text import fold

NAMESAKES = {"parasite-2019", "dune-2021"}
"""Films of ours that MovieLens, which ends in 2016, does not know, though it knows others of the same title."""

ALIEN = {
    "title": "Alien",
    "year": 1979,
    "directors": ["Ridley Scott"],
    "leads": ["Sigourney Weaver", "Tom Skerritt"],
    "genres": ["Horror", "Science Fiction"],
    "runtime_minutes": 117,
    "series": None,
    "fame": 5,
    "description": "Seven tired workers on a space freighter answer a signal from a dead moon.",
}


def catalogue(tmp_path, *rows):
    path = tmp_path / "films.jsonl"
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return [path]


def test_the_catalogue_is_large_and_every_film_has_a_slug_of_its_own(films):
    assert len(films) >= 400
    assert len({film.slug for film in films}) == len(films)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-\d{4}", film.slug) for film in films)
    assert max(len(film.slug) for film in films) <= 64
    assert "alien-1979" in {film.slug for film in films}


def test_every_genre_is_there_and_so_is_every_decade_from_1920(films):
    assert {genre for film in films for genre in film.genres} == set(GENRES)
    assert {film.decade for film in films} == set(range(1920, 2030, 10))


def test_every_film_has_two_or_three_leads_and_a_description_that_is_one_sentence(films):
    assert all(2 <= len(film.leads) <= 3 for film in films)
    for film in films:
        assert 10 <= len(film.description.split()) <= 40, film.slug
        assert re.search(r"[.!?] +[A-Z]", film.description) is None, film.slug


def test_no_two_descriptions_are_alike(films):
    said = defaultdict(list)
    for film in films:
        words = film.description.lower().split()
        for start in range(len(words) - 5):
            said[tuple(words[start : start + 6])].append(film.slug)
    assert [slugs for slugs in said.values() if len(slugs) > 1] == []


def test_a_good_line_is_read_as_it_stands(tmp_path):
    (film,) = read_films(catalogue(tmp_path, ALIEN))
    assert (film.slug, film.people, film.decade) == (
        "alien-1979",
        ("Ridley Scott", "Sigourney Weaver", "Tom Skerritt"),
        1970,
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"year": 79}, "no year"),
        ({"year": "1979"}, "no year"),
        ({"genres": ["Space"]}, "unknown genre Space"),
        ({"genres": []}, "genres is a list"),
        ({"directors": "Ridley Scott"}, "directors is a list"),
        ({"leads": ["Sigourney Weaver"] * 2}, "different names"),
        ({"runtime_minutes": 0}, "no running time"),
        ({"fame": 6}, "fame"),
        ({"description": "Too short."}, "10 to 40 words"),
        ({"description": None}, "are text"),
        ({"title": " "}, "are text"),
        ({"price": 3}, "exactly the keys"),
    ],
)
def test_a_faulty_line_is_named_with_its_fault(tmp_path, change, fault):
    with pytest.raises(CatalogueError, match=rf"films\.jsonl, line 2: .*{fault}"):
        read_films(catalogue(tmp_path, ALIEN | {"title": "Aliens"}, ALIEN | change))


@pytest.mark.parametrize("line", ["{\n", "[]\n", "7\n"])
def test_what_is_no_json_object_is_named(tmp_path, line):
    with pytest.raises(CatalogueError, match="line 1"):
        read_films(catalogue(tmp_path, line))


def test_a_film_that_is_there_twice_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="more than once: alien-1979"):
        read_films(catalogue(tmp_path, ALIEN, ALIEN))


@pytest.fixture
def movielens(shared_data):
    """Folded title -> {year: genres}, also by the other titles that MovieLens gives in parentheses."""
    found = defaultdict(dict)
    with (shared_data / "ml-latest-small" / "movies.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            title, year = readable_title(row["title"])
            others = re.findall(r"\((?:a\.k\.a\. )?([^)]*)\)", title)
            for name in (title, title.partition(" (")[0], *others):
                found[fold(name)].setdefault(year, set(genres_from_movielens(row["genres"].split("|"))))
    return found


def test_titles_and_years_are_those_of_movielens(films, movielens, capsys):
    found = {film.slug for film in films if film.year in movielens[fold(film.title)]}
    other_years = {film.slug for film in films if movielens[fold(film.title)]} - found
    of_its_time = [film for film in films if film.year <= 2015]
    known = sum(film.slug in found for film in of_its_time)
    counted = f"{len(found)} of {len(films)} demo films, {known} of {len(of_its_time)} to 2015, in MovieLens"
    with capsys.disabled():
        print(f"\n{counted}")  # noqa: T201 - how much was compared is worth seeing
    assert other_years == NAMESAKES
    assert known >= 0.97 * len(of_its_time)
    assert len(found) >= 0.9 * len(films)


def test_genres_are_those_of_movielens_almost_everywhere(films, movielens):
    pairs = [
        (set(film.genres), movielens[fold(film.title)][film.year])
        for film in films
        if film.year in movielens[fold(film.title)]
    ]
    assert len(pairs) > 400
    assert all(ours & theirs for ours, theirs in pairs)
    assert sum(ours == theirs for ours, theirs in pairs) >= 0.9 * len(pairs)
