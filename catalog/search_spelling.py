"""Words that somebody may have meant: all that are one slip away are tried against the words there are.

A slip is a letter too many, missing, wrong, or two that changed places (Damerau, 1964). Trying all of them (some 600
for a word of eight letters) costs as many look-ups in an index, and no table of its own that could be wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection

from catalog.search_conditions import AFTER_ALL

SHORTEST = 4
"""Letters of a word that is worth mending: one slip makes anything of three."""

LONGEST = 20
"""Letters of a word beyond which nobody types, and it would be tried too often."""

MOST_MEANT = 12

_LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_ALPHABETS = (
    _LATIN,
    "".join(map(chr, range(ord("а"), ord("я") + 1))) + "іїєґўјљњћџђ",
    "αβγδεζηθικλμνξοπρστυφχψως",
)
_STATEMENT = {
    "sqlite": """
        WITH tried (word) AS (VALUES {marks})
        SELECT tried.word, {whole} FROM tried WHERE
            EXISTS (SELECT 1 FROM catalog_titleword AS t WHERE t.word >= tried.word AND t.word < tried.word || %s) OR
            EXISTS (SELECT 1 FROM catalog_nameword AS t WHERE t.word >= tried.word AND t.word < tried.word || %s)""",
    "postgresql": """
        WITH tried (word) AS (VALUES {marks})
        SELECT tried.word, {whole} FROM tried WHERE
            EXISTS (SELECT 1 FROM catalog_titleword AS t
                    WHERE t.word ~>=~ tried.word AND t.word ~<~ (tried.word || %s) LIMIT 1) OR
            EXISTS (SELECT 1 FROM catalog_nameword AS t
                    WHERE t.word ~>=~ tried.word AND t.word ~<~ (tried.word || %s) LIMIT 1)""",
}
_IS_WHOLE = """
    EXISTS (SELECT 1 FROM catalog_titleword AS w WHERE w.word = tried.word) OR
    EXISTS (SELECT 1 FROM catalog_nameword AS w WHERE w.word = tried.word)"""


def slips(word: str) -> Iterator[str]:
    """All texts that are one slip away from a folded word, some of them twice."""
    letters = next((alphabet for alphabet in _ALPHABETS if set(word) <= set(alphabet)), "".join(set(word)))
    for n, (one, then) in enumerate(pairwise(word)):
        yield word[:n] + then + one + word[n + 2 :]
    for n in range(len(word) + 1):
        for letter in letters:
            yield word[:n] + letter + word[n:]
            if n < len(word):
                yield word[:n] + letter + word[n + 1 :]
    for n in range(len(word)):
        yield word[:n] + word[n + 1 :]


def can_be_mended(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST


@dataclass(frozen=True)
class Meant:
    """For each word, what it may have been meant to be, itself first, as beginnings of words there are."""

    ways: list[tuple[str, ...]]
    are_whole: bool
    """Whether all words are, as they stand, words of titles or names."""

    @property
    def is_other(self) -> bool:
        return any(len(each) > 1 for each in self.ways)


def meant_by(words: Sequence[str]) -> Meant:
    """In one query."""
    tried = {word: set(slips(word)) - {word} for word in words if can_be_mended(word)}
    there = _there(set(words).union(*tried.values()))
    ways = [(word, *_best(word, tried.get(word, ()), there)) for word in words]
    return Meant(ways, all(there.get(word) for word in words))


def _best(word: str, tried: Iterable[str], there: dict[str, bool]) -> list[str]:
    """Whole words before beginnings, then what has the same first letter; what is shorter must be a whole word."""
    found = [text for text in tried if text in there and (there[text] or len(text) >= len(word))]
    return sorted(found, key=lambda text: (not there[text], text[0] != word[0], text))[:MOST_MEANT]


def _there(texts: set[str]) -> dict[str, bool]:
    """Of these texts, those with which a word of a title or a name begins: whether it is one itself."""
    marks = ", ".join(["(%s)"] * len(texts))
    statement = _STATEMENT[connection.vendor].format(marks=marks, whole=_IS_WHOLE)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*texts, AFTER_ALL, AFTER_ALL])
        return {text: bool(is_whole) for text, is_whole in cursor.fetchall()}
