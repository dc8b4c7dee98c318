"""A person's own pages, and the home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.because import because_rows
from accounts.home import best_and_varied, films_to_rate
from accounts.how_it_works import live_model
from accounts.visits import last_visit, new_films
from catalog.models import Movie, Rating
from moviesite.web.htmx import render_page
from recommendations.services import someone


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        context = {
            "best": best_and_varied(person=someone(request)),
            "movie_count": Movie.objects.current().count(),
        }
        return render(request, "accounts/home_signed_out.html", context)
    before = last_visit(request.session)
    context = {
        "last_visit": before,
        "new_films": new_films(before),
        "rated_count": Rating.objects.of_user(request.user).count(),
        "to_rate": films_to_rate(request.user),
    }
    return render(request, "accounts/home.html", context)


@never_cache
@require_safe
def because(request: HttpRequest) -> HttpResponse:
    """Films near those that somebody liked last."""
    context = {"rows": because_rows(someone(request))}
    return render_page(request, "accounts/because.html", "accounts/_because.html", context)


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/how_it_works.html", {"model": live_model()})
