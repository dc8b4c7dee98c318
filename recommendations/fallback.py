"""Lists without a model: said aloud as such, and the same for everybody but for the films they rated.

Everybody's list is the average: the damped mean of each film, and up to a star more the more it was rated of late.
Chosen on ml-latest-small for people of whom nothing is known: recall@20 is .272 with that star, .276 with two and .198
with none; nDCG@10 .317, .311 and .237.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Exists, F, OuterRef

from catalog.aggregates import DAMPING
from catalog.models import Movie
from catalog.models.movies import MovieQuerySet
from catalog.statistics.stored import site_mean, stored_recent
from ml.arraytypes import Float64Array, Int64Array
from ml.diversity import familiarity
from recommendations.picks import Candidate, Source
from recommendations.wishes import ANYTHING, Wishes

RECENT_STARS = 1.0
"""What the film rated most of late is given on top of its mean; others less, by the logarithm of their ratings."""
FEW_OF_LATE = 100
"""Where no film was rated so often of late, none is given all of it: one rating of late says little."""
BEST_KNOWN = 2000
"""Films with the most ratings: the best of all are among them, for a mean of few ratings is damped."""
VARIED_FROM = 200
GENRE_STARS = {"off": 0.0, "normal": 0.5, "high": 1.0}
"""What a film loses where all films listed before it are of one of its genres."""
FAMILIAR_STARS = 0.3
"""What the dial from familiar to adventurous takes from a film for each unit of familiarity."""


@dataclass(frozen=True, eq=False)
class _Films:
    """ids: int64 (m,). scores, order: float64 (m,), in stars, without and with the dial. Best first."""

    ids: Int64Array
    scores: Float64Array
    order: Float64Array


def fallback_candidates(
    n: int, *, without: Collection[int] = (), wishes: Wishes = ANYTHING
) -> list[Candidate]:
    """The n best films by everybody's ratings, mixed by genre; where nothing is rated, the newest.

    `without` are movie ids. Five queries at most, and none looks at every film.
    """
    wanted = Movie.objects.current().filter(wishes.films)
    films = _best(wanted, len(without) + max(n, VARIED_FROM), wishes)
    if films is None:
        return _newest(wanted, n, without)
    kept = ~np.isin(films.ids, np.fromiter(without, dtype=np.int64, count=len(without)))
    best = np.flatnonzero(kept)[: max(n, VARIED_FROM)]
    ids, scores, order = films.ids[best], films.scores[best], films.order[best]
    places = _mixed(ids, order, n, GENRE_STARS[wishes.variety])
    return [Candidate(int(ids[i]), float(scores[i]), Source.AVERAGE) for i in places]


def _best(wanted: MovieQuerySet, n: int, wishes: Wishes) -> _Films | None:
    """The n best of the best known films and those rated of late; None where nobody rated anything."""
    recent = stored_recent()
    mean = site_mean(recent)
    if mean is None:
        return None
    columns = ("pk", "rating_count", "half_star_sum")
    rows = set(wanted.order_by("-rating_count", "pk").values_list(*columns)[: BEST_KNOWN + n])
    of_late = recent.counts if recent else {}
    if of_late:
        rows |= set(wanted.filter(pk__in=of_late).order_by().values_list(*columns))
    ids, counts, sums = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3).T
    scores = (sums / 2 + DAMPING * mean) / (counts + DAMPING)
    if of_late:
        recent_counts = np.array([of_late.get(movie_id, 0) for movie_id in ids.tolist()])
        scores += RECENT_STARS * np.log1p(recent_counts) / np.log1p(max(FEW_OF_LATE, *of_late.values()))
    order = scores - wishes.adventurous * FAMILIAR_STARS * familiarity(counts.astype(np.int32))
    best = np.lexsort((ids, -counts, -order))[:n]
    return _Films(ids[best], scores[best], order[best])


def _mixed(ids: Int64Array, order: Float64Array, n: int, strength: float) -> list[int]:
    """Places of n films, given best first: each time the best, less for the share of its genres in the list so far."""
    if not strength:
        return list(range(min(n, len(ids))))
    pairs = Movie.genres.through.objects.filter(movie_id__in=ids.tolist()).values_list("movie_id", "genre_id")
    place_of = {movie_id: place for place, movie_id in enumerate(ids.tolist())}
    column_of: dict[int, int] = {}
    has_genre = np.zeros((len(ids), 64), dtype=np.float64)
    for movie_id, genre_id in pairs:
        column = column_of.setdefault(genre_id, len(column_of)) % has_genre.shape[1]
        has_genre[place_of[movie_id], column] = 1.0
    listed, left, chosen = np.zeros(has_genre.shape[1]), order.copy(), list[int]()
    while len(chosen) < min(n, len(ids)):
        shares = (has_genre * listed).max(axis=1) / max(len(chosen), 1)
        best = int((left - strength * shares).argmax())
        chosen.append(best)
        left[best] = -np.inf
        listed += has_genre[best]
    return chosen


def candidates_like(movie: Movie, n: int) -> list[Candidate]:
    """Of the best known films that share a genre with this one those that share most, the best rated first; else the
    best rated of all. No query looks at every film of a genre.
    """
    genre_ids = [genre.pk for genre in movie.genres.all()]
    if not genre_ids:
        return fallback_candidates(n, without={movie.pk})
    own = Movie.genres.through.objects.filter(movie=OuterRef("pk"), genre__in=genre_ids)
    sharing = Movie.objects.current().filter(Exists(own)).exclude(pk=movie.pk)
    films = _best(sharing, BEST_KNOWN, ANYTHING)
    ids = (
        [candidate.movie_id for candidate in _newest(sharing, n, ())] if films is None else films.ids.tolist()
    )
    shared = _shared_genres(ids, genre_ids)
    most = sorted(ids, key=lambda movie_id: -shared[movie_id])[:n]  # stable: the better one first
    return [Candidate(movie_id, shared[movie_id] / len(genre_ids), Source.CONTENT) for movie_id in most]


def _shared_genres(movie_ids: Sequence[int], genre_ids: Collection[int]) -> Counter[int]:
    """{movie id: how many of the genres it has}."""
    pairs = Movie.genres.through.objects.filter(movie__in=movie_ids, genre__in=genre_ids)
    return Counter(pairs.values_list("movie_id", flat=True))


def _newest(movies: MovieQuerySet, n: int, without: Collection[int]) -> list[Candidate]:
    newest = movies.order_by(F("year").desc(nulls_last=True), "title", "pk")
    ids = newest.values_list("pk", flat=True)[: n + len(without)]
    kept = [movie_id for movie_id in ids if movie_id not in without]
    return [Candidate(movie_id=movie_id, score=0.0, source=Source.POPULAR) for movie_id in kept[:n]]
