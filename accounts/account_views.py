"""The account of a person: all that can be done with it, on one page, and what that page leads to."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from knox.models import get_token_model

from accounts.deletion import Receipt, delete_account, is_last_who_runs_the_site, sessions_of
from accounts.exports import SECTIONS, as_json, section_named
from accounts.forms import DeleteForm
from accounts.sessions import count_sessions
from catalog.models import Rating
from moviesite.web.csv_files import csv_response
from recommendations.models import TrainingOptOut
from recommendations.retention import retention_of, span_of


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    context = {
        "addresses": list(EmailAddress.objects.filter(user=user).order_by("-primary", "pk")),
        "factors": set(Authenticator.objects.filter(user=user).values_list("type", flat=True)),
        "session_count": count_sessions(user),
        "token_count": get_token_model().objects.filter(user=user, expiry__gt=timezone.now()).count(),
        "rated_count": Rating.objects.of_user(user).count(),
        "is_learned_from": not TrainingOptOut.objects.filter(user=user).exists(),
        "sections": SECTIONS,
    }
    return render(request, "accounts/account.html", context)


@login_required
@require_POST
def training_choice(request: HttpRequest) -> HttpResponse:
    """Whether models may learn from this person's ratings: `learn=yes`, or anything else for no."""
    user: Any = request.user
    if request.POST.get("learn") == "yes":
        TrainingOptOut.objects.filter(user=user).delete()
        messages.success(request, "From the next training on, models learn from your ratings.")
    else:
        TrainingOptOut.objects.get_or_create(user=user)
        messages.success(request, "From the next training on, no model learns from your ratings.")
    return redirect(f"{reverse('account')}#data")


@login_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of this person, this one among them, and make their API tokens worthless."""
    user: Any = request.user
    keys = sessions_of(user)
    get_token_model().objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    logout(request)
    Session.objects.filter(session_key__in=keys).delete()
    messages.success(request, "You are signed out everywhere.")
    return redirect("home")


@login_required
@require_safe
def account_table(request: HttpRequest, name: str) -> StreamingHttpResponse:
    """A section of what is held about this person, as CSV."""
    section = section_named(name)
    if section is None:
        raise Http404
    user: Any = request.user
    return csv_response(f"{section.name}.csv", section.table(user))


@login_required
@require_safe
def account_json(request: HttpRequest) -> StreamingHttpResponse:
    """All of it as one JSON file."""
    user: Any = request.user
    response = StreamingHttpResponse(as_json(user), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="movie-picks.json"'
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_delete(request: HttpRequest) -> HttpResponseBase:
    """First what goes and what stays for a while; then, with the password, the end."""
    user: Any = request.user
    form = DeleteForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST":
        refused = ratelimit.consume_or_429(request, action="reauthenticate", user=user)
        if refused is not None:
            return refused
        if form.is_valid():
            receipt = delete_account(user)
            logout(request)
            return redirect("account-deleted", receipt.token())
    context = {
        "form": form,
        "rated_count": Rating.objects.of_user(user).count(),
        "retention": retention_of(span_of(user, timezone.now())),
        "backup_days": settings.BACKUP_DAYS,
        "is_last": is_last_who_runs_the_site(user),
    }
    return render(request, "accounts/account_delete.html", context)


@never_cache
@require_safe
def account_deleted(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt: what went, and when the last of what was learned or copied goes, as it stands today."""
    receipt = Receipt.from_token(token)
    if receipt is None:
        raise Http404
    context = {
        "receipt": receipt,
        "retention": retention_of(receipt.span),
        "address": request.build_absolute_uri(),
    }
    return render(request, "accounts/account_deleted.html", context)
