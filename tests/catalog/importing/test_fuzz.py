"""Whatever a line is, it becomes a row that the tables take, or a bad line: never anything else."""

import json
import re
from datetime import UTC
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.importing.amazon_metadata import parse_metadata, parse_metadata_2023
from catalog.importing.amazon_reviews import RatingsCsv, parse_review, parse_review_2023
from catalog.importing.detection import detect
from catalog.importing.errors import ImportProblem
from catalog.importing.movielens import MovieLens
from catalog.importing.rows import BadLine
from catalog.models import Edition, ImportRun, Movie
from tests.catalog.importing.builders import import_amazon, metadata, review, write_lines, write_movielens
from tests.catalog.importing.layouts import metadata_2014, metadata_2023, review_2014, review_2023
from tests.catalog.importing.test_movielens import write_1m, write_100k

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=80))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
NASTY = st.sampled_from(
    [
        "\0",
        "a\0b",
        "<script>x</script>",
        "&#0;",
        "&lt;b",
        "=1+1",
        "<scr<b>ipt>",
        "<\u200bscript>x",
        "<a href='x",
        "a<br>b\u2028c\r\nd",
        "{a:b}",
        "\u202e",
        "\ud7ff",
        "x" * 400,
        "(1999)",
        "$1.00",
    ]
)
FIELDS = VALUES | NASTY


def damaged(whole):
    """Objects of a source with some fields replaced, missing or added."""
    replaced = st.fixed_dictionaries({}, optional=dict.fromkeys(whole, FIELDS))
    missing = st.sets(st.sampled_from(sorted(whole)), max_size=2)
    return st.builds(
        lambda new, gone: {k: v for k, v in {**whole, **new}.items() if k not in gone}, replaced, missing
    )


def lines_of(whole):
    return st.one_of(
        damaged(whole).map(lambda data: json.dumps(data).encode()),
        FIELDS.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=200),
        st.builds(lambda data, cut: json.dumps(data).encode()[:cut], damaged(whole), st.integers(0, 300)),
    )


def parsed(parse, line):
    """The row; None for a header or a bad line, whose detail must be fit for the report."""
    detail = ""
    try:
        return parse(line)
    except BadLine as bad:
        detail = bad.detail
    assert len(detail) < 200
    assert detail.isprintable()
    return None


def check_rating(parse, line):
    row = parsed(parse, line)
    if row is None:
        return
    assert 1 <= row.half_stars <= 10
    assert 0 < len(row.reviewer) <= 64
    assert 0 < len(row.edition) <= 64
    assert (row.reviewer + row.edition + row.format).isprintable()
    assert -(2**63) <= row.digest < 2**63
    assert row.rated_at is None or row.rated_at.tzinfo is UTC


def check_movie(parse, line):
    row = parsed(parse, line)
    if row is None:
        return
    for text, length in [(row.title, 300), (row.listed_title, 300), (row.description, 5000), (row.url, 500)]:
        assert len(text) <= length
        assert text.isprintable()
    assert not re.search(r"<script|<style|</", row.title + row.description, re.IGNORECASE)
    assert row.year is None or 1870 <= row.year <= 2100
    assert row.price is None or 0 < row.price < 10_000_000
    assert all(url.startswith("https://") for url in (row.url, row.image_url) if url)
    assert all(0 < len(name) <= 200 for name in row.people)


def check_text(parse, line):
    """A text, if there is one, is plain, bounded, and changes nothing else of the row."""
    row, bare = parsed(partial(parse, with_text=True), line), parsed(parse, line)
    if row is None or row.text is None:
        assert row == bare
        return
    assert row._replace(text=None) == bare
    assert len(row.text.headline) <= 200
    assert len(row.text.body) <= 20_000
    assert (row.text.headline + row.text.body.replace("\n", "")).isprintable()
    assert not re.search(r"<script|<style|</", row.text.headline + row.text.body, re.IGNORECASE)
    assert 0 <= row.text.helpful_votes < 1 << 31


