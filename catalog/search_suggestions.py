"""What a search field offers while somebody types: a few films, and people among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Movie, Person
from catalog.search import find_films, find_people, movies_of, words_in

MOST_SUGGESTIONS = 8
MOST_PEOPLE = 3
LETTERS_FOR_PEOPLE = 2
"""With fewer letters nobody looks for a person yet."""


@dataclass(frozen=True)
class Suggestions:
    films: Sequence[Movie] = ()
    people: Sequence[Person] = ()
    is_mended: bool = False
    """Whether nothing like the words as typed is there, so that these are for words one slip away or for most words."""

    def __len__(self) -> int:
        return len(self.films) + len(self.people)


def suggest(text: str) -> Suggestions:
    """The best films and people for what is typed so far, MOST_SUGGESTIONS together at most."""
    words = words_in(text)
    if not words:
        return Suggestions()
    found = find_films(words)
    people = find_people(found.ways, MOST_PEOPLE) if len("".join(words)) >= LETTERS_FOR_PEOPLE else []
    ids = list(found.best_first()[: MOST_SUGGESTIONS - len(people)])
    return Suggestions(movies_of(ids, "genres"), people, found.is_mended or found.is_nearest)
