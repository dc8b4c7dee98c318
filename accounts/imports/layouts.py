"""The files that people bring, told apart by the names of their columns: each line becomes a film row."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from accounts.imports.rows import (
    FilmRow,
    Kind,
    Unreadable,
    half_stars_of,
    imdb_id_of,
    moment_of,
    number_of,
    title_of,
    year_of,
)
from catalog.importing.cleaning import quoted
from catalog.importing.errors import ImportProblem
from catalog.importing.movielens import readable_title
from recommendations.models import Mark

MOST_ROWS = 50_000
OUR_FORMAT = "movie-picks"

Cells = Mapping[str, str]
"""A line by the names of its columns, in lower case."""


@dataclass(frozen=True)
class Layout:
    """`columns` must all be there, and `name` in the file's name; of several that fit the first is meant."""

    source: str
    what: str
    columns: frozenset[str]
    parse: Callable[[Cells], FilmRow]
    name: str = ""
    one_person: str = ""
    """A column that must say the same in every line."""

    def fits(self, columns: set[str], file: str) -> bool:
        return self.columns <= columns and self.name in file.lower()


def _own(cells: Cells) -> FilmRow:
    half_stars = half_stars_of(cells["stars"])
    if half_stars is None:
        raise Unreadable("it has no rating")
    return FilmRow(
        title=_own_title(cells["title"]),
        year=year_of(cells["year"]),
        half_stars=half_stars,
        rated_at=moment_of(cells.get("rated_at")),
        clues={
            "movie": number_of(cells["movie_id"]),
            "imdb": imdb_id_of(cells.get("imdb_id")),
            "tmdb": number_of(cells.get("tmdb_id")),
        },
    )


def _own_mark(cells: Cells) -> FilmRow:
    if cells["mark"] not in Mark.Kind.values:
        raise Unreadable(f"its mark is {quoted(cells['mark'])}")
    return FilmRow(
        title=_own_title(cells["title"]),
        year=year_of(cells["year"]),
        rated_at=moment_of(cells["marked_at"]),
        kind=Kind.MARK,
        clues={"movie": number_of(cells["movie_id"]), "mark": cells["mark"]},
    )


def _own_title(cell: str) -> str:
    """Without the apostrophe that our export puts before what a spreadsheet would take for a formula."""
    is_defused = cell.startswith("'") and cell[1:].lstrip().startswith(("=", "+", "-", "@"))
    return title_of(cell.removeprefix("'") if is_defused else cell)


def _letterboxd(cells: Cells, *, kind: Kind = Kind.WATCHED, rank: int = 0) -> FilmRow:
    """A line without a rating tells that the film was seen, or, in the watchlist, that it is wanted."""
    half_stars = half_stars_of(cells.get("rating"))
    return FilmRow(
        title=title_of(cells["name"]),
        year=year_of(cells["year"]),
        half_stars=half_stars,
        rated_at=moment_of(cells.get("watched date") or cells.get("date")),
        kind=kind if half_stars is None else Kind.RATING,
        rank=rank,
    )


def _imdb(cells: Cells) -> FilmRow:
    """Of ratings, or of a list or the watchlist, whose lines have no rating of one's own."""
    half_stars = half_stars_of(cells.get("your rating"), of_ten=True)
    title = title_of(cells["title"])
    original = cells.get("original title", "").strip()
    return FilmRow(
        title=title,
        year=year_of(cells.get("year")),
        half_stars=half_stars,
        rated_at=moment_of(cells.get("date rated")),
        kind=Kind.WATCHLIST if half_stars is None else Kind.RATING,
        clues={
            "imdb": imdb_id_of(cells["const"]),
            "original": title_of(original) if original and original != title else "",
        },
    )


def _movielens(cells: Cells) -> FilmRow:
    movie = number_of(cells["movieid"])
    if movie is None:
        raise Unreadable(f"its movieId is {quoted(cells['movieid'])}")
    listed = cells.get("title", "")
    title, year = readable_title(title_of(listed)) if listed.strip() else (f"MovieLens film {movie}", None)
    half_stars = half_stars_of(cells["rating"])
    if half_stars is None:
        raise Unreadable("it has no rating")
    clues: dict[str, Any] = {"movielens": str(movie), "untitled": not listed.strip()}
    return FilmRow(title, year, half_stars, moment_of(cells.get("timestamp")), clues=clues)


def _movielens_site(cells: Cells) -> FilmRow:
    """What the MovieLens site itself exports: its own ids and those of others, no dates."""
    row = _movielens({**cells, "movieid": cells["movie_id"]})
    return FilmRow(
        row.title,
        row.year,
        row.half_stars,
        clues={**row.clues, "imdb": imdb_id_of(cells["imdb_id"]), "tmdb": number_of(cells["tmdb_id"])},
    )


