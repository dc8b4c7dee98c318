"""Formats of an edition, as its reviews name them."""

from catalog.importing.rating_loader import joined_formats


def test_formats_are_joined_the_same_in_any_order():
    assert joined_formats({"VHS Tape", "DVD"}) == "DVD, VHS Tape"
    many = {f"Format number {n:02d}" for n in range(20)}
    assert joined_formats(many) == "Format number 00, Format number 01, Format number 02"
    assert joined_formats(set(joined_formats(many).split(", ")) | many) == joined_formats(many)
