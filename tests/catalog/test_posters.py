"""Typographic posters: a film always gets the same one, and only what css/posters.css and img/posters.svg know."""

import re
from pathlib import Path

import pytest
from django.utils.text import slugify

from catalog.genres import GENRES
from catalog.posters import DRAWINGS, GENRES_BY_WEIGHT, PLAIN, allowed_image, poster_of, title_size
from tests.factories import make_movie

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_every_genre_has_its_colours_and_its_drawings():
    css = (STATIC / "css" / "posters.css").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / "posters.svg").read_text()))
    assert set(GENRES_BY_WEIGHT) == {slugify(name) for name in GENRES}
    for genre in GENRES_BY_WEIGHT:
        assert f".poster--{genre} " in css
    numbered = {f"{genre}-{n}" for genre, count in DRAWINGS.items() for n in range(2, count + 1)}
    assert drawn == {*GENRES_BY_WEIGHT, *numbered, PLAIN}


@pytest.mark.django_db
def test_the_most_telling_genre_leads_and_the_next_accompanies():
    poster = poster_of(make_movie("High Noon", 1952, ["Drama", "Thriller", "Western"]))
    assert {"poster--western", "poster--with-thriller"} <= set(poster.classes.split())
    assert poster.drawing in {"western", "thriller", "thriller-2"}


@pytest.mark.django_db
def test_no_genre_and_an_unheard_of_genre_get_the_plain_one():
    for movie in (make_movie("Untitled"), make_movie("Other", None, ["Mumblecore"])):
        poster = poster_of(movie)
        assert poster.drawing == PLAIN
        assert "mumblecore" not in poster.classes


@pytest.mark.django_db
def test_every_class_is_in_the_stylesheet():
    css = (STATIC / "css" / "posters.css").read_text()
    neutral = {"poster--turn-0", "poster--film"}
    for n in range(40):
        movie = make_movie("M" * (n + 1), None, [GENRES[n % len(GENRES)]])
        for name in set(poster_of(movie).classes.split()) - neutral:
            assert re.search(rf"\.{name}[ ,)]", css), name


@pytest.mark.parametrize(
    ("title", "size"), [("M", 1), ("Up", 1), ("Casablanca", 4), ("W" * 40, 7), ("word " * 60, 7)]
)
def test_the_longer_the_title_the_smaller_its_type(title, size):
    assert title_size(title, 0.6) == size


def test_the_longest_word_always_fits_its_line():
    for length in range(1, 16):
        size = (25.0, 20.0, 16.5, 13.5, 11.0, 9.0, 7.4)[title_size("x" * length, 0.6) - 1]
        assert size * 0.6 * length <= 84 or size == 7.4


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://images.example/a.jpg", True),
        ("http://images.example/a.jpg", False),
        ("https://images.example:8443/a.jpg", False),
        ("https://images.example.evil.example/a.jpg", False),
        ("https://images.example@evil.example/a.jpg", False),
        ("//images.example/a.jpg", False),
        ("https://[broken/a.jpg", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_images_come_from_listed_hosts_by_https_alone(settings, url, allowed):
    settings.POSTER_HOSTS = ["images.example"]
    assert allowed_image(url) == (url if allowed else "")
