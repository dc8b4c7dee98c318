"""What sources say becomes plain text, real prices and real dates, or nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.importing.cleaning import (
    DESCRIPTION_LENGTH,
    clean_id,
    clean_line,
    clean_text,
    half_stars_of,
    https_url,
    moment_of,
    price_of,
    shortened,
    votes_of,
)
from catalog.importing.rows import BadLine, BadLineKind

STYLE_SHEET = ".a-box-inner{background-color:#fff}#alohaBuyBoxWidget .selected{background:#fffbf3}"
SCRIPT = "var aPageStart = (new Date()).getTime();\nvar ue_t0 = ue_t0 || +new Date();"


@pytest.mark.parametrize(
    ("scraped", "plain"),
    [
        ("Alien", "Alien"),
        ("  Alien \n\t Resurrection ", "Alien Resurrection"),
        ("Dumb &amp; Dumber", "Dumb & Dumber"),
        ("Dumb &amp;amp; Dumber", "Dumb & Dumber"),
        ("<b>Alien</b><br/>Director&#39;s Cut", "Alien Director's Cut"),
        ("Alien<script>alert(1)</script>", "Alien"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Alien", "Alien"),
        ("<scr<b>ipt>Alien</scr<b>ipt>", "script>Alien/script>"),
        ("<\u200bscript>alert(1)</script>Alien", "Alien"),
        ("&lt;&#8203;b&gt;Alien", "Alien"),
        ('Alien <span class="a-size-medium', "Alien"),
        ("<style>p {color: red}</style>", ""),
        ("Alien <!-- hidden -->", "Alien"),
        ("Am\u0065\u0301lie", "Amélie"),
        ("Al\x00ien\x1b[31m", "Alien[31m"),
        ("A\u202eneila", "Aneila"),
        ("A\u200bl\ufeffien", "Alien"),
        ("Alien\u2028Aliens", "Alien Aliens"),
        ("5 < 6 & 7 > 6", "5 < 6 & 7 > 6"),
        ("I <3 Huckabees", "I <3 Huckabees"),
        ("[REC]", "[REC]"),
        (STYLE_SHEET, ""),
        (SCRIPT, ""),
        ("(function(d, s) { return d; })", ""),
        (None, ""),
        (["Alien"], ""),
        (7, ""),
    ],
)
def test_lines_are_plain_text(scraped, plain):
    assert clean_line(scraped) == plain


def test_markup_is_looked_for_in_linear_time():
    for bomb in (
        "{" + ":" * 100_000,
        "<" * 100_000,
        "<script" * 20_000,
        "&" * 100_000,
        "</script" + " " * 100_000,
    ):
        assert len(clean_line(bomb, DESCRIPTION_LENGTH)) <= DESCRIPTION_LENGTH


@pytest.mark.parametrize(
    ("scraped", "plain"),
    [
        ("One.<br><br/><p>Two.", "One.\n\nTwo."),
        ("One.\r\n\r\n\r\n\r\nTwo.\u2028Three.", "One.\n\nTwo.\nThree."),
        ("a  b\t c\x1b[2J\u200b", "a b c[2J"),
        ("&lt;img src=x onerror=alert(1)&gt;I said {so: much}", "I said {so: much}"),
        ("<script>alert(1)", ""),
        (None, ""),
    ],
)
def test_texts_keep_their_paragraphs_and_nothing_else(scraped, plain):
    assert clean_text(scraped, 1000) == plain


def test_a_text_is_cut_where_it_gets_too_long():
    assert clean_text("word " * 100, 50) == "word " * 8 + "word…"
    assert len(clean_text("<p>" + "x" * 1000, 50)) == 50


@pytest.mark.parametrize(
    ("value", "votes"),
    [
        ("1,234", 1234),
        (7, 7),
        ([3, 4], 3),
        ("", 0),
        ([], 0),
        (-1, 0),
        (True, 0),
        ("9" * 20, 0),
        (10**12, 0),
        ({}, 0),
    ],
)
def test_helpful_votes(value, votes):
    assert votes_of(value) == votes


def test_what_is_too_long_is_cut_between_words():
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two…"
    assert shortened("x" * 20, 5) == "xxxx…"


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("$5.99", Decimal("5.99")),
        (" $1,299.00 ", Decimal("1299.00")),
        ("$0.00", None),
        ("5.99", Decimal("5.99")),
        (5.99, Decimal("5.99")),
        (5, Decimal("5.00")),
        ("$5", Decimal("5")),
        ("US$ 5.99", Decimal("5.99")),
        ("5", None),
        ("$5,99", None),
        ("from 5.99", None),
        ("—", None),
        ("$5.99 - $7.99", None),
        ("$99999999.99", None),
        (STYLE_SHEET, None),
        (True, None),
        (-5.99, None),
        (float("nan"), None),
        (10**400, None),
        ([5.99], None),
        (None, None),
    ],
)
def test_prices(price, expected):
    assert price_of(price) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://images.example.org/x.jpg",
        'https://images.example.org/x.jpg?a="><script>',
        "https://user:password@images.example.org/x.jpg",
        "https://images.example.org:8443/x.jpg",
        "https://localhost/x.jpg",
        "https://images.example.org/x y.jpg",
        "https://images.example.org/" + "x" * 500,
        "javascript:alert(1)",
        "https://exämple.org/",
        None,
    ],
)
def test_addresses_with_surprises_are_refused(url):
    assert https_url(url) == ""


def test_a_plain_address_is_kept():
    assert (
        https_url("https://images-na.example.com/I/51x,y.jpg") == "https://images-na.example.com/I/51x,y.jpg"
    )


@pytest.mark.parametrize(("stars", "half_stars"), [(5.0, 10), (1, 2), (0.5, 1), ("3.5", 7), ("4", 8)])
def test_stars(stars, half_stars):
    assert half_stars_of(stars, "overall") == half_stars


@pytest.mark.parametrize(
    "stars", [0, 0.0, 5.5, 3.25, -1, 11, True, "many", "nan", "inf", float("nan"), [5], {}, 10**400]
)
def test_stars_outside_the_scale(stars):
    with pytest.raises(BadLine) as raised:
        half_stars_of(stars, "overall")
    assert raised.value.kind == BadLineKind.BAD_STARS
    assert len(raised.value.detail) < 120


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_stars(nothing):
    with pytest.raises(BadLine) as raised:
        half_stars_of(nothing, "overall")
    assert (raised.value.kind, raised.value.detail) == (BadLineKind.MISSING_FIELD, "overall")


def test_ids_lose_what_is_not_seen_and_nothing_else():
    assert clean_id("000503860X", "asin") == "000503860X"
    assert clean_id(" B-1_2\x00\n", "asin") == "B-1_2"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, BadLineKind.MISSING_FIELD),
        ("", BadLineKind.MISSING_FIELD),
        (" \x00", BadLineKind.MISSING_FIELD),
        (5089549, BadLineKind.BAD_ID),
        (["B1"], BadLineKind.BAD_ID),
        ("B" * 65, BadLineKind.BAD_ID),
    ],
)
def test_ids_that_are_none(value, kind):
    with pytest.raises(BadLine) as raised:
        clean_id(value, "asin")
    assert raised.value.kind == kind


def test_moments():
    assert moment_of(1352419200) == datetime(2012, 11, 9, tzinfo=UTC)
    assert moment_of(0) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-1, 1 << 33, 1352419200_000, 10**30])
def test_moments_that_cannot_be(seconds):
    with pytest.raises(BadLine) as raised:
        moment_of(seconds)
    assert raised.value.kind == BadLineKind.BAD_DATE


def test_a_moment_out_of_all_bounds_is_told_shortly():
    with pytest.raises(BadLine) as raised:
        moment_of(10**180)
    assert len(raised.value.detail) < 120
