"""MovieLens's three layouts as rows, without a database."""

from datetime import UTC, datetime

import pytest

from catalog.importing.errors import ImportProblem
from catalog.importing.movielens import GENRES_OF_100K, MovieLens, readable_title
from catalog.importing.rows import BadLine, BadLineKind
from tests.catalog.importing.builders import write_lines, write_movielens, zipped


def rows_of(part):
    with part.lines() as lines:
        return [row for _, line in lines if (row := part.parse(line)) is not None]


def flags(*names):
    return "|".join("1" if name in names else "0" for name in GENRES_OF_100K)


def write_100k(folder):
    folder.mkdir()
    titles = [
        f"1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/x|{flags('Animation', 'Children' + chr(39) + 's')}",
        f"2|Misérables, Les (1995)|01-Jan-1995||http://us.imdb.com/y|{flags('Drama', 'Film-Noir')}",
        f"3|unknown||||{flags('unknown')}",
    ]
    write_lines(folder / "u.item", [title.encode("latin-1") for title in titles])
    write_lines(folder / "u.data", ["1\t2\t4\t881250949", "2\t1\t5\t891717742"])
    write_lines(folder / "u1.base", ["1\t2\t4\t881250949"])
    write_lines(folder / "u.user", ["1|24|M|technician|85711"])
    write_lines(folder / "README", ["This is MovieLens."])
    return folder


def write_1m(folder):
    folder.mkdir()
    lines = [
        "1::Toy Story (1995)::Animation|Children's|Comedy",
        "2::City of Lost Children, The (Cité, La) (1995)::Sci-Fi",
    ]
    write_lines(folder / "movies.dat", [line.encode("latin-1") for line in lines])
    write_lines(folder / "ratings.dat", ["1::2::4::978300760", "2::1::5::978300761"])
    write_lines(folder / "users.dat", ["1::F::1::10::48067"])
    return folder


def write_10m(folder):
    folder.mkdir()
    write_lines(
        folder / "movies.dat", ["1::Amélie (Fabuleux destin d'Amélie Poulain, Le) (2001)::Comedy|Romance"]
    )
    write_lines(folder / "ratings.dat", ["1::1::4.5::978300760", "2::1::5::978300761"])
    write_lines(folder / "tags.dat", ["15::1::excellent!::1215184630"])
    return folder


def test_10m_is_as_1m_with_half_stars_and_utf_8(tmp_path):
    source = MovieLens(write_10m(tmp_path / "ml"))
    assert source.default_name == "MovieLens 10M"
    assert [movie.title for movie in rows_of(source.movies[0])] == [
        "Amélie (Le Fabuleux destin d'Amélie Poulain)"
    ]
    assert [row[2] for row in rows_of(source.ratings[0])] == [9, 10]


def test_verified_purchases_are_not_to_be_had(tmp_path):
    options = {"path": str(write_10m(tmp_path / "ml"))}
    assert MovieLens.from_options(options).ratings
    with pytest.raises(ImportProblem, match="MovieLens knows nothing of purchases"):
        MovieLens.from_options({**options, "verified_only": True})


