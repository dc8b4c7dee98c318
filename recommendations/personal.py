"""Picks from the active model and a history: which films, in which order, and what carries each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.merges import current_ids, former_ids
from ml.arraytypes import FloatArray
from ml.people import Person
from ml.top_films import top_n
from recommendations.active_model import ActiveModel
from recommendations.candidates import Film, Ranking, choose, films_to_choose_from
from recommendations.people import History
from recommendations.picks import Candidate, Source
from recommendations.wishes import ANYTHING, Wishes

MAXIMUM_REASONS = 3
SPARE_CANDIDATES = 50
"""Similar films read beyond those wanted, in place of films merged or removed since the model was opened."""


@dataclass(frozen=True, eq=False)
class KnownPerson:
    """A history as the model sees it. `rated_ids` are today's ids of the person's films, row by row."""

    person: Person
    rated_ids: list[int]
    stars: list[float]

    def __len__(self) -> int:
        return len(self.person)


def known_person(model: ActiveModel, history: History) -> KnownPerson:
    """A film counts under the id it was trained with, also where it has been merged into another since."""
    movie_ids = [movie_id for movie_id, _ in history]
    trained_ids = _trained_ids(model, movie_ids)
    stars = {
        trained_ids[movie_id]: half_stars / 2 for movie_id, half_stars in history if movie_id in trained_ids
    }
    today = {trained: movie_id for movie_id, trained in trained_ids.items()}
    person = model.served.person(stars.items())
    known = person.known_movie_ids.tolist()
    return KnownPerson(person, [today[trained] for trained in known], [stars[trained] for trained in known])


def personal_candidates(
    model: ActiveModel, known: KnownPerson, hidden_ids: Collection[int], n: int, wishes: Wishes = ANYTHING
) -> tuple[list[Candidate], set[int]]:
    """n films for somebody, best first and varied, without hidden ones; and the ids of all that were considered."""
    ranking = Ranking(model, known.person, wishes)
    considered = films_to_choose_from(ranking, hidden_ids, wishes, n)
    films = choose(ranking, considered, wishes, n)
    return as_candidates(known, ranking, films), {film.movie_id for film in considered}


def as_candidates(known: KnownPerson, ranking: Ranking, films: Sequence[Film]) -> list[Candidate]:
    """Films with all that is said of a pick: the score and the shares are the model's own."""
    model = ranking.model
    rows = np.array([film.row for film in films], dtype=np.int64)
    predicted = model.served.predicted_stars(known.person, rows)
    shares = model.served.ranking_shares(known.person, rows)
    return [
        Candidate(
            movie_id=film.movie_id,
            score=film.score,
            source=source_of(model, film.row),
            predicted_stars=float(predicted[place]),
            shares=_strongest(known, shares[place]),
        )
        for place, film in enumerate(films)
    ]


def similar_candidates(model: ActiveModel, movie_id: int, n: int) -> list[Candidate]:
    """The n films nearest to one; none if the model does not know it."""
    row = row_of(model, movie_id)
    if row is None:
        return []
    rows, similarities = model.served.similar(row, n + SPARE_CANDIDATES, exclude=model.gone)
    today = current_ids(model.served.movie_ids[rows].tolist())
    chosen: dict[int, Candidate] = {}
    for other, similarity in zip(rows.tolist(), similarities.tolist(), strict=True):
        other_id = today.get(int(model.served.movie_ids[other]))
        if other_id is not None and other_id != movie_id:
            chosen.setdefault(other_id, Candidate(other_id, similarity, source_of(model, other)))
    return list(chosen.values())[:n]


def predictions(model: ActiveModel, known: KnownPerson, movie_ids: Sequence[int]) -> dict[int, float]:
    """{movie id: stars the person would give}, for the movies the model knows."""
    trained_ids = _trained_ids(model, movie_ids)
    rows = model.served.vocabulary.indices(list(trained_ids.values()))
    stars = model.served.predicted_stars(known.person, rows)
    return dict(zip(trained_ids, stars.tolist(), strict=True))


def row_of(model: ActiveModel, movie_id: int) -> int | None:
    """The row of a current movie, also if it was trained under the id of one merged into it; None if of neither."""
    trained = _trained_ids(model, [movie_id])
    return int(model.served.vocabulary.indices(trained[movie_id])) if trained else None


def expected_stars(model: ActiveModel, known: KnownPerson, movie_id: int) -> tuple[float, float] | None:
    """The stars the person would give a movie and their standard deviation; None if the model does not know it."""
    row = row_of(model, movie_id)
    if row is None:
        return None
    rows = np.array([row])
    stars = model.served.predicted_stars(known.person, rows)
    return float(stars[0]), float(model.served.stars_deviation(known.person, rows)[0])


@dataclass(frozen=True)
class Sum:
    """A ranking score taken apart. `shares`: (id of a rated movie, stars, share) of all rated films that count."""

    score: float
    base: float
    shares: list[tuple[int, float, float]]


def score_sum(model: ActiveModel, known: KnownPerson, movie_id: int) -> Sum | None:
    """How the score of a movie adds up; None if the model does not know it."""
    row = row_of(model, movie_id)
    if row is None:
        return None
    base = float(model.served.ranking_base(known.person)[row])
    shares = model.served.ranking_shares(known.person, np.array([row]))[0].tolist()
    return Sum(
        score=base + sum(shares),
        base=base,
        shares=list(zip(known.rated_ids, known.stars, shares, strict=True)),
    )


def source_of(model: ActiveModel, row: int) -> Source:
    """CONTENT where nobody had rated the film: its vector then comes from its genres, people and decade."""
    return Source.MODEL if model.rating_counts[row] else Source.CONTENT


def _trained_ids(model: ActiveModel, movie_ids: Sequence[int]) -> dict[int, int]:
    """{today's id: id in the artifact}, in the order given, without films the model does not know."""
    rows = model.served.vocabulary.indices(movie_ids)
    trained = {movie_id: movie_id for movie_id, row in zip(movie_ids, rows.tolist(), strict=True) if row >= 0}
    unknown = [movie_id for movie_id in movie_ids if movie_id not in trained]
    formers = former_ids(unknown) if unknown else {}
    known_formers = model.served.vocabulary.indices(list(formers)) >= 0
    for (former, movie_id), is_known in zip(formers.items(), known_formers.tolist(), strict=True):
        if is_known:
            trained.setdefault(movie_id, former)
    return {movie_id: trained[movie_id] for movie_id in movie_ids if movie_id in trained}


def _strongest(known: KnownPerson, shares: FloatArray) -> list[tuple[int, float, float]]:
    """(rated movie id, stars, share) of the films that add most to a score, strongest first."""
    best = top_n(shares, MAXIMUM_REASONS)
    return [
        (known.rated_ids[place], known.stars[place], float(shares[place]))
        for place in best
        if shares[place] > 0
    ]
