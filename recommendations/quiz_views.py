"""The quiz: one film at a time, and the picks that change with each answer."""

from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from catalog.models import Movie
from catalog.own_ratings import set_stars
from moviesite.web.htmx import render_page, wants_part
from moviesite.web.parameters import whole_number
from recommendations.marks import set_mark
from recommendations.quiz import ANSWERS, last_answer, quiz_for
from recommendations.services import someone

UNDO = "undo"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest) -> HttpResponse:
    """`last` names the film whose answer can be taken back, `more` that somebody goes on after the end."""
    if request.method != "POST":
        last = Movie.objects.filter(pk=whole_number(request.GET.get("last")) or 0).first()
        return _quiz(request, last, more="more" in request.GET)
    movie = get_object_or_404(Movie, pk=whole_number(request.POST.get("movie"))).resolved()
    _take_answer(request, movie)
    undone, more = request.POST.get("answer") == UNDO, "more" in request.POST
    if wants_part(request):
        return trigger_client_event(
            _quiz(request, None if undone else movie, more=more), "ratings-changed", {}
        )
    query = ({} if undone else {"last": movie.pk}) | ({"more": ""} if more else {})
    return redirect(f"{reverse('quiz')}?{urlencode(query)}" if query else reverse("quiz"))


def _quiz(request: HttpRequest, last: Movie | None, *, more: bool) -> HttpResponse:
    person = someone(request)
    asked = quiz_for(person)
    context = {
        "quiz": asked,
        "movie": asked.movie,
        "last": last_answer(person, last.resolved()) if last else None,
        "more": more,
    }
    return render_page(request, "recommendations/quiz.html", "recommendations/_quiz.html", context)


def _take_answer(request: HttpRequest, movie: Movie) -> None:
    """Write stars or a mark, or, for "undo", take back whichever it was. BadRequest, in a sentence, for others."""
    answer = request.POST.get("answer")
    if answer is None:
        set_stars(request, movie, request.POST.get("stars") or "none")
    elif answer == UNDO:
        set_stars(request, movie, "")
        for kind in ANSWERS.values():
            set_mark(request, movie, kind, on=False)
    elif answer in ANSWERS:
        _mark(request, movie, answer)
    else:
        raise BadRequest("A film can be given stars, or be not seen or not for you; nothing else.")


def _mark(request: HttpRequest, movie: Movie, answer: str) -> None:
    try:
        set_mark(request, movie, ANSWERS[answer], on=True)
    except ValueError as error:
        raise BadRequest(str(error)) from error
