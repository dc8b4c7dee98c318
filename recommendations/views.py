"""Picks as pages and as the parts that other pages load, so that no page waits for the model."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Movie
from moviesite.web.htmx import render_page, wants_part
from recommendations.models import Mark
from recommendations.services import (
    LIST_LENGTH,
    Wishes,
    expected,
    picks_for,
    similar_movies,
    someone,
    standing,
    why,
)
from recommendations.wishes import choices

FEW, SIMILAR = 6, 12


@require_safe
def picks(request: HttpRequest) -> HttpResponse:
    """The page around the list, with its dials; the list loads itself."""
    wishes = Wishes.from_query(request.GET)
    return render(request, "recommendations/picks.html", {"wishes": wishes, "choices": choices(wishes)})


@never_cache
@require_safe
def picks_list(request: HttpRequest) -> HttpResponse:
    """The list alone for HTMX; the whole page for people without scripts. `few` is for the home page."""
    few = "few" in request.GET
    person, wishes = someone(request), Wishes.from_query(request.GET)
    unused = person.with_mark(Mark.Kind.UNUSED)
    context = {
        "pick_list": picks_for(person, n=FEW if few else LIST_LENGTH, wishes=wishes),
        "person": person,
        "wishes": wishes,
        "unused": Movie.objects.filter(pk__in=unused).order_by("title") if unused and not few else [],
        "few": few,
    }
    if not wants_part(request):
        context["choices"] = choices(wishes)
    response = render_page(request, "recommendations/picks.html", "recommendations/_picks.html", context)
    if wants_part(request) and request.htmx.trigger == "dials":  # type: ignore[attr-defined]  # the middleware's
        response["HX-Replace-Url"] = reverse("picks") + wishes.query_string
    return response


@never_cache
@require_safe
def movie_similar(request: HttpRequest, movie_id: int) -> HttpResponse:
    """Without films that are not for this person."""
    movie = get_object_or_404(Movie.objects.prefetch_related("genres"), pk=movie_id).resolved()
    context = {"movie": movie, "pick_list": similar_movies(movie, n=SIMILAR, person=someone(request))}
    return render_page(request, "recommendations/similar.html", "recommendations/_similar.html", context)


@never_cache
@require_safe
def movie_why(request: HttpRequest, movie_id: int) -> HttpResponse:
    """How a film's score adds up for this person, rating by rating."""
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    context = {"movie": movie, "why": why(someone(request), movie)}
    return render_page(request, "recommendations/why.html", "recommendations/_shares.html", context)


@never_cache
@require_safe
def movie_standing(request: HttpRequest, movie_id: int) -> HttpResponse:
    """The rank of a film for this person, and the one rule that keeps it out of their list, or in it."""
    movie = get_object_or_404(Movie.objects.prefetch_related("genres"), pk=movie_id).resolved()
    wishes = Wishes.from_query(request.GET)
    found = standing(someone(request), movie, wishes=wishes)
    context = {"movie": movie, "standing": found, "why": found.why}
    return render_page(request, "recommendations/standing.html", "recommendations/_standing.html", context)


@never_cache
@require_safe
def movie_prediction(request: HttpRequest, movie_id: int) -> HttpResponse:
    """The stars that we think this person would give, or, of a rated film, would have thought without its rating; a
    word about why when there are none."""
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    person = someone(request)
    others = [(movie_id, half_stars) for movie_id, half_stars in person.ratings if movie_id != movie.pk]
    context = {
        "movie": movie,
        "expected": expected(replace(person, ratings=others), movie),
        "person": person,
        "has_ratings": bool(person.ratings),
        "is_rated": len(others) < len(person.ratings),
    }
    return render_page(
        request, "recommendations/prediction.html", "recommendations/_prediction.html", context
    )
