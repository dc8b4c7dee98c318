"""A person's own pages, and the home page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.home import best_and_varied, films_to_rate
from catalog.browse import page_of
from catalog.models import Movie, Rating
from moviesite.web.htmx import render_page
from recommendations.services import someone

RATINGS_PER_PAGE = 20
RATING_ORDERS: dict[str, tuple[str, list[Any]]] = {
    "date": ("newest first", [F("rated_at").desc(nulls_last=True), "-pk"]),
    "stars": ("most stars first", ["-half_stars", "-rated_at", "-pk"]),
    "title": ("by title", ["movie__folded_title", "movie__year", "pk"]),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        context = {
            "best": best_and_varied(person=someone(request)),
            "movie_count": Movie.objects.current().count(),
        }
        return render(request, "accounts/home_signed_out.html", context)
    context = {
        "rated_count": Rating.objects.of_user(request.user).count(),
        "to_rate": films_to_rate(request.user),
    }
    return render(request, "accounts/home.html", context)


@login_required
@require_safe
def my_ratings(request: HttpRequest) -> HttpResponse:
    sort = request.GET.get("sort", "date")
    sort = sort if sort in RATING_ORDERS else "date"
    ratings = Rating.objects.of_user(request.user).select_related("movie")
    ratings = ratings.prefetch_related("movie__genres").order_by(*RATING_ORDERS[sort][1])
    context = {
        "page": page_of(ratings, request.GET.get("page"), RATINGS_PER_PAGE),
        "sort": sort,
        "orders": {key: label for key, (label, _) in RATING_ORDERS.items()},
    }
    return render_page(request, "accounts/my_ratings.html", "accounts/_my_ratings.html", context)
