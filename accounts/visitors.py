"""What a visitor did before signing in or up comes along: nothing is lost, and what the account said already stays."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from catalog.merges import current_ids
from catalog.models import Movie, Rating, Reviewer
from catalog.rating_sets import Given, rate_many
from catalog.ratings import rate_as_user
from catalog.visitors import take_ratings
from recommendations.marks import keep_marks, take_marks

CONFLICTS_KEY = "rating_conflicts"


@dataclass(frozen=True)
class BroughtAlong:
    """`ratings` became the account's. `conflicts`: {movie id: half stars as a visitor} where the account has others."""

    ratings: int
    marks: int
    conflicts: dict[int, int]


def bring_along(session: SessionBase, user: User) -> BroughtAlong:
    """Move a visitor's ratings and marks into an account. Doing it again finds nothing left to move."""
    given, marks = take_ratings(session), take_marks(session)
    there = Rating.objects.of_user(user).filter(movie__in=given) if given else Rating.objects.none()
    account = dict(there.values_list("movie_id", "half_stars"))
    new = {movie_id: rating for movie_id, rating in given.items() if movie_id not in account}
    if new:
        rate_many(Reviewer.objects.for_user(user), new)
    if marks:
        keep_marks(user, marks)
    return BroughtAlong(len(new), len(marks), _conflicts(given, account))


def after_sign_in(sender: object, request: HttpRequest, user: User, **_: object) -> None:
    """Receives Django's `user_logged_in`, whichever way somebody came in."""
    session = getattr(request, "session", None)
    if session is None:
        return
    brought = bring_along(session, user)
    if brought.conflicts:
        session[CONFLICTS_KEY] = {str(movie_id): half for movie_id, half in brought.conflicts.items()}
    tell(request, brought)


def tell(request: HttpRequest, brought: BroughtAlong) -> None:
    if brought.ratings:
        films = "one film" if brought.ratings == 1 else f"{brought.ratings} films"
        messages.success(request, f"Your stars for {films} came along.")
    if brought.conflicts:
        titles = Movie.objects.filter(pk__in=brought.conflicts).values_list("title", flat=True)[:3]
        more = len(brought.conflicts) - len(titles)
        names = ", ".join(titles) + (f" and {more} more" if more else "")
        messages.info(
            request,
            f"You had rated {names} otherwise before: the stars of your account stay. My ratings has both.",
        )


@dataclass(frozen=True)
class Conflict:
    """A film with other stars in the account than the person gave before they signed in; both in half stars."""

    movie: Movie
    in_account: int
    as_visitor: int


def conflicts_of(request: HttpRequest) -> list[Conflict]:
    """Those of the last sign-in that are not settled. No query where there are none."""
    kept = request.session.get(CONFLICTS_KEY, {})
    if not kept or not request.user.is_authenticated:
        return []
    today = current_ids(map(int, kept))
    given = {today[int(key)]: half for key, half in kept.items() if int(key) in today}
    ratings = Rating.objects.of_user(request.user).filter(movie__in=given).select_related("movie")
    return [
        Conflict(rating.movie, rating.half_stars, given[rating.movie_id])
        for rating in ratings.prefetch_related("movie__genres").order_by("movie__folded_title", "pk")
        if rating.half_stars != given[rating.movie_id]
    ]


def settle(request: HttpRequest, movie_id: int | None, *, take: bool) -> list[Conflict]:
    """Forget a conflict (without an id, all of them), giving the film the visitor's stars if `take`.

    Returns the conflicts it settled.
    """
    open_ones = conflicts_of(request)
    settled = [one for one in open_ones if movie_id in (None, one.movie.pk)]
    if take and request.user.is_authenticated:
        for conflict in settled:
            rate_as_user(request.user, conflict.movie, conflict.as_visitor)
    left = {str(one.movie.pk): one.as_visitor for one in open_ones if one not in settled}
    if left:
        request.session[CONFLICTS_KEY] = left
    else:
        request.session.pop(CONFLICTS_KEY, None)
    return settled


def _conflicts(given: dict[int, Given], account: dict[int, int]) -> dict[int, int]:
    return {
        movie_id: rating.half_stars
        for movie_id, rating in given.items()
        if movie_id in account and account[movie_id] != rating.half_stars
    }
