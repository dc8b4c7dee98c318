from pathlib import Path

import numpy as np
import pytest

from ml.data.files import (
    FilesError,
    IndexedFiles,
    index_ratings,
    read_movie_groups_csv,
    read_movies_csv,
    read_ratings_csv,
)
from ml.data.ratings import NO_TIMESTAMP, Scale


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def index(tmp_path: Path, *texts: str, movies: str | None = None) -> IndexedFiles:
    files = [read_ratings_csv(write(tmp_path / f"{place}.csv", text)) for place, text in enumerate(texts)]
    return index_ratings(
        files, None if movies is None else read_movies_csv(write(tmp_path / "movies.csv", movies))
    )


def test_reads_ratings_over_common_vocabularies(tmp_path: Path) -> None:
    indexed = index(
        tmp_path,
        "reviewer,movie,stars,timestamp\n10,7,4,100\n9,30,2.5,200\n",
        "timestamp,stars,movie,reviewer,note\n300,4,7,9,late\n,3,8,11,\n",
    )

    train, test = indexed.ratings
    assert indexed.reviewer_keys == ["9", "10", "11"]  # as numbers, not as text
    assert indexed.movie_keys == ["7", "8", "30"]
    assert train.reviewer_indices.tolist() == [1, 0]
    assert train.movie_indices.tolist() == [0, 2]
    assert train.stars.tolist() == [4.0, 2.5]
    assert test.timestamps.tolist() == [300, NO_TIMESTAMP]
    assert (test.n_reviewers, test.n_movies) == (3, 3)
    assert test.scale == train.scale == Scale(2.5, 4.0, 1.5)


def test_keys_may_be_text_and_leading_zeros_matter(tmp_path: Path) -> None:
    indexed = index(tmp_path, "reviewer,movie,stars\nA1,0007,4\nB2,7,2\nA1,B00X,1\n")

    assert indexed.movie_keys == ["0007", "7", "B00X"]
    assert indexed.reviewer_keys == ["A1", "B2"]


def test_a_file_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    indexed = index(tmp_path, '\ufeffreviewer , movie,stars\r\n 1, "2" ,4\r\n1,3,5\r\n')

    assert indexed.ratings[0].stars.tolist() == [4.0, 5.0]


def test_the_latest_of_several_ratings_stays_and_of_equally_late_ones_the_higher(tmp_path: Path) -> None:
    rows = ["1,1,2,50", "1,1,4,90", "1,1,3,90", "1,1,5,", "2,1,1,10", "2,1,1,10"]
    header = "reviewer,movie,stars,timestamp"
    forwards = index(tmp_path, "\n".join([header, *rows]))
    backwards = index(tmp_path, "\n".join([header, *reversed(rows)]))

    for indexed in (forwards, backwards):
        (ratings,) = indexed.ratings
        assert sorted(ratings.stars.tolist()) == [1.0, 4.0]
        assert indexed.n_duplicates == [4]


def test_movies_bring_content_and_candidates(tmp_path: Path) -> None:
    indexed = index(
        tmp_path,
        "reviewer,movie,stars\n1,2,4\n1,5,3\n",
        movies="movie,title,year,genres\n2,Heat,1995,Crime|Drama\n3,Unrated,,(no genres listed)\n2,Heat,1995,War\n",
    )

    (ratings,) = indexed.ratings
    assert indexed.movie_keys == ["2", "3", "5"]
    assert ratings.content is not None
    assert ratings.content.tokens(0) == ["decade:1990", "genre:Crime", "genre:Drama", "genre:War"]
    assert ratings.content.tokens(1) == ratings.content.tokens(2) == []


def test_absent_years_and_genres_are_told_apart_from_present_ones(tmp_path: Path) -> None:
    movies = read_movies_csv(
        write(tmp_path / "m.csv", "movie,title,year,genres\n1,A,1987,War| Drama\n2,Null,,\n")
    )

    assert movies.years == [1987, None]
    assert movies.genres == [["War", "Drama"], []]
    assert movies.titles == ["A", "Null"]


