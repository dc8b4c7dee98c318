"""Errors in the site's own language. What went wrong inside is for the log, never for the page."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Only our own BadRequest carries a sentence for people; Django's suspicions stay in the log."""
    sentence = str(exception) if type(exception) is BadRequest else ""
    return render(request, "400.html", {"sentence": sentence}, status=400)
