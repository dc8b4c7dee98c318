"""Picks for a person, a visitor or a film: what pages and API alike ask, and all that they may ask.

Pure reads in a constant number of queries. Every answer says what it was made from, and a sentence why.
"""

from collections.abc import Iterable

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
from recommendations.standing import Expected, Rule, Standing, place_of
from recommendations.wishes import ANYTHING, Wishes

__all__ = [
    "ANYTHING",
    "LIST_LENGTH",
    "NOBODY",
    "Expected",
    "Pick",
    "PickList",
    "Reason",
    "Rule",
    "Someone",
    "Source",
    "Standing",
    "User",
    "Why",
    "Wishes",
    "expected",
    "picks_for",
    "predicted_stars",
    "similar_movies",
    "someone",
    "someone_signed_in",
    "standing",
    "why",
]

LIST_LENGTH = 20
MOST_SHARES = 6
"""Of a score's shares, told one by one; the rest is told as a sum."""


def picks_for(person: Someone, *, n: int = LIST_LENGTH, wishes: Wishes = ANYTHING) -> PickList:
    """The n films to watch next, without those they rated, saw or do not want. Every rating counts at once."""
    model, known = _model_for(person)
    if model is None or known is None:
        return _average_picks(person, n, wishes)
    return _personal_picks(model, known, person, n, wishes)


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
    model, known = _model_for(person)
    if model is None or known is None:
        return {}
    return predictions(model, known, [movie.pk for movie in movies])


def expected(person: Someone, movie: Movie) -> Expected | None:
    """The stars that somebody would give a film, and how sure that is; None as for `predicted_stars`."""
    model, known = _model_for(person)
    return Expected.of(model, known, movie.pk) if model and known else None


def standing(person: Someone, movie: Movie, *, wishes: Wishes = ANYTHING, n: int = LIST_LENGTH) -> Standing:
    """Where a current movie stands for somebody, and the one rule that keeps it out of a list of n, or in it."""
    model, known = _model_for(person)
    if model is None or known is None:
        words = "Your list is everybody’s until the model knows a film that you rated."
        return Standing(movie, Rule.NO_MODEL, words, Source.AVERAGE)
    place = place_of(model, known, person, movie, wishes, n)
    if place is None:
        words = "The model does not know it yet: it will after the next training."
        return Standing(movie, Rule.UNKNOWN, words, Source.AVERAGE, model.version)
    return Standing(
        movie=movie,
        rule=place.rule,
        words=place.words,
        source=place.source,
        model_version=model.version,
        rank=place.rank,
        out_of=place.out_of,
        expected=Expected.of(model, known, movie.pk),
        why=_why(model, known, movie),
        like=Movie.objects.filter(pk=place.like_id).first() if place.like_id else None,
    )


def why(person: Someone, movie: Movie) -> Why | None:
    """How a film's score adds up for somebody; None without a model that knows it and a film that they rated."""
    model, known = _model_for(person)
    return _why(model, known, movie) if model and known else None


def _model_for(person: Someone) -> tuple[ActiveModel, KnownPerson] | tuple[None, None]:
    """The model and what it knows of somebody; neither where it knows no film that they rated."""
    model = active_model() if person.history else None
    known = known_person(model, person.history) if model else None
    return (model, known) if model and known else (None, None)


def _why(model: ActiveModel, known: KnownPerson, movie: Movie) -> Why | None:
    parts = score_sum(model, known, movie.pk)
    if parts is None:
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


def _personal_picks(
    model: ActiveModel, known: KnownPerson, person: Someone, n: int, wishes: Wishes
) -> PickList:
    """The model's picks; where it has fewer than n, films that it does not know yet fill the list's end.

    Made again where a film of it has gone, or changed so that a filter leaves it out, since it was last looked at.
    """
    hidden_ids = person.hidden_from(hide_watchlist=wishes.hide_watchlist)
    for _ in range(2):
        candidates, considered = personal_candidates(model, known, hidden_ids, n, wishes)
        if len(candidates) < n:
            missing = n - len(candidates)
            candidates += fallback_candidates(missing, without=hidden_ids | considered, wishes=wishes)
        picks = as_picks(candidates, wishes.films)
        if len(picks) == len(candidates):
            break
        model.forget_today()
    rated = len(person.history)
    expected = [pick.predicted_stars for pick in picks if pick.predicted_stars is not None]
    return PickList(
        picks=picks,
        source=Source.MODEL,
        model_version=model.version,
        rated_count=rated,
        note=note_on_personal(known=len(known), rated=rated, lowest=min(expected, default=None)),
    )


def _average_picks(person: Someone, n: int, wishes: Wishes) -> PickList:
    picks = as_picks(
        fallback_candidates(
            n, without=person.hidden_from(hide_watchlist=wishes.hide_watchlist), wishes=wishes
        )
    )
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
