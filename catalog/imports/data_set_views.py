"""The data sets of the site, and taking one out again."""

from django.contrib import messages
from django.db import OperationalError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from catalog.imports.access import staff_only
from catalog.imports.requests import BUSY, remove_later
from catalog.models import DataSet, Edition, Reviewer


@require_safe
@staff_only
def data_set_list(request: HttpRequest) -> HttpResponseBase:
    return render(request, "catalog/imports/data_set_list.html", {"data_sets": _counted()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def data_set_remove(request: HttpRequest, data_set_id: int) -> HttpResponseBase:
    """First what goes and what stays, then, in the background, the removal."""
    data_set = get_object_or_404(_counted(), pk=data_set_id)
    if request.method != "POST":
        return render(request, "catalog/imports/data_set_remove.html", {"data_set": data_set})
    try:
        remove_later(data_set)
    except OperationalError:
        messages.error(request, BUSY)
    else:
        messages.success(
            request, f"{data_set} is being removed. It stands in this list until all that is in it has gone."
        )
    return redirect("data-set-list")


def _counted() -> QuerySet[DataSet]:
    """With `reviewer_count` and `edition_count`; ratings are as many as minutes to count, so they are not."""

    def count(model: type[Reviewer] | type[Edition]) -> Coalesce:
        rows = model._default_manager.filter(data_set=OuterRef("pk")).order_by().values("data_set")
        return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)

    return DataSet.objects.annotate(reviewer_count=count(Reviewer), edition_count=count(Edition))
