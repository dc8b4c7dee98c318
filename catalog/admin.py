"""The staff pages of the facts. What importers and visitors write is shown, not edited."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Model, QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.editions.admin import MergeDecisionAdmin
from catalog.imports.requests import remove_later
from catalog.models import Credit, DataSet, Edition, ImportRun, MergeDecision, Movie, Rating, Reviewer

HTTPS_LINKS: Any = {URLField: {"assume_scheme": "https"}}

admin.site.register(MergeDecision, MergeDecisionAdmin)


class ReadOnlyAdmin(admin.ModelAdmin):
    """To look at. Large tables are not counted twice for a list."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EditionForm(ModelForm):
    """Saves what was changed in it, no more: the film of an edition may have been merged meanwhile."""

    def save(self, commit: bool = True) -> Any:
        edition = super().save(commit=False)
        if commit:
            edition.save(update_fields=set(self.changed_data) & set(EditionInline.fields))
        return edition


class EditionInline(admin.TabularInline):
    model = Edition
    form = EditionForm
    fk_name = "movie"
    extra = 0
    formfield_overrides = HTTPS_LINKS
    can_delete = False
    fields = ("data_set", "external_id", "title", "format", "price", "url")
    readonly_fields = ("data_set", "external_id")

    def has_add_permission(self, request: HttpRequest, obj: Movie | None = None) -> bool:
        return False


class CreditInline(admin.TabularInline):
    model = Credit
    extra = 0
    raw_id_fields = ("person",)


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    """Movies are never deleted by hand: their ids are in URLs and models. Removing a data set does that."""

    list_display = ("title", "year", "rating_count", "average")
    list_filter = ("genres", "editions__data_set")
    search_fields = ("title", "folded_title")
    ordering = ("-rating_count", "id")
    show_full_result_count = False
    formfield_overrides = HTTPS_LINKS
    filter_horizontal = ("genres",)
    raw_id_fields = ("merged_into",)
    readonly_fields = ("merged_into", "rating_count", "average", "created_at", "updated_at")
    inlines = (CreditInline, EditionInline)

    def save_model(self, request: HttpRequest, obj: Movie, form: ModelForm, change: bool) -> None:
        """Of a movie that is there, what was changed in the form, no more: imports, ratings and merges go on."""
        if change:
            columns = {field.name for field in Movie._meta.concrete_fields}
            obj.save(update_fields={*columns.intersection(form.changed_data), "updated_at"})
        else:
            super().save_model(request, obj, form, change)

    @display(description="average stars")
    def average(self, movie: Movie) -> str:
        return f"{movie.mean_stars:.2f}" if movie.mean_stars is not None else "no ratings"

    def has_delete_permission(self, request: HttpRequest, obj: Movie | None = None) -> bool:
        return False


