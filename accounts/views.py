"""A person's own pages, and the home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.home import best_and_varied, films_to_rate
from catalog.models import Movie, Rating
from recommendations.services import someone


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
