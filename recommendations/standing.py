"""Where a film stands for somebody: the stars expected of them, its rank, and what keeps it out of their list."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import numpy as np

from catalog.models import Movie
from catalog.series import series_groups
from ml.diversity import GROUP_MAXIMUM, unit_rows
from recommendations.active_model import ActiveModel
from recommendations.candidates import Film, Ranking, choose, excluded_rows, films_to_choose_from
from recommendations.intervals import interval
from recommendations.models import Mark
from recommendations.people import Someone
from recommendations.personal import KnownPerson, expected_stars, row_of, source_of
from recommendations.picks import Source, Why
from recommendations.wishes import Wishes


class Rule(StrEnum):
    """What decides whether a film is in somebody's list: exactly one for each film."""

    PICKED = "picked"
    RATED = "rated"
    DISMISSED = "dismissed"
    SEEN = "seen"
    WATCHLISTED = "watchlisted"
    FILTERED = "filtered"
    BELOW_THE_CUT = "below the cut"
    TOO_LIKE = "too like a stronger pick"
    SERIES = "enough of its series"
    UNKNOWN = "not known to the model"
    NO_MODEL = "no list of one's own"


@dataclass(frozen=True)
class Expected:
    """The stars somebody would give, and the interval that holds four of five such ratings, clipped to the scale."""

    stars: float
    low: float
    high: float

    @classmethod
    def of(cls, model: ActiveModel, known: KnownPerson, movie_id: int) -> Self | None:
        """None for a film that the model does not know."""
        expected = expected_stars(model, known, movie_id)
        return None if expected is None else cls(expected[0], *interval(*expected))


@dataclass(frozen=True)
class Standing:
    """`rank`, of `out_of` films that might be picked, is what the list is cut by; None without a list of one's own.

    `words` say the rule in a sentence; `like` is the pick that the film is too like.
    """

    movie: Movie
    rule: Rule
    words: str
    source: Source
    model_version: str | None = None
    rank: int | None = None
    out_of: int | None = None
    expected: Expected | None = None
    why: Why | None = None
    like: Movie | None = None
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Place:
    """What the model and the rules say of a film for somebody: a standing before films are read from the database."""

    rule: Rule
    words: str
    rank: int
    out_of: int
    source: Source
    like_id: int | None = None


def place_of(
    model: ActiveModel, known: KnownPerson, person: Someone, movie: Movie, wishes: Wishes, n: int
) -> Place | None:
    """Of a current movie in a list of n; None for one that the model does not know."""
    row = row_of(model, movie.pk)
    if row is None:
        return None
    ranking = Ranking(model, known.person, wishes)
    hidden = person.hidden_from(hide_watchlist=wishes.hide_watchlist)
    order = ranking.order()
    open_rows = ~excluded_rows(model, known.person, hidden)
    open_rows[row] = True
    rank = 1 + int(np.count_nonzero(order[open_rows] > order[row]))
    kept_out = _own_word(person, movie, wishes) or _filter(movie, wishes)
    rule, words, like_id = kept_out or _by_the_list(ranking, hidden, movie, wishes, rank, n)
    return Place(rule, words, rank, int(open_rows.sum()), source_of(model, row), like_id)


Verdict = tuple[Rule, str, int | None]


def _own_word(person: Someone, movie: Movie, wishes: Wishes) -> Verdict | None:
    """What the person themselves said of the film."""
    if any(movie_id == movie.pk for movie_id, _ in person.ratings):
        return Rule.RATED, "You have rated it, and picks are films that you have not.", None
    if movie.pk in person.with_mark(Mark.Kind.NOT_INTERESTED):
        return Rule.DISMISSED, "You said that it is not for you.", None
    if movie.pk in person.with_mark(Mark.Kind.SEEN):
        return Rule.SEEN, "You marked it as seen.", None
    if wishes.hide_watchlist and movie.pk in person.with_mark(Mark.Kind.WATCHLIST):
        return Rule.WATCHLISTED, "It is on your watchlist, which you left out.", None
    return None


def _filter(movie: Movie, wishes: Wishes) -> Verdict | None:
    """The first wish that the film does not fulfil."""
    if wishes.genre and wishes.genre not in movie.genres.all():
        return Rule.FILTERED, f"You wished for {wishes.genre}, which it is not.", None
    if wishes.decade and movie.decade != wishes.decade:
        return Rule.FILTERED, f"You wished for films of the {wishes.decade}s.", None
    if wishes.longest and (movie.runtime_minutes or wishes.longest + 1) > wishes.longest:
        long = "its running time is not known" if movie.runtime_minutes is None else "it is longer"
        return Rule.FILTERED, f"You wished for at most {wishes.longest} minutes, and {long}.", None
    if wishes.least and movie.rating_count < wishes.least:
        return (
            Rule.FILTERED,
            f"You wished for at least {wishes.least:,} ratings, and it has {movie.rating_count:,}.",
            None,
        )
    return None


def _by_the_list(
    ranking: Ranking, hidden: set[int], movie: Movie, wishes: Wishes, rank: int, n: int
) -> Verdict:
    """What the making of the list did to a film that might be picked."""
    considered = films_to_choose_from(ranking, hidden, wishes, n)
    chosen = choose(ranking, considered, wishes, n)
    ids, chosen_ids = [film.movie_id for film in considered], [film.movie_id for film in chosen]
    if movie.pk in chosen_ids:
        return Rule.PICKED, f"It is in your picks: number {chosen_ids.index(movie.pk) + 1}.", None
    if movie.pk not in ids[:n] or not chosen:
        return Rule.BELOW_THE_CUT, f"Your list shows {n} films, and others come before it.", None
    film = considered[ids.index(movie.pk)]
    same = _of_its_series(film, chosen)
    if len(same) >= GROUP_MAXIMUM:
        words = (
            f"{len(same)} films of its series are in your picks already: {same[0].title} and {same[1].title}."
        )
        return Rule.SERIES, words, same[0].movie_id
    nearest = _most_like(ranking.model, film, chosen)
    return Rule.TOO_LIKE, f"It is too like {nearest.title}, which is in your picks.", nearest.movie_id


def _of_its_series(film: Film, chosen: Sequence[Film]) -> list[Film]:
    groups = series_groups([film.title, *(other.title for other in chosen)])
    return [other for other, group in zip(chosen, groups[1:], strict=True) if group == groups[0] >= 0]


def _most_like(model: ActiveModel, film: Film, chosen: Sequence[Film]) -> Film:
    vectors = unit_rows(model.served.similarity_embeddings[[film.row, *(other.row for other in chosen)]])
    return chosen[int((vectors[1:] @ vectors[0]).argmax())]
