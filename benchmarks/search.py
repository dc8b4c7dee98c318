"""How long finding films takes: suggestions while somebody types, and the list of films, at full size.

    python -m benchmarks.search --movies 180000 --database sqlite [--repeat 400] [--out FILE]

Prints one JSON object, times in milliseconds: p50, p95 and p99 of whole responses as a stranger gets them, without a
network, in processor time of the site and of the database, and by the clock on the wall (`wall_`), which others on the
machine slow down. `suggestions` are those below a search field, `list` the first page of films for the same words:
`prefix` for beginnings of titles from one letter on, `two_words` for two words of a title, `person` for beginnings of
names of people in films, `nobody` for those of people in none, `typo` for a title with one slip, `nothing` for words
that are nowhere. `found` is the share of slips after which
the film is among the suggestions. `browse`: p95 of the list's orders and filters, of page 1 and of a deep one. `load`:
seconds to fill the tables of movies and people, without their words and with them. Titles, people, genres and numbers
of ratings are made, from a seed. Makes its database, and removes it. Nothing here is a test: machines differ.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.imports import new_database
from benchmarks.made_dump.titles import film_names, people_names

CREDITS_OF_A_MOVIE = 4
MOVIES_OF_A_PERSON = 6
MERGED = 0.03
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main() -> int:
    arguments = _arguments()
    if arguments.measure:
        print(json.dumps(measure(arguments.movies, arguments.repeat, arguments.seed)))
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-search-") as name,
        new_database(arguments.database, arguments.postgres, Path(name) / "site") as environment,
    ):
        options = [f"--{key}={getattr(arguments, key)}" for key in ("movies", "repeat", "seed")]
        command = [sys.executable, "-m", "benchmarks.search", "--measure", *options]
        said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    figures = {"benchmark": "search", "database": arguments.database, **json.loads(said)}
    text = json.dumps(figures, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    print(text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--movies", type=int, default=180_000)
    parser.add_argument("--repeat", type=int, default=400, help="how many searches of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres", metavar="URL")
    parser.add_argument("--out", type=Path, help="a file for the figures, too")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(movies: int, repeat: int, seed: int) -> dict[str, Any]:
    """All figures of the site that the environment names, which is empty."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    import django  # only this part has a database

    django.setup()
    made = Made(movies, seed)
    load = {"without_words_s": fill(made, with_words=False), "with_words_s": fill(made, with_words=True)}
    settle()
    visitor = Visitor()
    searches = Searches(made, seed)
    slips = searches.slips(repeat)
    kinds: dict[str, list[str]] = {
        "prefix": searches.prefixes(repeat),
        "two_words": searches.two_words(repeat),
        "person": searches.people(repeat),
        "nobody": searches.nobodies(repeat // 2),
        "typo": [text for text, _ in slips],
        "nothing": searches.nothing(repeat // 4),
    }
    visitor.suggestions("a"), visitor.films(q="a")  # what only the first visit pays
    return {
        "movies": movies,
        "people": len(made.names),
        "load": load,
        "suggestions": {kind: times(visitor.suggestions, texts) for kind, texts in kinds.items()},
        "list": {kind: times(lambda text: visitor.films(q=text), texts) for kind, texts in kinds.items()},
        "found": round(
            float(np.mean([title.encode() in visitor.suggestions(text) for text, title in slips])), 3
        ),
        "browse": browse(visitor, movies),
    }


class Made:
    """Titles, years, people, genres and histograms of movies, by place."""

    def __init__(self, movies: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.titles = film_names(movies, seed)
        self.names = people_names(movies * CREDITS_OF_A_MOVIE // MOVIES_OF_A_PERSON, seed)
        self.years = (2024 - np.minimum(draw.exponential(22, movies), 100)).astype(int).tolist()
        self.years = [None if n % 7 == 0 else year for n, year in enumerate(self.years)]
        counts = draw.permutation((1_500_000 / np.arange(8, movies + 8) ** 1.1).astype(int))
        taste = draw.dirichlet(np.array([1, 1, 1, 2, 2, 4, 4, 6, 4, 6]) / 2, movies)
        self.histograms = (counts[:, None] * taste).astype(int).tolist()
        self.counts = np.array(self.histograms).sum(axis=1)
        popular = draw.zipf(1.3, (movies, CREDITS_OF_A_MOVIE)) * 7919 % len(self.names)
        self.people = popular.tolist()
        weights = 1 / np.arange(1, 19)
        self.genres = draw.choice(18, (movies, 2), p=weights / weights.sum()).tolist()
        self.into = np.where(draw.random(movies) < MERGED, draw.integers(0, 100, movies), -1).tolist()


def fill(made: Made, *, with_words: bool) -> float:
    """Empty tables filled as an import fills them; returns the seconds of processor time, with the server's."""
    from django.db import transaction

    from catalog import search_words
    from catalog.genres import get_genres
    from catalog.importing.bulk.loading import TABLES
    from catalog.importing.bulk.movies import MOVIE_GENRE
    from catalog.importing.bulk.tables import insert, prepared, unhindered
    from catalog.models import Credit, Movie, Person
    from catalog.models.movies import HISTOGRAM_FIELDS
    from catalog.text import fold

    genres = [genre.pk for genre in get_genres().values()]
    Credit.objects.all().delete()
    MOVIE_GENRE._default_manager.all().delete()
    Movie.objects.update(merged_into=None)
    for model in (Movie, Person):
        model.objects.all()._raw_delete("default")
    (search_words.ensure_words if with_words else search_words.drop_triggers)()
    columns = ("id", "title", "folded_title", "year", "description", "merged_into_id", *HISTOGRAM_FIELDS)

    def movies() -> Iterator[tuple[Any, ...]]:
        rows = zip(made.titles, made.years, made.into, made.histograms, strict=True)
        for pk, (title, year, into, histogram) in enumerate(rows, 1):
            merged = into + 1 if into >= 0 and pk > 100 else None
            yield (
                pk,
                title,
                fold(title),
                year,
                f"{title}. " * 20,
                merged,
                *([0] * 10 if merged else histogram),
            )

    clock = Clock()
    start = clock.now()
    with prepared(), transaction.atomic(), unhindered(TABLES):
        insert(Movie, columns, movies())
        people = ((pk, name, fold(name)) for pk, name in enumerate(made.names, 1))
        insert(Person, ("id", "name", "folded_name"), people)
        credited = (
            (movie, person) for movie, them in enumerate(made.people, 1) for person in dict.fromkeys(them)
        )
        rows = ((pk, movie, person + 1, "contributor", 0) for pk, (movie, person) in enumerate(credited, 1))
        insert(Credit, ("id", "movie_id", "person_id", "role", "position"), rows)
        pairs = ((movie, genre) for movie, them in enumerate(made.genres, 1) for genre in dict.fromkeys(them))
        of_movies = ((pk, movie, genres[n % len(genres)]) for pk, (movie, n) in enumerate(pairs, 1))
        insert(MOVIE_GENRE, ("id", "movie_id", "genre_id"), of_movies)
    return round((clock.now() - start) / 1e3, 2)


def settle() -> None:
    """What PostgreSQL does by itself in the minutes after an import: it counts, and sees that nobody needs old rows."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


class Visitor:
    """A stranger at the site's own views."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.test import Client

        static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
        self._client = Client(SERVER_NAME="localhost")

    def suggestions(self, text: str) -> bytes:
        return self._get("/movies/suggestions/", {"q": text}, HTTP_HX_REQUEST="true")

    def films(self, **query: Any) -> bytes:
        return self._get("/movies/", query)

    def _get(self, address: str, query: dict[str, Any], **headers: Any) -> bytes:
        response = self._client.get(address, query, **headers)
        assert response.status_code == 200, response.status_code
        return bytes(response.content)


class Searches:
    """What people type: popular films more often than others."""

    def __init__(self, made: Made, seed: int) -> None:
        self._draw = np.random.default_rng(seed + 1)
        self._made = made
        self._weights = (made.counts + 1) / (made.counts + 1).sum()

    def _titles(self, n: int) -> list[str]:
        places = self._draw.choice(len(self._made.titles), n, p=self._weights)
        return [self._made.titles[place] for place in places.tolist()]

    def _beginning(self, text: str, shortest: int) -> str:
        return text[: int(self._draw.integers(min(shortest, len(text)), len(text) + 1))]

    def _beginnings(self, people: set[int], n: int) -> list[str]:
        places = self._draw.choice(sorted(people), n).tolist()
        return [self._beginning(self._made.names[place], 2) for place in places]

    def prefixes(self, n: int) -> list[str]:
        """One letter, two letters, ... of titles, as they are typed."""
        texts: list[str] = []
        for title in self._titles(n):
            texts += [title[:end] for end in range(1, len(title) + 1)]
        return texts[:n]

    def two_words(self, n: int) -> list[str]:
        long = [title.split() for title in self._titles(3 * n) if len(title.split()) > 1]
        return [" ".join(self._draw.permutation(words)[:2]) for words in long[:n]]

    @cached_property
    def _in_films(self) -> set[int]:
        return {person for them in self._made.people for person in them}

    def people(self, n: int) -> list[str]:
        return self._beginnings(self._in_films, n)

    def nobodies(self, n: int) -> list[str]:
        return self._beginnings(set(range(len(self._made.names))) - self._in_films, n)

    def slips(self, n: int) -> list[tuple[str, str]]:
        """Titles with one slip in a long word, and what should be found."""
        titles = [title for title in self._titles(3 * n) if max(map(len, title.split())) > 4][:n]
        return [(self._slip(title), title) for title in titles]

    def _slip(self, title: str) -> str:
        words = title.split()
        place = max(range(len(words)), key=lambda n: len(words[n]))
        word, at = words[place], int(self._draw.integers(1, len(words[place]) - 1))
        letter = LETTERS[int(self._draw.integers(26))]
        ways = (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
        words[place] = ways[int(self._draw.integers(4))]
        return " ".join(words)

    def nothing(self, n: int) -> list[str]:
        letters = self._draw.choice(list("jkqvwxz"), (n, 8))
        return ["".join(word) for word in letters.tolist()]


class Clock:
    """Milliseconds of processor time, of this process and of the database's for this connection, where that runs here:
    what a response costs, however busy the machine is with other things.
    """

    def __init__(self) -> None:
        from django.db import connection

        self._server: Path | None = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._server = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def now(self) -> float:
        server = int(self._server.read_text().split()[0]) if self._server else 0
        return (time.process_time_ns() + server) / 1e6


def times(work: Callable[[str], object], texts: list[str]) -> dict[str, float]:
    clock, waited, worked = Clock(), [], []
    for text in texts:
        start, begun = time.perf_counter(), clock.now()
        work(text)
        waited.append((time.perf_counter() - start) * 1e3)
        worked.append(clock.now() - begun)
    figures: dict[str, float] = {"n": len(texts)}
    for name, taken in (("", worked), ("wall_", waited)):
        for percent in (50, 95, 99):
            figures[f"{name}p{percent}"] = round(float(np.percentile(taken, percent)), 1)
    return figures


def browse(visitor: Visitor, movies: int) -> dict[str, Any]:
    deep = movies // 24 // 2
    kinds = {
        "all": {},
        "genre": {"genre": "action"},
        "rare_genre": {"genre": "western"},
        "decade": {"decade": 1990},
        "genre_and_decade": {"genre": "drama", "decade": 1970},
    }
    figures: dict[str, Any] = {}
    for name, query in kinds.items():
        for order in ("popular", "best", "newest", "title"):
            for page in (1, deep if not query else 100):
                work = lambda _, query=query, order=order, page=page: visitor.films(  # noqa: E731
                    **query, sort=order, page=page
                )
                figures[f"{name}, {order}, page {page}"] = times(work, [""] * 12)["p95"]
    return figures


if __name__ == "__main__":
    sys.exit(main())
