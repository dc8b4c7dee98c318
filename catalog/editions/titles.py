"""What a title says once it does not say how the film is sold: equal for editions of one film, and for little else.

"The Abyss (Special Edition) [Blu-ray]" and "Abyss, The [VHS]" have one key. Sequels, seasons, volumes and box sets
keep what tells them apart, however it is written: "Rocky II" is "Rocky 2", "The Complete Third Season" is "Season 3".
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from catalog.editions.words import (
    ARTICLES,
    BARE,
    BOX_FILLING,
    BOX_WORDS,
    BOXES,
    EDITION_OF,
    FEATURES,
    FORMATS,
    NUMBERS,
    PARTS,
    ROMAN,
    SEVERAL,
    SOLD,
    TELLING,
)
from catalog.text import fold


class TitleKey(NamedTuple):
    """`name` is the film's or the series'; `part` which of its seasons, volumes or boxes, "" for a film.

    `films` is how many are in a box, 0 where the title does not say: such a box may be one of any number.
    """

    name: str
    part: str = ""
    films: int = 0

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(word for word in self.name.split() if word.isdigit())


NOTHING = TitleKey("")
"""The key of a title that says nothing but how the film is sold, or nothing at all."""

_WHOLE_SERIES = (["complete", "series"], ["entire", "series"])
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}")
_UNCLOSED = re.compile(r"[(\[{][^)\]}]*$")
_SEGMENTS = re.compile(r"\s+[-–—]+\s+|\s*[:;|~]\s+|\s+-(?=\w)")
_UNTITLED = re.compile(r"Untitled \(\S+\)")  # what an import calls a movie that only ratings name
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_RANGE = re.compile(r"\b(\d{1,2})\s*(?:-|–|—|to|thru|through|&|and)\s*(\d{1,2})\b", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_ARTICLE_BEHIND = re.compile(r"\w, (?:the|a|an)\b", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def title_key(title: str) -> TitleKey:
    """The key of a title as it is listed, with or without its year; NOTHING for one that names no film."""
    bare = _without_brackets(title)
    bare = _without_ends(bare).strip(" -–—:;,.|")
    ranged = _RANGE.search(bare)
    words = fold(bare.replace("&", " and ")).split()
    while len(words) > 1 and _ends_in_format(words):
        words.pop()
    if len(words) > 1 and words[-1] in ARTICLES and _ARTICLE_BEHIND.search(bare):
        words.pop()
    words = _without_article(words)
    if not words or _UNTITLED.fullmatch(title) or all(word in FORMATS for word in words):
        return NOTHING
    return _box(words, ranged) or _part(words)


def title_for_people(title: str) -> str:
    """A title without how the film is sold: "Alien [VHS]" and "Alien - 20th Anniversary Edition" are "Alien".

    What names no film without that stays as it is.
    """

    def kept(found: re.Match[str]) -> str:
        return " " if _bracket_is_of_sale(found[0]) else found[0]

    bare = _BRACKETS.sub(kept, title) if _has_bracket(title) else title
    cut = _UNCLOSED.search(bare) if _has_bracket(bare) else None
    if cut and cut.start() and _bracket_is_of_sale(cut[0]):
        bare = bare[: cut.start()]
    words = _without_ends(" ".join(bare.split())).split()
    while len(words) > 1 and fold(words[-1]) in BARE:
        words.pop()
    bare = " ".join(words).rstrip(" -–—:;,|")
    return title if bare == title or title_key(bare) == NOTHING else bare


def has_article(title: str) -> bool:
    words = fold(title).split()
    return len(words) > 1 and words[0] in ARTICLES


def _without_brackets(title: str) -> str:
    """Brackets that say how it is sold, or only a year, are gone; others become plain words."""

    def kept(found: re.Match[str]) -> str:
        inner = next(text for text in found.groups() if text is not None)
        words = fold(inner)
        if not words or _YEAR.fullmatch(words) or _bracket_is_of_sale(inner):
            return " "
        return f" {inner} "

    if _has_bracket(title):
        for _ in range(2):  # brackets within brackets
            title = _BRACKETS.sub(kept, title)
    cut = _UNCLOSED.search(title) if _has_bracket(title) else None
    if cut and cut.start() and _bracket_is_of_sale(cut[0]):
        title = title[: cut.start()]
    return " ".join(title.split())


def _without_ends(title: str) -> str:
    """Without ends behind a dash or a colon that say how it is sold: "Name - 20th Anniversary Edition"."""
    pieces = list(_SEGMENTS.finditer(title))
    while pieces:
        last = pieces.pop()
        if not _is_of_sale(fold(title[last.end() :]).split()):
            break
        title = title[: last.start()]
    return title


@lru_cache(maxsize=1 << 14)
def _bracket_is_of_sale(text: str) -> bool:
    return _is_of_sale(fold(text).split(), bracketed=True)


def _has_bracket(title: str) -> bool:
    return "(" in title or "[" in title or "{" in title


def _is_of_sale(words: list[str], *, bracketed: bool = False) -> bool:
    """Whether these words only say how a film is sold. In brackets one strange word among them may be a studio."""
    is_criterion = "criterion" in words  # the one collection that is no box
    if not words or any(word in PARTS and word not in ("disc", "set") for word in words):
        return False
    if not is_criterion and any(word in BOXES or word in ("collection", "complete") for word in words):
        return False
    if words[-1] in ("edition", "editions"):
        return True
    strange = sum(not _may_be_of_sale(word, is_criterion) for word in words)
    return any(word in TELLING for word in words) and strange <= (len(words) // 3 if bracketed else 0)


def _may_be_of_sale(word: str, is_criterion: bool) -> bool:
    known = word in SOLD or word.isdigit() or _ORDINAL.fullmatch(word) is not None
    return known or (is_criterion and word == "collection")


def _ends_in_format(words: list[str]) -> bool:
    if words[-1] in BARE:
        return True
    if words[-1] == "ray" and len(words) > 2 and words[-2] == "blu":
        words.pop()
        return True
    if words[-2:] == ["vhs", "tape"]:
        return True
    return words[-1] == "edition" and len(words) > 2 and words[-2] in EDITION_OF


def _without_article(words: list[str]) -> list[str]:
    return words[1:] if len(words) > 1 and words[0] in ARTICLES else words


def _number(word: str) -> int | None:
    """The number that a word is or spells: "3", "3rd", "third", "three", "iii"."""
    ordinal = _ORDINAL.fullmatch(word)
    if ordinal or word.isdigit():
        return int(ordinal[1] if ordinal else word[:4])
    return NUMBERS.get(word)


def _box(words: list[str], ranged: re.Match[str] | None) -> TitleKey | None:
    """The key of a box of several films or seasons; None for anything else."""
    features = [n for n, (word, then) in enumerate(pairwise(words)) if _is_feature(word, then)]
    if features:
        place = features[-1]
        name = [word for word in (*words[:place], *words[place + 2 :]) if word not in ("and", "the", "a")]
        return TitleKey(" ".join(_counted(name)), "double feature")
    is_boxed = words[-2:] in _WHOLE_SERIES or any(word in BOXES or word in BOX_WORDS for word in words[1:])
    several = int(ranged[2]) - int(ranged[1]) + 1 if ranged else 0
    is_range = several > 1 and (is_boxed or any(word in PARTS for word in words))
    if not (is_boxed or is_range):
        return None
    name = [word for word in words if word not in BOXES and word not in BOX_WORDS]
    if ranged and is_range:
        name = _without_numbers(name, ranged)
    while name and (name[-1] in BOX_FILLING or name[-1] in PARTS):
        name.pop()
    count = several if is_range else max(BOXES.get(word, 0) for word in words)
    return TitleKey(" ".join(_counted(name)), "box", count) if name else None


def _is_feature(word: str, then: str) -> bool:
    return word in SEVERAL and then in FEATURES


def _without_numbers(words: list[str], ranged: re.Match[str]) -> list[str]:
    """Without the numbers of a range, once each, from the end."""
    left = list(words)
    for number in (ranged[2], ranged[1]):
        for place in range(len(left) - 1, -1, -1):
            if left[place] == number:
                del left[place]
                break
    return left


def _part(words: list[str]) -> TitleKey:
    """The key of a film, or of a season, volume or part, which may be named before or after its number."""
    for place, word in enumerate(words):
        kind = PARTS.get(word)
        if kind is None or (place == 0 and len(words) < 3):
            continue
        after = _number(words[place + 1]) if place + 1 < len(words) else None
        before = _number(words[place - 1]) if place else None
        if after is not None:
            return _of_part(words[:place], kind, after, words[place + 2 :])
        if before is not None and kind == "season":
            return _of_part(words[: place - 1], kind, before, words[place + 1 :])
    return TitleKey(" ".join(_counted(words)))


def _of_part(before: list[str], kind: str, number: int, after: list[str]) -> TitleKey:
    while before and before[-1] in ("the", "complete", "entire", "full"):
        before = before[:-1]
    rest = [word for word in after if word not in ("complete", "the")] if kind == "season" else after
    return TitleKey(" ".join(_counted([*before, *rest])), f"{kind} {number}")


def _counted(words: list[str]) -> list[str]:
    """With Roman numerals, but for a first word, as figures."""
    return [ROMAN.get(word, word) if place else word for place, word in enumerate(words)]
