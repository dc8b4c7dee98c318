"""What the site expected of a person, and which of their ratings it finds odd."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from catalog.models import Movie
from moviesite.web.htmx import render_page, wants_part
from moviesite.web.parameters import whole_number
from recommendations.active_model import active_model
from recommendations.intervals import COVERAGE
from recommendations.marks import set_mark
from recommendations.models import Mark
from recommendations.people import someone
from recommendations.second_look import SETTLING, second_look
from recommendations.track_charts import by_month
from recommendations.track_record import Told, track_record_of

LATEST, SURPRISES = 12, 6
SETTLED = {
    Mark.Kind.MEANT: ("{} is right: you will not be asked again.", "{} may be asked about again."),
    Mark.Kind.UNUSED: ("{} is no longer used for picks.", "{} is used for picks again."),
}


@never_cache
@login_required
@require_safe
def track_record(request: HttpRequest) -> HttpResponse:
    record = track_record_of(request.user)
    context: dict[str, Any] = {"record": record, "coverage": COVERAGE}
    if len(record):
        told = [*record.told[:LATEST], *record.surprises(SURPRISES)]
        movies = Movie.objects.prefetch_related("genres").in_bulk({one.movie_id for one in told})
        context["months"] = by_month(record)
        context["latest"] = with_movies(record.told[:LATEST], movies)
        context["surprises"] = with_movies(record.surprises(SURPRISES), movies)
    else:
        context["has_model"] = active_model() is not None
    return render(request, "recommendations/track_record.html", context)


def with_movies(told: list[Told], movies: dict[int, Movie]) -> list[tuple[Told, Movie]]:
    return [(one, movies[one.movie_id]) for one in told if one.movie_id in movies]


@never_cache
@login_required
@require_safe
def second_look_list(request: HttpRequest) -> HttpResponse:
    return _second_look(request)


@require_POST
@login_required
def second_look_settle(request: HttpRequest) -> HttpResponseBase:
    """Put, or with `on=0` take off, a mark that settles whether a rating is right; answer with what is left to ask."""
    movie_id = whole_number(request.POST.get("movie"))
    kind, on = request.POST.get("kind", ""), request.POST.get("on", "1") == "1"
    if kind not in SETTLING or movie_id is None:
        raise BadRequest("A film, and what is to be done with its rating, must be named.")
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    settled = Mark.Kind(kind)
    set_mark(request, movie, settled, on=on)
    said = SETTLED[settled][not on].format(movie.title)
    if not wants_part(request):
        messages.success(request, said)
        return redirect("track-record")
    response = _second_look(request, said=said, undo=(movie, settled) if on else None)
    return trigger_client_event(response, "announce", {"value": said})


def _second_look(
    request: HttpRequest, said: str = "", undo: tuple[Movie, Mark.Kind] | None = None
) -> HttpResponse:
    context = {"look": second_look(someone(request)), "said": said, "undo": undo}
    return render_page(
        request, "recommendations/second_look.html", "recommendations/_second_look.html", context
    )
