import pytest

from moviesite.web.parameters import search_text, slug_in, whole_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("1990", 1990), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", [None, "", " ", " 7", "7\n", "-1", "1.5", "1e3", "²", "٣", "x", "9" * 19, "1\0"]
)
def test_all_else_is_none(text):
    assert whole_number(text) is None


def test_a_page_says_how_many_digits_it_takes():
    assert whole_number("12345", digits=4) is None


def test_words_to_search_for_stand_on_one_line():
    assert search_text(" the\0 third\n\tman ") == "the third man"
    assert len(search_text("x" * 500)) == 100


def test_a_slug_holds_nothing_that_a_database_refuses():
    assert slug_in("sci\0fi") == "scifi"
    assert slug_in(None) == ""
    assert len(slug_in("x" * 500)) == 40