def test_100k(tmp_path):
    source = MovieLens(write_100k(tmp_path / "ml"))
    assert source.default_name == "MovieLens 100K"
    movies = rows_of(source.movies[0])
    assert [(m.external_id, m.title, m.year, m.genres) for m in movies] == [
        ("1", "Toy Story", 1995, ("Animation", "Family")),
        ("2", "Les Misérables", 1995, ("Drama", "Film Noir")),
        ("3", "unknown", None, ()),
    ]
    assert [row[:4] for row in rows_of(source.ratings[0])] == [
        ("1", "2", 8, datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        ("2", "1", 10, datetime(1998, 4, 4, 19, 22, 22, tzinfo=UTC)),
    ]


def test_1m(tmp_path):
    source = MovieLens(write_1m(tmp_path / "ml"))
    assert source.default_name == "MovieLens 1M"
    movies = rows_of(source.movies[0])
    assert [(m.title, m.year, m.genres) for m in movies] == [
        ("Toy Story", 1995, ("Animation", "Comedy", "Family")),
        ("The City of Lost Children (La Cité)", 1995, ("Science Fiction",)),
    ]
    assert [row[:3] for row in rows_of(source.ratings[0])] == [("1", "2", 8), ("2", "1", 10)]


@pytest.mark.parametrize("pack", [lambda folder: folder, zipped], ids=["folder", "archive"])
def test_latest(tmp_path, pack):
    folder = write_movielens(
        tmp_path / "ml-latest",
        movies=['1,"American President, The (1995)",Comedy|Children|IMAX', "2,Hyena Road,(no genres listed)"],
        ratings=["7,1,0.5,964982703", "7,2,5.0,964982703"],
        links=["1,0112346,9087", "2,3165630,"],
    )
    source = MovieLens(pack(folder))
    assert [part.stage for part in source.movies] == ["links", "movies"]
    assert rows_of(source.movies[0]) == []
    american, hyena = rows_of(source.movies[1])
    assert (american.title, american.year, american.genres) == (
        "The American President",
        1995,
        ("Comedy", "Family"),
    )
    assert american.listed_title == "American President, The (1995)"
    assert (american.imdb_id, american.tmdb_id) == ("tt0112346", 9087)
    assert american.url == "https://www.imdb.com/title/tt0112346/"
    assert (hyena.title, hyena.year, hyena.genres, hyena.tmdb_id) == ("Hyena Road", None, (), None)
    assert [row[:3] for row in rows_of(source.ratings[0])] == [("7", "1", 1), ("7", "2", 10)]


def test_the_layout_is_told_by_content_not_by_names(tmp_path):
    folder = write_1m(tmp_path / "ml")
    (folder / "ratings.dat").rename(folder / "a.txt")
    (folder / "movies.dat").rename(folder / "b.txt")
    assert len(rows_of(MovieLens(folder).ratings[0])) == 2


def test_windows_line_ends_and_byte_order_marks(tmp_path):
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "ratings.csv").write_bytes(
        b"\xef\xbb\xbfuserId,movieId,rating,timestamp\r\n1,1,4.0,964982703\r\n"
    )
    (folder / "movies.csv").write_bytes(b"\xef\xbb\xbfmovieId,title,genres\r\n1,Heat (1995),Action\r\n")
    source = MovieLens(folder)
    assert [row[:3] for row in rows_of(source.ratings[0])] == [("1", "1", 8)]
    assert [row.genres for row in rows_of(source.movies[0])] == [("Action",)]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("Godfather, The (1972)", ("The Godfather", 1972)),
        ("Twelve Monkeys (a.k.a. 12 Monkeys) (1995)", ("Twelve Monkeys (a.k.a. 12 Monkeys)", 1995)),
        (
            "Thing, The (a.k.a. Thing from Another World, The) (1951)",
            ("The Thing (a.k.a. The Thing from Another World)", 1951),
        ),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            ("The City of Lost Children (La Cité des enfants perdus)", 1995),
        ),
        ("Star Maker, The (Uomo delle stelle, L') (1995)", ("The Star Maker (L'Uomo delle stelle)", 1995)),
        ("Good, the Bad and the Ugly, The (1966)", ("The Good, the Bad and the Ugly", 1966)),
        ("Rocky VI (1986) ", ("Rocky VI", 1986)),
        ("Land Before Time III (1995) (V)", ("Land Before Time III", 1995)),
        ("Big Bang Theory, The (2007-)", ("The Big Bang Theory", 2007)),
        ("Fawlty Towers (1975-1979)", ("Fawlty Towers", 1975)),
        ("(500) Days of Summer (2009)", ("(500) Days of Summer", 2009)),
        ("1984 (1956)", ("1984", 1956)),
        ("Women of '69, Unboxed", ("Women of '69, Unboxed", None)),
        ("Me, Myself & Irene (2000)", ("Me, Myself & Irene", 2000)),
        ("Far Future (9999)", ("Far Future (9999)", None)),
        ("(1995)", ("(1995)", 1995)),
        ("", ("", None)),
    ],
)
def test_titles(listed, expected):
    assert readable_title(listed) == expected


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"1,2,4.0", BadLineKind.WRONG_COLUMNS),
        (b"abc", BadLineKind.WRONG_COLUMNS),
        (b",2,4.0,964982703", BadLineKind.MISSING_FIELD),
        (b"1,2,,964982703", BadLineKind.MISSING_FIELD),
        (b"1,2,4.0,", BadLineKind.MISSING_FIELD),
        (b"1,2,5.5,964982703", BadLineKind.BAD_STARS),
        (b"1,2,4.0,soon", BadLineKind.BAD_DATE),
        (b"1,2,4.0,99999999999", BadLineKind.BAD_DATE),
        (b"1,\xff,4.0,964982703", BadLineKind.UNDECODABLE),
    ],
)
def test_bad_ratings(tmp_path, line, kind):
    source = MovieLens(write_movielens(tmp_path / "ml"))
    with pytest.raises(BadLine) as raised:
        source.ratings[0].parse(line)
    assert raised.value.kind == kind


@pytest.mark.parametrize(
    ("line", "kind"),
    [(b"1,Heat", BadLineKind.WRONG_COLUMNS), (b",Heat (1995),Action", BadLineKind.MISSING_FIELD)],
)
def test_bad_movies(tmp_path, line, kind):
    with pytest.raises(BadLine) as raised:
        MovieLens(write_movielens(tmp_path / "ml")).movies[1].parse(line)
    assert raised.value.kind == kind


def test_bad_links(tmp_path):
    source = MovieLens(write_movielens(tmp_path / "ml"))
    for line, kind in [(b"1,x,2", BadLineKind.BAD_ID), (b"1,2", BadLineKind.WRONG_COLUMNS)]:
        with pytest.raises(BadLine) as raised:
            source.movies[0].parse(line)
        assert raised.value.kind == kind


def other_folder(tmp_path, name):
    """Folders and files that are no MovieLens."""
    path = tmp_path / name
    if name == "ratings-only":
        write_movielens(path)
        (path / "movies.csv").unlink()
    elif name == "empty-folder":
        path.mkdir()
    elif name == "photos":
        path.mkdir()
        (path / "x.png").write_bytes(b"\x89PNG\r\n")
    elif name == "empty-ratings":
        write_movielens(path)
        (path / "ratings.csv").write_bytes(b"")
    elif name == "text.zip":
        path.write_bytes(b"not an archive at all")
    elif name == "half.zip":
        whole = zipped(write_movielens(tmp_path / "ml")).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing", r"There is no file .*missing\."),
        ("ratings-only", r"no file that says which movies"),
        ("empty-folder", r"holds no file of MovieLens ratings"),
        ("photos", r"holds no file of MovieLens ratings"),
        ("empty-ratings", r"ratings\.csv is empty\."),
        ("text.zip", r"neither a MovieLens folder nor its ZIP archive\."),
        ("half.zip", r"is not a whole ZIP archive"),
    ],
)
def test_what_is_no_movielens_has_its_sentence(tmp_path, name, sentence):
    with pytest.raises(ImportProblem, match=sentence):
        MovieLens(other_folder(tmp_path, name))
