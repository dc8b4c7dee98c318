"""Picks as pages and as the parts that other pages load, so that no page waits for the model."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Movie
from moviesite.web.htmx import render_page
from recommendations.services import picks_for, predicted_stars, similar_movies, someone

LIST_LENGTH, FEW, SIMILAR = 20, 6, 12


@require_safe
def picks(request: HttpRequest) -> HttpResponse:
    """The page around the list, which loads itself."""
    return render(request, "recommendations/picks.html")


@never_cache
@require_safe
def picks_list(request: HttpRequest) -> HttpResponse:
    """The list alone for HTMX; the whole page for people without scripts. `few` is for the home page."""
    few = "few" in request.GET
    context = {
        "pick_list": picks_for(someone(request), n=FEW if few else LIST_LENGTH),
        "few": few,
    }
    return render_page(request, "recommendations/picks.html", "recommendations/_picks.html", context)


@require_safe
def movie_similar(request: HttpRequest, movie_id: int) -> HttpResponse:
    movie = get_object_or_404(Movie.objects.prefetch_related("genres"), pk=movie_id).resolved()
    context = {"movie": movie, "pick_list": similar_movies(movie, n=SIMILAR)}
    return render_page(request, "recommendations/similar.html", "recommendations/_similar.html", context)


@never_cache
@require_safe
def movie_prediction(request: HttpRequest, movie_id: int) -> HttpResponse:
    """The stars that we think this person would give; a word about why when there are none."""
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    person = someone(request)
    context = {
        "movie": movie,
        "predicted": predicted_stars(person, [movie]).get(movie.pk),
        "has_ratings": bool(person.ratings),
    }
    return render_page(
        request, "recommendations/prediction.html", "recommendations/_prediction.html", context
    )
