"""Which movies are editions of one film, judged from evidence alone: no database, nothing moved.

Movies are gathered into clusters, strongest evidence first: what is merged already, what people decided, ids of the
same film, reviews and groups that editions share, the same title with a person or a year in common, and at last the
same title alone. What contradicts the film that a cluster stands for keeps a movie out, however it is linked: a chain
of likenesses never joins two remakes, two seasons, or a film and its box.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

from catalog.editions.copies import Shared
from catalog.editions.decisions import ByHand
from catalog.editions.evidence import Candidate, namesakes
from catalog.editions.titles import NOTHING, TitleKey

T = TypeVar("T")

YEARS_APART = 2
"""Titles of one film may differ by so many years: made, shown, sold."""

SHARE_OF_NAMESAKES = 0.2
SHARE_OF_UNTITLED = 0.5
SHARE_OF_SIMILAR = 0.8
"""What share of the smaller movie's reviews must stand under both: less if the titles are one, more if they differ."""

MANY_REVIEWS = 3
"""So many reviews under both are no accident."""

SIMILAR = 0.6
"""What share of the words of two titles must be in both, if neither title holds all words of the other."""

MOST_NAMESAKES = 200
"""A title that more movies have says nothing of any of them."""

GROUPS_BETWEEN_SIGNS = 200
TELLING_PEOPLE = 4
SHARE_OF_PEOPLE = 0.5
"""Of two casts of so many known people together, that share of the smaller one must be in both, or they are of two
films. One person each says nothing: a director, and an actor of the same film."""


@dataclass(slots=True)
class Cluster:
    """Movies taken for one film, and all that is known of it.

    There is one of each movie at first, so sets are shared with the movie where they can be, and never changed.
    """

    members: list[Candidate]
    keys: Set[TitleKey]
    articles: Set[bool]
    years: Set[int]
    told_years: Set[int]
    imdb_ids: Set[str]
    tmdb_ids: Set[int]
    people: Set[int]
    data_sets: Set[int]
    apart: Set[tuple[int, int]] = frozenset()
    """Decisions by hand that name it, each with the side on which it stands."""

    @classmethod
    def of(cls, candidate: Candidate) -> "Cluster":
        return cls(
            members=[candidate],
            keys=frozenset({candidate.key} - {NOTHING}),
            articles=_ARTICLES[candidate.with_article],
            years=_only(candidate.year),
            told_years=_only(candidate.told_year),
            imdb_ids=_only(candidate.imdb_id),
            tmdb_ids=_only(candidate.tmdb_id),
            people=candidate.people,
            data_sets=candidate.data_sets,
        )

    @property
    def all_years(self) -> Set[int]:
        return self.years | self.told_years

    def take(self, other: "Cluster") -> None:
        self.members += other.members
        for name in _SETS:
            mine, theirs = getattr(self, name), getattr(other, name)
            if not theirs <= mine:
                setattr(self, name, mine | theirs)


_SETS = [field.name for field in fields(Cluster) if field.name != "members"]
_ARTICLES = {is_there: frozenset({is_there}) for is_there in (False, True)}


def _only(value: T | None) -> frozenset[T]:
    """A set of the value, if there is one."""
    return frozenset((value,)) if value else frozenset()


@dataclass(frozen=True)
class Found:
    """Movies that are one film, by today's ids. `into` has the most ratings of those that have a title; `why`, and how
    many ratings each of the others has, by id."""

    into: int
    others: list[int]
    why: dict[int, dict[str, Any]]
    sizes: dict[int, int]


Objection = Callable[[Cluster, Cluster], bool]


