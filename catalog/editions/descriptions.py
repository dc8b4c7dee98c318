"""What a film's description tells of it, people and a year. No database: worker processes use it, too."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

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


def people_named_in(phrases: Iterable[str], people: Mapping[str, int]) -> set[int]:
    """The ids of those whose names, in capitals where names have them, stand in phrases. `people`: by folded case."""
    found = set()
    for phrase in phrases:
        words = [word.strip(".'’-") for word in phrase.split()]
        for name in _possible_names(words):
            person = people.get(name)
            if person is not None:
                found.add(person)
    return found


def _possible_names(words: Sequence[str]) -> Iterator[str]:
    for start, first in enumerate(words):
        if first[:1].isupper():
            for end in range(start + 2, min(start + LONGEST_NAME, len(words)) + 1):
                if words[end - 1][:1].isupper():
                    yield " ".join(words[start:end]).casefold()
