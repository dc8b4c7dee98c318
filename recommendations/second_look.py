"""Ratings that the model finds odd beside a person's others, offered for a second look."""

from dataclasses import dataclass

import numpy as np

from catalog.models import Movie
from recommendations.active_model import active_model
from recommendations.intervals import interval
from recommendations.models import Mark
from recommendations.people import Someone
from recommendations.personal import known_person

FEWEST_RATINGS = 10
"""With fewer others to compare with, nothing is odd."""

ODD = 2.0
"""Standard deviations: of ratings that follow the model, one in twenty is further off."""

MOST_ODD, MOST_SETTLED = 5, 50


@dataclass(frozen=True)
class Odd:
    """A rating beside what the person's other ratings say of the film, in stars; `surprise` in deviations."""

    movie: Movie
    given: float
    expected: float
    low: float
    high: float
    surprise: float

    @property
    def half_stars(self) -> int:
        return round(self.given * 2)


@dataclass(frozen=True)
class SecondLook:
    """`has_model`: whether there was anything to compare with. `meant`, `unused`: films settled before."""

    odd: list[Odd]
    has_model: bool
    meant: list[Movie]
    unused: list[Movie]


def second_look(person: Someone) -> SecondLook:
    """The most surprising ratings first, without those that were said to be right or are not used for picks.

    The surprise of a rating is its leave-one-out residual, (stars - expected) / deviation, where both come from the
    posterior of the person without that rating (`ServedModel.stars_without_each`).
    """
    found = _odd(person)
    marked = {kind: sorted(person.with_mark(kind), reverse=True)[:MOST_SETTLED] for kind in SETTLING}
    odd_ids = [movie_id for movie_id, *_ in found or []]
    wanted = {*odd_ids, *(movie_id for ids in marked.values() for movie_id in ids)}
    movies = Movie.objects.prefetch_related("genres").in_bulk(wanted)
    return SecondLook(
        odd=[Odd(movies[movie_id], *rest) for movie_id, *rest in found or [] if movie_id in movies],
        has_model=found is not None,
        meant=[movies[movie_id] for movie_id in marked[Mark.Kind.MEANT] if movie_id in movies],
        unused=[movies[movie_id] for movie_id in marked[Mark.Kind.UNUSED] if movie_id in movies],
    )


SETTLING = (Mark.Kind.MEANT, Mark.Kind.UNUSED)
"""Marks that end the question."""


def _odd(person: Someone) -> list[tuple[int, float, float, float, float, float]] | None:
    """(movie id, and the figures of `Odd`); None without a model."""
    model = active_model()
    if model is None:
        return None
    known = known_person(model, person.history)
    if len(known) < FEWEST_RATINGS:
        return []
    expected, deviations = model.served.stars_without_each(known.person)
    surprises = (np.array(known.stars) - expected) / deviations
    meant = person.with_mark(Mark.Kind.MEANT)
    worst = np.argsort(-np.abs(surprises), kind="stable").tolist()
    places = [
        place for place in worst if abs(surprises[place]) >= ODD and known.rated_ids[place] not in meant
    ]
    return [
        (
            known.rated_ids[place],
            known.stars[place],
            float(expected[place]),
            *interval(float(expected[place]), float(deviations[place])),
            float(surprises[place]),
        )
        for place in places[:MOST_ODD]
    ]
