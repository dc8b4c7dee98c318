"""Which of a model's films a filter lets through, in the whole catalogue: remembered, for a list would take too long.

What is remembered only says where to look. Who shows films reads them from the database anyway, checks them there, and
asks again after `forget`: so a change keeps a film out at once, and at worst brings one in a minute later.
"""

import time
from collections import OrderedDict
from threading import Lock

import numpy as np

from catalog.models import Movie
from ml.arraytypes import BoolArray
from ml.vocabulary import Vocabulary
from recommendations.wishes import Wishes

SECONDS = 60.0
MOST_FILTERS = 16
"""Each takes a byte a film."""


class Filters:
    """Of one model's films, for all threads. A mask is never changed once it is made."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._made: OrderedDict[object, tuple[float, BoolArray]] = OrderedDict()
        self._lock = Lock()

    def forget(self) -> None:
        with self._lock:
            self._made.clear()

    def passing(self, wishes: Wishes) -> BoolArray:
        """(n_movies,): rows of the films that the filter lets through, also under the ids of films merged into them.

        Two queries that read all their ids, or none.
        """
        key = wishes.filter_key
        made = self._made.get(key)
        if made is None or time.monotonic() - made[0] > SECONDS:
            made = time.monotonic(), self._read(wishes)
            self._keep(key, made)
        return made[1]

    def _keep(self, key: object, made: tuple[float, BoolArray]) -> None:
        with self._lock:
            self._made.pop(key, None)
            self._made[key] = made
            if len(self._made) > MOST_FILTERS:
                self._made.popitem(last=False)

    def _read(self, wishes: Wishes) -> BoolArray:
        passing = Movie.objects.current().filter(wishes.films).order_by().values_list("pk", flat=True)
        ids = np.fromiter(passing.iterator(chunk_size=10_000), dtype=np.int64)
        merged = Movie.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
        formers, into = np.array(list(merged), dtype=np.int64).reshape(-1, 2).T
        mask = np.zeros(len(self._vocabulary), dtype=np.bool_)
        while len(ids):
            rows = self._vocabulary.indices(ids)
            mask[rows[rows >= 0]] = True
            ids = formers[np.isin(into, ids)]  # and what was merged into those, through others too
        return mask
