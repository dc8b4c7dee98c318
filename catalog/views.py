"""The catalogue's pages: the list of films, a film, and rating it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from catalog.browse import ORDERS, Browse, Shelf, decades_and_lengths, page_of
from catalog.models import Credit, Edition, Genre, Movie, ReviewText
from catalog.own_ratings import JUST_TAKEN_KEY, half_stars_of, set_stars, taken_half_stars
from catalog.search_suggestions import suggest
from catalog.templatetags.films import in_words
from moviesite.web.htmx import render_page, wants_part
from moviesite.web.moved import moved_to
from moviesite.web.parameters import whole_number

REVIEWS_ON_A_PAGE = 5


@require_safe
def movie_list(request: HttpRequest) -> HttpResponse:
    browse = Browse.from_query(request.GET)
    is_more = wants_part(request) and request.headers.get("HX-Target") == "more"
    pages = (whole_number(request.GET.get(name), digits=9) for name in ("page", "from"))
    shelf = Shelf.of(browse.listing(), *pages, only_last=is_more)
    context = {
        "browse": browse,
        "shelf": shelf,
        "orders": ORDERS,
        "your_half_stars": half_stars_of(request, shelf.films),
    }
    part = "catalog/_movie_list_more.html"
    if not is_more:
        part = "catalog/_movie_list.html"
        decades, lengths = decades_and_lengths()
        context |= {"genres": Genre.objects.all(), "decades": decades, "lengths": lengths}
    response = render_page(request, "catalog/movie_list.html", part, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


@require_safe
def movie_suggestions(request: HttpRequest) -> HttpResponseBase:
    """What the box under a search field shows; a visitor without HTMX gets the list of films."""
    text = Browse.clean_text(request.GET)
    if not wants_part(request):
        return redirect(f"{reverse('movie-list')}?{urlencode({'q': text})}")
    suggestions = suggest(text, is_finished=request.GET.get("q", "")[-1:].isspace())
    context = {"text": text, "suggestions": suggestions}
    response = render(request, "catalog/_movie_suggestions.html", context)
    patch_cache_control(response, private=True, max_age=60)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def movie_detail(request: HttpRequest, movie_id: int, slug: str = "") -> HttpResponseBase:
    movies = Movie.objects.prefetch_related("genres", "editions__data_set", "credits__person")
    movie = get_object_or_404(movies.select_related("merged_into"), pk=movie_id)
    address = movie.resolved().get_absolute_url()
    if request.path != address:
        return moved_to(address)
    context = {
        "movie": movie,
        "directors": people(movie, Credit.Role.DIRECTOR),
        "actors": people(movie, Credit.Role.ACTOR),
        "contributors": people(movie, Credit.Role.CONTRIBUTOR),
        "editions": [edition for edition in movie.editions.all() if says_something(edition)],
        "half_stars": half_stars_of(request, [movie]).get(movie.pk),
        "has_texts": ReviewText.objects.exists(),
    }
    return render(request, "catalog/movie_detail.html", context)


@require_safe
def movie_reviews(request: HttpRequest, movie_id: int) -> HttpResponse:
    """What reviewers of data sets wrote, most helpful first; they are not named."""
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    page = page_of(ReviewText.objects.of_movie(movie), request.GET.get("page"), REVIEWS_ON_A_PAGE)
    context = {"movie": movie, "page": page}
    return render_page(request, "catalog/movie_reviews.html", "catalog/_reviews.html", context)


@require_POST
def movie_rate(request: HttpRequest, movie_id: int) -> HttpResponseBase:
    """Write, take away (`stars=`) or put back a rating; answer with the stars, or go back to where they were."""
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    half_stars = set_stars(request, movie, request.POST.get("stars"))
    taken = None if half_stars else taken_half_stars(request, movie)
    if not wants_part(request):
        if taken:
            request.session[JUST_TAKEN_KEY] = movie.pk
        return redirect(back_to(request, movie))
    context = {"movie": movie, "half_stars": half_stars, "taken": taken}
    response = render(request, "components/_rating.html", context)
    said = f"{movie.title}: {in_words(half_stars / 2)}" if half_stars else f"{movie.title} is no longer rated"
    trigger_client_event(response, "announce", {"value": said})
    return trigger_client_event(response, "ratings-changed", {})


def back_to(request: HttpRequest, movie: Movie) -> str:
    """The page of this site that the form names, else the movie's."""
    wanted = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(wanted, request.get_host(), require_https=request.is_secure())
    return wanted if here else movie.get_absolute_url()


def people(movie: Movie, role: str) -> list[Any]:
    return [credit.person for credit in movie.credits.all() if credit.role == role]


def says_something(edition: Edition) -> bool:
    """Whether an edition is more than an id in a data set."""
    return bool(edition.format or edition.url or edition.price is not None)
