"""One review, one line: the layouts of the 2014, 2018 and 2023 editions, spaced and escaped as the real files are."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.codes import reviewer_codes
from benchmarks.made_dump.drawing import choices, scrambled, uniforms
from benchmarks.made_dump.editions import FORMATS
from benchmarks.made_dump.shapes import ONE_DAY
from benchmarks.made_dump.texts import Writer

STYLES = (*FORMATS, "Paperback", "Audio CD", "DVD Audio", "Prime Video")
OTHER_STYLE, NO_STYLE, NO_NAME, NO_TEXT, NO_SUMMARY, WITH_IMAGE = 0.004, 0.006, 0.0006, 0.0006, 0.0005, 0.0016
VOTED = 0.23
VOTED_NOW = 0.07  # since 2015
_IMAGE = b"https://images-na.ssl-images-amazon.com/images/I/%011d._SY88.jpg"
_2018_LINE = (
    b'{%b"overall": %d.0, %b"verified": %b, "reviewTime": "%b", "reviewerID": "%b", "asin": "%b", %b%b%b%b'
    b'"unixReviewTime": %d}\n'
)
_2014_LINE = (
    b'{"reviewerID": "%b", "asin": "%b", %b"helpful": [%d, %d], %b"overall": %d.0, %b"unixReviewTime": %d, '
    b'"reviewTime": "%b"}\n'
)
_2023_LINE = (
    b'{"rating": %d.0, "title": "%b", "text": "%b", "images": [%b], "asin": "%b", "parent_asin": "%b", '
    b'"user_id": "%b", "timestamp": %d, "helpful_vote": %d, "verified_purchase": %b}\n'
)


@dataclass(frozen=True)
class Chunk:
    """Some lines of the file, a row each. review: its id; text: the id whose text it has; day: since 1970."""

    review: Array
    text: Array
    reviewer: Array
    stars: Array
    day: Array
    format: Array
    asin: Array
    parent: Array


def render(chunk: Chunk, layout: str, writer: Writer, seed: int) -> bytes:
    """The chunk's lines, each with its newline."""
    lines = {"2014": _lines_2014, "2018": _lines_2018, "2023": _lines_2023}[layout]
    return b"".join(lines(chunk, writer, seed))


def _lines_2018(chunk: Chunk, writer: Writer, seed: int) -> Iterator[bytes]:
    votes = [b'"vote": "%b", ' % f"{n:,}".encode() if n else b"" for n in _votes(chunk, seed).tolist()]
    columns = (
        _images(chunk.review, seed, b'"image": [%b], '),
        chunk.stars.tolist(),
        votes,
        _truths(writer.verified(chunk.text, chunk.day)),
        _dates(chunk.day),
        reviewer_codes(chunk.reviewer).tolist(),
        chunk.asin.tolist(),
        _styles(chunk, seed),
        _field(
            b'"reviewerName": "%b", ', writer.names(chunk.reviewer), _absent(chunk.reviewer, NO_NAME, seed)
        ),
        _field(b'"reviewText": "%b", ', _texts(chunk, writer), _absent(chunk.text, NO_TEXT, seed)),
        _field(
            b'"summary": "%b", ', _summaries(chunk, writer), _absent(chunk.text, NO_SUMMARY, seed, "summary")
        ),
        (chunk.day.astype(np.int64) * ONE_DAY).tolist(),
    )
    return (_2018_LINE % row for row in zip(*columns, strict=True))


def _lines_2014(chunk: Chunk, writer: Writer, seed: int) -> Iterator[bytes]:
    up = _votes(chunk, seed)
    seen = up + choices(chunk.review, 3, seed, "not helpful") * (up > 0)
    columns = (
        reviewer_codes(chunk.reviewer).tolist(),
        chunk.asin.tolist(),
        _field(
            b'"reviewerName": "%b", ', writer.names(chunk.reviewer), _absent(chunk.reviewer, NO_NAME, seed)
        ),
        up.tolist(),
        seen.tolist(),
        _field(b'"reviewText": "%b", ', _texts(chunk, writer), _absent(chunk.text, NO_TEXT, seed)),
        chunk.stars.tolist(),
        _field(
            b'"summary": "%b", ', _summaries(chunk, writer), _absent(chunk.text, NO_SUMMARY, seed, "summary")
        ),
        (chunk.day.astype(np.int64) * ONE_DAY).tolist(),
        _dates(chunk.day),
    )
    return (_2014_LINE % row for row in zip(*columns, strict=True))