@admin.register(DataSet)
class DataSetAdmin(admin.ModelAdmin):
    """Deleting a data set removes it properly, in the background, after a page that says what goes."""

    list_display = ("name", "kind", "reviewer_count", "edition_count", "created_at")
    fields = ("name", "kind", "licence_note", "created_at")
    readonly_fields = ("kind", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description="reviewers")
    def reviewer_count(self, data_set: DataSet) -> int:
        return data_set.reviewers.count()

    @display(description="editions")
    def edition_count(self, data_set: DataSet) -> int:
        return data_set.editions.count()

    def get_actions(self, request: HttpRequest) -> Any:
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            function, name = actions["delete_selected"][:2]
            actions["delete_selected"] = (function, name, "Remove data set, with its ratings")
        return actions

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the confirmation page lists: sums, not millions of rows."""
        to_delete, total = [], {"data sets": 0, "reviewers with all their ratings": 0, "editions": 0}
        for data_set in objs:
            reviewers, editions = data_set.reviewers.count(), data_set.editions.count()
            to_delete.append(
                format_html(
                    "{}: {} reviewers with all their ratings, {} editions, and the movies that nobody else has."
                    " Ratings by people of this site stay, and the movies they rated.",
                    data_set,
                    f"{reviewers:,}",
                    f"{editions:,}",
                )
            )
            for name, n in zip(total, (1, reviewers, editions), strict=True):
                total[name] += n
        return to_delete, total, set(), []

    def delete_model(self, request: HttpRequest, obj: DataSet) -> None:
        remove_later(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[DataSet]) -> None:
        for data_set in queryset:
            remove_later(data_set)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[DataSet]) -> Any:
        self.message_user(
            request, "Removed in the background: the data set goes when all that is in it has gone."
        )
        return super().log_deletions(request, queryset)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "data_set",
        "state",
        "progress",
        "lines",
        "created_at",
        "started_at",
        "finished_at",
        "page",
    )
    list_filter = ("state", "source", "data_set")
    list_select_related = ("data_set",)
    actions = ("cancel",)
    fields = (
        *("page", "data_set", "source", "state", "progress", "stage", "message", "lines", "error"),
        *("summary", "bad_lines", "report", "read_files"),
        *("options", "requested_by", "attempts", "created_at", "started_at", "heartbeat_at", "finished_at"),
    )
    readonly_fields = fields

    @display(description="progress")
    def progress(self, run: ImportRun) -> str:
        if run.state == run.State.SUCCEEDED or run.fraction is None:
            return run.get_state_display()
        return f"{run.stage}: {run.fraction:.0%}"

    @display(description="page")
    def page(self, run: ImportRun) -> SafeString:
        address = reverse("import-detail", args=[run.pk])
        return format_html('<a href="{}">watch, pause, resume</a>', address)

    @display(description="lines read")
    def lines(self, run: ImportRun) -> str:
        estimated = f" of about {run.lines_estimated:,}" if run.lines_estimated else ""
        return f"{run.lines_read:,}{estimated}"

    @display(description="files")
    def read_files(self, run: ImportRun) -> SafeString | str:
        rows = (
            (file["name"], f"{file['bytes']:,}", file.get("sha256", "not yet known")) for file in run.files
        )
        return format_html_join("", "<p>{}: {} bytes, SHA-256 {}</p>", rows) or "-"

    @display(description="what it did")
    def summary(self, run: ImportRun) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((text,) for text in run.result.get("summary", []))) or "-"

    @display(description="bad lines")
    def bad_lines(self, run: ImportRun) -> SafeString | str:
        kinds = run.counts.get("bad", {})
        return format_html_join("", "<p>{}: {}</p>", sorted(kinds.items())) or "none"

    @admin.action(description="Stop the selected imports")
    def cancel(self, request: HttpRequest, queryset: QuerySet[ImportRun]) -> None:
        stopped = sum(run.request_cancel() for run in queryset)
        self.message_user(request, f"Asked {stopped} to stop; what they have loaded stays.")


@admin.register(Reviewer)
class ReviewerAdmin(ReadOnlyAdmin):
    """External ids can name a person elsewhere: they are neither shown nor searched."""

    list_display = ("__str__", "data_set", "user", "rating_count")
    list_filter = ("data_set",)
    list_select_related = ("data_set", "user")
    ordering = ("-pk",)
    fields = ("data_set", "user", "rating_count")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reviewer]:
        return super().get_queryset(request).defer("external_id")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("external_id") and super().lookup_allowed(lookup, value, request)

    @display(description="ratings")
    def rating_count(self, reviewer: Reviewer) -> int:
        return reviewer.ratings.filter(superseded=False).count()


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    """To look at: a rating is written where its movie's histogram is written with it."""

    list_display = ("movie", "reviewer", "stars", "rated_at", "superseded")
    list_filter = ("half_stars", "superseded")
    list_select_related = ("movie", "reviewer")
    ordering = ("-pk",)
    fields = ("movie", "reviewer", "edition", "stars", "rated_at", "superseded", "created_at", "updated_at")
    readonly_fields = fields
