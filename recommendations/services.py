"""Picks for a person, a visitor or a film: what pages and API alike ask, and all that they may ask.

Pure reads in a constant number of queries. Every answer says what it was made from, and a sentence why.
"""

from collections.abc import Iterable

from catalog.merges import current_ids
from catalog.models import Movie
from recommendations.active_model import ActiveModel, active_model
from recommendations.fallback import candidates_like, fallback_candidates
from recommendations.models import Mark
from recommendations.notes import note_on_average, note_on_personal, note_on_similar
from recommendations.people import NOBODY, Someone, User, someone, someone_signed_in
from recommendations.personal import (
    KnownPerson,
    known_person,
    personal_candidates,
    predictions,
    score_sum,
    similar_candidates,
)
from recommendations.picks import Pick, PickList, Reason, Source, Why, as_picks, as_reasons

__all__ = [
    "NOBODY",
    "Pick",
    "PickList",
    "Reason",
    "Someone",
    "Source",
    "User",
    "Why",
    "picks_for",
    "picks_for_history",
    "picks_for_user",
    "predicted_stars",
    "similar_movies",
    "someone",
    "someone_signed_in",
    "why",
]

MOST_SHARES = 6
"""Of a score's shares, told one by one; the rest is told as a sum."""


def picks_for(person: Someone, *, n: int = 20) -> PickList:
    """The n films to watch next, without those they rated, saw or do not want. Every rating counts at once."""
    model = active_model() if person.history else None
    known = known_person(model, person.history) if model else None
    if model is None or known is None or not len(known):
        return _average_picks(person, n)
    return _personal_picks(model, known, person, n)


def picks_for_user(user: User, *, n: int = 20) -> PickList:
    """The same for somebody of the site; for anybody else everybody's list."""
    return picks_for(someone_signed_in(user), n=n)


def picks_for_history(history: Iterable[tuple[int, int]], *, n: int = 20) -> PickList:
    """The same from (movie id, half stars), oldest first; ids of merged movies are resolved."""
    given = list(history)
    today = current_ids(movie_id for movie_id, _ in given)
    return picks_for(Someone([(today[movie_id], half) for movie_id, half in given if movie_id in today]), n=n)


def similar_movies(movie: Movie, *, n: int = 12, person: Someone = NOBODY) -> PickList:
    """The n films most like one, but for those that are not for this person: by the model, else by shared genres,
    else the best rated."""
    target = movie.resolved()
    model = active_model()
    unwanted = person.with_mark(Mark.Kind.NOT_INTERESTED)
    candidates = similar_candidates(model, target.pk, n + len(unwanted)) if model else []
    used = model if candidates else None
    candidates = candidates or candidates_like(target, n + len(unwanted))
    picks = as_picks([one for one in candidates if one.movie_id not in unwanted][:n])
    source = Source.MODEL if used else _source_of(picks)
    return PickList(
        picks=picks,
        source=source,
        model_version=used.version if used else None,
        rated_count=0,
        note=note_on_similar(source, target),
    )


def predicted_stars(person: Someone, movies: Iterable[Movie]) -> dict[int, float]:
    """{movie id: stars the person would give}; without a model, or a rated film that it knows, nothing."""
    model = active_model()
    known = known_person(model, person.history) if model else None
    if model is None or known is None or not len(known):
        return {}
    return predictions(model, known, [movie.pk for movie in movies])


def why(person: Someone, movie: Movie) -> Why | None:
    """How a film's score adds up for somebody; None without a model that knows it and a film that they rated."""
    model = active_model() if person.history else None
    known = known_person(model, person.history) if model else None
    parts = score_sum(model, known, movie.pk) if model and known else None
    if model is None or parts is None or not parts.shares:
        return None
    shares = sorted(parts.shares, key=lambda share: -abs(share[2]))
    told, rest = shares[:MOST_SHARES], shares[MOST_SHARES:]
    rated = Movie.objects.in_bulk([movie_id for movie_id, _, _ in told])
    return Why(
        score=parts.score,
        base=parts.base,
        shares=as_reasons(told, rated),
        rest=sum(share for _, _, share in rest),
        rest_count=len(rest),
        model_version=model.version,
    )


def _personal_picks(model: ActiveModel, known: KnownPerson, person: Someone, n: int) -> PickList:
    """The model's picks; where it has fewer than n, films that it does not know yet fill the list's end."""
    hidden_ids = person.hidden_ids
    candidates = personal_candidates(model, known, hidden_ids, n)
    if len(candidates) < n:
        taken = hidden_ids | {candidate.movie_id for candidate in candidates}
        candidates += fallback_candidates(n - len(candidates), without=taken)
    rated = len(person.history)
    return PickList(
        picks=as_picks(candidates),
        source=Source.MODEL,
        model_version=model.version,
        rated_count=rated,
        note=note_on_personal(known=len(known), rated=rated),
    )


def _average_picks(person: Someone, n: int) -> PickList:
    picks = as_picks(fallback_candidates(n, without=person.hidden_ids))
    source = _source_of(picks)
    rated = len(person.history)
    return PickList(
        picks=picks,
        source=source,
        model_version=None,
        rated_count=rated,
        note=note_on_average(source, rated=rated),
    )


def _source_of(picks: list[Pick]) -> Source:
    return picks[0].source if picks else Source.POPULAR