def _lines_2023(chunk: Chunk, writer: Writer, seed: int) -> Iterator[bytes]:
    moment = choices(chunk.text, ONE_DAY * 1_000, seed, "moment")
    columns = (
        chunk.stars.tolist(),
        _summaries(chunk, writer),
        _texts(chunk, writer),
        _images(chunk.review, seed, b"%b", b'{"small_image_url": "%b"}'),
        chunk.asin.tolist(),
        chunk.parent.tolist(),
        reviewer_codes(chunk.reviewer).tolist(),
        (chunk.day.astype(np.int64) * ONE_DAY * 1_000 + moment).tolist(),
        _votes(chunk, seed).tolist(),
        _truths(writer.verified(chunk.text, chunk.day)),
    )
    return (_2023_LINE % row for row in zip(*columns, strict=True))


def ratings_csv(chunk: Chunk) -> bytes:
    """The 2014 edition's `ratings_*.csv`: reviewer,asin,stars,unix time; no header."""
    seconds = (chunk.day.astype(np.int64) * ONE_DAY).tolist()
    columns = (reviewer_codes(chunk.reviewer).tolist(), chunk.asin.tolist(), chunk.stars.tolist(), seconds)
    return b"".join(b"%b,%b,%d.0,%d\n" % row for row in zip(*columns, strict=True))


def _votes(chunk: Chunk, seed: int) -> Array:
    """0 for none; else at least 2, with a tail that reaches the thousands."""
    share = np.where(chunk.day < 16_436, VOTED, VOTED_NOW)  # before 2015
    voted = uniforms(chunk.review, seed, "voted") < share
    votes = 2 * (1 - uniforms(chunk.review, seed, "votes")) ** -0.9
    return np.where(voted, np.minimum(votes, 9_000), 0).astype(np.int64)


def _images(ids: Array, seed: int, field: bytes, each: bytes = b'"%b"') -> list[bytes]:
    images = [field % b""] * len(ids) if field == b"%b" else [b""] * len(ids)
    numbers = scrambled(ids, seed, "image") % np.uint64(10**11)
    for row in np.flatnonzero(uniforms(ids, seed, "with image") < WITH_IMAGE).tolist():
        images[row] = field % (each % (_IMAGE % int(numbers[row])))
    return images


def _styles(chunk: Chunk, seed: int) -> list[bytes]:
    table = [b'"style": {"Format:": " %b"}, ' % style.encode() for style in STYLES] + [b""]
    dice = uniforms(chunk.review, seed, "style")
    styles = np.where(
        dice < OTHER_STYLE, choices(chunk.review, len(STYLES), seed, "other style"), chunk.format
    )
    styles = np.where(dice > 1 - NO_STYLE, len(STYLES), styles)
    return [table[style] for style in styles.tolist()]


def _texts(chunk: Chunk, writer: Writer) -> list[bytes]:
    return writer.texts(chunk.text, chunk.day, chunk.stars)


def _summaries(chunk: Chunk, writer: Writer) -> list[bytes]:
    return writer.summaries(chunk.text, chunk.day, chunk.stars)


def _absent(ids: Array, share: float, seed: int, salt: str = "absent") -> Array:
    return uniforms(ids, seed, salt) < share


def _field(form: bytes, values: list[bytes], absent: Array) -> list[bytes]:
    fields = [form % value for value in values]
    for row in np.flatnonzero(absent).tolist():
        fields[row] = b""
    return fields


def _truths(flags: Array) -> list[bytes]:
    return [b"true" if flag else b"false" for flag in flags.tolist()]


def _dates(days: Array) -> list[bytes]:
    """Month with a zero in front, day without: "04 8, 2018"."""
    different, which = np.unique(days, return_inverse=True)
    start = datetime.date(1970, 1, 1)
    dates = [start + datetime.timedelta(days=int(day)) for day in different]
    texts = [f"{date.month:02} {date.day}, {date.year}".encode() for date in dates]
    return [texts[i] for i in which.tolist()]
