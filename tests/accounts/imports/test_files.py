"""What people upload: each layout as it is, archives inspected, and a sentence for all that is something else."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.imports import files, layouts
from accounts.imports.files import read_uploads
from accounts.imports.rows import Kind
from catalog.importing.errors import ImportProblem
from tests.accounts.imports.exports import (
    DIARY,
    IMDB,
    IMDB_OLD,
    LETTERBOXD,
    MOVIELENS,
    MOVIELENS_SITE,
    RATINGS,
    WATCHED,
    archive,
)


@dataclass
class Upload:
    """What Django hands over, without a request."""

    name: str
    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def temporary_file_path(self) -> str:
        return str(self.path)


@pytest.fixture
def read(tmp_path):
    """Reads the files given as {name: content}."""

    def read_files(contents):
        uploads = []
        for n, (name, content) in enumerate(contents.items()):
            path = tmp_path / f"upload-{n}"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            uploads.append(Upload(name, path))
        return read_uploads(uploads)

    return read_files


def told(rows, kind=Kind.RATING):
    return {row.title: row.half_stars for row in rows if row.kind == kind and not row.problem}


class TestLayouts:
    def test_a_letterboxd_archive(self, read):
        found = read({"letterboxd-ada-2024.zip": archive(LETTERBOXD)})
        assert found.source == "Letterboxd"
        ratings = {"Alien": 9, "Good Night, and Good Luck.": 8, "Amélie": 10, "Solaris": 7}
        assert told(found.rows) == ratings  # not the diary's three stars for Alien
        assert set(told(found.rows, Kind.WATCHED)) == {"Contact", "Moon"}
        assert set(told(found.rows, Kind.WATCHLIST)) == {"Sunshine"}  # Contact was seen since
        names = [file["name"] for file in found.files]
        assert sorted(names) == ["diary.csv", "ratings.csv", "reviews.csv", "watched.csv", "watchlist.csv"]

    def test_single_files_of_it(self, read):
        alien = next(row for row in read({"diary.csv": DIARY}).rows if row.title == "Alien")
        assert (alien.half_stars, alien.rated_at) == (6, datetime(2024, 5, 1, tzinfo=UTC))
        assert (alien.file, alien.line) == ("diary.csv", 2)
        assert told(read({"my watched.csv": WATCHED}).rows, Kind.WATCHED) == {"Alien": None, "Contact": None}
        both = read({"ratings.csv": RATINGS, "watched.csv": WATCHED})
        assert (len(told(both.rows)), len(told(both.rows, Kind.WATCHED))) == (3, 1)

    def test_in_a_folder_of_its_own_it_is_the_same(self, read):
        plain, wrapped = (read({"a.zip": archive(LETTERBOXD, folder)}) for folder in ("", "letterboxd-ada/"))
        assert told(plain.rows) == told(wrapped.rows)

    def test_imdb_of_today_and_of_old(self, read):
        rows = read({"ratings.csv": IMDB}).rows
        assert told(rows) == {"Alien": 9, "Amelie": 10}
        assert [row.clues["imdb"] for row in rows if not row.problem] == ["tt0078748", "tt0211915"]
        assert "1 to 10" in rows[-1].problem
        assert told(read({"WATCHLIST.csv": IMDB_OLD}).rows, Kind.WATCHLIST) == {"2001: A Space Odyssey": None}

    def test_movielens_and_what_its_site_exports(self, read):
        rows = read({"ratings.csv": MOVIELENS}).rows
        assert [(row.clues["movielens"], row.half_stars) for row in rows] == [("1214", 9), ("2", 1)]
        assert rows[0].rated_at == datetime(2000, 7, 30, 18, 45, 3, tzinfo=UTC)
        site = read({"movielens-ratings.csv": MOVIELENS_SITE}).rows
        assert told(site) == {"Alien": 6, "Schindler's List": 9, "The Matrix": 10}
        assert [row.year for row in site] == [1979, 1993, 1999]
        assert site[1].clues["imdb"] == "tt0108052"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    def test_letters_as_spreadsheets_save_them(self, read, encoding):
        assert "Amélie" in told(read({"ratings.csv": RATINGS.encode(encoding)}).rows)

    def test_the_order_of_lines_decides_nothing(self, read):
        head, *lines = DIARY.replace("Solaris,1972", "Alien,1979").strip().split("\n")
        upside_down = "\n".join([head, *reversed(lines)])
        for text in ("\n".join([head, *lines]), upside_down):
            assert told(read({"diary.csv": text}).rows) == {"Alien": 6}  # the latest


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("photo.csv", b"\x89PNG\r\n\0\0", "no text file"),
            ("empty.csv", b"", "is empty"),
            ("some.csv", "a,b\n1,2\n", "not known here"),
            ("some.txt", "hello", "not known here"),
            ("films.csv", WATCHED, "keep its name"),
            ("ratings.csv", RATINGS.splitlines()[0], "no film in it"),
            ("a.json", "{", "no whole JSON"),
            ("a.json", "[1]", "not what this site exports"),
            ("a.json", '{"ratings": [1], "format": "other"}', "not what this site exports"),
            ("deep.json", "[" * 100_000, "no whole JSON"),
            ("a.zip", b"PK\x03\x04 and nothing else", "not a whole ZIP"),
            ("a.zip", archive({"readme.txt": "hello"}), "holds no file that is known"),
            ("a.zip", archive({"x.csv": "a,b\n"}), "holds no file that is known"),
            ("many.csv", MOVIELENS + "8,1,3.0,964982703\n", "several people"),
        ],
    )
    def test_one_sentence_each(self, read, name, content, sentence):
        with pytest.raises(ImportProblem, match=sentence):
            read({name: content})

    def test_too_many_files_or_none(self, read):
        for contents in ({}, {f"{n}.csv": RATINGS for n in range(11)}):
            with pytest.raises(ImportProblem, match="one to 10"):
                read(contents)

    def test_too_large_packed_or_unpacked(self, read, monkeypatch):
        monkeypatch.setattr(files, "MOST_BYTES", 100)
        with pytest.raises(ImportProblem, match="more than"):
            read({"ratings.csv": RATINGS})
        monkeypatch.undo()
        monkeypatch.setattr(files, "MOST_UNPACKED", 100)
        with pytest.raises(ImportProblem, match="unpacks to more"):
            read({"a.zip": archive(LETTERBOXD)})

    def test_a_bomb_is_not_unpacked(self, read):
        with pytest.raises(ImportProblem, match="many times what such an archive can hold"):
            read({"bomb.zip": archive({"ratings.csv": b"0" * (50 << 20)})})

    def test_an_archive_that_lies_about_a_file(self, read):
        made = bytearray(archive({"ratings.csv": RATINGS}))
        place = made.index(b"PK\x01\x02") + 24  # the unpacked size in the list of files
        made[place : place + 4] = (10).to_bytes(4, "little")
        with pytest.raises(ImportProblem, match="is damaged; get the archive again"):
            read({"a.zip": bytes(made)})

    def test_too_many_lines(self, read, monkeypatch):
        monkeypatch.setattr(layouts, "MOST_ROWS", 2)
        with pytest.raises(ImportProblem, match="more than 2 lines"):
            read({"ratings.csv": RATINGS})


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("2024-01-02,,1979,u,4", "names no film"),
        ("2024-01-02,Alien,1979,u,4.3", "go from half a star"),
        ("2024-01-02,Alien,1979,u,6", "go from half a star"),
        ("2024-01-02,Alien,1979,u,nan", "go from half a star"),
        ("2024-01-02,Alien,1979,u,many", "go from half a star"),
        ("2024-01-02,Alien,0019999999,u,4", "years have four figures"),
        (f"2024-01-02,Alien,001999{5_000 * '9'},u,4", "years have four figures"),
    ],
)
def test_a_bad_line_says_why_and_hurts_no_other(read, cells, reason):
    head, *lines = RATINGS.strip().split("\n")
    rows = read({"ratings.csv": "\n".join([head, cells, *lines])}).rows
    assert len(told(rows)) == 3
    assert [row.line for row in rows if row.problem] == [2]
    assert re.search(reason, rows[-1].problem)


@pytest.mark.parametrize(
    "date", ["", "soon", "1969-12-31", "9999-01-01", "0001-01-01T00:00:00+14:00", "9" * 30]
)
def test_a_date_that_cannot_be_is_no_date(read, date):
    rows = read({"ratings.csv": RATINGS.replace("2024-01-02", date)}).rows
    assert rows[0].half_stars == 9
    assert rows[0].rated_at is None


COLUMNS = st.sampled_from([RATINGS, DIARY, WATCHED, IMDB, MOVIELENS, MOVIELENS_SITE]).map(
    lambda text: text.split("\n")[0]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=COLUMNS, body=st.text(max_size=300), name=st.sampled_from(["watched.csv", "watchlist.csv", "x.csv"])
)
def test_whatever_follows_a_known_first_line_is_rows_or_a_sentence(read, head, body, name):
    try:
        found = read({name: f"{head}\n{body}".encode("utf-8", "surrogatepass")})
    except ImportProblem as problem:
        sentence = str(problem)
    else:
        sentence = "Fine."
        assert all(row.problem or row.title for row in found.rows)
        assert all(row.half_stars is None or 1 <= row.half_stars <= 10 for row in found.rows)
    assert re.fullmatch(r"[^\n]+\.", sentence)
