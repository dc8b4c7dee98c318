"""What differs between Amazon's editions of 2014, 2018 and 2023, and the CSV files: rows, without a database."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.importing.amazon import AmazonReviews
from catalog.importing.amazon_metadata import parse_metadata, parse_metadata_2023
from catalog.importing.amazon_reviews import RatingsCsv, parse_review, parse_review_2023
from catalog.importing.errors import ImportProblem
from catalog.importing.json_lines import MAX_LITERAL_BYTES, object_in
from catalog.importing.rows import EDITION_BITS, BadLine, BadLineKind, TextRow
from tests.catalog.importing.builders import metadata, review, write_lines
from tests.catalog.importing.layouts import metadata_2014, metadata_2023, review_2014, review_2023
from tests.threads import at_once

LONG_TEXT = "A text long enough to be told from others."


def as_line(data):
    return json.dumps(data).encode()


def rows_of(part):
    with part.lines() as lines:
        return [row for _, line in lines if (row := part.row(line)) is not None]


def test_a_review_of_2014_is_that_of_2018_without_a_purchase():
    old, new = parse_review(as_line(review_2014())), parse_review(as_line(review()))
    assert (old.verified, old.format) == (None, "")
    assert old[:5] == new[:5]


def test_a_review_of_2023():
    row = parse_review_2023(as_line(review_2023(stars=4)))
    moment = datetime(2012, 11, 9, 0, 0, 0, 123000, tzinfo=UTC)
    assert row[:4] == ("AE1", "B1", 8, moment)
    assert (row.verified, row.group, row.format, row.text) == (True, "BP", "", None)


def test_the_first_release_of_2023_called_the_moment_otherwise():
    data = review_2023(sort_timestamp=1352419200123)
    del data["timestamp"]
    assert parse_review_2023(as_line(data)).rated_at == datetime(2012, 11, 9, 0, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("moment", [1352419200, 1352419200.0, "1352419200"])
def test_numbers_as_they_come(moment):
    assert parse_review(as_line(review(unixReviewTime=moment))) == parse_review(as_line(review()))


@pytest.mark.parametrize("parent", [None, "", "B P", 7, "x" * 65])
def test_a_group_that_is_none(parent):
    assert parse_review_2023(as_line(review_2023(parent_asin=parent))).group == ""


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"user_id": None}, BadLineKind.MISSING_FIELD),
        ({"asin": ""}, BadLineKind.MISSING_FIELD),
        ({"rating": 6}, BadLineKind.BAD_STARS),
        ({"timestamp": "yesterday"}, BadLineKind.BAD_DATE),
        ({"timestamp": 10**16}, BadLineKind.BAD_DATE),
        ({"timestamp": -1}, BadLineKind.BAD_DATE),
        ({"timestamp": 1.5}, BadLineKind.BAD_DATE),
    ],
)
def test_bad_lines_of_2023(change, kind):
    with pytest.raises(BadLine) as raised:
        parse_review_2023(as_line(review_2023(**change)))
    assert raised.value.kind == kind
    assert "AE1" not in raised.value.detail


@pytest.mark.parametrize(
    ("parse", "build", "field"),
    [(parse_review, review, "reviewText"), (parse_review_2023, review_2023, "text")],
)
def test_copies_of_a_review_under_two_editions_share_the_review_s_bits(parse, build, field):
    one, other = (parse(as_line(build(asin=asin, **{field: LONG_TEXT}))) for asin in ("B1", "B2"))
    assert one.digest != other.digest
    assert one.digest >> EDITION_BITS == other.digest >> EDITION_BITS


@pytest.mark.parametrize(
    ("parse", "data", "votes"),
    [
        (parse_review, review(vote="1,234"), 1234),
        (parse_review, review(), 0),
        (parse_review, review(vote="many"), 0),
        (parse_review_2023, review_2023(), 7),
        (parse_review_2023, review_2023(helpful_vote=-7), 0),
        (parse_review, review_2014(), 3),
        (parse_review, review_2014(helpful=[]), 0),
    ],
)
def test_texts_and_votes_of_every_edition(parse, data, votes):
    assert parse(as_line(data), with_text=True).text == TextRow(
        "Amazing!", "Very good and entertaining!", votes
    )
    assert parse(as_line(data)).text is None


def test_texts_are_plain_keep_their_paragraphs_and_are_no_longer_than_they_may_be():
    body = (
        "One &amp; two.<br />Three\x00\u202e four.\n\n\n\n<script>alert(1)</script><b>Five</b> if (a) {b: c}"
    )
    row = parse_review(as_line(review(summary="<i>Good</i>\n" + "x" * 300, reviewText=body)), with_text=True)
    assert row.text.body == "One & two.\nThree four.\n\nFive if (a) {b: c}"
    assert row.text.headline.startswith("Good xxx")
    assert len(row.text.headline) == 200
    long = parse_review(as_line(review(reviewText="word " * 10_000)), with_text=True)
    assert 19_000 < len(long.text.body) <= 20_000


@pytest.mark.parametrize(
    "nothing", [{"summary": None, "reviewText": None}, {"summary": "<p>", "reviewText": " "}]
)
def test_who_wrote_nothing_has_no_text(nothing):
    assert parse_review(as_line(review(**nothing)), with_text=True).text is None


def test_the_digest_does_not_depend_on_whether_texts_are_kept():
    line = as_line(review(reviewText=LONG_TEXT))
    assert parse_review(line).digest == parse_review(line, with_text=True).digest


def test_metadata_of_2014_as_json_and_as_a_python_literal():
    data = metadata_2014(title="Alien (1979) [VHS]", description="It's in <b>space</b>.")
    row = parse_metadata(as_line(data))
    assert (row.title, row.year, row.genres, row.price) == ("Alien", 1979, ("Horror",), Decimal("5.99"))
    assert row.image_url == "https://images-na.ssl-images-amazon.com/images/I/51abc.jpg"
    assert row.description == "It's in space."
    assert parse_metadata(repr(data).encode()) == row


def test_metadata_of_2023():
    row = parse_metadata_2023(as_line(metadata_2023()))
    assert (row.external_id, row.group, row.title, row.year) == ("BP", "BP", "Alien", 1979)
    assert row.genres == ("Science Fiction", "Thriller")
    assert row.people == ("Ridley Scott", "Sigourney Weaver", "Tom Skerritt")
    assert (row.image_url, row.price) == ("https://images.example.org/l.jpg", Decimal("9.99"))
    assert row.url == "https://www.amazon.com/dp/BP"


def test_metadata_of_2023_of_the_wrong_types():
    strange = dict.fromkeys(metadata_2023(), 7) | {
        "parent_asin": "BP",
        "images": [7, {"large": 7}],
        "details": {"x": 7},
    }
    row = parse_metadata_2023(as_line(strange))
    assert (row.title, row.genres, row.people, row.image_url) == ("", (), (), "")


def test_the_store_names_people_where_the_details_do_not():
    store = "Ridley Scott (Director), Various, Tom Skerritt  (Actor)  Rated: R  Format: DVD"
    row = parse_metadata_2023(as_line(metadata_2023(details={}, store=store)))
    assert row.people == ("Ridley Scott", "Tom Skerritt")


@pytest.mark.parametrize(
    "details",
    [
        '<ul><li> <b>Actors:</b> <a href="/s?x">Sigourney Weaver</a>, Tom Skerritt</li>\n'
        "<li><b>Directors:</b> Ridley Scott</li></ul>",
        {"Actors:": "Sigourney Weaver, Tom Skerritt", "Directors:": ["Ridley Scott"]},
    ],
)
def test_people_out_of_the_details_of_2018(details):
    row = parse_metadata(as_line(metadata(brand="Tom Skerritt", details=details)))
    assert row.people == ("Tom Skerritt", "Ridley Scott", "Sigourney Weaver")


@pytest.mark.parametrize(
    "line",
    [
        b"{'asin': __import__('os').getcwd()}",
        b"{'asin': 1 - 1}",
        b"{'asin': '\\ud800'}",
        b"{'asin': {'B1'}}",
        b"{'asin': 123456789012345678901234567890}",
        b"{'asin': " + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"{'asin': '" + b"x" * MAX_LITERAL_BYTES + b"'}",
        b"{'asin': 'B1'",
        b"{'asin': 'B1'} 'and more'",
    ],
)
def test_python_that_is_no_plain_literal_is_not_read(line):
    with pytest.raises(BadLine) as raised:
        object_in(line)
    assert raised.value.kind == BadLineKind.NOT_JSON


@pytest.mark.parametrize(
    ("brand", "people"),
    [("Visit Amazon's Ridley Scott Page", ("Ridley Scott",)), ("Various Artists", ()), ("-", ())],
)
def test_brands_that_are_no_bare_names(brand, people):
    assert parse_metadata(as_line(metadata(brand=brand))).people == people


def test_python_literals_with_all_that_real_ones_hold():
    assert object_in(rb"""{'a': "it's", u'b': 'caf\xe9 \'x\'', 'c': [1, -2.5, True, None], 'd': {}}""") == {
        "a": "it's",
        "b": "café 'x'",
        "c": [1, -2.5, True, None],
        "d": {},
    }


def test_python_literals_are_read_by_many_threads_at_once():
    at_once(lambda: object_in(rb"""{'a': ['b', {'c': 1}]}"""), times=2_000)


RATINGS_2014 = ["A3R5OBKS7OM2IR,0000143502,5.0,1358380800", "A3R5OBKS7OM2IR,B000143529,4.0,1380672000"]
RATINGS_2018 = ["0000143502,A3R5OBKS7OM2IR,5.0,1358380800", "B000143529,A3R5OBKS7OM2IR,4.0,1380672000"]
RATINGS_2023 = [
    "user_id,parent_asin,rating,timestamp",
    "AE3R5OBKS7OM2IRAAAAA,0000143502,5.0,1358380800000",
    "AE3R5OBKS7OM2IRAAAAA,B000143529,4.0,1380672000500",
]


@pytest.mark.parametrize(
    ("lines", "reviewer", "last", "edition"),
    [
        (RATINGS_2014, "A3R5OBKS7OM2IR", datetime(2013, 10, 2, tzinfo=UTC), ""),
        (RATINGS_2018, "A3R5OBKS7OM2IR", datetime(2013, 10, 2, tzinfo=UTC), ""),
        (
            RATINGS_2023,
            "AE3R5OBKS7OM2IRAAAAA",
            datetime(2013, 10, 2, microsecond=500_000, tzinfo=UTC),
            "2023",
        ),
    ],
)
def test_ratings_as_csv(tmp_path, lines, reviewer, last, edition):
    source = AmazonReviews(write_lines(tmp_path / "ratings.csv.gz", lines), with_text=True)
    rows = rows_of(source.ratings[0])
    assert [row[:3] for row in rows] == [(reviewer, "0000143502", 10), (reviewer, "B000143529", 8)]
    assert rows[1].rated_at == last
    assert (source.layout.edition, source.ratings[0].stage) == (edition, "ratings")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"A1,B1,5.0", BadLineKind.WRONG_COLUMNS),
        (b",B1,5.0,1", BadLineKind.MISSING_FIELD),
        (b"A1,B1,7.0,1", BadLineKind.BAD_STARS),
        (b"A1,B1,5.0,", BadLineKind.MISSING_FIELD),
        (b"A1,B1,5.0,soon", BadLineKind.BAD_DATE),
        (b"A1,B1,5.0,99999999999999", BadLineKind.BAD_DATE),
        (b"A1,B\xff,5.0,1", BadLineKind.UNDECODABLE),
    ],
)
def test_bad_lines_of_csv(line, kind):
    with pytest.raises(BadLine) as raised:
        RatingsCsv().parse(line)
    assert raised.value.kind == kind


def test_windows_line_ends():
    assert RatingsCsv().parse(b"A1,B1,5.0,1358380800\r").half_stars == 10


@pytest.mark.parametrize(
    ("lines", "edition", "says_verified", "name"),
    [
        ([review()], "2018", True, "Amazon reviews"),
        ([review_2014()], "2014", False, "Amazon reviews"),
        ([review_2023()], "2023", True, "Amazon reviews 2023"),
        ([b"broken", review(helpful=[1, 2]), review_2014(), review_2014()], "2014", False, "Amazon reviews"),
    ],
)
def test_the_edition_is_told_by_the_first_lines(tmp_path, lines, edition, says_verified, name):
    source = AmazonReviews(write_lines(tmp_path / "x", lines))
    assert (source.layout.edition, source.layout.says_verified) == (edition, says_verified)
    assert source.default_name == name


@pytest.mark.parametrize("lines", [[review_2014()], RATINGS_2014])
def test_verified_only_is_refused_where_nothing_says_so(tmp_path, lines):
    path = write_lines(tmp_path / "x.csv", lines)
    with pytest.raises(ImportProblem, match=r"^x\.csv does not say which purchases were verified"):
        AmazonReviews.from_options({"reviews": str(path), "verified_only": True})
    assert AmazonReviews.from_options({"reviews": str(path)}).ratings


def test_options_choose_the_texts(tmp_path):
    path = write_lines(tmp_path / "x", [review_2023()])
    for with_text in (False, True):
        source = AmazonReviews.from_options({"reviews": str(path), "with_text": with_text})
        assert (rows_of(source.ratings[0])[0].text is not None) == with_text
