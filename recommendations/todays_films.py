"""What films of a model are called today, and under which ids: remembered, for every list looks at a few hundred.

A film may be merged or removed while that is remembered. Who shows films reads them from the database anyway, sees it
there, and asks again after `forget`.
"""

import time

from catalog.merges import current_ids
from catalog.models import Movie

Name = tuple[int, str]
"""Today's id, and the title."""
SECONDS = 60.0
MOST = 50_000


class TodaysFilms:
    """Of one model, for all threads: what is remembered is only ever added to, or begun anew."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._began = time.monotonic()
        self._names: dict[int, Name | None] = {}

    def of(self, trained_ids: list[int]) -> dict[int, Name | None]:
        """{id in the artifact: name} of these films, and of others; None for those that are gone."""
        if time.monotonic() - self._began > SECONDS or len(self._names) > MOST:
            self.forget()
        names = self._names
        missing = [pk for pk in trained_ids if pk not in names]
        if missing:
            names.update({**dict.fromkeys(missing), **read(missing)})
        return names


def read(trained_ids: list[int]) -> dict[int, Name]:
    """Of those that are there. One query, and two more where films were merged."""
    rows = list(Movie.objects.filter(pk__in=trained_ids).values_list("pk", "merged_into_id", "title"))
    today = {pk: (pk, title) for pk, into, title in rows if into is None}
    merged = [pk for pk, into, _ in rows if into is not None]
    if merged:
        roots = current_ids(merged)
        titles = dict(Movie.objects.filter(pk__in=set(roots.values())).values_list("pk", "title"))
        today |= {pk: (root, titles[root]) for pk, root in roots.items() if root in titles}
    return today
