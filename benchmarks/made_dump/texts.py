"""Review texts, summaries and names as bytes that are ready to stand between the quotes of a JSON string.

A text is a slice of a long seeded corpus of its mood, from the start of one sentence to the end of another: one copy of
bytes a review, and hardly any text comes twice.
"""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.made_dump import words
from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import choices, generator, normals, uniforms
from benchmarks.made_dump.phrases import (
    BY_MOOD,
    COMMON,
    MOODS,
    SHORT_TEXTS,
    SLOTS,
    STAR_NAMES,
    SUMMARIES,
)
from benchmarks.made_dump.shapes import TEXTS, Profile, years_of
from benchmarks.made_dump.titles import people_names, places, things

SENTENCES = 16_000  # of each mood: a megabyte, far more than gzip's window of 32 kB
COMMON_SHARE = 0.55
SHORT = 34  # bytes: below it, a text is a stock phrase
NAMES = 40_000
_ODDITIES = (
    (" and ", " &amp; "),
    ('"', "&#34;"),
    (".", ".\n\n"),
    (" a ", " a caf\u00e9 and a "),
    (".", "<br />"),
)
_MOOD_OF_STARS = np.array([0, 0, 0, 1, 2, 2])


def escaped(text: str) -> bytes:
    """As it stands in the dump: JSON, with everything beyond ASCII as \\uXXXX."""
    return json.dumps(text)[1:-1].encode()


@dataclass(frozen=True)
class Corpus:
    """Sentences of one mood in one row of bytes; starts and ends (exclusive) of each."""

    text: bytes
    starts: Array
    ends: Array


class Writer:
    """Turns ids of texts and of reviewers into bytes; the same ids give the same bytes in every process."""

    def __init__(self, profile: Profile, seed: int, short_text: bool) -> None:
        self._profile, self._seed, self._short_text = profile, seed, short_text
        self._short = [_encoded(SHORT_TEXTS.get(stars, "")) for stars in range(6)]
        self._summaries = [_encoded(SUMMARIES.get(stars, "")) for stars in range(6)]

    @cached_property
    def _corpora(self) -> list[Corpus]:
        """Made when the first text is asked for: who only asks how long texts are does not wait for them."""
        if self._short_text:
            return []
        people = people_names(2_000, self._seed + 1)
        return [make_corpus(mood, people, self._seed) for mood in MOODS]

    def verified(self, text_ids: Array, days: Array) -> Array:
        shares = {year: self._profile.verified_share(year) for year in range(1990, 2030)}
        wanted = np.array(list(shares.values()))[years_of(days) - 1990]
        return uniforms(text_ids, self._seed, "verified") < wanted

    def lengths(self, text_ids: Array, days: Array) -> Array:
        """Bytes that each text should have: log-normal, as the years and the kind of purchase go."""
        period = np.searchsorted([texts.until for texts in TEXTS[:-1]], years_of(days))
        table = np.array([(texts.unverified, texts.verified, texts.spread) for texts in TEXTS])[period]
        median = np.where(self.verified(text_ids, days), table[:, 1], table[:, 0])
        lengths = median * np.exp(table[:, 2] * normals(text_ids, self._seed, "length"))
        return np.minimum(lengths, SHORT - 1 if self._short_text else 30_000)

    def texts(self, text_ids: Array, days: Array, stars: Array) -> list[bytes]:
        lengths = self.lengths(text_ids, days)
        where = uniforms(text_ids, self._seed, "text")
        texts = [
            self._short[star][int(place * len(self._short[star]))]
            for star, place in zip(stars.tolist(), where.tolist(), strict=True)
        ]
        moods = _MOOD_OF_STARS[stars]
        for mood, corpus in enumerate(self._corpora):
            rows = np.flatnonzero((moods == mood) & (lengths >= SHORT))
            for row, text in zip(rows.tolist(), _slices(corpus, where[rows], lengths[rows]), strict=True):
                texts[row] = text
        return texts

    def summaries(self, text_ids: Array, days: Array, stars: Array) -> list[bytes]:
        """Since 2013, a summary is ever more often what the shop puts there: the number of stars in words."""
        named = uniforms(text_ids, self._seed, "named") < np.interp(years_of(days), [2012, 2015], [0, 0.48])
        place = uniforms(text_ids, self._seed, "summary").tolist()
        star_names = [STAR_NAMES.get(star, "").encode() for star in range(6)]
        return [
            star_names[star] if by_shop else self._summaries[star][int(spot * len(self._summaries[star]))]
            for star, by_shop, spot in zip(stars.tolist(), named.tolist(), place, strict=True)
        ]

    @cached_property
    def _names(self) -> list[bytes]:
        return [escaped(name) for name in reviewer_names(NAMES, self._seed)]

    def names(self, reviewers: Array) -> list[bytes]:
        return [self._names[i] for i in choices(reviewers, NAMES, self._seed, "reviewer name").tolist()]


