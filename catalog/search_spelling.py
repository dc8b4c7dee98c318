"""Words that somebody may have meant: all that are one slip away are tried against the words there are.

A slip is a letter too many, missing, wrong, or two that changed places (Damerau, 1964). Trying all of them (some 600
for a word of eight letters) costs as many look-ups in an index, and no table of its own that could be wrong. A space
may be missing, too ("bladerunner"), or be one too many ("bat man").
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from django.db import connection

from catalog.search_conditions import AFTER_ALL, begun
from catalog.search_words import NAMES, TITLES

SHORTEST = 4
"""Letters of a word that is worth mending: one slip makes anything of three."""

SHORTEST_OF_SEVERAL = 3
"""The same where other words narrow what is found."""

LONGEST = 20
"""Letters of a word beyond which nobody types, and it would be tried too often."""

MOST_MEANT = 12

_LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_ALPHABETS = (
    _LATIN,
    "".join(map(chr, range(ord("а"), ord("я") + 1))) + "іїєґўјљњћџђ",
    "αβγδεζηθικλμνξοπρστυφχψως",
)
# The texts come in one parameter, with spaces between: clients take long to write hundreds.
_STATEMENT = {
    "sqlite": """
        WITH tried (word) AS (SELECT value FROM json_each('["' || replace(%s, ' ', '","') || '"]'))
        SELECT tried.word, {whole} FROM tried WHERE
            EXISTS (SELECT 1 FROM catalog_titleword AS t WHERE t.word >= tried.word AND t.word < tried.word || %s) OR
            EXISTS (SELECT 1 FROM catalog_nameword AS t WHERE t.word >= tried.word AND t.word < tried.word || %s)""",
    "postgresql": """
        SELECT tried.word, {whole} FROM unnest(string_to_array(%s, ' ')) AS tried (word) WHERE
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


@dataclass(frozen=True)
class Meant:
    """For each word, what it may have been meant to be, itself first, as beginnings of words there are."""

    ways: list[tuple[str, ...]]
    are_whole: bool
    """Whether all words are, as they stand, words of titles or names."""

    @property
    def is_other(self) -> bool:
        return any(len(each) > 1 for each in self.ways)


def meant_by(words: Sequence[str], shortest: int = SHORTEST) -> Meant:
    """In two queries at most. Where some are words as they stand, only the others may be slips."""
    mendable = [word for word in words if shortest <= len(word) <= LONGEST]
    tried = {word: set(slips(word)) - {word} for word in mendable}
    parts = {word: [(word[:n], word[n:]) for n in range(1, len(word))] for word in mendable}
    there = _there({*words, *chain(*tried.values()), *chain(*chain(*parts.values()))})
    are_whole = all(there.get(word) for word in words)
    doubtful = [word for word in mendable if are_whole or not there.get(word)]
    parted = _parted({word: [each for each in parts[word] if _may_stand(*each, there)] for word in doubtful})
    ways = [(word, *parted.get(word, ()), *_best(word, tried[word], there)) for word in doubtful]
    meant = {each[0]: each for each in ways}
    return Meant([meant.get(word, (word,)) for word in words], are_whole)


def joined(words: Sequence[str]) -> list[str]:
    """With the first two neighbours in one that a word of a title or a name begins with; [] without such."""
    pairs = [one + then for one, then in pairwise(words)]
    there = _there(set(pairs)) if pairs else {}
    place = next((n for n, pair in enumerate(pairs) if pair in there), None)
    return [] if place is None else [*words[:place], pairs[place], *words[place + 2 :]]


def _may_stand(head: str, tail: str, there: dict[str, bool]) -> bool:
    """Whether the first is a word, and the second begins one."""
    return there.get(head, False) and tail in there


def _parted(parts: dict[str, list[tuple[str, str]]]) -> dict[str, list[str]]:
    """Words in two where a title or a name has these side by side: {"bladerunner": ["blade runner"]}."""
    ways = [(word, f"{head} {tail}") for word, pairs in parts.items() for head, tail in pairs]
    if not ways:
        return {}
    sql: list[str] = []
    params: list[str] = []
    for n, (_, way) in enumerate(ways):
        (in_titles, titles), (in_names, names) = begun(TITLES, way), begun(NAMES, way)
        sql.append(
            f"SELECT {n} WHERE EXISTS (SELECT 1 FROM {TITLES.words} WHERE {in_titles})"  # noqa: S608 - our own names
            f" OR EXISTS (SELECT 1 FROM {NAMES.words} WHERE {in_names})"
        )
        params += [*titles, *names]
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql), params)
        for (n,) in sorted(cursor.fetchall()):
            found.setdefault(ways[n][0], []).append(ways[n][1])
    return found


def _best(word: str, tried: Iterable[str], there: dict[str, bool]) -> list[str]:
    """Whole words before beginnings, then what has the same first letter; what is shorter must be a whole word."""
    found = [text for text in tried if text in there and (there[text] or len(text) >= len(word))]
    return sorted(found, key=lambda text: (not there[text], text[0] != word[0], text))[:MOST_MEANT]


def _there(texts: set[str]) -> dict[str, bool]:
    """Of these folded texts without spaces, those with which a word of a title or a name begins: whether it is one
    itself.
    """
    statement = _STATEMENT[connection.vendor].format(whole=_IS_WHOLE)
    with connection.cursor() as cursor:
        cursor.execute(statement, [" ".join(texts), AFTER_ALL, AFTER_ALL])
        return {text: bool(is_whole) for text, is_whole in cursor.fetchall()}