class Matching:
    """Gathers candidates into clusters, from what is merged already and what people decided."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        by_hand: ByHand,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`alive` is called now and then as long as the work goes on; what it raises ends it."""
        self.alive = alive
        self.by_id = {candidate.movie_id: candidate for candidate in candidates}
        self._cluster_of = {movie_id: Cluster.of(candidate) for movie_id, candidate in self.by_id.items()}
        self._why: dict[int, dict[str, Any]] = {}
        self._present()
        self._decided(by_hand)

    def _present(self) -> None:
        """What is merged stays merged: only people split."""
        first_of_root: dict[int, int] = {}
        for movie_id, candidate in self.by_id.items():
            self._unite(first_of_root.setdefault(candidate.root, movie_id), movie_id, {})

    def _decided(self, by_hand: ByHand) -> None:
        for number, sides in enumerate(by_hand.apart):
            for side, movie_ids in enumerate(sides):
                for movie_id in movie_ids & self.by_id.keys():
                    self._cluster_of[movie_id].apart |= {(number, side)}
        for movies, others in by_hand.same:
            known = sorted((movies | others) & self.by_id.keys())
            for movie_id in known[1:]:
                self._join(known[0], movie_id, {"decided": "by hand"}, parted)

    def gather(self, shared: Collection[Shared]) -> None:
        """All that evidence joins, strongest first; again, as long as what was joined leads further."""
        while any([self.by_ids(), self.by_groups(), self.by_reviews(shared), self.by_titles()]):
            pass

    def by_ids(self) -> bool:
        """The same id at IMDb or TMDB is the same film. Whether that joined anything, as below."""
        joined = False
        for name in ("imdb_id", "tmdb_id"):
            first: dict[Any, int] = {}
            for movie_id, candidate in self.by_id.items():
                value = getattr(candidate, name)
                if value:
                    joined |= self._join(first.setdefault(value, movie_id), movie_id, {name: value}, parted)
        return joined

    def by_groups(self) -> bool:
        """What a source groups is one film, unless the titles say otherwise."""
        joined = False
        first: dict[tuple[int, str], int] = {}
        for movie_id, candidate in self.by_id.items():
            for group in sorted(candidate.groups):
                why = {"group": group[1]}
                joined |= self._join(first.setdefault(group, movie_id), movie_id, why, contradictory)
        return joined

    def by_reviews(self, shared: Collection[Shared]) -> bool:
        """Reviews that stand under both, if they are enough for how alike the titles are. A few alone may be a
        phrase that somebody used twice: years and people may object then."""
        joined = False
        for pair in sorted(shared, key=lambda pair: (-pair.count, -pair.share, pair.first, pair.second)):
            if self._is_enough(pair):
                why = {"shared_reviews": pair.count, "share": round(pair.share, 3)}
                objects = different if pair.count < MANY_REVIEWS else contradictory
                joined |= self._join(pair.first, pair.second, why, objects)
        return joined

    def _is_enough(self, pair: Shared) -> bool:
        first, second = self.by_id[pair.first].key, self.by_id[pair.second].key
        if NOTHING in (first, second):
            return pair.share >= SHARE_OF_UNTITLED and (pair.count > 1 or pair.share == 1)
        if first[:2] == second[:2]:
            return pair.share >= SHARE_OF_NAMESAKES
        return pair.share >= SHARE_OF_SIMILAR and pair.count >= MANY_REVIEWS

    def by_titles(self) -> bool:
        """The same title, with a person or a year in common; then alone."""
        joined = False
        for number, group in enumerate(namesakes(self.by_id.values())):
            if number % GROUPS_BETWEEN_SIGNS == 0:
                self.alive()
            if len(group) <= MOST_NAMESAKES:
                while self._by_what_is_in_common(group) or self._by_title_alone(group):
                    joined = True
        return joined

    def _by_what_is_in_common(self, group: Sequence[Candidate]) -> bool:
        """Those first that have the most in common."""
        likenesses = [
            (likeness, one.members[0].movie_id, other.members[0].movie_id)
            for one, other in combinations(self._clusters(group), 2)
            if (likeness := Likeness.of(one, other))
        ]
        joined = False
        for likeness, first, second in sorted(likenesses, reverse=True):
            joined |= self._join(first, second, likeness.in_words(self.by_id[first].key), different)
        return joined

    def _by_title_alone(self, group: Sequence[Candidate]) -> bool:
        """Only within a data set, and only where all of that title may be one film: else it says too little.

        Two different years, however near ("Fear, 1996" and "The Fear, 1995"), are too much for a title alone.
        """
        clusters = self._clusters(group)
        if any(
            different(one, other) or (one.years and other.years and not one.years & other.years)
            for one, other in combinations(clusters, 2)
        ):
            return False
        joined = False
        for one, other in combinations(clusters, 2):
            if one.data_sets & other.data_sets:
                why = {"title": _name(min(one.keys))}
                joined |= self._join(one.members[0].movie_id, other.members[0].movie_id, why, different)
        return joined

    def _clusters(self, group: Iterable[Candidate]) -> list[Cluster]:
        """Those of these candidates, each once."""
        return list(
            {id(cluster): cluster for cluster in (self._cluster_of[one.movie_id] for one in group)}.values()
        )

    def _join(self, first: int, second: int, why: dict[str, Any], objects: Objection) -> bool:
        """Make one of the clusters of two movies, unless they are one, or something objects."""
        one, other = self._cluster_of[first], self._cluster_of[second]
        if one is other or parted(one, other) or objects(one, other):
            return False
        self._unite(first, second, why)
        return True

    def _unite(self, first: int, second: int, why: dict[str, Any]) -> None:
        one, other = self._cluster_of[first], self._cluster_of[second]
        if one is other:
            return
        if len(one.members) < len(other.members):
            one, other = other, one
        if why:
            for candidate in (self.by_id[first], self.by_id[second], *other.members):
                self._why.setdefault(candidate.root, why)
        for candidate in other.members:
            self._cluster_of[candidate.movie_id] = one
        one.take(other)

    def found(self, own: Collection[int], ratings: Mapping[int, int]) -> list[Found]:
        """Movies to merge, where one of `own` is among them; `ratings`: how many each of today's movies has."""
        results = []
        for cluster in self._clusters(self.by_id[movie_id] for movie_id in own):
            roots = sorted({candidate.root for candidate in cluster.members})
            if len(roots) > 1:
                into = max(roots, key=lambda root: (self._has_title(root), ratings.get(root, 0), -root))
                others = [root for root in roots if root != into]
                why = {root: self._why.get(root, {}) for root in others}
                results.append(Found(into, others, why, {root: ratings.get(root, 0) for root in others}))
        return results

    def _has_title(self, movie_id: int) -> bool:
        return movie_id in self.by_id and self.by_id[movie_id].key != NOTHING


