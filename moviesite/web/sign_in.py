"""What HTMX asks for after a session has ended: the page goes to sign-in, instead of the form coming into a part."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class SignInMiddleware:
    """Of whatever view the way to sign-in comes: one place for all of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        details: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by the middleware before
        if not details or details.history_restore_request or not _leads_to_sign_in(response):
            return response
        instead = HttpResponseClientRedirect(sign_in_and_back(details.current_url_abs_path))
        add_never_cache_headers(instead)
        return instead


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    if response.status_code != 302:
        return False
    return urlsplit(response["Location"]).path == resolve_url(settings.LOGIN_URL)


def sign_in_and_back(page: str | None) -> str:
    """The address of sign-in that leads back to the page that asked, never to the part; to no other host."""
    address = resolve_url(settings.LOGIN_URL)
    if page is None or not url_has_allowed_host_and_scheme(page, allowed_hosts=None):
        return address
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: page}, safe='/')}"
