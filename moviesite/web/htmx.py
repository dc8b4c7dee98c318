"""One place where a response becomes a whole page or the part of it that HTMX asked for."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def wants_part(request: HttpRequest) -> bool:
    """Whether HTMX asked for a part; a history restore needs the whole page."""
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by the middleware
    return bool(details) and not (details.history_restore_request or details.boosted)


def render_page(
    request: HttpRequest,
    page: str,
    part: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render template `part` for an HTMX request, `page` (which includes it) for any other."""
    template = part if wants_part(request) else page
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request", "HX-Boosted"])
    return response
