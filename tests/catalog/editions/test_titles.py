"""What titles say: the same for editions of one film, never for a sequel, a season or a box of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.editions.titles import NOTHING, TitleKey, title_for_people, title_key

ONE_FILM = [
    ["The Abyss", "Abyss, The [VHS]", "THE ABYSS (1989) VHS", "The Abyss (Special Edition) [Blu-ray]"],
    [
        "Blade Runner",
        "Blade Runner - 25th Anniversary Edition",
        "Blade Runner: Director's Cut",
        "Blade Runner (The Final Cut) [Blu-ray]",
        "Blade Runner [ NON-USA FORMAT, PAL, Reg.2 Import - Spain ]",
        "Blade Runner [Region 2] [PAL] [UK Import]",
        "Blade Runner (Blu-ray + DVD + Digital HD)",
        "Blade Runner (Two-Disc Collector's Edition)",
        "Blade Runner DVD",
    ],
    ["Seven Samurai", "Seven Samurai (The Criterion Collection)", "SEVEN SAMURAI (English Subtitled)"],
    ["Gone with the Wind", "Gone With The Wind (70th Anniversary Ultimate Collector's Edition)"],
    ["Alice in Wonderland", "Alice in Wonderland (Masterpiece Edition)"],
    ["Rocky II", "Rocky 2", "Rocky II (Widescreen)"],
    ["Harry Potter and the Deathly Hallows, Part 1", "Harry Potter and the Deathly Hallows - Part I [HD]"],
    ["Kill Bill - Volume 1", "Kill Bill, Vol. 1 [Blu-ray]"],
    [
        "Friends: Season 3",
        "Friends: The Complete Third Season",
        "Friends - Season Three",
        "Friends Season 3 [VHS]",
    ],
    ["Friends: The Complete Series", "Friends - The Complete Series (DVD)"],
    ["Back to the Future Trilogy", "Back to the Future: The Trilogy", "Back to the Future 1-3 Box Set"],
    ["Alien / Aliens (Double Feature)", "Alien & Aliens Double Feature"],
    ["Fast & Furious", "Fast and Furious [Blu-ray]"],
]

FILMS_OF_THEIR_OWN = [
    *(
        "Rocky",
        "Rocky II",
        "Rocky III",
        "Rocky Collection",
        "Friends",
        "Friends: Season 1",
        "Friends: Season 2",
    ),
    *("Friends: The Complete Series", "Kill Bill - Volume 1", "Kill Bill - Volume 2", "Kill Bill"),
    *(
        "Alien",
        "Aliens",
        "Alien / Aliens (Double Feature)",
        "Ocean's Eleven",
        "Ocean's Twelve",
        "The Final Cut",
    ),
    *("Star Wars: Episode IV - A New Hope", "Star Wars: Episode V - The Empire Strikes Back", "1984", "2001"),
    *("The Collection", "The Box", "I, Robot", "Extended", "28 Days Later", "28 Weeks Later"),
]


@pytest.mark.parametrize("titles", ONE_FILM, ids=lambda titles: titles[0])
def test_editions_of_one_film_have_one_key(titles):
    keys = {title_key(title)[:2] for title in titles}
    assert len(keys) == 1, {title: title_key(title) for title in titles}


def test_films_of_their_own_have_keys_of_their_own():
    keys = [title_key(title)[:2] for title in FILMS_OF_THEIR_OWN]
    assert len(set(keys)) == len(keys)
    assert NOTHING[:2] not in keys


@pytest.mark.parametrize("title", ["", "DVD", "VHS Tape", "[Blu-ray]", "Untitled (B000123)", "...", "(DVD)"])
def test_what_names_no_film_has_no_key(title):
    assert title_key(title) == NOTHING


def test_a_box_says_how_much_is_in_it_where_its_title_does():
    assert title_key("Rambo Trilogy") == TitleKey("rambo", "box", 3)
    assert title_key("Rambo 1-4 Box Set") == TitleKey("rambo", "box", 4)
    assert title_key("Rambo: The Complete Collection") == TitleKey("rambo", "box", 0)
    assert title_key("Friends: Seasons 1-10") == TitleKey("friends", "box", 10)


@given(st.text(max_size=120))
def test_any_text_has_a_key_and_capitals_do_not_matter(text):
    key = title_key(text)
    assert title_key(text) == key
    assert key.name == key.name.strip()


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ("Alien [VHS]", "Alien"),
        ("Alien DVD", "Alien"),
        ("Alien - 20th Anniversary Edition", "Alien"),
        ("Alien (Director's Cut) [Blu-ray]", "Alien"),
        ("Annie (Widescreen", "Annie"),
        ("Rocky [ NON-USA FORMAT, PAL, Reg.2 Import - Spain ]", "Rocky"),
        ("The Complete Third Season [DVD]", "The Complete Third Season"),
        ("Ghost in the Shell (Kokaku kidotai)", "Ghost in the Shell (Kokaku kidotai)"),
        ("(500) Days of Summer", "(500) Days of Summer"),
        ("V/H/S", "V/H/S"),
        ("[VHS]", "[VHS]"),
        ("", ""),
    ],
)
def test_people_read_the_title_of_the_film_not_of_the_disc(listed, shown):
    assert title_for_people(listed) == shown