BAD_RATINGS = {
    "empty file": ("", "is empty"),
    "header alone": ("reviewer,movie,stars\n", "holds no ratings"),
    "missing columns": (
        "user,movie,rating\n1,2,3\n",
        "lacks the column reviewer and stars.* are user, movie, rating",
    ),
    "word for stars": (
        "reviewer,movie,stars\n1,2,3\n1,3,good\n",
        "line 3: stars should be a number, not 'good'",
    ),
    "NaN": ("reviewer,movie,stars\n1,2,nan\n", "line 2: stars should be a number"),
    "infinity": ("reviewer,movie,stars\n1,2,inf\n", "line 2: stars should be a number"),
    "blank stars": ("reviewer,movie,stars\n1,2,\n", "line 2: stars should be a number, not ''"),
    "short line": ("reviewer,movie,stars\n1,2,3\n1\n", "line 3: "),
    "long line": ("reviewer,movie,stars\n1,2,3\n1,2,3,4,5\n", "not a table.*line 3"),
    "long first line": ("reviewer,movie,stars\n1,2,3,4\n", "line 2 has more fields than the header"),
    "blank reviewer": ("reviewer,movie,stars\n,2,3\n", "line 2: the reviewer is missing"),
    "word for a time": ("reviewer,movie,stars,timestamp\n1,2,3,monday\n", "timestamp should be a number"),
    "absurd time": ("reviewer,movie,stars,timestamp\n1,2,3,1e30\n", "no time in seconds"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_RATINGS.values(), ids=BAD_RATINGS.keys())
def test_bad_ratings_are_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(FilesError, match=sentence) as told:
        read_ratings_csv(write(tmp_path / "ratings.csv", text))

    assert "ratings.csv" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"reviewer,movie,stars\n\xff\xfe\x00,1,2\n")

    with pytest.raises(FilesError, match=r"nowhere.csv cannot be read: No such file"):
        read_ratings_csv(tmp_path / "nowhere.csv")
    with pytest.raises(FilesError, match="cannot be read"):
        read_ratings_csv(tmp_path)
    with pytest.raises(FilesError, match="not text in UTF-8"):
        read_ratings_csv(tmp_path / "binary.csv")


def test_a_bad_year_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match="line 3: year should be a number, not 'soon'"):
        read_movies_csv(write(tmp_path / "m.csv", "movie,title,year,genres\n1,A,1987,War\n2,B,soon,War\n"))


def test_test_stars_outside_the_training_files_scale_are_told(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match=r"1.csv, line 3: 6 stars are outside the scale of .*0.csv, 1 to 5"):
        index(tmp_path, "reviewer,movie,stars\n1,1,1\n1,2,5\n", "reviewer,movie,stars\n2,1,5\n2,2,6\n")


def test_rows_follow_the_files(tmp_path: Path) -> None:
    """Every rating comes back under its own keys, whatever the order of the lines."""
    generator = np.random.default_rng(0)
    pairs = [(u, i) for u in range(30) for i in range(12) if generator.random() < 0.5]
    lines = [f"u{u},{i},{1 + (u * 7 + i) % 5}" for u, i in generator.permutation(pairs).tolist()]
    indexed = index(tmp_path, "reviewer,movie,stars\n" + "\n".join(lines))

    (ratings,) = indexed.ratings
    named = {
        f"{indexed.reviewer_keys[u]},{indexed.movie_keys[i]},{stars:g}"
        for u, i, stars in zip(ratings.reviewer_indices, ratings.movie_indices, ratings.stars, strict=True)
    }
    assert named == set(lines)


def test_reads_which_editions_are_one_film(tmp_path: Path) -> None:
    path = write(tmp_path / "groups.csv", "movie_group,movie\nf,1\nf,B2\ng,3\n")

    assert read_movie_groups_csv(path) == {"1": "f", "B2": "f", "3": "g"}


def test_a_group_without_a_name_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "groups.csv", "movie,movie_group\n1,f\n2,\n")

    with pytest.raises(FilesError, match="line 3: the movie_group is missing"):
        read_movie_groups_csv(path)
