"""One's own ratings, as a person of the site or as a visitor."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.my_charts import stars_beside_everyones, taste_sections
from accounts.my_ratings import ORDERS, Wanted, compared_with_everyone, decades_of, ratings_asked_for
from accounts.taste import FEWEST_RATINGS, taste_of
from accounts.visitors import conflicts_of, settle
from catalog.browse import page_of
from catalog.models import Genre, Movie
from catalog.models.movies import HALF_STARS
from catalog.own_ratings import JUST_TAKEN_KEY, half_stars_of, taken_half_stars
from catalog.templatetags.films import in_words
from moviesite.web.htmx import render_page, wants_part
from moviesite.web.parameters import whole_number

RATINGS_PER_PAGE = 20


@never_cache
@require_safe
def my_ratings(request: HttpRequest) -> HttpResponse:
    wanted = Wanted.from_query(request.GET)
    context = {
        "page": page_of(ratings_asked_for(request, wanted), request.GET.get("page"), RATINGS_PER_PAGE),
        "wanted": wanted,
    }
    if not wants_part(request):
        context |= {
            "orders": {key: label for key, (label, _) in ORDERS.items()},
            "genres": Genre.objects.all(),
            "decades": decades_of(request),
            "choices": [half_stars / 2 for half_stars in reversed(HALF_STARS)],
            "conflicts": conflicts_of(request),
            "taken": _just_taken(request),
        }
    return render_page(request, "accounts/my_ratings.html", "accounts/_my_ratings.html", context)


def _just_taken(request: HttpRequest) -> tuple[Movie, int] | None:
    """What was taken away a moment ago by a plain form, and not rated since; told once."""
    if JUST_TAKEN_KEY not in request.session:
        return None
    movie = Movie.objects.filter(pk=request.session.pop(JUST_TAKEN_KEY)).first()
    if movie is None or half_stars_of(request, [movie]):
        return None
    half_stars = taken_half_stars(request, movie)
    return (movie, half_stars) if half_stars else None


@never_cache
@require_safe
def compared(request: HttpRequest) -> HttpResponse:
    """One's stars beside everybody's, for the same films."""
    found = compared_with_everyone(request.user, request.session)
    context = {"section": stars_beside_everyones(found) if found else None}
    return render_page(request, "accounts/compared.html", "accounts/_compared.html", context)


@never_cache
@login_required
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    found = taste_of(request.user)
    context = {"taste": found, "sections": taste_sections(found) if found else []}
    return render(request, "accounts/taste.html", context | {"fewest": FEWEST_RATINGS})


@require_POST
@login_required
def rating_conflicts(request: HttpRequest) -> HttpResponseBase:
    """Take the stars given as a visitor, or (`take=0`) leave the account's; without a film, for all of them."""
    wanted = request.POST.get("movie", "")
    movie_id = whole_number(wanted)
    if wanted and movie_id is None:
        raise BadRequest("That is no film.")
    take = request.POST.get("take") == "1"
    settled = settle(request, movie_id, take=take)
    said = "; ".join(
        f"{one.movie.title}: {in_words((one.as_visitor if take else one.in_account) / 2)}" for one in settled
    )
    if not wants_part(request):
        messages.success(request, said or "There was nothing to settle.")
        return redirect("my-ratings")
    context = {"conflicts": conflicts_of(request)}
    response = render(request, "accounts/_conflicts.html", context)
    trigger_client_event(response, "announce", {"value": said})
    return trigger_client_event(response, "conflict-settled", {})
