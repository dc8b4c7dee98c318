"""What a search field offers while somebody types: a few films, and people among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Movie, Person
from catalog.search import WALKED, Films, find_films, most_rated, movies_of, without_article, words_in
from catalog.search_conditions import FEW, Sizes, Ways, fitting, person_condition
from catalog.search_people import find_people, sizes_of_names

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


def suggest(text: str, *, is_finished: bool = False) -> Suggestions:
    """The best films and people for what is typed so far, MOST_SUGGESTIONS together at most. `is_finished`: that its
    last word does not go on.
    """
    words = words_in(text)
    if not words:
        return Suggestions()
    typed = [(word,) for word in without_article(words)]
    sizes = sizes_of_names(typed)
    people = _people(typed, sizes)
    if people and len(typed) > 1:
        return Suggestions(_movies(_called_or_by(typed, " ".join(words), people)), people)
    nameless = frozenset(word for (word,), size in zip(typed, sizes.sizes, strict=True) if not size)
    found = find_films(words, nameless=nameless, is_unfinished=not is_finished)
    if found.ways != typed:
        people = _people(found.ways)
    n = MOST_SUGGESTIONS - len(people)
    ids = list(found.best_first(among=most_rated(WALKED))[:n])
    if not ids and not people:
        ids = list(found.best_first()[:n])
    return Suggestions(_movies(ids), people, found.is_mended or found.is_nearest)


def _people(ways: Ways, sizes: Sizes | None = None) -> list[Person]:
    are_enough = sum(len(each[0]) for each in ways) >= LETTERS_FOR_PEOPLE
    return find_people(ways, MOST_PEOPLE, sizes) if are_enough else []


def _called_or_by(ways: Ways, text: str, people: Sequence[Person]) -> list[int]:
    """Whoever has typed the words of a name means the people, unless a title has the words: no slips are forgiven, and
    nobody means one word of one name and one of another. Ids of films with such a title, then of the people's films.
    """
    n = MOST_SUGGESTIONS - len(people)
    called = list(Films(ways, typed=text, by_title=True).best_first(among=most_rated(WALKED))[:n])
    if len(called) == n:
        return called
    by_them = person_condition(*(person.pk for person in people))
    films = fitting(Movie.objects.current(), [by_them], Sizes.of([by_them], FEW))
    best = films.order_by("-rating_count", "pk").values_list("pk", flat=True)[:n]
    return list(dict.fromkeys([*called, *best]))[:n]


def _movies(ids: Sequence[int]) -> list[Movie]:
    return movies_of(ids, "genres")
