"""Metrics apart for people of whom much and of whom little is known."""

from collections.abc import Iterator

import numpy as np

from ml.arraytypes import BoolArray, IndexArray

STARTS = (0, 1, 2, 5, 10, 20, 50)
LENGTHS = ("0", "1", "2-4", "5-9", "10-19", "20-49", "50+")
"""How many ratings of a person the model knows, in bins; the first is strangers."""


def bins_of(history_lengths: IndexArray) -> Iterator[tuple[str, BoolArray]]:
    """The name of each bin that holds something, and the mask (m,) of what it holds; shortest first."""
    places = np.searchsorted(STARTS, history_lengths, side="right") - 1
    for place, name in enumerate(LENGTHS):
        held = places == place
        if held.any():
            yield name, held
