"""Two movies made one, and parted again: by hand here, by evidence many at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.editions.decisions import forget_that_they_differ, keys_of_movies, record
from catalog.editions.moving import Move, meeting_ratings, move_into, move_out
from catalog.editions.trees import lock_movies, with_merged
from catalog.importing.pace import Pace
from catalog.models import Edition, MergeDecision, Movie, Rating

RATINGS_IN_A_SLICE = 1_600
RATINGS_FOR_A_MOVIE = 20
"""To move a movie costs as much as to move so many of its ratings."""


class MergeProblem(Exception):
    """Movies that cannot be merged or parted as was asked. The message is a sentence for the person who asked."""


@dataclass(frozen=True)
class Outcome:
    """What a merge or a split would do: how many editions and ratings move, how many copies it hides or shows."""

    editions: int
    ratings: int
    copies: int


@dataclass(frozen=True)
class Join:
    """A movie that evidence says is the same film as `into`; `size`: about how many ratings it has."""

    movie_id: int
    into_id: int
    size: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def cost(self) -> int:
        """In ratings."""
        return self.size + RATINGS_FOR_A_MOVIE


def merge(
    movie: Movie, into: Movie, *, by: User | None = None, evidence: dict[str, Any] | None = None
) -> MergeDecision:
    """Make `movie`, with all that was merged into it, a part of `into`.

    Of two current ratings by one reviewer the latest goes on counting, the other is hidden. A decision by hand
    (`by` somebody) takes back earlier ones that the two differ. MergeProblem if they are one already.
    """
    with transaction.atomic():
        going, staying = _locked_roots(movie, into)
        if going == staying:
            raise MergeProblem(f"{movie} and {into} are one film already.")
        decision = record(
            MergeDecision.Kind.MERGE,
            going,
            staying,
            keys_of_movies([going.pk, staying.pk]),
            by=by,
            evidence=evidence,
        )
        if by is not None:
            forget_that_they_differ(with_merged([going.pk]), with_merged([staying.pk]))
        hidden = move_into([Move(going.pk, staying.pk)])
        decision.evidence = {**decision.evidence, "hidden": hidden}
        decision.save()
    return decision


def _locked_roots(*movies: Movie) -> list[Movie]:
    """The movies that these are today, locked. Somebody may merge one before it is: then all again."""
    while True:
        roots = [_root(movie) for movie in movies]
        with transaction.atomic():
            locked = lock_movies({root.pk for root in roots})
            if all(root.pk in locked and locked[root.pk].merged_into_id is None for root in roots):
                return [locked[root.pk] for root in roots]
            transaction.set_rollback(True)  # nothing is held while more is waited for


def _root(movie: Movie) -> Movie:
    """What a movie is a part of as the database has it now, whatever this object remembers."""
    return Movie.objects.get(pk=movie.pk).resolved()


def split(movie: Movie, *, by: User | None = None) -> MergeDecision:
    """Take a merged movie, with all that was merged into it, out of the film it became a part of.

    All is as it was before they were merged, but for what was rated since. By hand it is remembered that the two
    are different films. MergeProblem if the movie is a film of its own.
    """
    with transaction.atomic():
        movie, root = _locked_part(movie)
        parent_id, homes = movie.merged_into_id, with_merged([movie.pk])
        edition_ids = _edition_ids(root, homes)
        move_out(movie.pk, homes, edition_ids, root.pk)
        merges = MergeDecision.objects.filter(kind=MergeDecision.Kind.MERGE, movie=movie, undone_at=None)
        merges.update(undone_at=timezone.now())
        keys = keys_of_movies([movie.pk, root.pk])
        decision = record(MergeDecision.Kind.APART, movie, root, keys, by=by)
        decision.evidence = {"split_from": parent_id}
        decision.save()
    return decision


def _locked_part(movie: Movie) -> tuple[Movie, Movie]:
    """A merged movie and the root of its tree, locked; MergeProblem if it is not merged."""
    while True:
        root = _root(movie)
        if root.pk == movie.pk:
            raise MergeProblem(f"{movie} was not merged into another film.")
        with transaction.atomic():
            locked = lock_movies({movie.pk, root.pk})
            if locked[root.pk].merged_into_id is None and _root(movie).pk == root.pk:
                return locked[movie.pk], locked[root.pk]
            transaction.set_rollback(True)


def _edition_ids(root: Movie, homes: set[int]) -> list[int]:
    editions = Edition.objects.filter(movie=root, home__in=homes).order_by("pk")
    return list(editions.values_list("pk", flat=True))


@transaction.atomic
def apart(movie: Movie, other: Movie, *, by: User) -> MergeDecision:
    """Remember that two movies are different films, whatever evidence says. MergeProblem if they are one now."""
    first, second = _locked_roots(movie, other)
    if first == second:
        raise MergeProblem(f"{movie} and {other} are one film now: split them instead.")
    keys = keys_of_movies([first.pk, second.pk])
    decision = record(MergeDecision.Kind.APART, first, second, keys, by=by)
    decision.save()
    return decision


def undo(decision: MergeDecision, *, by: User) -> MergeDecision | None:
    """Take a decision back: what was merged is split, what was split is merged again, what was only said is
    forgotten. Returns the decision that this makes, if any. MergeProblem if there is nothing to take back.
    """
    with transaction.atomic():
        held = MergeDecision.objects.select_for_update().filter(pk=decision.pk, undone_at=None)
        if not held:
            raise MergeProblem("This decision was taken back already.")
        movie, other = decision.movie, decision.other
        if decision.kind == MergeDecision.Kind.MERGE and movie is not None:
            return split(movie, by=by)
        held.update(undone_at=timezone.now())
        parent_id = decision.evidence.get("split_from")
        if movie is None or other is None or parent_id is None:
            return None
        return _merge_again(movie, other, parent_id, by)


def _merge_again(movie: Movie, root: Movie, parent_id: int, by: User) -> MergeDecision:
    """Merge what was split from `root`, or from `parent_id` within it, in its old place."""
    if Movie.objects.get(pk=movie.pk).merged_into_id is not None:
        raise MergeProblem(f"{movie} has become a part of another film since: split it from that first.")
    decision = merge(movie, root, by=by)
    parent = Movie.objects.filter(pk=parent_id).first()
    if parent is not None and parent.resolved() == root.resolved():
        Movie.objects.filter(pk=movie.pk).update(merged_into=parent)
    return decision


def outcome_of_merge(movie: Movie, into: Movie) -> Outcome:
    """What `merge` would do now."""
    going, staying = (_root(one) for one in (movie, into))
    hidden = meeting_ratings([Move(going.pk, staying.pk)])
    ratings = Rating.objects.current().filter(movie=going).count()
    return Outcome(going.editions.count(), ratings, len(hidden))


def outcome_of_split(movie: Movie) -> Outcome:
    """What `split` would do now."""
    homes = with_merged([movie.pk])
    edition_ids = _edition_ids(_root(movie), homes)
    theirs = Rating.objects.filter(Q(edition__in=edition_ids) | Q(edition=None, home__in=homes))
    current = theirs.current().count()
    return Outcome(len(edition_ids), current, theirs.count() - current)


def merge_many(joins: Sequence[Join], heard: Callable[[int], None] = lambda done: None) -> tuple[int, int]:
    """Merge by evidence, in short transactions; `heard` is told how many of the joins are looked at.

    What somebody merged, parted or removed meanwhile is left as it is. Returns how many movies were merged and how
    many ratings that hid.
    """
    started, pace = timezone.now(), Pace(RATINGS_IN_A_SLICE)
    done = merged = hidden = 0
    for joins_of_slice in in_slices(joins, lambda: pace.size):
        with pace.keep(sum(join.cost for join in joins_of_slice)):
            slice_merged, slice_hidden = _merge_slice(joins_of_slice, started)
        done, merged, hidden = done + len(joins_of_slice), merged + slice_merged, hidden + slice_hidden
        heard(done)
    return merged, hidden


def in_slices(joins: Iterable[Join], size: Callable[[], int]) -> Iterator[list[Join]]:
    """Joins that together cost about as much as one transaction may; a large one stands alone."""
    gathered: list[Join] = []
    cost = 0
    for join in joins:
        if gathered and cost + join.cost > size():
            yield gathered
            gathered, cost = [], 0
        gathered.append(join)
        cost += join.cost
    if gathered:
        yield gathered


@transaction.atomic
def _merge_slice(joins: Sequence[Join], started: datetime) -> tuple[int, int]:
    movies = lock_movies({movie_id for join in joins for movie_id in (join.movie_id, join.into_id)})
    touched = _decided_by_hand_since(started)
    free = {pk for pk, movie in movies.items() if movie.merged_into_id is None and pk not in touched}
    joins = [join for join in joins if join.movie_id in free and join.into_id in free]
    if not joins:
        return 0, 0
    keys = keys_of_movies({movie_id for join in joins for movie_id in (join.movie_id, join.into_id)})
    MergeDecision.objects.bulk_create(
        record(
            MergeDecision.Kind.MERGE,
            movies[join.movie_id],
            movies[join.into_id],
            keys,
            by=None,
            evidence=join.evidence,
        )
        for join in joins
    )
    return len(joins), move_into([Move(join.movie_id, join.into_id) for join in joins])


def _decided_by_hand_since(moment: datetime) -> set[int | None]:
    changed = Q(created_at__gte=moment) | Q(undone_at__gte=moment)
    decisions = MergeDecision.objects.filter(changed, by_hand=True).order_by()
    return {movie_id for pair in decisions.values_list("movie_id", "other_id") for movie_id in pair}
