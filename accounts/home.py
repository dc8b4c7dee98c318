"""What the home page shows: for a stranger the best films of many kinds, for a person something to rate."""

from collections.abc import Sequence

from catalog.merges import current_ids
from catalog.models import Movie, Rating
from recommendations.models import Mark
from recommendations.services import NOBODY, Someone, User, picks_for

SHOWN, CONSIDERED, FILMS_TO_RATE = 12, 120, 6


def best_and_varied(n: int = SHOWN, *, person: Someone = NOBODY) -> list[Movie]:
    """The best rated films that this person has neither rated nor hidden, as few as possible of the same genre."""
    hidden = person.hidden_ids
    best = [pick.movie for pick in picks_for(NOBODY, n=CONSIDERED).picks if pick.movie.pk not in hidden]
    return varied(best, n)


def varied(movies: Sequence[Movie], n: int) -> list[Movie]:
    """n of `movies`, given best first: each time the one whose genres were taken least, then the better one."""
    left = list(movies)
    chosen: list[Movie] = []
    taken: dict[str, int] = {}
    while left and len(chosen) < n:
        best = min(left, key=lambda movie: max((taken.get(g.slug, 0) for g in movie.genres.all()), default=0))
        left.remove(best)
        chosen.append(best)
        for genre in best.genres.all():
            taken[genre.slug] = taken.get(genre.slug, 0) + 1
    return chosen


def films_to_rate(user: User, n: int = FILMS_TO_RATE) -> list[Movie]:
    """The best known films that this person has not rated, nor said of that they have not seen or do not want them."""
    rated = Rating.objects.of_user(user).values("movie")
    told = (Mark.Kind.NOT_INTERESTED, Mark.Kind.SEEN, Mark.Kind.NOT_SEEN)
    marked = Mark.objects.filter(user__pk=user.pk or 0, kind__in=told).values_list("movie", flat=True)
    films = Movie.objects.most_rated().exclude(pk__in=rated).exclude(pk__in=current_ids(marked).values())
    return list(films.prefetch_related("genres")[:n])
