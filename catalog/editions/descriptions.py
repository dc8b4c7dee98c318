"""What a film's description tells of it, people and a year. No database: worker processes use it, too."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LONGEST_NAME = 4
"""Words of a person's name, at most, as it is looked for in descriptions."""

_YEAR = re.compile(r"\(((?:18[7-9]|19\d|20\d)\d)\)")
_CAPITALISED = re.compile(r"[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*)+")


def year_told_in(description: str) -> int | None:
    """The year in brackets, if it is the only one."""
    years = set(_YEAR.findall(description))
    return int(years.pop()) if len(years) == 1 else None


def phrases_in(text: str) -> list[str]:
    """Runs of words without a comma or a stop between them: names stand within such."""
    return [run for run in _CAPITALISED.findall(text) if not run.islower()]


@dataclass(frozen=True)
class Names:
    """People by their names in lower case; `first_words` are those that a name may begin with."""

    people: Mapping[str, int]
    first_words: frozenset[str]

    @classmethod
    def of(cls, people: Iterable[tuple[str, int]]) -> "Names":
        """Those with two words to their name or more; one word may mean anything."""
        known = {name.casefold(): person for name, person in people if " " in name}
        return cls(known, frozenset(name.split(" ", 1)[0] for name in known))


def people_named_in(phrases: Iterable[str], names: Names) -> set[int]:
    """The ids of those whose names, in capitals where names have them, stand in phrases."""
    found = set()
    for phrase in phrases:
        words = [word.strip(".'’-") for word in phrase.split()]
        for name in _possible_names(words, names.first_words):
            person = names.people.get(name)
            if person is not None:
                found.add(person)
    return found


def _possible_names(words: Sequence[str], first_words: Collection[str]) -> Iterator[str]:
    for start, first in enumerate(words):
        if first[:1].isupper() and first.casefold() in first_words:
            for end in range(start + 2, min(start + LONGEST_NAME, len(words)) + 1):
                if words[end - 1][:1].isupper():
                    yield " ".join(words[start:end]).casefold()
