"""Blocks: some megabytes of whole lines, parsed into columns and spilled, a file each.

A block of ratings is sorted by reviewer, so that all blocks together are the runs of an external merge sort. The
small JSON beside it is written last, in one rename: a block that has one is finished, whatever happened after.
Knows nothing of Django: worker processes import it.
"""

import json
import os
import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from catalog.importing.rows import BadLine, BadLineKind, MovieRow, Part, RatingRow, Selection, TextRow
from catalog.text import fold

SAMPLED = 64
"""Of that many ratings one tells its reviewer, for parting all of them evenly."""

UNDATED = np.iinfo(np.int64).min
"""What stands for a moment that is not known: earlier than any."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BlockKey(NamedTuple):
    """`kind` is "movies" or "ratings", `part` the part's place among those of its kind; blocks count from 0."""

    kind: str
    part: int
    number: int

    def path(self, folder: Path, suffix: str) -> Path:
        return folder / f"{self.kind}-{self.part}-{self.number:06d}.{suffix}"


@dataclass
class BlockFacts:
    """What is known of a block beside its columns. `editions`: the ids that its ratings name, sorted; `formats`,
    `groups`: pairs of such an id and a format, or what the source groups it by; `bad`: line number, kind and detail
    of each bad line, in order; `samples`: every SAMPLED-th reviewer.
    """

    lines: int
    rows: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    editions: list[str] = field(default_factory=list)
    formats: list[tuple[str, str]] = field(default_factory=list)
    groups: list[tuple[str, str]] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)

    def bad_lines(self) -> Iterator[tuple[int, BadLine]]:
        return ((number, BadLine(BadLineKind(kind), detail)) for number, kind, detail in self.bad)


class MovieEntry(NamedTuple):
    """A row of a movies block with what costs time to find out: how it is preferred, its folded title."""

    row: MovieRow
    preference: tuple[int, bytes]
    folded_title: str


def parsed(part: Part, first_line: int, lines: Sequence[bytes], facts: BlockFacts) -> list[Any]:
    """The rows of these lines; bad ones go into `facts`."""
    rows = []
    for number, line in enumerate(lines, first_line):
        try:
            row = part.row(line)
        except BadLine as bad:
            facts.bad.append((number, bad.kind.value, bad.detail))
        else:
            if row is not None:
                rows.append(row)
    return rows


def dropped_by(rows: Iterable[MovieRow]) -> dict[str, int]:
    """Why values could not be used, and how often."""
    return dict(Counter(reason for row in rows for reason in row.dropped))


def movie_entries(rows: Iterable[MovieRow]) -> list[MovieEntry]:
    return [MovieEntry(row, row.preference(), fold(row.title)[:300]) for row in rows]


def selected(rows: list[RatingRow], selection: Selection, facts: BlockFacts) -> list[RatingRow]:
    """The wanted ones; the others are counted in `facts`."""
    if selection == Selection():
        return rows
    refusals = [selection.refusal(row) for row in rows]
    facts.left_out = dict(Counter(filter(None, refusals)))
    return [row for row, refusal in zip(rows, refusals, strict=True) if refusal is None]


@dataclass(frozen=True)
class RatingColumns:
    """Ratings as one structured array, sorted by reviewer; `texts`, if there are any, in the same order (`packed`)."""

    columns: NDArray[Any]
    texts: list[bytes] | None = None


def columns_of(rows: Sequence[RatingRow], facts: BlockFacts) -> RatingColumns:
    """`edition` is the place in `facts.editions`."""
    reviewers, editions, half_stars, moments, digests, _, formats, groups, texts = zip(*rows, strict=True)
    facts.editions = sorted(set(editions))
    facts.formats = sorted({pair for pair in zip(editions, formats, strict=True) if pair[1]})
    facts.groups = sorted({pair for pair in zip(editions, groups, strict=True) if pair[1]})
    codes = {edition: code for code, edition in enumerate(facts.editions)}
    reviewer = as_bytes(reviewers)
    dtype = [
        ("reviewer", reviewer.dtype),
        ("edition", "i4"),
        ("half_stars", "u1"),
        ("moment", "i8"),
        ("digest", "i8"),
    ]
    columns = np.empty(len(rows), dtype)
    columns["reviewer"] = reviewer
    columns["edition"] = [codes[edition] for edition in editions]
    columns["half_stars"] = half_stars
    columns["moment"] = [microseconds(moment) for moment in moments]
    columns["digest"] = digests
    order = np.argsort(reviewer, kind="stable")
    columns = columns[order]
    facts.samples = [sample.decode() for sample in columns["reviewer"][::SAMPLED].tolist()]
    if not any(texts):
        return RatingColumns(columns)
    return RatingColumns(columns, [packed(texts[place]) for place in order.tolist()])


