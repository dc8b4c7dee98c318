"""What a page that was made for one person must not write for another, or for nobody.

Pages say with every request of HTMX whom they were made for (`X-Person`, in templates/base.html). Somebody who signed
out in another tab, or whose session ended, still sees their name there; what they then rate would go to a stranger's
session.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from moviesite.web.sign_in import sign_in_and_back

HEADER = "X-Person"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Respond = Callable[[HttpRequest], HttpResponseBase]


class SamePersonMiddleware:
    """Needs sessions, people, messages and HTMX before it."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        made_for = request.headers.get(HEADER)
        if request.method in SAFE_METHODS or not made_for or made_for == str(request.user.pk):
            return self.get_response(request)
        if request.user.is_authenticated:
            messages.warning(request, f"You are signed in as {request.user} now. Nothing was changed.")
            return HttpResponseClientRefresh()
        messages.warning(request, "You were signed out, so nothing was changed. Sign in and do it again.")
        page = request.htmx.current_url_abs_path  # type: ignore[attr-defined]  # set by the middleware
        return HttpResponseClientRedirect(sign_in_and_back(page))