def parted(one: Cluster, other: Cluster) -> bool:
    """Whether somebody decided that they are different films."""
    return any((number, 1 - side) in other.apart for number, side in one.apart)


def contradictory(one: Cluster, other: Cluster) -> bool:
    """Whether their titles, or their ids at IMDb and TMDB, cannot be of one film, whatever they share."""
    if one.imdb_ids and other.imdb_ids and not one.imdb_ids & other.imdb_ids:
        return True
    if one.tmdb_ids and other.tmdb_ids and not one.tmdb_ids & other.tmdb_ids:
        return True
    if {key[:2] for key in one.keys} & {key[:2] for key in other.keys}:
        return any(_differ_in_count(key, another) for key in one.keys for another in other.keys)
    return any(not _may_be_one(key, another) for key in one.keys for another in other.keys)


def _differ_in_count(key: TitleKey, other: TitleKey) -> bool:
    return bool(key.films and other.films and key.films != other.films)


def _may_be_one(key: TitleKey, other: TitleKey) -> bool:
    """The same part of the same thing, or of things whose names begin alike."""
    if key.part != other.part or _differ_in_count(key, other):
        return False
    if key.name == other.name:
        return True
    words, other_words = set(key.name.split()), set(other.name.split())
    alike = (
        len(words & other_words) >= SIMILAR * len(words | other_words)
        or words <= other_words
        or words >= other_words
    )
    return alike and key.numbers == other.numbers


def different(one: Cluster, other: Cluster) -> bool:
    """Whether movies of one title are different films: remakes, by their years or their people."""
    if contradictory(one, other):
        return True
    years, other_years = one.all_years, other.all_years
    if years and other_years:
        all_years = years | other_years
        if max(all_years) - min(all_years) > YEARS_APART:
            return True
    in_common, fewer = len(one.people & other.people), min(len(one.people), len(other.people))
    return len(one.people) + len(other.people) >= TELLING_PEOPLE and in_common < SHARE_OF_PEOPLE * fewer


class Likeness(NamedTuple):
    """What clusters of one title have in common besides it; false if that does not show that they are one film."""

    people: int
    agree_in_years: bool
    films_in_the_box: int
    years: tuple[int, ...]

    @classmethod
    def of(cls, one: Cluster, other: Cluster) -> "Likeness":
        people = len(one.people & other.people)
        # "Fear" of 1996 and "The Fear" of 1995 are two films where both stand in one list.
        near = 0 if one.data_sets & other.data_sets and not one.articles & other.articles else 1
        agree = any(abs(year - another) <= near for year in one.all_years for another in other.all_years)
        counts = {key.films for key in one.keys} & {key.films for key in other.keys} - {0}
        years = tuple(sorted(one.all_years | other.all_years)) if agree else ()
        return cls(people, agree, max(counts, default=0), years)

    def __bool__(self) -> bool:
        return bool(self.people or self.agree_in_years or self.films_in_the_box)

    def in_words(self, key: TitleKey) -> dict[str, Any]:
        """As evidence: only what there is."""
        found = {"people": self.people, "years": list(self.years), "films_in_the_box": self.films_in_the_box}
        return {"title": _name(key), **{name: value for name, value in found.items() if value}}


def _name(key: TitleKey) -> str:
    return " ".join(filter(None, (key.name, key.part)))
