"""The demo's catalogue: facts about well-known films, one JSON object a line, read and checked."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from catalog.genres import GENRES

HERE = Path(__file__).resolve().parent
FILM_FILES = (HERE / "films_to_1989.jsonl", HERE / "films_from_1990.jsonl")
YEARS = range(1895, 2100)
DESCRIPTION_WORDS = range(10, 41)
FAME = range(1, 6)
SLUG_LENGTH = 64
"""As long as an edition's external id may be."""


class CatalogueError(ValueError):
    """A line of the catalogue is not what it must be; the sentence names file, line and fault."""


@dataclass(frozen=True)
class Film:
    """`fame` goes from 1 (known to few) to 5 (known to everybody); `series` is None for most."""

    title: str
    year: int
    directors: tuple[str, ...]
    leads: tuple[str, ...]
    genres: tuple[str, ...]
    runtime_minutes: int
    series: str | None
    fame: int
    description: str

    @cached_property
    def slug(self) -> str:
        """What names the film in the demo data set: "alien-1979"."""
        year = f"-{self.year}"
        return slugify(self.title)[: SLUG_LENGTH - len(year)].strip("-") + year

    @property
    def people(self) -> tuple[str, ...]:
        return self.directors + self.leads

    @property
    def decade(self) -> int:
        return self.year // 10 * 10


def read_films(paths: Iterable[Path] = FILM_FILES) -> list[Film]:
    """All films, oldest first. CatalogueError for a faulty line, or for a film that is there twice."""
    films = sorted((film for path in paths for film in _films_in(path)), key=lambda f: (f.year, f.slug))
    twice = [slug for slug, n in Counter(film.slug for film in films).items() if n > 1]
    if twice:
        raise CatalogueError(f"The catalogue holds more than once: {', '.join(twice)}.")
    return films


def _films_in(path: Path) -> Iterator[Film]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _film(json.loads(line))
            except ValueError as error:
                raise CatalogueError(f"{path.name}, line {number}: {error}") from error


def _film(row: Any) -> Film:
    """A film from its JSON object; ValueError says what is wrong with it."""
    names = [field.name for field in fields(Film)]
    if not isinstance(row, dict) or sorted(row) != sorted(names):
        raise ValueError(f"a film has exactly the keys {', '.join(names)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    film = Film(**values)
    for fault in _faults(film):
        raise ValueError(f"{film.title}: {fault}")
    return film


def _faults(film: Film) -> Iterator[str]:
    if not all(isinstance(text, str) and text.strip() for text in (film.title, film.description)):
        yield "title and description are text"
    yield from _faults_of_lists(film)
    if film.year not in YEARS:
        yield f"{film.year} is no year of a film"
    if film.runtime_minutes not in range(1, 1000):
        yield f"{film.runtime_minutes} is no running time in minutes"
    if film.fame not in FAME:
        yield "fame goes from 1 to 5"
    if len(film.description.split()) not in DESCRIPTION_WORDS or not film.description.endswith("."):
        yield "the description is a sentence of 10 to 40 words"


def _faults_of_lists(film: Film) -> Iterator[str]:
    for name in ("directors", "leads", "genres"):
        values = getattr(film, name)
        if not isinstance(values, tuple) or not values or len(set(values)) != len(values):
            yield f"{name} is a list of different names, one or more"
    unknown = [genre for genre in film.genres if genre not in GENRES]
    if unknown:
        yield f"unknown genre {', '.join(unknown)}"
