"""Reviewer ids and ASINs as the shop makes them, one-to-one with row numbers so that truth can be joined to a dump."""

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import scrambled

_DIGITS = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)
_MULTIPLIER = 0xD6E8FEB86659FD93  # odd, so multiplying by it modulo 2^64 can be undone
_SHIFT = 0xA0761D6478BD642F
_WORD = 1 << 64
_ASIN_MULTIPLIER = 48_271_000_033  # no factor in common with 36
_SHARE_OF_BOOK_NUMBERS = 0.12


def reviewer_codes(reviewers: Array) -> Array:
    """Bytes such as b"A2M1CU2IRZG0K9": "A" and a 64-bit number to base 36 (mostly 14 characters, a quarter 13)."""
    words = (reviewers.astype(np.uint64) + np.uint64(1)) * np.uint64(_MULTIPLIER) + np.uint64(_SHIFT)
    digits = _base_36(words, 13)
    short = digits[:, 0] == _DIGITS[0]
    digits[short, :-1] = digits[short, 1:]
    digits[short, -1] = 0
    letter = np.full((len(digits), 1), ord("A"), np.uint8)
    return np.ascontiguousarray(np.hstack([letter, digits])).view("S14").ravel()


def reviewer_index(code: str) -> int:
    """The row number behind a reviewer id that this maker wrote."""
    word = (int(code[1:], 36) - _SHIFT) * pow(_MULTIPLIER, -1, _WORD)
    return word % _WORD - 1


def asin_codes(count: int, seed: int) -> Array:
    """Distinct ASINs, bytes of 10: mostly "B00..." and, as for old tapes and discs, some that are book numbers."""
    ids = np.arange(count)
    letters = (ids.astype(np.uint64) * np.uint64(_ASIN_MULTIPLIER) + np.uint64(seed % 36**7)) % np.uint64(
        36**7
    )
    shop = _prefixed(b"B00", _base_36(letters, 7))
    numbers = (ids.astype(np.uint64) * np.uint64(7_368_787) + np.uint64(seed % 10**7)) % np.uint64(10**7)
    book = np.char.add(b"076", np.char.zfill(numbers.astype("S7"), 7))
    old = scrambled(ids, seed, "asin") < np.uint64(int(_SHARE_OF_BOOK_NUMBERS * _WORD))
    return np.where(old, book, shop)


def _base_36(words: Array, width: int) -> Array:
    digits = np.empty((len(words), width), np.uint8)
    for place in range(width - 1, -1, -1):
        words, digit = np.divmod(words, np.uint64(36))
        digits[:, place] = _DIGITS[digit.astype(np.int64)]
    return digits


def _prefixed(prefix: bytes, digits: Array) -> Array:
    head = np.broadcast_to(np.frombuffer(prefix, np.uint8), (len(digits), len(prefix)))
    width = digits.shape[1] + len(prefix)
    return np.ascontiguousarray(np.hstack([head, digits])).view(f"S{width}").ravel()
