"""Films of one series, told by their titles alone, so that a list is not filled by one of them.

Careful rather than complete: films that share a key should belong together, and what a title does not tell
("Rocky Balboa", "Batman Begins") stays apart. A key is for comparing titles, not for showing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from catalog.text import fold

NO_SERIES = -1

_BRACKETED = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_MOVED_ARTICLE = re.compile(r"^(.*), (the|an?|les?|la|das|die|der|il|el)$", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|an?) ")
_RAISED_DIGITS = str.maketrans({"²": " 2", "³": " 3"})

_NUMERAL = r"(?:\d{1,2}|[ivx]{1,5}|one|two|three|four|five|six)"
_ROMAN_ABOVE_ONE = r"(?:ii|iii|iv|vi|vii|viii|ix|xi|xii|xiii)"
_NUMBERED_PART = re.compile(rf"[\s:,-]+(?:part|episode|vol(?:ume)?\.?|chapter)\s+{_NUMERAL}\b", re.IGNORECASE)
_NUMBER_AT_END = re.compile(rf" (?:[2-7]|\d+ 1/[23]|{_ROMAN_ABOVE_ONE}|v)$", re.IGNORECASE)
"""From 8 on a number is more often part of a name: "Super 8", "District 9", "Apollo 13"."""
_IN_3D = re.compile(r"[\s:,-]+3-?d$", re.IGNORECASE)
_SUBTITLE = re.compile(r"\s*:\s|\s+[-–—]\s+")
_HERO = re.compile(r"^((?!(?:The|An?)\b)[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){1,2}) (?:and|&) the [A-Z]")


@lru_cache(maxsize=20_000)  # the films that lists are chosen from are much the same for everybody
def series_key(title: str) -> str:
    """What titles of one series have in common: "Toy Story 2 (1999)" and "Toy Story" both give "toy story".

    Numbers at the end, numbered parts, subtitles of names of two words or more, and what follows "and the" after
    a hero's two or three names are left out. "" for a title without a letter or digit.
    """
    name = _MOVED_ARTICLE.sub(r"\2 \1", _BRACKETED.sub("", title.translate(_RAISED_DIGITS)).strip())
    name = _without_subtitle(_NUMBERED_PART.split(name, maxsplit=1)[0] or name)
    hero = _HERO.match(name)
    name = hero[1] if hero else _NUMBER_AT_END.sub("", _IN_3D.sub("", name))
    return _ARTICLE.sub("", fold(name)) or fold(title)


def series_groups(titles: Sequence[str]) -> list[int]:
    """For each title the number of its series among these titles; NO_SERIES for one that is alone."""
    keys = [series_key(title) for title in titles]
    shared = [key for key, n_films in Counter(keys).items() if key and n_films > 1]
    numbers = {key: number for number, key in enumerate(shared)}
    return [numbers.get(key, NO_SERIES) for key in keys]


def _without_subtitle(name: str) -> str:
    """Cut at the first colon or dash that leaves two words, or one and its number ("Terminator 2: ..."). A single
    word says too little: "Mission: Impossible" is no "Mission"."""
    for cut in _SUBTITLE.finditer(name):
        head = name[: cut.start()]
        words = _ARTICLE.sub("", fold(head)).split()
        if len(words) > 1:
            return head
    return name
