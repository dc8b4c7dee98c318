"""Reading what the seed read: Amazon's lines as they are, and what is wrong with them in a sentence."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from ml.data.ratings import NO_TIMESTAMP, Scale
from ml.errors import InputError
from ml.study.reviews import holds_json, read_described_movies, read_reviews

FIVE = Scale(minimum=1.0, maximum=5.0, step=1.0)
IN_2018 = int(datetime(2018, 4, 8, tzinfo=UTC).timestamp())


def line(**changes: Any) -> dict[str, Any]:
    review = {"overall": 4.0, "verified": True, "reviewerID": "A1", "asin": "B1", "unixReviewTime": IN_2018}
    return {name: value for name, value in (review | changes).items() if value is not None}


def write(path: Path, *rows: dict[str, Any], packed: bool = True) -> Path:
    content = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reviews"


@pytest.mark.parametrize("packed", [True, False])
def test_takes_verified_reviews_of_the_year_copies_included(path: Path, packed: bool) -> None:
    last_of_2017, first_of_2019 = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2018, 2019))
    kept = [
        line(),
        line(overall=2.0, asin="B2"),
        line(),
        line(verified=None, asin="B3", unixReviewTime=last_of_2017),
    ]
    dropped = [
        line(verified=False),
        line(unixReviewTime=last_of_2017 - 1),
        line(unixReviewTime=first_of_2019),
    ]
    write(path, *kept, *dropped, packed=packed)

    reviews = read_reviews(path, scale=FIVE, year=2018)

    assert reviews["movie"].tolist() == ["B1", "B2", "B1", "B3"]
    assert reviews["stars"].tolist() == [4, 2, 4, 4]
    assert reviews["timestamp"].tolist() == [IN_2018] * 3 + [last_of_2017]


def test_without_a_year_all_are_taken(path: Path) -> None:
    write(path, line(unixReviewTime=5), line())

    assert len(read_reviews(path, scale=FIVE)) == 2


def test_csv_is_read_too_and_keeps_what_it_repeats(path: Path) -> None:
    path.write_text("reviewer,movie,stars\n7,8,3\n7,8,3\n")

    reviews = read_reviews(path, scale=FIVE)

    assert not holds_json(path)
    assert reviews[["reviewer", "movie", "stars"]].to_numpy().tolist() == [["7", "8", 3.0]] * 2
    assert reviews["timestamp"].tolist() == [NO_TIMESTAMP] * 2


def test_the_year_of_csv(path: Path) -> None:
    path.write_text(f"reviewer,movie,stars,timestamp\n7,8,3,{IN_2018}\n7,9,3,5\n7,10,3,\n")

    assert read_reviews(path, scale=FIVE, year=2018)["movie"].tolist() == ["8"]


def test_described_movies_are_those_with_a_row(path: Path) -> None:
    write(path, {"asin": "B1", "title": "x"}, {"asin": "B2"}, {"asin": "B1"})

    assert read_described_movies(path) == {"B1", "B2"}


BAD_LINES = {
    "no stars": (line(overall=None), "line 2: overall should be a number, not None."),
    "stars in words": (line(overall="five"), "line 2: overall should be a number, not 'five'."),
    "no time": (line(unixReviewTime=None), "line 2: unixReviewTime should be a number, not None."),
    "no reviewer": (line(reviewerID=None), "line 2: reviewerID is missing."),
    "no movie": (line(asin=""), "line 2: asin is missing."),
    "outside": (
        line(overall=6),
        r"line 2: 6 stars are outside the scale of 1 to 5 \(--scale gives another\)\.",
    ),
}


@pytest.mark.parametrize(("bad", "words"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_bad_lines_are_told_with_their_number(path: Path, bad: dict[str, Any], words: str) -> None:
    write(path, line(), bad)

    with pytest.raises(InputError, match=words):
        read_reviews(path, scale=FIVE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"overall": NaN}\n', "line 1 is not JSON"),
        (b'{"overall": 5\n', "line 1 is not JSON"),
        (gzip.compress(b'{"verified": false}\n' * 99)[:-9], "is a damaged gzip file"),
        (gzip.compress(b"reviewer,movie,stars\n1,2,3\n"), "is not text in UTF-8"),
        (b"reviewer,movie,stars\n1,2,3\n1,3,9\n", "line 3: 9 stars are outside the scale of 1 to 5"),
        (b"", "is empty"),
    ],
    ids=["NaN", "cut line", "cut gzip", "packed CSV", "outside", "empty"],
)
def test_bad_files_are_told_in_a_sentence(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)

    with pytest.raises(InputError, match=words):
        read_reviews(path, scale=FIVE)


def test_a_year_of_ratings_without_times_is_refused(path: Path) -> None:
    path.write_text("reviewer,movie,stars\n7,8,3\n")

    with pytest.raises(InputError, match="has no timestamps, so its reviews of 2018 cannot be told"):
        read_reviews(path, scale=FIVE, year=2018)


def test_the_real_files_layout(shared_data: Path) -> None:
    """5,000 lines; the figures are counted by hand-written code that shares nothing with ours."""
    sample = shared_data / "amazon-2018-sample" / "Movies_and_TV.json.gz"
    with gzip.open(sample) as file:
        rows = [orjson.loads(row) for row in file]
    wanted = [row for row in rows if row["verified"] and row["reviewTime"].endswith(" 2015")]

    reviews = read_reviews(sample, scale=FIVE, year=2015)

    assert len(reviews) == len(wanted) > 100
    assert reviews["stars"].sum() == sum(row["overall"] for row in wanted)