def make_corpus(mood: str, people: list[str], seed: int) -> Corpus:
    """SENTENCES sentences in random order: some of the mood, some that could stand in any review."""
    rng = generator(seed, f"corpus {mood}")
    common = rng.random(SENTENCES) < COMMON_SHARE
    patterns = [COMMON, BY_MOOD[mood]]
    which = rng.integers(1 << 30, size=SENTENCES).tolist()
    rows = _filled_slots(SENTENCES, people, rng)
    sentences = [
        _sentence(patterns[not plain][pick % len(patterns[not plain])], row)
        for plain, pick, row in zip(common.tolist(), which, rows, strict=True)
    ]
    for row, (old, new) in enumerate(_ODDITIES * (SENTENCES // 400)):
        sentences[row * 79 % SENTENCES] = sentences[row * 79 % SENTENCES].replace(old, new)
    pieces = [escaped(sentence) for sentence in sentences]
    lengths = np.array([len(piece) + 1 for piece in pieces])
    ends = np.cumsum(lengths) - 1
    return Corpus(b" ".join(pieces), ends + 1 - lengths, ends)


def _filled_slots(count: int, people: list[str], rng: np.random.Generator) -> list[dict[str, str]]:
    """A row of words for every sentence."""
    lists = {slot: text.split("|") for slot, text in SLOTS.items()}
    lists |= {f"other_{slot}": lists[slot] for slot in ("subject", "bad", "good")}
    adjectives, nouns = ([word.lower() for word in some] for some in (words.ADJECTIVES, words.NOUNS))
    lists |= {"adjective": adjectives, "second": adjectives, "noun": nouns, "object": nouns}
    lists |= {
        "thing": things(4_000, rng),
        "place": places(2_000, rng),
        "deed": [word.lower() for word in words.GERUNDS],
    }
    lists |= {"name": people, "other": words.FIRST_NAMES, "phrase": SUMMARIES[3].split("|")}
    lists |= {"number": [str(n) for n in range(2, 40)], "long": [str(n) for n in range(61, 180)]}
    columns = {slot: rng.integers(len(values), size=count).tolist() for slot, values in lists.items()}
    return [{slot: lists[slot][columns[slot][row]] for slot in lists} for row in range(count)]


def _sentence(pattern: str, row: dict[str, str]) -> str:
    """Most begin with a capital; some are shouted, dotted or in small letters, as their length has it."""
    text = pattern.format_map(row)
    manner = len(text) % 11
    if manner == 0:
        return text.lower().rstrip(".")
    if manner == 1:
        return text[0].upper() + text[1:].replace(".", "...").replace(",", "")
    return text[0].upper() + text[1:].replace(".", "!!" if manner == 2 else ".")


def _encoded(phrases: str) -> list[bytes]:
    return [escaped(phrase) for phrase in phrases.split("|")]


def _slices(corpus: Corpus, where: Array, lengths: Array) -> list[bytes]:
    """From the start of a sentence to the end of the one in which (less half a sentence) the length is reached."""
    first = (where * len(corpus.starts)).astype(np.int64)
    start = corpus.starts[first]
    last = np.searchsorted(corpus.ends, start + lengths - 30)
    stop = corpus.ends[np.clip(last, first, len(corpus.ends) - 1)]
    return [corpus.text[a:b] for a, b in zip(start.tolist(), stop.tolist(), strict=True)]


def reviewer_names(count: int, seed: int) -> list[str]:
    """Whole names, initials, nicknames, "Amazon Customer"; some with accents, ampersands or quotes."""
    rng = generator(seed, "reviewer names")
    people = people_names(count, seed + 2)
    forms = rng.choice(8, count, p=[0.42, 0.16, 0.14, 0.12, 0.13, 0.01, 0.01, 0.01])
    numbers = rng.integers(1, 2_000, count).tolist()
    rows = zip(people, forms.tolist(), numbers, strict=True)
    return [_reviewer_name(person, form, number) for person, form, number in rows]


def _reviewer_name(person: str, form: int, number: int) -> str:
    first, last = person.split(" ", 1)
    return (
        person,
        f"{first[0]}. {last}",
        first,
        f"{first.lower()}{number}",
        "Amazon Customer" if number % 8 else "Kindle Customer",
        f"{first} & {last} family",
        f'{first} "{last[:3].lower()}" {last}',
        f"{first} Ren\u00e9 {last}",
    )[form]
