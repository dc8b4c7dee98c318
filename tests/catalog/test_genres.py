"""Genres: one list, whatever the sources call them."""

import pytest

from catalog.genres import _AMAZON, _MOVIELENS, GENRES, genres_from_amazon, genres_from_movielens, get_genres
from catalog.models import Genre


def test_movielens_genres():
    assert genres_from_movielens(["Sci-Fi", "Children", "Children's", "Film-Noir", "War"]) == (
        "Family",
        "Film Noir",
        "Science Fiction",
        "War",
    )
    assert genres_from_movielens(["(no genres listed)", "IMAX", "unknown", ""]) == ()


def test_amazon_shelves_are_no_genres():
    shelves = [
        "Movies & TV",
        "Studio Specials",
        "Boxed Sets",
        "Blu-ray",
        "Genre for Featured Categories",
        "TV",
    ]
    assert genres_from_amazon(shelves) == ()
    assert genres_from_amazon([*shelves, "Action &amp; Adventure", "comedy", " Military & War "]) == (
        "Action",
        "Adventure",
        "Comedy",
        "War",
    )


@pytest.mark.parametrize(
    ("shelf", "genres"),
    [
        ("Mystery &amp;amp; Thrillers", ("Mystery", "Thriller")),
        ("Military and War", ("War",)),
        ("Kids  &  Family ", ("Family",)),
        ("Children’s", ("Family",)),
        ("Science Fiction", ("Science Fiction",)),
        ("Holidays, Seasonal", ()),
        ("Comedy" + " " * 100 + "Central", ()),
    ],
)
def test_shelves_are_read_however_they_are_spelled(shelf, genres):
    assert genres_from_amazon([shelf]) == genres


@pytest.mark.parametrize("translate", [genres_from_amazon, genres_from_movielens])
def test_every_genre_translates_to_itself(translate):
    assert translate(GENRES) == GENRES


def test_nothing_translates_to_what_is_no_genre():
    assert {name for names in (*_AMAZON.values(), *_MOVIELENS.values()) for name in names} == set(GENRES)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_the_rows_of_genres_are_made_once():
    Genre.objects.create(name="Drama", slug="drama")
    for _ in range(2):
        genres = get_genres()
        assert set(genres) == set(GENRES)
        assert genres["Science Fiction"].slug == "science-fiction"
    assert Genre.objects.count() == len(GENRES)