_LETTERBOXD = frozenset({"name", "year", "letterboxd uri"})
_DIARY = _LETTERBOXD | {"rating", "watched date"}
_OURS = Layout("this site", "ratings", frozenset({"movie_id", "title", "year", "stars"}), _own)
_OUR_RATINGS = _OURS.columns | {"imdb_id", "tmdb_id", "rated_at"}
_OUR_MARKS = Layout(
    "this site", "marks", frozenset({"movie_id", "title", "year", "mark", "marked_at"}), _own_mark
)
LAYOUTS = (
    _OURS,
    _OUR_MARKS,
    Layout("Letterboxd", "diary", _DIARY, partial(_letterboxd, rank=1)),
    Layout("Letterboxd", "ratings", _LETTERBOXD | {"rating"}, _letterboxd),
    Layout(
        "Letterboxd", "watchlist", _LETTERBOXD, partial(_letterboxd, kind=Kind.WATCHLIST), name="watchlist"
    ),
    Layout("Letterboxd", "watched films", _LETTERBOXD, _letterboxd, name="watched"),
    Layout("IMDb", "ratings", frozenset({"const", "title"}), _imdb),
    Layout(
        "MovieLens",
        "ratings of its site",
        frozenset({"movie_id", "imdb_id", "tmdb_id", "rating", "title"}),
        _movielens_site,
    ),
    Layout("MovieLens", "ratings", frozenset({"movieid", "rating"}), _movielens, one_person="userid"),
)

KNOWN = "a ZIP archive or CSV file of Letterboxd, IMDb’s CSV, MovieLens’ CSV, or what was exported here (CSV or JSON)"


def layout_of(file: str, text: str) -> Layout | None:
    """How a text file is laid out, by its first line; None if in no way that is known."""
    columns = set(_columns(text))
    return next((layout for layout in LAYOUTS if layout.fits(columns, file)), None)


def rows_of(file: str, text: str, layout: Layout) -> list[FilmRow]:
    """A row for each line, in order; those that nothing can be made of say why. ImportProblem if it is too much."""
    rows: list[FilmRow] = []
    people: set[str] = set()
    for line, cells in _lines(file, text):
        rows.append(_row(cells, layout).at(file, line))
        people.add(cells.get(layout.one_person, ""))
        if len(rows) > MOST_ROWS:
            raise ImportProblem(f"{file} has more than {MOST_ROWS:,} lines, which no person’s ratings have.")
        if len(people) > 1:
            raise ImportProblem(
                f"{file} holds the ratings of several people (its column {layout.one_person} says so);"
                " keep the lines that are yours."
            )
    return rows


def _row(cells: Cells, layout: Layout) -> FilmRow:
    try:
        return layout.parse(cells)
    except Unreadable as reason:
        title = next((cells[name] for name in ("title", "name", "movieid") if cells.get(name)), "")
        return FilmRow(quoted(title), problem=f"Not understood: {reason}.")


def _columns(text: str) -> list[str]:
    try:
        first = next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        return []
    return [name.strip().lower() for name in first]


def _lines(file: str, text: str) -> Iterator[tuple[int, Cells]]:
    """The lines behind the first one, numbered as an editor does; missing cells are empty."""
    reader = csv.reader(io.StringIO(text))
    try:
        columns = [name.strip().lower() for name in next(reader)]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _named(columns, cells)
    except csv.Error as error:
        raise ImportProblem(f"{file} is no CSV file any more in line {reader.line_num:,}: {error}.") from None


def _named(columns: list[str], cells: list[str]) -> Cells:
    filled = [*cells, *[""] * (len(columns) - len(cells))]
    return dict(zip(columns, filled, strict=False))


def rows_of_json(file: str, text: str) -> list[FilmRow]:
    """The ratings and marks in what this site exported as JSON. ImportProblem for any other JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ImportProblem(f"{file} is no whole JSON file.") from None
    ratings = document.get("ratings") if isinstance(document, dict) else None
    if not isinstance(ratings, list) or document.get("format") != OUR_FORMAT:
        raise ImportProblem(f"{file} is JSON, but not what this site exports.")
    marks = document.get("marks")
    marks = marks if isinstance(marks, list) else []
    if max(len(ratings), len(marks)) > MOST_ROWS:
        raise ImportProblem(f"{file} has more than {MOST_ROWS:,} ratings or marks, which no person has.")
    rows = [_row(cells, _OURS) for cells in _as_cells(ratings, _OUR_RATINGS)]
    rows += [_row(cells, _OUR_MARKS) for cells in _as_cells(marks, _OUR_MARKS.columns)]
    return [row.at(file, n) for n, row in enumerate(rows, start=1)]


def _as_cells(listed: Iterable[Any], names: Iterable[str]) -> Iterator[Cells]:
    for told in listed:
        values = told if isinstance(told, dict) else {}
        yield {name: "" if values.get(name) is None else str(values[name]) for name in names}
