"""Lists without a model: said aloud as such, and the same for everybody but for the films they rated."""

from collections.abc import Collection

from django.db.models import Count, F, Q

from catalog.aggregates import damped_mean, site_mean_stars
from catalog.models import Movie
from catalog.models.movies import MovieQuerySet
from recommendations.picks import Candidate, Source
from recommendations.wishes import ANYTHING, Wishes


def fallback_candidates(
    n: int, *, without: Collection[int] = (), wishes: Wishes = ANYTHING
) -> list[Candidate]:
    """The n best rated films by damped mean; where nothing is rated, the newest. `without` are movie ids."""
    site_mean = site_mean_stars()
    wanted = Movie.objects.current().filter(wishes.films)
    if site_mean is None:
        return _newest(wanted, n, without)
    movies = wanted.annotate(damped=damped_mean(site_mean))
    ranked = movies.order_by("-damped", "-rating_count", "pk").values_list("pk", "damped")
    best = [(movie_id, mean) for movie_id, mean in ranked[: n + len(without)] if movie_id not in without]
    return [Candidate(movie_id=movie_id, score=mean, source=Source.AVERAGE) for movie_id, mean in best[:n]]


def candidates_like(movie: Movie, n: int) -> list[Candidate]:
    """Films that share the most genres with this one, the best rated first; else the best rated of all."""
    genre_ids = [genre.pk for genre in movie.genres.all()]
    if not genre_ids:
        return fallback_candidates(n, without={movie.pk})
    shared = Count("genres", filter=Q(genres__in=genre_ids))
    movies = Movie.objects.current().filter(genres__in=genre_ids).exclude(pk=movie.pk)
    ranked = movies.annotate(shared=shared, damped=damped_mean(site_mean_stars() or 0.0))
    best = ranked.order_by("-shared", "-damped", "-rating_count", "pk").values_list("pk", "shared")[:n]
    return [
        Candidate(movie_id=movie_id, score=n_shared / len(genre_ids), source=Source.CONTENT)
        for movie_id, n_shared in best
    ]


def _newest(movies: MovieQuerySet, n: int, without: Collection[int]) -> list[Candidate]:
    newest = movies.order_by(F("year").desc(nulls_last=True), "title", "pk")
    ids = newest.values_list("pk", flat=True)[: n + len(without)]
    kept = [movie_id for movie_id in ids if movie_id not in without]
    return [Candidate(movie_id=movie_id, score=0.0, source=Source.POPULAR) for movie_id in kept[:n]]
