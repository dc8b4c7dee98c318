"""Invented names of films and people: natural to read, thousands of them, no two films alike by accident."""

from collections.abc import Callable

import numpy as np

from benchmarks.made_dump import words
from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import generator
from benchmarks.made_dump.films import Films, Kind

_PATTERNS = (
    *("The {adjective} {noun}", "{adjective} {noun}", "The {noun} and the {other}", "{noun} of {place}"),
    *(
        "{first}'s {noun}",
        "{gerund} {first}",
        "The {noun} in the {other}",
        "{place} {noun}",
        "{noun} & {other}",
    ),
    *(
        "{gerund} the {noun}",
        "A {noun} for {first}",
        "{adjective} {noun}, {second} {other}",
        "Beyond the {noun}",
    ),
    *(
        "The {adjective} {noun} of {place}",
        "The {surname} {noun}",
        "{first} and {friend}",
        "Return to {place}",
    ),
    *(
        "The {noun} of {first} {surname}",
        "{first} {surname}",
        "No {noun} for {first}",
        "{surname} vs. {rival}",
    ),
    *("Goodbye, {first}", "{noun} by the {other}", "My {adjective} {noun}", "Who Was {first} {surname}?"),
)
_NUMERALS = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_ORDINALS = ("", *words.ORDINALS)
_CARDINALS = ("", *words.CARDINALS)
_SEASON_FORMS: tuple[Callable[[str, int], str], ...] = (
    lambda name, n: f"{name}: Season {n}",
    lambda name, n: f"{name}: The Complete {_ORDINALS[n]} Season",
    lambda name, n: f"{name} - The Complete {_ORDINALS[n]} Season",
    lambda name, n: f"{name}: Season {_CARDINALS[n]}",
    lambda name, n: f"{name} Season {n}",
)
_FILM_BOX_FORMS = (
    "{name} Trilogy",
    "{name}: The Trilogy",
    "{name}: The Complete Collection",
    "{name} 1-{n} Box Set",
    "{name} Collection",
)
_SERIES_BOX_FORMS = ("{name}: The Complete Series", "{name} - The Complete Series", "{name}: Seasons 1-{n}")


def film_names(count: int, seed: int) -> list[str]:
    """Distinct names; distinct also without their article and in small letters."""
    names: list[str] = []
    taken: set[str] = set()
    attempt = 0
    while len(names) < count:
        for name in _candidates(count - len(names), seed, attempt):
            key = name.lower().removeprefix("the ").removeprefix("a ")
            if key not in taken:
                taken.add(key)
                names.append(name)
        attempt += 1
    return names


def _candidates(count: int, seed: int, attempt: int) -> list[str]:
    rng = generator(seed, "names", attempt)
    patterns = rng.integers(len(_PATTERNS), size=count)
    surnames = _surnames(2 * count, rng)
    pick = {
        "adjective": words.ADJECTIVES,
        "second": words.ADJECTIVES,
        "noun": words.NOUNS,
        "other": words.NOUNS,
        "gerund": words.GERUNDS,
        "first": words.FIRST_NAMES,
        "friend": words.FIRST_NAMES,
    }
    slots = {slot: _picked(choices, count, rng) for slot, choices in pick.items()}
    slots |= {"surname": surnames[:count], "rival": surnames[count:], "place": places(count, rng)}
    rows = (dict(zip(slots, row, strict=True)) for row in zip(*slots.values(), strict=True))
    return [_PATTERNS[pattern].format_map(row) for pattern, row in zip(patterns, rows, strict=True)]


def people_names(count: int, seed: int) -> list[str]:
    """Distinct names of directors and actors, as long as there are fewer of them than combinations."""
    firsts, starts, ends = len(words.FIRST_NAMES), len(words.SURNAME_STARTS), len(words.SURNAME_ENDS)
    combinations = firsts * starts * ends
    shift = int(generator(seed, "people").integers(combinations))
    step = 104_729  # prime, so that walking by it meets every combination once
    walk = (np.arange(count) * step + shift) % combinations
    first, rest = np.divmod(walk, starts * ends)
    start, end = np.divmod(rest, ends)
    rows = zip(first.tolist(), start.tolist(), end.tolist(), strict=True)
    return [f"{words.FIRST_NAMES[f]} {words.SURNAME_STARTS[s]}{words.SURNAME_ENDS[e]}" for f, s, e in rows]


def _surnames(count: int, rng: np.random.Generator) -> list[str]:
    starts, ends = _picked(words.SURNAME_STARTS, count, rng), _picked(words.SURNAME_ENDS, count, rng)
    return [start + end for start, end in zip(starts, ends, strict=True)]


def places(count: int, rng: np.random.Generator) -> list[str]:
    starts, ends = _picked(words.SURNAME_STARTS, count, rng), _picked(words.PLACE_ENDS, count, rng)
    return [start + end for start, end in zip(starts, ends, strict=True)]


def things(count: int, rng: np.random.Generator) -> list[str]:
    """Such as: a crooked lantern, an idle fountain."""
    pairs = zip(_picked(words.ADJECTIVES, count, rng), _picked(words.NOUNS, count, rng), strict=True)
    return [f"{'an' if first[0] in 'AEIOU' else 'a'} {first} {second}".lower() for first, second in pairs]


def _picked(choices: list[str] | tuple[str, ...], count: int, rng: np.random.Generator) -> list[str]:
    return [choices[i] for i in rng.integers(len(choices), size=count).tolist()]


class Titler:
    """Says the title of a work, in the form that an edition happens to give it."""

    def __init__(self, films: Films, seed: int) -> None:
        self._names = film_names(films.names, seed)
        self._on_television = set(films.name[films.kind == Kind.SEASON].tolist())
        variety = len(words.SUBTITLES)
        subtitles: Array = generator(seed, "subtitles").integers(-variety, variety, len(films))
        self._subtitles = subtitles.tolist()
        self._rows = list(
            zip(
                films.kind.tolist(),
                films.name.tolist(),
                films.other_name.tolist(),
                films.number.tolist(),
                strict=True,
            )
        )

    def title(self, film: int, form: int) -> str:
        """`form` is any whole number; works that are written in one way only ignore it."""
        kind, name, other, number = self._rows[film]
        text = self._names[name]
        if kind == Kind.SEQUEL:
            return self._sequel(text, film, number, form)
        if kind == Kind.SEASON:
            return _SEASON_FORMS[form % len(_SEASON_FORMS)](text, number)
        if kind == Kind.BOX_SET:
            return self._box(text, name, number, form)
        if kind == Kind.DOUBLE_FEATURE:
            joint, tail = ((" / ", " (Double Feature)"), (" & ", " Double Feature"))[form % 2]
            return f"{text}{joint}{self._names[other]}{tail}"
        return text

    def _sequel(self, name: str, film: int, number: int, form: int) -> str:
        """Mostly the work's own way of counting; one edition in six counts in the other numerals."""
        subtitle = self._subtitles[film]
        roman = (film % 2 == 0) != (form % 6 == 0)
        head = f"{name} {_NUMERALS[number] if roman else number}"
        return f"{head}: {words.SUBTITLES[subtitle]}" if subtitle >= 0 else head

    def _box(self, text: str, name: int, number: int, form: int) -> str:
        forms = (
            _SERIES_BOX_FORMS if name in self._on_television else _FILM_BOX_FORMS[0 if number == 3 else 2 :]
        )
        return forms[form % len(forms)].format(name=text, n=number)
