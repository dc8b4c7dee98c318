"""MovieLens: the 100K folder (tabs and bars, latin-1), 1M (`::`, latin-1), 10M (`::`, UTF-8) and the later CSV files.

A folder or a ZIP archive; which layout it is, its files' first lines say, not their names.
"""

import csv
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from catalog.genres import genres_from_movielens
from catalog.importing.cleaning import clean_id, clean_line, half_stars_of, moment_of, quoted, year_of
from catalog.importing.errors import ImportProblem
from catalog.importing.files import (
    MAX_MEMBERS,
    LineFile,
    check_file,
    head_of,
    is_archive,
    open_archive,
    shown,
    too_many_files,
)
from catalog.importing.rows import BadLine, BadLineKind, MovieRow, Part, RatingRow, row_digest

GENRES_OF_100K = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *(
        "Fantasy",
        "Film-Noir",
        "Horror",
        "Musical",
        "Mystery",
        "Romance",
        "Sci-Fi",
        "Thriller",
        "War",
        "Western",
    ),
)

_ARTICLES = "The|A|An|Le|La|Les|L'|Un|Une|Il|Lo|I|Gli|Una|El|Los|Las|Der|Die|Das|Den|Det|De|Ein|Eine|Het|O|Os|En|Ett|To"
_ARTICLE_LAST = re.compile(rf"(?P<rest>[^()]*\S), (?P<article>{_ARTICLES})(?= *(?:\(|\)|$))")
_YEAR_LAST = re.compile(r"\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*(?:\((?:V|TV)\))?\s*$")


@dataclass(frozen=True)
class Layout:
    """How one generation of MovieLens writes its files. The patterns match a first line, without its end.

    `marks`: lines of files beside them that tell which of several data sets it is, and its name.
    """

    name: str
    ratings: re.Pattern[bytes]
    movies: re.Pattern[bytes]
    split: Callable[[str], list[str]]
    is_latin: bool
    has_headers: bool = False
    links: re.Pattern[bytes] | None = None
    marks: Mapping[re.Pattern[bytes], str] = field(default_factory=dict)

    def is_header(self, line: bytes) -> bool:
        bare = line.removeprefix(b"\xef\xbb\xbf")
        return any(head.fullmatch(bare) for head in (self.ratings, self.movies, self.links) if head)


def _split_csv(line: str) -> list[str]:
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise BadLine(BadLineKind.WRONG_COLUMNS, quoted(error)) from None


