"""The pages on which people bring their ratings: the files, what was found in them, a row to be put right, the end."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
    UnreadablePostError,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.imports import matching, work
from accounts.imports.files import MOST_BYTES
from accounts.imports.forms import RatingImportForm
from accounts.imports.report import report_of
from accounts.imports.showing import TABS, ShownImport
from accounts.models import ImportRow, RatingImport
from catalog.imports.uploads import read_past
from catalog.models import Movie
from catalog.search import MOST_WORDS
from catalog.text import fold
from moviesite.web.csv_files import csv_response
from moviesite.web.htmx import render_page, wants_part
from moviesite.web.parameters import search_text, whole_number

FILMS_FOUND = 10
View = Callable[..., HttpResponseBase]


def own_import(view: View) -> View:
    """The view gets the import itself; other people's do not exist."""

    @wraps(view)
    @login_required
    @never_cache
    def guarded(request: HttpRequest, import_id: int, *args: Any, **kwargs: Any) -> HttpResponseBase:
        run = get_object_or_404(
            RatingImport.objects.select_related("user"), pk=import_id, user=_person(request)
        )
        return view(request, run, *args, **kwargs)

    return guarded


def _person(request: HttpRequest) -> Any:
    """Whoever is signed in."""
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
@login_required
def rating_import_new(request: HttpRequest) -> HttpResponseBase:
    """The token is checked inside, because looking for it reads the request, which may be too large to be read."""
    if request.method != "POST":
        return _show_form(request, RatingImportForm())
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        read_past(request)
        form = RatingImportForm({})
        form.errors["files"] = form.error_class(
            [f"That is more than the {MOST_BYTES >> 20} MB that are taken."]
        )
        return _show_form(request, form, status=413)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    try:
        return _rating_import_new(request)
    except UnreadablePostError:
        raise BadRequest("The upload broke off; please try again.") from None


@csrf_protect
def _rating_import_new(request: HttpRequest) -> HttpResponseBase:
    form = RatingImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_form(request, form)
    run = work.start(_person(request), form.cleaned_data["files"])
    return redirect(run)


def _show_form(request: HttpRequest, form: RatingImportForm, status: int = 200) -> HttpResponse:
    runs = RatingImport.objects.filter(user=_person(request))[:20]
    context = {"form": form, "shown": [ShownImport(run) for run in runs]}
    return render(request, "accounts/imports/rating_import_new.html", context, status=status)


@require_safe
@own_import
def rating_import_detail(request: HttpRequest, run: RatingImport) -> HttpResponse:
    """`was`: the state that the asking page shows; a change is said aloud."""
    shown = ShownImport(run, request.GET.get("show", ""), request.GET.get("page"))
    response = render_page(
        request,
        "accounts/imports/rating_import_detail.html",
        "accounts/imports/_rating_import.html",
        {"run": run, "shown": shown},
    )
    if wants_part(request) and request.GET.get("was") not in (None, run.state):
        trigger_client_event(response, "announce", {"value": f"Ratings from {run.source}: {shown.words}."})
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@own_import
def rating_import_row(request: HttpRequest, run: RatingImport, row_id: int) -> HttpResponseBase:
    """Say by hand which film a row is of: from those that may be it, or by a search; or leave it out."""
    row = get_object_or_404(run.rows.ratings().exclude(state=ImportRow.State.UNREADABLE), pk=row_id)
    if request.method == "POST":
        if run.is_in_review:
            row.choose(_chosen(request.POST.get("movie", "")))
        return redirect(_back(run, request))
    text = search_text(request.GET.get("q", row.title))
    context = {"run": run, "one": ShownImport(run).show([row])[0], "text": text, "films": _search(text)}
    return render(request, "accounts/imports/rating_import_row.html", context)


def _chosen(movie_id: str) -> Movie | None:
    """The movie of a form's field; None for nothing, which leaves the row out. BadRequest for what is no movie."""
    if not movie_id:
        return None
    movie = Movie.objects.filter(pk=whole_number(movie_id) or 0).first()
    if movie is None:
        raise BadRequest("There is no such film.")
    return movie.resolved()


def _back(run: RatingImport, request: HttpRequest) -> str:
    """To the same rows of the same page."""
    tab, page = request.POST.get("show", ""), whole_number(request.POST.get("page"))
    wanted = f"?show={tab}" if tab in {one.name for one in TABS} else ""
    return f"{run.get_absolute_url()}{wanted}{f'&page={page}' if wanted and page else ''}#rows"


def _search(text: str) -> list[Movie]:
    folded = " ".join(fold(text).split()[:MOST_WORDS])
    return (
        list(Movie.objects.search(folded).prefetch_related("genres", "people")[:FILMS_FOUND])
        if folded
        else []
    )


@require_POST
@own_import
def rating_import_suggestions(request: HttpRequest, run: RatingImport) -> HttpResponse:
    """Take them, and lead to what was found so; where all are of other years, back to what is doubtful."""
    taken = matching.take_suggestions(run) if run.is_in_review else 0
    if taken:
        suggestions = "1 suggestion" if taken == 1 else f"{taken} suggestions"
        messages.success(request, f"{suggestions} taken. Look through them under “Found”.")
    elif run.is_in_review:
        messages.info(
            request, "Every first suggestion is of another year, so which film is meant is left to you."
        )
    return redirect(f"{run.get_absolute_url()}?show={'ready' if taken else 'doubtful'}#rows")


@require_POST
@own_import
def rating_import_confirm(request: HttpRequest, run: RatingImport) -> HttpResponse:
    if not work.confirm(run):
        messages.info(request, "These ratings are already being written, or were.")
    return redirect(run)


@require_POST
@own_import
def rating_import_remove(request: HttpRequest, run: RatingImport) -> HttpResponse:
    """Forget the files; ratings that were written stay."""
    run.delete()
    messages.success(request, "The import is forgotten. Ratings that it wrote are still yours.")
    return redirect(reverse("rating-import-new"))


@require_safe
@own_import
def rating_import_report(request: HttpRequest, run: RatingImport) -> StreamingHttpResponse:
    """What was not taken and why, as CSV."""
    return csv_response(f"import-{run.pk}-not-taken.csv", report_of(run))
