"""Marks on films: the address that sets them, and the pages that list the films that have one."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from catalog.browse import page_of
from catalog.models import Movie
from catalog.own_ratings import half_stars_of
from catalog.views import back_to
from moviesite.web.htmx import render_page, wants_part
from recommendations.mark_words import BUTTONS, said
from recommendations.marked import MARKED_ORDERS, marked_rows
from recommendations.marks import set_mark
from recommendations.models import Mark
from recommendations.services import Wishes, predicted_stars, someone

ROWS_ON_A_PAGE = 20
LISTS = {Mark.Kind.NOT_INTERESTED: "Not for me", Mark.Kind.SEEN: "Seen", Mark.Kind.UNUSED: "Ratings not used"}
"""Kinds of marks that keep films, or ratings, out of picks."""


@require_POST
def movie_mark(request: HttpRequest, movie_id: int, kind: str) -> HttpResponseBase:
    """Put a mark on a film (`on=1`) or take it off (`on=`).

    Answers with what `as` names: the button, what stands in the place of a pick or of a row of a list, or nothing
    ("silent"); without HTMX, back to where it was.
    """
    if kind not in Mark.Kind:
        raise Http404(f"There is no mark {kind!r}.")
    movie = get_object_or_404(Movie, pk=movie_id).resolved()
    mark, on = Mark.Kind(kind), request.POST.get("on", "1") == "1"
    try:
        set_mark(request, movie, mark, on=on)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if not wants_part(request):
        messages.info(request, said(movie.title, mark, on=on))
        return redirect(back_to(request, movie))
    response = _part(request, movie, mark, on=on)
    trigger_client_event(response, "announce", {"value": said(movie.title, mark, on=on)})
    return response


def _part(request: HttpRequest, movie: Movie, kind: Mark.Kind, *, on: bool) -> HttpResponse:
    """The answer for HTMX, with the event that reloads what the mark changes."""
    place = request.POST.get("as", "")
    context = {"movie": movie, "button": BUTTONS[kind], "on": on, "person": someone(request)}
    if place == "pick" and on:
        # The list stays as it is, with the way back in it, until it is loaded again.
        return render(request, "recommendations/_hidden_pick.html", context)
    if place == "row":
        response = _row(request, movie, kind, on=on)
    elif place in ("pick", "silent"):
        response = HttpResponse(headers={"HX-Reswap": "none"})
    else:
        response = render(request, "recommendations/_mark.html", context)
    return trigger_client_event(response, _event_of(request, kind), {})


def _event_of(request: HttpRequest, kind: Mark.Kind) -> str:
    """A watchlist moves no list of picks but one that leaves it out."""
    if kind is Mark.Kind.UNUSED:
        return "ratings-changed"
    if kind is not Mark.Kind.WATCHLIST:
        return "marks-changed"
    address = urlsplit(request.htmx.current_url_abs_path or "")  # type: ignore[attr-defined]  # the middleware's
    leaves_out = Wishes.from_query(QueryDict(address.query)).hide_watchlist
    return "marks-changed" if leaves_out else "watchlist-changed"


def _row(request: HttpRequest, movie: Movie, kind: Mark.Kind, *, on: bool) -> HttpResponse:
    """A row of a list of marked films, or what stands in its place after the mark was taken off."""
    context = {"movie": movie, "kind": kind, "button": BUTTONS[kind]}
    if not on:
        return render(request, "recommendations/_marked_gone.html", context)
    context["predicted"] = predicted_stars(someone(request), [movie]).get(movie.pk)
    context["half_stars"] = half_stars_of(request, [movie]).get(movie.pk)
    return render(request, "recommendations/_marked_row.html", context | {"focus": True})


@never_cache
@require_safe
def watchlist(request: HttpRequest) -> HttpResponse:
    context = _marked(request, Mark.Kind.WATCHLIST)
    return render_page(
        request, "recommendations/watchlist.html", "recommendations/_marked_list.html", context
    )


@never_cache
@require_safe
def hidden_films(request: HttpRequest) -> HttpResponse:
    """What somebody keeps out of their picks, one kind at a time, with the way back."""
    wanted = request.GET.get("kind", "")
    kind = Mark.Kind(wanted) if wanted in Mark.Kind and wanted in LISTS else Mark.Kind.NOT_INTERESTED
    context = _marked(request, kind) | {"lists": LISTS}
    return render_page(
        request, "recommendations/hidden_films.html", "recommendations/_hidden_films.html", context
    )


def _marked(request: HttpRequest, kind: Mark.Kind) -> dict[str, Any]:
    sort = request.GET.get("sort", "")
    sort = sort if sort in MARKED_ORDERS else next(iter(MARKED_ORDERS))
    page = page_of(marked_rows(request, kind, sort), request.GET.get("page"), ROWS_ON_A_PAGE)
    given = half_stars_of(request, [row.movie for row in page])
    return {
        "page": page,
        "kind": kind,
        "sort": sort,
        "orders": MARKED_ORDERS,
        "half_stars_of": given,
        "button": BUTTONS[kind],
    }
