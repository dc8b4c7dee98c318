"""The pages of imports: the list, a new one, one under way or over, and what can be done with it."""

from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    UnreadablePostError,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from catalog.browse import page_of
from catalog.importing.errors import ImportProblem
from catalog.importing.inputs import files_in
from catalog.imports.access import View, staff_only
from catalog.imports.forms import ImportForm
from catalog.imports.requests import BUSY, send, start, without_folders
from catalog.imports.showing import ShownRun, report_path
from catalog.imports.uploads import FolderUpload, read_past, refusal, remove_uploads_of
from catalog.models import DataSet, ImportRun
from moviesite.web.htmx import render_page, wants_part

RUNS_ON_A_PAGE = 20
ANNOUNCED = {
    ImportRun.State.SUCCEEDED: "is done",
    ImportRun.State.FAILED: "failed",
    ImportRun.State.CANCELLED: "is cancelled",
    ImportRun.State.PAUSED: "is paused",
    ImportRun.State.RUNNING: "is running",
}


@require_safe
@staff_only
def import_list(request: HttpRequest) -> HttpResponse:
    runs = ImportRun.objects.select_related("data_set", "requested_by")
    page = page_of(runs, request.GET.get("page"), RUNS_ON_A_PAGE)
    shown = [ShownRun(run) for run in page]
    looks = min((one.seconds_between_looks for one in shown if one.seconds_between_looks), default=None)
    context = {"page": page, "shown": shown, "seconds_between_looks": looks}
    return render_page(
        request, "catalog/imports/import_list.html", "catalog/imports/_import_list.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
@staff_only
def import_new(request: HttpRequest) -> HttpResponseBase:
    """The token is checked inside, because looking for it reads the request, which may be too large to be read."""
    if request.method != "POST":
        return _show_form(request, ImportForm(user=_staff(request)))
    sentence = refusal(int(request.META.get("CONTENT_LENGTH") or 0))
    if sentence is not None:
        read_past(request)
        return render(request, "catalog/imports/too_large.html", {"sentence": sentence}, status=413)
    upload = FolderUpload(request)
    request.upload_handlers = [upload]
    try:
        return _import_new(request, upload)
    except UnreadablePostError:
        raise BadRequest("The upload broke off; please try again.") from None
    finally:
        upload.close()


@csrf_protect
def _import_new(request: HttpRequest, upload: FolderUpload) -> HttpResponseBase:
    form = ImportForm(request.POST, user=_staff(request), upload=upload)
    if not form.is_valid():
        return _show_form(request, form)
    try:
        run = start(form.detected.kind, form.options, form.cleaned_data["data_set"], _staff(request))
    except ImportProblem as problem:
        form.keep_uploads()
        form.add_error(None, without_folders(str(problem), files_in(form.options)))
        return _show_form(request, form)
    upload.keep()
    messages.success(request, f"{form.detected.what} will be imported into {run.data_set}.")
    address = reverse("import-detail", args=[run.pk])
    return HttpResponseClientRedirect(address) if wants_part(request) else redirect(address)


def _show_form(request: HttpRequest, form: ImportForm) -> HttpResponse:
    return render_page(
        request, "catalog/imports/import_new.html", "catalog/imports/_import_form.html", {"form": form}
    )


def _staff(request: HttpRequest) -> Any:
    return request.user


@require_safe
@staff_only
def import_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """`was`: the state that the asking page shows; a change is said aloud."""
    run = _run(run_id)
    response = _show_run(request, run)
    was = request.GET.get("was")
    if wants_part(request) and was and was != run.state and run.state in ANNOUNCED:
        said = f"Import {run.pk} {ANNOUNCED[ImportRun.State(run.state)]}."
        trigger_client_event(response, "announce", {"value": said})
    return response


def _run(run_id: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.select_related("data_set", "requested_by"), pk=run_id)


def _show_run(request: HttpRequest, run: ImportRun) -> HttpResponse:
    demo = (
        DataSet.objects.filter(kind=DataSet.Kind.DEMO).first() if run.state == run.State.SUCCEEDED else None
    )
    context = {"run": run, "shown": ShownRun(run), "demo": demo}
    return render_page(
        request, "catalog/imports/import_detail.html", "catalog/imports/_import_detail.html", context
    )


def or_say_busy(view: View) -> View:
    """SQLite has one writer: while a large import fills the tables in one go, no wish can be written down."""

    @wraps(view)
    def patient(request: HttpRequest, run_id: int) -> HttpResponseBase:
        try:
            return view(request, run_id)
        except OperationalError:
            messages.error(request, BUSY)
            return _after(request, _run(run_id))

    return patient


@require_POST
@staff_only
@or_say_busy
def import_pause(request: HttpRequest, run_id: int) -> HttpResponseBase:
    run = _run(run_id)
    if not run.request_pause():
        messages.info(request, f"Import {run.pk} can no longer be paused.")
    return _after(request, run)


@require_POST
@staff_only
@or_say_busy
def import_resume(request: HttpRequest, run_id: int) -> HttpResponseBase:
    run = _run(run_id)
    if run.resume():
        send(run)
    return _after(request, run)


@require_POST
@staff_only
@or_say_busy
def import_cancel(request: HttpRequest, run_id: int) -> HttpResponseBase:
    run = _run(run_id)
    if not run.request_cancel():
        messages.info(request, f"Import {run.pk} had already ended.")
    run.refresh_from_db(fields=["state"])
    if run.state == run.State.CANCELLED:
        remove_uploads_of(run)
    return _after(request, run)


def _after(request: HttpRequest, run: ImportRun) -> HttpResponseBase:
    """The part of the page anew, or back to the page."""
    if not wants_part(request):
        return redirect("import-detail", run.pk)
    return _show_run(request, _run(run.pk))


@require_POST
@staff_only
def import_repeat(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The same files with the same options again, as an import of its own."""
    old = _run(run_id)
    try:
        run = start(old.source, old.options, old.data_set.name, _staff(request))
    except ImportProblem as problem:
        messages.error(request, without_folders(str(problem), files_in(old.options)))
        return redirect("import-detail", old.pk)
    return redirect("import-detail", run.pk)


@require_safe
@staff_only
def import_report(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The CSV of all bad lines, as a file to keep."""
    path = report_path(_run(run_id))
    if path is None:
        raise Http404
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"import-{run_id}-bad-lines.csv",
        content_type="text/csv; charset=utf-8",
    )
