"""Lines of Amazon's files as rows, without a database."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.importing.amazon import parse_metadata, parse_review, split_year
from catalog.importing.rows import BadLine, BadLineKind
from tests.catalog.importing.builders import metadata, review


def as_line(data):
    return json.dumps(data).encode()


def test_a_review():
    row = parse_review(as_line(review("A1", "B1", 4.0)))
    assert row[:4] == ("A1", "B1", 8, datetime(2012, 11, 9, tzinfo=UTC))
    assert (row.verified, row.format) == (True, "DVD")


def test_a_review_with_only_what_it_needs():
    row = parse_review(as_line({"reviewerID": "A1", "asin": "B1", "overall": 3.5}))
    assert row[:4] == ("A1", "B1", 7, None)
    assert (row.verified, row.format) == (None, "")


def test_the_day_stands_in_for_the_second():
    data = review(reviewTime="04 8, 2018")
    del data["unixReviewTime"]
    assert parse_review(as_line(data)).rated_at == datetime(2018, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "change", [{"reviewText": "Other."}, {"overall": 4.0}, {"unixReviewTime": 1352419201}]
)
def test_the_digest_tells_ratings_of_one_reviewer_apart(change):
    assert parse_review(as_line(review())).digest != parse_review(as_line(review(**change))).digest


def test_the_digest_is_the_same_everywhere_and_fits_a_database():
    assert parse_review(as_line(review())).digest == parse_review(as_line(review(vote="1,234"))).digest
    digests = [parse_review(as_line(review(reviewText=str(n)))).digest for n in range(200)]
    assert all(-(2**63) <= digest < 2**63 for digest in digests)
    assert len(set(digests)) == 200


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"not json", BadLineKind.NOT_JSON),
        (b'{"reviewerID": "A1", ', BadLineKind.NOT_JSON),
        (b'{"reviewerID": "\\ud800"}', BadLineKind.NOT_JSON),
        (b"{'reviewerID': 'A1'}", BadLineKind.MISSING_FIELD),
        (b"{'reviewerID': A1}", BadLineKind.NOT_JSON),
        (b"[1, 2]", BadLineKind.NOT_AN_OBJECT),
        (b"null", BadLineKind.NOT_AN_OBJECT),
        (b'{"reviewerID": "\xff\xfe"}', BadLineKind.UNDECODABLE),
        (as_line({"asin": "B1", "overall": 5}), BadLineKind.MISSING_FIELD),
        (as_line({"reviewerID": "A1", "overall": 5}), BadLineKind.MISSING_FIELD),
        (as_line({"reviewerID": "A1", "asin": "B1"}), BadLineKind.MISSING_FIELD),
        (as_line(review(reviewer=7)), BadLineKind.BAD_ID),
        (as_line(review(stars=6.0)), BadLineKind.BAD_STARS),
        (as_line(review(stars=4.2)), BadLineKind.BAD_STARS),
        (as_line(review(stars=True)), BadLineKind.BAD_STARS),
        (as_line(review(unixReviewTime="yesterday")), BadLineKind.BAD_DATE),
        (as_line(review(unixReviewTime=-5)), BadLineKind.BAD_DATE),
        (as_line(review(unixReviewTime=10**12)), BadLineKind.BAD_DATE),
        (as_line(review(unixReviewTime=None, reviewTime="13 45, 2018")), BadLineKind.BAD_DATE),
        (as_line(review(unixReviewTime=None, reviewTime="99")), BadLineKind.BAD_DATE),
    ],
)
def test_bad_lines(line, kind):
    with pytest.raises(BadLine) as raised:
        parse_review(line)
    assert raised.value.kind == kind
    assert "A1" not in raised.value.detail


def test_metadata():
    row = parse_metadata(
        as_line(
            metadata(
                title="Dumb &amp; Dumber (1994) [VHS]",
                category=["Movies & TV", "Genre for Featured Categories", "Comedy", "Kids &amp; Family"],
                description=["<p>Two friends.</p>", "", "A\x00 suitcase."],
                imageURLHighRes=["http://insecure.example.org/x.jpg", "https://images.example.org/x.jpg"],
            )
        )
    )
    assert (row.title, row.year, row.listed_title) == (
        "Dumb & Dumber",
        1994,
        "Dumb & Dumber (1994) [VHS]",
    )
    assert row.genres == ("Comedy", "Family")
    assert row.description == "Two friends. A suitcase."
    assert row.image_url == "https://images.example.org/x.jpg"
    assert (row.price, row.people) == (Decimal("5.99"), ("Ridley Scott",))
    assert row.url == "https://www.amazon.com/dp/B1"


def test_metadata_with_a_style_sheet_where_the_title_and_the_price_should_be():
    css = ".a-box-inner{background-color:#fff}"
    row = parse_metadata(as_line(metadata(title=css, price=css, brand=css, description=[css])))
    assert (row.title, row.price, row.people, row.description) == ("", None, (), "")


def test_metadata_of_the_wrong_types():
    strange = {
        "asin": "B1",
        **dict.fromkeys(("title", "category", "brand", "description", "price", "details"), 7),
    }
    row = parse_metadata(as_line({**strange, "imageURL": {"x": 1}, "image": 3}))
    assert (row.title, row.genres, row.people, row.description, row.image_url) == ("", (), (), "", "")


@pytest.mark.parametrize(
    ("details", "url"),
    [
        (
            '<a href="https://www.amazon.com/product-reviews/B1/ref=acr">12 reviews</a>',
            "https://www.amazon.com/product-reviews/B1/ref=acr",
        ),
        ("<a href='/product-reviews/B1'>", "https://www.amazon.com/product-reviews/B1"),
        (
            {"ASIN:": "B1", "reviews": '<a href="/product-reviews/B1">'},
            "https://www.amazon.com/product-reviews/B1",
        ),
        ('<a href="https://www.amazon.com/product-reviews/OTHER">', "https://www.amazon.com/dp/B1"),
        ('<a href="https://evil.example.org/product-reviews/B1">', "https://www.amazon.com/dp/B1"),
        ('<a href="javascript:alert(1)//B1">', "https://www.amazon.com/dp/B1"),
        (None, "https://www.amazon.com/dp/B1"),
    ],
)
def test_the_link_out_of_details(details, url):
    assert parse_metadata(as_line(metadata(details=details))).url == url


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Alien (1979)", ("Alien", 1979)),
        ("Alien (1979) [VHS]", ("Alien [VHS]", 1979)),
        ("Alien [1979] [DVD]", ("Alien [DVD]", 1979)),
        ("Alien (1979]", ("Alien (1979]", None)),
        ("2010 (1984)", ("2010", 1984)),
        ("Blade Runner 2049", ("Blade Runner 2049", None)),
        ("(1984)", ("(1984)", None)),
        ("Room (237)", ("Room (237)", None)),
    ],
)
def test_years_out_of_titles(title, expected):
    assert split_year(title) == expected


def test_a_source_knows_nothing_of_the_database():
    program = (
        "import sys, catalog.importing.amazon, catalog.importing.movielens, catalog.importing.json_lines;"
        "print([name for name in sys.modules if name == 'django.db' or name.startswith('catalog.models')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_values_that_cannot_be_used_are_told_by_reason():
    whole = metadata(details="", imageURL=["https://m.media-amazon.com/images/I/x.jpg"])
    assert parse_metadata(json.dumps(whole).encode()).dropped == ()
    scraped = metadata(
        title="<script>var aPageStart = (new Date()).getTime();</script>",
        price=".a-box-inner{background-color:#fff}",
        category=["Movies & TV", "Studio Specials"],
        imageURL=["ftp://example.com/x.jpg"],
    )
    assert parse_metadata(json.dumps(scraped).encode()).dropped == (
        "title that is none",
        "price that is none",
        "categories without a genre",
        "picture at no usable address",
    )
    long = parse_metadata(json.dumps(metadata(title="word " * 200)).encode())
    assert long.dropped == ("title too long",)
