"""Which films a list for somebody is chosen from, and which of them make the list.

The best few hundred by the model's ranking, moved by the dial from familiar to adventurous, without films that are
hidden or that a filter leaves out; from them a varied list, at most two of a series. Scores stay the model's own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.series import series_groups
from ml.arraytypes import BoolArray, FloatArray, Int64Array
from ml.diversity import CANDIDATES, DEFAULT_STRENGTH, adventurous, familiarity
from ml.people import Person
from recommendations.active_model import ActiveModel
from recommendations.wishes import ANYTHING, Wishes

SPARE = 10
"""Rows read beyond those wanted, in place of films merged or removed since the model was opened."""
LARGEST_BLOCK = 5000
"""Rows read where so many of the best have gone that a list would be short."""
HIGH_STRENGTH = 0.5
STRENGTHS = {"off": None, "normal": DEFAULT_STRENGTH, "high": HIGH_STRENGTH}


@dataclass(frozen=True)
class Film:
    """A film that may be picked: today's id and title, its row in the model, and its score there."""

    movie_id: int
    title: str
    row: int
    score: float


class Ranking:
    """What films are ordered by for somebody: their ranking scores, unless the dial was moved."""

    def __init__(self, model: ActiveModel, person: Person, wishes: Wishes = ANYTHING) -> None:
        self.model, self.person, self.adventurousness = model, person, wishes.adventurous

    def best(self, n: int, excluded: BoolArray) -> tuple[Int64Array, FloatArray]:
        """Rows and the model's own scores of the n best films, best first."""
        return self.model.served.best_ranked(
            self.person, n, excluded=excluded, adventurousness=self.adventurousness
        )

    def order(self) -> FloatArray:
        """float32 (n_movies,): what all films are ordered by."""
        scores = self.model.served.ranking_scores(self.person)
        return adventurous(scores, familiarity(self.model.rating_counts), self.adventurousness)

    def varied(self, films: Sequence["Film"], n: int, strength: float) -> list["Film"]:
        """n of the films, given best first, in the order to show them; no more than two of one series."""
        chosen = self.model.served.varied(
            np.array([film.row for film in films], dtype=np.int64),
            np.array([film.score for film in films], dtype=np.float32),
            n,
            strength=strength,
            groups=np.array(series_groups([film.title for film in films]), dtype=np.int64),
            adventurousness=self.adventurousness,
        )
        return [films[place] for place in chosen.tolist()]


def excluded_rows(model: ActiveModel, person: Person, hidden_ids: Collection[int]) -> BoolArray:
    """(n_movies,): rows of films that are gone, rated or hidden."""
    excluded = model.gone.copy()
    excluded[person.movie_indices] = True
    hidden_rows = model.served.vocabulary.indices(list(hidden_ids))
    excluded[hidden_rows[hidden_rows >= 0]] = True
    return excluded


def films_to_choose_from(ranking: Ranking, hidden_ids: Collection[int], wishes: Wishes, n: int) -> list[Film]:
    """The best films that may be picked, best first: enough for a list of n, wherever there are so many.

    Two readings at most.
    """
    model = ranking.model
    excluded = excluded_rows(model, ranking.person, hidden_ids)
    if wishes.has_filter:
        excluded |= ~model.filters.passing(wishes)
    wanted = max(n, CANDIDATES)
    rows, scores = ranking.best(wanted + SPARE, excluded)
    films = _films_of_rows(model, rows, scores, hidden_ids)
    if len(films) < n and len(rows) == wanted + SPARE:
        rows, scores = ranking.best(LARGEST_BLOCK, excluded)
        films = _films_of_rows(model, rows, scores, hidden_ids)
    return films[:wanted]


def choose(ranking: Ranking, films: list[Film], wishes: Wishes, n: int) -> list[Film]:
    """n of the films, in the order to show them: as varied as wished, the best first."""
    strength = STRENGTHS[wishes.variety]
    return films[:n] if strength is None else ranking.varied(films, n, strength)


def _films_of_rows(
    model: ActiveModel, rows: Int64Array, scores: FloatArray, hidden_ids: Collection[int]
) -> list[Film]:
    """The films of today in the order of `rows`, without hidden ones.

    A film under several ids keeps its best row.
    """
    trained_ids = model.served.movie_ids[rows].tolist()
    today = model.films_today.of(trained_ids)
    films: dict[int, Film] = {}
    for row, value, trained_id in zip(rows.tolist(), scores.tolist(), trained_ids, strict=True):
        name = today[trained_id]
        if name is not None and name[0] not in hidden_ids:
            films.setdefault(name[0], Film(*name, row, value))
    return list(films.values())
