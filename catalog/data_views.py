"""The data page: what the ratings look like, drawn, in tables, and as files."""

from datetime import datetime
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import condition, require_safe

from catalog.models import Rating
from catalog.statistics.counting import Scope
from catalog.statistics.sections import key_figures, made_note, sections
from catalog.statistics.stored import counted_at, is_small, refresh_statistics, stored_figures
from catalog.statistics.tables import TABLES
from moviesite.web.parameters import whole_number


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    when = counted_for(request)
    if when is None:
        return render(request, "catalog/data_empty.html", {"being_counted": Rating.objects.exists()})
    scope = scope_of(request)
    context = {"content": content_of(scope, when), "scope": scope, "computed_at": when}
    return render(request, "catalog/data.html", context)


@lru_cache(maxsize=16)
def content_of(scope: Scope, when: datetime) -> SafeString:
    """What the page says of figures that were counted `when`: the same for everybody, so made once by a process.

    That is why no time of day stands in it: each visitor has a zone of their own.
    """
    stored = stored_figures(scope)
    if stored is None:
        raise Http404("There is no such data set any more.")
    figures = stored.figures
    context = {
        "scope": scope,
        "figures": figures,
        "key_figures": key_figures(figures),
        "made_note": made_note(figures),
        "sections": sections(figures),
    }
    return render_to_string("catalog/_data.html", context)


def tag_of_table(request: HttpRequest, name: str) -> str | None:
    when = counted_for(request)
    return f'"{name}-{scope_of(request) or "all"}-{when.timestamp():.6f}"' if when else None


def time_of_table(request: HttpRequest, name: str) -> datetime | None:
    return counted_for(request)


@require_safe
@condition(etag_func=tag_of_table, last_modified_func=time_of_table)
def data_table(request: HttpRequest, name: str) -> HttpResponse:
    stored = stored_figures(scope_of(request)) if name in TABLES else None
    if stored is None:
        raise Http404("There is no such table.")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-cache"
    TABLES[name](stored.figures).write_csv(response)
    return response


def scope_of(request: HttpRequest) -> Scope:
    """The data set that the address names; None for all of them. Http404 for what cannot be one."""
    text = request.GET.get("data-set", "")
    number = whole_number(text)
    if text and number is None:
        raise Http404("There is no such data set.")
    return number


def counted_for(request: HttpRequest) -> datetime | None:
    """When the figures that a request names were counted, asked once. On a small site that nobody has counted yet it is
    done here; None where there is nothing to count, or too much to do it now.
    """
    if not hasattr(request, "counted_at"):
        scope = scope_of(request)
        when = counted_at(scope)
        if when is None and counted_at() is None and is_small() and refresh_statistics():
            when = counted_at(scope)
        if when is None and scope is not None:
            raise Http404("There is no such data set.")
        request.counted_at = when  # type: ignore[attr-defined]
    return request.counted_at  # type: ignore[attr-defined]
