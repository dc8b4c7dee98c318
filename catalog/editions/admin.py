"""Merging and splitting by hand, for the staff: choose, see what will happen, do it, take it back."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from catalog.editions.merging import (
    MergeProblem,
    apart,
    merge,
    outcome_of_merge,
    outcome_of_split,
    split,
    undo,
)
from catalog.editions.titles import title_key
from catalog.editions.trees import with_merged
from catalog.editions.wording import evidence_in_words
from catalog.models import MergeDecision, Movie
from moviesite.web.parameters import search_text, whole_number

CHOICES = 20


class DecidedBy(admin.SimpleListFilter):
    title = "who decided"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("people", "people"), ("evidence", "the evidence")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MergeDecision]) -> QuerySet[MergeDecision]:
        return queryset.filter(by_hand=self.value() == "people") if self.value() else queryset


class Holds(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("holds", "holds"), ("back", "taken back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MergeDecision]) -> QuerySet[MergeDecision]:
        return queryset.filter(undone_at__isnull=self.value() == "holds") if self.value() else queryset


class MergeDecisionAdmin(admin.ModelAdmin):
    """Which movies were taken for one film or for two, by whom and why; each can be taken back."""

    list_display = ("films", "verdict", "evidence_in_words", "who", "when", "state")
    list_filter = ("kind", DecidedBy, Holds)
    list_select_related = ("movie", "other", "decided_by")
    search_fields = ("movie__folded_title", "other__folded_title")
    show_full_result_count = False
    list_per_page = 50
    fields = (
        *("movie_link", "verdict", "other_link", "evidence_in_words", "who", "created_at", "undone_at"),
        *("editions_of_movie", "editions_of_other"),
    )
    readonly_fields = fields

    @display(description="films")
    def films(self, decision: MergeDecision) -> str:
        movie, other = decision.movie or "a film no longer there", decision.other or "one no longer there"
        return f"{movie} and {other}"

    @display(description="when", ordering="pk")
    def when(self, decision: MergeDecision) -> str:
        return date_format(decision.created_at, "j M Y, H:i")

    @display(description="verdict", ordering="kind")
    def verdict(self, decision: MergeDecision) -> str:
        return decision.get_kind_display()

    @display(description="evidence")
    def evidence_in_words(self, decision: MergeDecision) -> str:
        return evidence_in_words(decision.evidence)

    @display(description="decided by")
    def who(self, decision: MergeDecision) -> str:
        return str(decision.decided_by or "somebody") if decision.by_hand else "the evidence"

    @display(description="state")
    def state(self, decision: MergeDecision) -> str:
        return "taken back" if decision.undone_at else "holds"

    @display(description="movie")
    def movie_link(self, decision: MergeDecision) -> SafeString | str:
        return _link(decision.movie)

    @display(description="other movie")
    def other_link(self, decision: MergeDecision) -> SafeString | str:
        return _link(decision.other)

    @display(description="editions of the movie then")
    def editions_of_movie(self, decision: MergeDecision) -> str:
        return _listed(decision.movie_keys)

    @display(description="editions of the other then")
    def editions_of_other(self, decision: MergeDecision) -> str:
        return _listed(decision.other_keys)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MergeDecision], search_term: str
    ) -> tuple[QuerySet[MergeDecision], bool]:
        return super().get_search_results(request, queryset, search_term.lower())

    def get_urls(self) -> list[URLPattern]:
        def wrapped(view: Any) -> Any:
            return self.admin_site.admin_view(_for_editors(view))

        name = "catalog_mergedecision"
        return [
            path("merge/<int:movie_id>/", wrapped(self.merge_view), name=f"{name}_merge"),
            path("split/<int:movie_id>/", wrapped(self.split_view), name=f"{name}_split"),
            path("apart/<int:movie_id>/", wrapped(require_POST(self.apart_view)), name=f"{name}_apart"),
            path("<int:decision_id>/undo/", wrapped(require_POST(self.undo_view)), name=f"{name}_undo"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_merge": may_merge(request), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def merge_view(self, request: HttpRequest, movie_id: int) -> HttpResponse:
        """Choose the film that a movie is an edition of, look at what that would do, and do it."""
        movie = get_object_or_404(Movie, pk=movie_id).resolved()
        into = _chosen(request)
        if request.method == "POST" and into is not None:
            return self._do(request, movie, lambda: merge(movie, into, by=cast(User, request.user)))
        text = search_text(request.GET.get("q", title_key(movie.title).name or movie.title))
        same = into is not None and into.resolved() == movie
        context = {
            "title": f"Merge {movie} into another film",
            "movie": movie,
            "into": None if into is None or same else into.resolved(),
            "same": same,
            "text": text,
            "found": _films_like(text, movie),
            "outcome": outcome_of_merge(movie, into) if into is not None and not same else None,
        }
        return self._page(request, "merge", context)

    def split_view(self, request: HttpRequest, movie_id: int) -> HttpResponse:
        """Look at what would go out of the film with a merged movie, and do it."""
        movie = get_object_or_404(Movie.objects.select_related("merged_into"), pk=movie_id)
        if request.method == "POST":
            return self._do(request, movie, lambda: split(movie, by=cast(User, request.user)))
        root = movie.resolved()
        context = {
            "title": f"Split {movie} from {root}",
            "movie": movie,
            "root": None if root == movie else root,
            "outcome": outcome_of_split(movie),
            "parts": Movie.objects.filter(pk__in=with_merged([movie.pk]) - {movie.pk}).order_by("pk"),
        }
        return self._page(request, "split", context)

    def apart_view(self, request: HttpRequest, movie_id: int) -> HttpResponse:
        """Remember that two films are not one."""
        movie, other = get_object_or_404(Movie, pk=movie_id), _chosen(request)
        if other is None:
            return HttpResponseRedirect(reverse("admin:catalog_mergedecision_merge", args=[movie_id]))
        return self._do(request, movie, lambda: apart(movie, other, by=cast(User, request.user)))

    def undo_view(self, request: HttpRequest, decision_id: int) -> HttpResponse:
        decision = get_object_or_404(MergeDecision, pk=decision_id)
        return self._do(request, decision.movie, lambda: undo(decision, by=cast(User, request.user)))

    def _do(self, request: HttpRequest, movie: Movie | None, work: Any) -> HttpResponse:
        """Do it and go to the movie that was asked about, as it is then; the message leads to the decision."""
        try:
            decision = work()
        except MergeProblem as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            self.message_user(request, _said(decision), messages.SUCCESS)
        if movie is None:
            return HttpResponseRedirect(reverse("admin:catalog_mergedecision_changelist"))
        today = Movie.objects.get(pk=movie.pk).resolved()
        return HttpResponseRedirect(reverse("admin:catalog_movie_change", args=[today.pk]))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        template = f"admin/catalog/mergedecision/{name}.html"
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def may_merge(request: HttpRequest) -> bool:
    return request.user.has_perm("catalog.change_movie")


def _for_editors(view: Any) -> Any:
    def checked(request: HttpRequest, **kwargs: int) -> HttpResponse:
        if not may_merge(request):
            raise PermissionDenied
        return view(request, **kwargs)

    return checked


def _chosen(request: HttpRequest) -> Movie | None:
    """The other film that a page or a form names, if there is one of that id."""
    number = whole_number((request.POST if request.method == "POST" else request.GET).get("into"))
    return Movie.objects.filter(pk=number).first() if number else None


def _asked(request: HttpRequest) -> str:
    return search_text(request.GET.get("q", ""))


def _films_like(text: str, movie: Movie) -> list[Movie]:
    films = Movie.objects.search(text).exclude(pk=movie.pk)
    return list(films.prefetch_related("editions")[:CHOICES])


def _said(decision: MergeDecision | None) -> SafeString | str:
    if decision is None:
        return "Taken back."
    happened = "Merged" if decision.kind == MergeDecision.Kind.MERGE else "Kept apart"
    return format_html(
        '{}: <a href="{}">{}</a>. It can be taken back there.',
        happened,
        reverse("admin:catalog_mergedecision_change", args=[decision.pk]),
        decision,
    )


def _link(movie: Movie | None) -> SafeString | str:
    if movie is None:
        return "no longer there"
    return format_html('<a href="{}">{}</a>', reverse("admin:catalog_movie_change", args=[movie.pk]), movie)


def _listed(keys: list[list[str]]) -> str:
    return ", ".join(f"{external_id} ({data_set})" for data_set, external_id in keys) or "none"
