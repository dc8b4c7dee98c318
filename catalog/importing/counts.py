"""What an import did, in numbers and in sentences."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Tally:
    """Rows of one kind. `repeated` rows stand in the files more than once for the same thing; every row
    that is not repeated is `new`, `changed` or says what was known already."""

    read: int = 0
    new: int = 0
    changed: int = 0
    repeated: int = 0

    @property
    def unchanged(self) -> int:
        return max(0, self.read - self.repeated - self.new - self.changed)

    def as_json(self) -> dict[str, int]:
        return {**asdict(self), "unchanged": self.unchanged}


@dataclass
class Counts:
    """`untitled` movies are named by ratings only; `repeated_pairs` are pairs of a reviewer and an edition
    with more than one rating in the files; `texts` of reviews were added; values `dropped` out of lines that were
    good otherwise, and ratings `left_out` because they were not asked for, by reason; `bad` lines by kind.
    """

    lines: int = 0
    movies: Tally = field(default_factory=Tally)
    ratings: Tally = field(default_factory=Tally)
    new_reviewers: int = 0
    untitled: int = 0
    repeated_pairs: int = 0
    texts: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def changed_anything(self) -> bool:
        tallies = (self.movies, self.ratings)
        return bool(
            self.new_reviewers
            or self.untitled
            or self.texts
            or any(tally.new or tally.changed for tally in tallies)
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "movies": self.movies.as_json(),
            "ratings": self.ratings.as_json(),
            "new_reviewers": self.new_reviewers,
            "untitled": self.untitled,
            "repeated_pairs": self.repeated_pairs,
            "texts": self.texts,
            "dropped": dict(self.dropped),
            "left_out": dict(self.left_out),
            "bad": dict(self.bad),
        }

    def sentences(self) -> list[str]:
        """What to tell the person who started the import."""
        return [
            *([] if self.changed_anything else ["Nothing changed: everything was there already."]),
            f"Movies: {_outcome(self.movies, self.untitled)}{_of_untitled(self.untitled)}.",
            f"Ratings: {_outcome(self.ratings)}, by {self.new_reviewers:,} new reviewers.",
            *([f"Review texts: {self.texts:,} new."] if self.texts else []),
            *_repeats(self),
            *_by_kind("Values that could not be used", self.dropped),
            *_by_kind("Ratings left out", self.left_out),
            *_by_kind("Bad lines", self.bad),
        ]


def changes_in(counts: Mapping[str, Any]) -> bool:
    """Whether an import changed anything, from its counts as JSON."""
    tallies = (counts["movies"], counts["ratings"])
    return bool(counts["untitled"] or any(tally["new"] or tally["changed"] for tally in tallies))


def _outcome(tally: Tally, more_new: int = 0) -> str:
    return f"{tally.new + more_new:,} new, {tally.changed:,} changed, {tally.unchanged:,} unchanged"


def _of_untitled(untitled: int) -> str:
    return f" ({untitled:,} of the new ones without a title: no metadata names them)" if untitled else ""


def _repeats(counts: Counts) -> list[str]:
    found = []
    if counts.repeated_pairs:
        found.append(
            f"{counts.repeated_pairs:,} pairs of a reviewer and a title were rated more than once;"
            f" of each the latest counts, {counts.ratings.repeated:,} others do not."
        )
    if counts.movies.repeated:
        found.append(f"{counts.movies.repeated:,} lines repeat the facts of a title; the fullest was taken.")
    return found


def _by_kind(what: str, kinds: Counter[str]) -> list[str]:
    if not kinds:
        return []
    listed = ", ".join(
        f"{kind} {n:,}" for kind, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    return [f"{what}: {kinds.total():,} ({listed})."]
