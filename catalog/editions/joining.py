"""The editions of a data set brought together: found by evidence and by what people decided, merged in small steps."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.template.defaultfilters import pluralize

from catalog.editions.decisions import holding_by_hand
from catalog.editions.evidence import read_candidates
from catalog.editions.matching import Found, Matching
from catalog.editions.merging import Join, merge_many
from catalog.editions.reviews import shared_reviews
from catalog.importing.pipeline import Progress
from catalog.models import DataSet, Rating

FINDING = "finding editions of one film"
MERGING = "bringing editions together"

Watcher = Callable[[Progress], None]


@dataclass
class Joined:
    """What was brought together: `movies` went into `films` others, which hid `copies` ratings of people who had
    rated more than one of them."""

    films: int = 0
    movies: int = 0
    copies: int = 0

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """What to tell the person who started it; nothing if nothing was done."""
        if not self.movies:
            return []
        movies = f"{self.movies:,} movie{pluralize(self.movies)}"
        films = f"{self.films:,} other{pluralize(self.films)}"
        hidden = f"{self.copies:,} rating{pluralize(self.copies)}"
        return [
            f"Editions: {movies} joined {films} as the same film; {hidden} hidden that would count twice."
        ]


def join_editions(data_set: DataSet, watch: Watcher = lambda progress: None) -> Joined:
    """Make one movie of those of a data set, and of others, that are one film. Done again it changes nothing.

    In short transactions, with right statistics after each: it may be broken off anywhere and done again. What
    `watch` raises ends it. Decisions by hand are obeyed.
    """
    found = find_editions(data_set, watch)
    joins = [
        Join(movie_id, film.into, film.sizes[movie_id], film.why[movie_id])
        for film in found
        for movie_id in film.others
    ]
    total = len(joins)
    watch(Progress(MERGING, 0, total, 0))
    merged, copies = merge_many(joins, lambda done: watch(Progress(MERGING, done, total, done)))
    watch(Progress(MERGING, total, total, total, is_over=True))
    return Joined(films=len(found), movies=merged, copies=copies)


def find_editions(data_set: DataSet, watch: Watcher = lambda progress: None) -> list[Found]:
    """Movies of a data set that are one film with each other, or with movies of other data sets; nothing is changed."""
    total = Rating.objects.count()
    watch(Progress(FINDING, 0, total, 0))
    candidates = read_candidates()
    own = {movie_id for movie_id, one in candidates.by_id.items() if data_set.pk in one.data_sets}
    home_of = {edition: home for edition, home in candidates.home_of.items() if home in own}
    shared = shared_reviews(home_of, lambda read: watch(Progress(FINDING, min(read, total), total, read)))
    matching = Matching(
        candidates.by_id.values(), holding_by_hand(), lambda: watch(Progress(FINDING, total, total, total))
    )
    matching.gather(shared)
    watch(Progress(FINDING, total, total, total, is_over=True))
    return matching.found(own, candidates.ratings)