def check_review(parse, line):
    check_rating(parse, line)
    check_text(parse, line)


def literals_of(whole):
    return damaged(whole).map(lambda data: repr(data).encode(errors="replace"))


CELLS = st.text(max_size=30) | NASTY | st.sampled_from(["1", "4.5", "964982703", "Heat (1995)", '"a,b"', '"'])


def cells_between(separator):
    return st.lists(CELLS, max_size=6).map(lambda cells: separator.join(cells).encode()) | st.binary(
        max_size=60
    )


METADATA_2018 = metadata(details="", imageURL=[], imageURLHighRes=[], rank="")
SOURCES = {
    "reviews of 2014": (lines_of(review_2014()), partial(check_review, parse_review)),
    "reviews of 2018": (lines_of(review(vote="1,234")), partial(check_review, parse_review)),
    "reviews of 2023": (lines_of(review_2023()), partial(check_review, parse_review_2023)),
    "ratings": (cells_between(","), partial(check_rating, RatingsCsv().parse)),
    "metadata of 2014": (
        lines_of(metadata_2014()) | literals_of(metadata_2014()),
        partial(check_movie, parse_metadata),
    ),
    "metadata of 2018": (lines_of(METADATA_2018), partial(check_movie, parse_metadata)),
    "metadata of 2023": (lines_of(metadata_2023()), partial(check_movie, parse_metadata_2023)),
}
MOVIELENS = {
    "MovieLens 100K": (write_100k, "\t"),
    "MovieLens 1M": (write_1m, "::"),
    "MovieLens": (write_movielens, ","),
}


def fuzz(lines, check, examples):
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(lines)
    def run(line):
        check(line)

    run()


@pytest.mark.parametrize("source", SOURCES)
def test_lines_of_any_kind(source):
    fuzz(*SOURCES[source], examples=60)


def check_movielens(source):
    def check(line):
        check_rating(source.ratings[0].parse, line)
        for part in source.movies:
            check_movie(part.parse, line)

    return check


@pytest.mark.parametrize("layout", MOVIELENS)
def test_movielens_lines_of_any_kind(tmp_path, layout):
    write, separator = MOVIELENS[layout]
    fuzz(cells_between(separator), check_movielens(MovieLens(write(tmp_path / "ml"))), examples=60)


def sentence_about(path):
    try:
        return detect([path]).what
    except ImportProblem as problem:
        return str(problem)


def test_files_that_begin_in_any_way_are_told_or_refused(tmp_path):
    """Detection ends with what it found or with a sentence, whatever the first lines are."""
    any_line = st.one_of(*(lines for lines, _ in SOURCES.values()))

    def check(lines):
        assert sentence_about(write_lines(tmp_path / "x", lines)).isprintable()

    fuzz(st.lists(any_line, max_size=5), check, examples=60)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_whole_files_of_any_kind(tmp_path):
    """Beside one good line, anything: the tables take it, and the import ends by itself."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(lines_of(review()), max_size=8), st.lists(lines_of(metadata()), max_size=8))
    def check(review_lines, meta_lines):
        reviews = write_lines(tmp_path / "r.json", [review(), *review_lines])
        run = import_amazon(reviews, write_lines(tmp_path / "m.json.gz", [metadata(), *meta_lines]))
        assert (run.state, run.error) == (ImportRun.State.SUCCEEDED, "")

    check()
    for title in Movie.objects.values_list("title", flat=True):
        assert title.isprintable()
    assert Edition.objects.filter(external_id="B1").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("source", SOURCES)
def test_many_lines_of_any_kind(source):
    """With those of MovieLens below, 23,500 lines."""
    fuzz(*SOURCES[source], examples=2_500)


@pytest.mark.slow
@pytest.mark.parametrize("layout", MOVIELENS)
def test_many_movielens_lines_of_any_kind(tmp_path, layout):
    write, separator = MOVIELENS[layout]
    fuzz(cells_between(separator), check_movielens(MovieLens(write(tmp_path / "ml"))), examples=2_000)