def _split_100k(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split("|")


LAYOUTS = (
    Layout(
        name="MovieLens 100K",
        ratings=re.compile(rb"\d+\t\d+\t[\d.]+\t\d+"),
        movies=re.compile(rb"\d+\|[^|]*\|[^|]*\|[^|]*\|[^|]*(\|[01]){19}"),
        split=_split_100k,
        is_latin=True,
    ),
    Layout(
        name="MovieLens",
        marks={
            re.compile(rb"\d+::[FM]::\d+::\d+::.*"): "MovieLens 1M",
            re.compile(rb"\d+::\d+::[^:]*[A-Za-z][^:]*::\d{9,}"): "MovieLens 10M",
        },
        ratings=re.compile(rb"\d+::\d+::[\d.]+::\d+"),
        movies=re.compile(rb"\d+::.*::\D*"),
        split=lambda line: line.split("::"),
        is_latin=True,
    ),
    Layout(
        name="MovieLens",
        ratings=re.compile(rb"userId,movieId,rating,timestamp", re.IGNORECASE),
        movies=re.compile(rb"movieId,title,genres", re.IGNORECASE),
        links=re.compile(rb"movieId,imdbId,tmdbId", re.IGNORECASE),
        split=_split_csv,
        is_latin=False,
        has_headers=True,
    ),
)
# The folds beside u.data and ratings.csv hold the same ratings again: the usual names are looked at first.
_USUAL_NAMES = ("u.data", "u.item", "ratings.dat", "movies.dat", "ratings.csv", "movies.csv", "links.csv")


class MovieLens:
    """A MovieLens folder or archive."""

    def __init__(self, path: Path) -> None:
        self.files = _files_of(path)
        heads = _first_lines(self.files)
        self.layout, ratings, movies, links = _find(heads, path)
        self.default_name = _name_of(self.layout, heads, {ratings, movies})
        self.links: dict[str, tuple[str, int | None]] = {}
        self.movies = [self._part("movies", movies, self.parse_movie)]
        if links:
            self.movies.insert(0, self._part("links", links, self.parse_link))
        self.ratings = [self._part("ratings", ratings, self.parse_rating)]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "MovieLens":
        """Raises ImportProblem too when `verified_only` would leave out every rating."""
        if options.get("verified_only"):
            raise ImportProblem(
                "MovieLens knows nothing of purchases: to ask for verified ones only would leave out every rating."
            )
        return cls(Path(options["path"]))

    def edition_url(self, external_id: str) -> str:
        imdb_id = self.links.get(external_id, ("", None))[0]
        return f"https://www.imdb.com/title/{imdb_id}/" if imdb_id else ""

    def _part(self, stage: str, name: str, parse: Callable[[list[str]], Any]) -> Part:
        return Part(stage, self.files[name], partial(self._parse, parse))

    def _parse(self, parse: Callable[[list[str]], Any], line: bytes) -> Any:
        bare = line.rstrip(b"\r")
        if self.layout.has_headers and not bare[:1].isdigit() and self.layout.is_header(bare):
            return None
        return parse(self.layout.split(self._decoded(bare)))

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            if self.layout.is_latin:
                return line.decode("latin-1")
            raise BadLine(BadLineKind.UNDECODABLE, f"byte {error.start + 1} is not UTF-8") from None

    @staticmethod
    def parse_rating(cells: list[str]) -> RatingRow:
        if len(cells) != 4:
            raise _wrong_columns(cells, "4")
        reviewer, movie = clean_id(cells[0], "user"), clean_id(cells[1], "movie")
        half_stars, seconds = half_stars_of(cells[2], "rating"), _number(cells[3], BadLineKind.BAD_DATE)
        digest = row_digest(reviewer, movie, half_stars, seconds)
        return RatingRow(reviewer, movie, half_stars, moment_of(seconds), digest)

    def parse_movie(self, cells: list[str]) -> MovieRow:
        if len(cells) == 5 + len(GENRES_OF_100K):
            genres = [name for name, flag in zip(GENRES_OF_100K, cells[5:], strict=True) if flag == "1"]
        elif len(cells) == 3:
            genres = cells[2].split("|")
        else:
            raise _wrong_columns(cells, f"3 or {5 + len(GENRES_OF_100K)}")
        external_id = clean_id(cells[0], "movie")
        listed_title = clean_line(cells[1])
        title, year = readable_title(listed_title)
        imdb_id, tmdb_id = self.links.get(external_id, ("", None))
        return MovieRow(
            external_id=external_id,
            title=title,
            listed_title=listed_title,
            year=year,
            genres=genres_from_movielens(genres),
            imdb_id=imdb_id,
            tmdb_id=tmdb_id,
            url=self.edition_url(external_id),
        )

    def parse_link(self, cells: list[str]) -> None:
        """Remember what IMDb and TMDB call a movie; the movies come after."""
        if len(cells) != 3:
            raise _wrong_columns(cells, "3")
        movie = clean_id(cells[0], "movie")
        imdb = f"tt{_number(cells[1], BadLineKind.BAD_ID):07d}" if cells[1] else ""
        tmdb = _number(cells[2], BadLineKind.BAD_ID) if cells[2] else None
        self.links[movie] = (imdb, tmdb)


def readable_title(listed: str) -> tuple[str, int | None]:
    """Article first, year apart: "Godfather, The (1972)" -> "The Godfather", 1972; titles in parentheses alike."""
    found = _YEAR_LAST.search(listed)
    year = year_of(found["year"]) if found else None
    title = listed[: found.start()] if found and year and found.start() else listed
    return _ARTICLE_LAST.sub(_article_first, title).strip(), year


def _article_first(found: re.Match[str]) -> str:
    rest, article = found["rest"], found["article"]
    name = rest.lstrip()
    lead = rest[: len(rest) - len(name)]
    aka = "a.k.a. " if name.startswith("a.k.a. ") else ""
    gap = "" if article.endswith("'") else " "
    return f"{lead}{aka}{article}{gap}{name.removeprefix(aka)}"


def _number(text: str, kind: BadLineKind) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    if not text.strip():
        raise BadLine(BadLineKind.MISSING_FIELD, kind.value)
    raise BadLine(kind, quoted(text))


def _wrong_columns(cells: list[str], wanted: str) -> BadLine:
    return BadLine(BadLineKind.WRONG_COLUMNS, f"{len(cells)} instead of {wanted}")


Files = dict[str, Callable[[], LineFile]]


class NotMovieLens(ImportProblem):
    """There is no file of ratings in any of the layouts."""


def is_movielens_file(lines: list[bytes]) -> bool:
    """Whether a file that begins with these lines is one of those that MovieLens consists of."""
    patterns = [pattern for each in LAYOUTS for pattern in (each.ratings, each.movies, each.links) if pattern]
    return any(pattern.fullmatch(line.rstrip(b"\r")) for pattern in patterns for line in lines[:20])


def _files_of(path: Path) -> Files:
    """How to open each file of a folder, or of the archive's one folder, by name."""
    if path.is_dir():
        try:
            paths = sorted(inner for inner in path.iterdir() if inner.is_file())
        except OSError as error:
            raise ImportProblem(f"{shown(path)} cannot be read: {error.strerror}.") from None
        if len(paths) > MAX_MEMBERS:
            raise too_many_files(shown(path))
        return {inner.name: partial(LineFile.of_path, inner) for inner in paths}
    check_file(path)
    if not is_archive(path):
        raise ImportProblem(f"{shown(path)} is neither a MovieLens folder nor its ZIP archive.")
    return _members_of(open_archive(path))


def _members_of(archive: zipfile.ZipFile) -> Files:
    names = [member.filename for member in archive.infolist() if not member.is_dir() and member.file_size]
    return {Path(name).name: partial(LineFile.of_member, archive, name) for name in sorted(names)}


def _find(heads: dict[str, list[bytes]], path: Path) -> tuple[Layout, str, str, str | None]:
    """The layout, and the names of the files of ratings, of movies and of links (None: there is none)."""
    for layout in LAYOUTS:
        ratings = _first_match(heads, layout.ratings)
        movies = _first_match(heads, layout.movies)
        if ratings and movies:
            return layout, ratings, movies, _first_match(heads, layout.links)
        if ratings:
            raise ImportProblem(
                f"{shown(path)} holds ratings ({shown(ratings)}) but no file that says which movies they are of."
            )
    raise NotMovieLens(
        f"{shown(path)} holds no file of MovieLens ratings (u.data, ratings.dat or ratings.csv)."
    )


def _name_of(layout: Layout, heads: dict[str, list[bytes]], used: set[str]) -> str:
    beside = {name: lines for name, lines in heads.items() if name not in used}
    return next((name for mark, name in layout.marks.items() if _first_match(beside, mark)), layout.name)


def _first_match(heads: dict[str, list[bytes]], pattern: re.Pattern[bytes] | None) -> str | None:
    """The first file one of whose first lines is as the layout has it: a bad line at the top is no verdict."""
    if pattern is None:
        return None
    return next((name for name, lines in heads.items() if any(map(pattern.fullmatch, lines))), None)


def _first_lines(files: Files) -> dict[str, list[bytes]]:
    """The first 20 lines of each text file, files with a usual name first."""
    heads = {}
    for name in sorted(files, key=lambda name: (name not in _USUAL_NAMES, name)):
        try:
            heads[name] = [line.rstrip(b"\r") for line in head_of(files[name]())[:20]]
        except ImportProblem:
            if name in _USUAL_NAMES:
                raise
    return heads
