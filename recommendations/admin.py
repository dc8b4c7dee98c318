"""Trainings and model versions for the site's owner: watch, start, cancel, compare, roll back."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from catalog.admin import ReadOnlyAdmin
from ml.artifact import ArtifactError
from recommendations.models import ModelVersion, TrainingRun
from recommendations.registry import activate
from recommendations.training import request_training


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "trigger",
        "model_name",
        "state",
        "progress",
        "message",
        "requested_by",
        "started_at",
        "finished_at",
        "outcome",
    )
    list_filter = ("state", "trigger")
    list_select_related = ("requested_by",)
    exclude = ("claim_token",)
    actions = ("cancel",)

    def get_urls(self) -> list[URLPattern]:
        retrain = self.admin_site.admin_view(require_POST(self.retrain))
        return [path("retrain/", retrain, name="recommendations_trainingrun_retrain"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What is under way tells of itself; when nothing is any more, the page that watched loads anew."""
        under_way = list(TrainingRun.objects.unfinished())
        context = {"may_retrain": self.has_retrain_permission(request), "under_way": under_way}
        response = super().changelist_view(request, {**context, **(extra_context or {})})
        if request.headers.get("HX-Request") and not under_way:
            response["HX-Refresh"] = "true"
        return response

    def has_retrain_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommendations.add_trainingrun")

    def retrain(self, request: HttpRequest) -> HttpResponse:
        if not self.has_retrain_permission(request):
            raise PermissionDenied
        run = request_training(TrainingRun.Trigger.MANUAL, request.user if request.user.pk else None)
        self.message_user(request, f"{run} is queued; it starts when no other training is running.")
        return HttpResponseRedirect(reverse("admin:recommendations_trainingrun_changelist"))

    @admin.action(description="Cancel the selected trainings", permissions=["retrain"])
    def cancel(self, request: HttpRequest, runs: QuerySet[TrainingRun]) -> None:
        asked = [run for run in runs if run.request_cancel()]
        level = messages.SUCCESS if asked else messages.WARNING
        self.message_user(request, f"{len(asked)} of {len(runs)} asked to stop; the others had ended.", level)

    @admin.display(description="progress")
    def progress(self, run: TrainingRun) -> str:
        if run.is_finished or run.fraction is None:
            return "" if run.is_finished else run.stage
        return format_html(
            '<progress value="{}" max="1"></progress> {} {}%',
            round(run.fraction, 3),
            run.stage,
            round(100 * run.fraction),
        )

    @admin.display(description="outcome")
    def outcome(self, run: TrainingRun) -> str:
        return run.error or str(run.result.get("decision", ""))


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = (
        "version",
        "state",
        "ranking",
        "stars",
        "tested_on",
        "decision",
        "created_at",
        "activated_at",
    )
    list_filter = ("state",)
    actions = ("make_active",)

    def has_activate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommendations.change_modelversion")

    @admin.action(description="Make the selected version active", permissions=["activate"])
    def make_active(self, request: HttpRequest, versions: QuerySet[ModelVersion]) -> None:
        if len(versions) != 1:
            self.message_user(request, "Select one version: only one can be active.", messages.ERROR)
            return
        try:
            activate(versions[0], by=request.user if request.user.pk else None)
        except ArtifactError as error:
            self.message_user(request, f"Nothing was changed. {error}", messages.ERROR)
        else:
            self.message_user(request, f"Version {versions[0]} serves from the next request on.")

    @admin.display(description="nDCG@10 (popularity)")
    def ranking(self, version: ModelVersion) -> str:
        return _beside(version.manifest, "ndcg_at_10", "popularity")

    @admin.display(description="RMSE (biases)")
    def stars(self, version: ModelVersion) -> str:
        return _beside(version.manifest, "rmse", "bias")

    @admin.display(description="tested on")
    def tested_on(self, version: ModelVersion) -> str:
        metrics = version.manifest.get("metrics") or {}
        return f"{metrics['n_test_ratings']:,} ratings" if "n_test_ratings" in metrics else ""


def _beside(manifest: dict[str, Any], metric: str, baseline: str) -> str:
    """Our figure with the baseline's in parentheses; empty if there is none."""
    ours = (manifest.get("metrics") or {}).get(metric)
    theirs = ((manifest.get("baselines") or {}).get(baseline) or {}).get(metric)
    return "" if ours is None else f"{ours:.4f}" + ("" if theirs is None else f" ({theirs:.4f})")