def packed(text: TextRow | None) -> bytes:
    return b"" if text is None else json.dumps(text).encode()


def unpacked(text: bytes) -> TextRow:
    return TextRow(*json.loads(text))


def as_bytes(texts: Iterable[str]) -> NDArray[np.bytes_]:
    """Ids as UTF-8 of a fixed width, which sort as the texts do. No id holds a line break or a zero byte."""
    return cast("NDArray[np.bytes_]", np.array("\n".join(texts).encode().split(b"\n"), dtype=np.bytes_))


@lru_cache(maxsize=1 << 14)
def microseconds(moment: datetime | None) -> int:
    """Since 1970, exactly; UNDATED for None."""
    return UNDATED if moment is None else (moment - _EPOCH) // _MICROSECOND


_values_of = attrgetter(*(field.name for field in fields(MovieRow)))


def store_ratings(folder: Path, key: BlockKey, ratings: RatingColumns | None, facts: BlockFacts) -> None:
    """Texts lie one after the other in a file, with where each begins in another."""
    if ratings is not None:
        with _durable(key.path(folder, "npy")) as file:
            np.save(file, ratings.columns)
        if ratings.texts is not None:
            with _durable(key.path(folder, "texts")) as file:
                file.writelines(ratings.texts)
            with _durable(key.path(folder, "starts.npy")) as file:
                np.save(file, np.cumsum([0, *map(len, ratings.texts)], dtype=np.int64))
    _store_facts(folder, key, facts)


def store_movies(folder: Path, key: BlockKey, entries: list[MovieEntry], facts: BlockFacts) -> None:
    """Ids and preferences first, to be read alone. Rows as plain tuples: frozen dataclasses are slow to unpickle."""
    preferences = [(entry.row.external_id, entry.preference) for entry in entries]
    values = [(_values_of(entry.row), entry.preference, entry.folded_title) for entry in entries]
    with _durable(key.path(folder, "pickle")) as file:
        pickle.dump(preferences, file, pickle.HIGHEST_PROTOCOL)
        pickle.dump(values, file, pickle.HIGHEST_PROTOCOL)
    _store_facts(folder, key, facts)


def _store_facts(folder: Path, key: BlockKey, facts: BlockFacts) -> None:
    unfinished = key.path(folder, f"json.{os.getpid()}")
    with _durable(unfinished) as file:
        file.write(json.dumps(vars(facts)).encode())
    unfinished.replace(key.path(folder, "json"))


class _durable:  # noqa: N801 - used as a function
    """A new file that is on the disk, not in a cache, when the context ends well."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")

    def __enter__(self) -> Any:
        return self.file

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self.file:
            if kind is None:
                self.file.flush()
                os.fsync(self.file.fileno())


def is_finished(folder: Path, key: BlockKey) -> bool:
    return key.path(folder, "json").exists()


def load_facts(folder: Path, key: BlockKey) -> BlockFacts:
    return BlockFacts(**json.loads(key.path(folder, "json").read_bytes()))


def load_ratings(folder: Path, key: BlockKey) -> NDArray[Any]:
    """The block's columns, mapped, not read."""
    return cast("NDArray[Any]", np.load(key.path(folder, "npy"), mmap_mode="r"))


def load_texts(folder: Path, key: BlockKey, first: int, last: int) -> list[bytes]:
    """The packed texts of the block's ratings from `first` to before `last`; empty ones where there are none."""
    path = key.path(folder, "starts.npy")
    if not path.exists():
        return [b""] * (last - first)
    starts = np.load(path, mmap_mode="r")[first : last + 1].tolist()
    with key.path(folder, "texts").open("rb") as file:
        file.seek(starts[0])
        content = file.read(starts[-1] - starts[0])
    return [content[begin - starts[0] : end - starts[0]] for begin, end in pairwise(starts)]


def load_preferences(folder: Path, key: BlockKey) -> list[tuple[str, tuple[int, bytes]]]:
    """The external id and the preference of each entry of a block."""
    with key.path(folder, "pickle").open("rb") as file:
        return cast("list[tuple[str, tuple[int, bytes]]]", pickle.load(file))  # noqa: S301 - written by ourselves


def load_movies(folder: Path, key: BlockKey) -> list[MovieEntry]:
    with key.path(folder, "pickle").open("rb") as file:
        pickle.load(file)  # noqa: S301 - written by ourselves
        values = pickle.load(file)  # noqa: S301
    return [MovieEntry(MovieRow(*row), preference, folded) for row, preference, folded in values]
