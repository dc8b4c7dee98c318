"""The sentence above a list."""

import pytest

from recommendations.notes import note_on_personal

ORDER = "What you are likely to watch next comes first; the stars are what you would give it."


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        (
            {"known": 1, "rated": 1},
            "Picked from the film you rated. With so few, what most people watch weighs most.",
        ),
        ({"known": 9, "rated": 9, "lowest": 3.0}, "Picked from the 9 films you rated."),
        ({"known": 9, "rated": 9, "lowest": 2.9}, f"Picked from the 9 films you rated. {ORDER}"),
        ({"known": 9, "rated": 9}, "Picked from the 9 films you rated."),
        (
            {"known": 7, "rated": 9, "lowest": 2.0},
            "Picked from 7 of the 9 films you rated; the others will count after the next training.",
        ),
    ],
)
def test_a_list_says_what_it_is_made_from_and_what_its_order_means(facts, note):
    assert note_on_personal(**facts) == note
