"""The form of a new import: which files, into which data set, and what of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from catalog.importing.cleaning import clean_line
from catalog.importing.detection import Detected
from catalog.importing.errors import ImportProblem
from catalog.imports.requests import recognise, refuse_other_kind
from catalog.imports.server_files import ServerFile, files_on_server, find
from catalog.imports.uploads import MOST_FILES, FolderUpload, files_of, ticket_for
from catalog.models import DataSet

UPLOAD, SERVER = "upload", "server"


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class ServerFilesField(forms.MultipleChoiceField):
    """Names below the folder of imports; becomes their real paths. Whether it is one is looked at anew."""

    def validate(self, value: Any) -> None:
        """There may be none, when files are uploaded."""

    def clean(self, value: Any) -> Any:
        try:
            return [find(name) for name in super().clean(value)]
        except ImportProblem as problem:
            raise ValidationError(str(problem)) from None


class DayField(forms.DateField):
    """A date, written 2018-01-31 as browsers send it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        wrong = {"invalid": "That is no date; write it as 2018-01-31."}
        super().__init__(
            widget=widget, input_formats=["%Y-%m-%d"], required=False, error_messages=wrong, **options
        )


class ImportForm(forms.Form):
    """`upload` is what this request uploaded. When the form is valid, `options`, `detected` and the data set's
    name say what to import; when it is not, whole uploads are kept behind a ticket, so that they need not be
    sent again."""

    detected: Detected

    source = forms.ChoiceField(choices=[(UPLOAD, "Upload"), (SERVER, "On the server")], initial=UPLOAD)
    files = forms.Field(widget=ManyFiles, required=False)  # type: ignore[assignment]  # the class keeps no such name
    server_files = ServerFilesField(required=False)
    ticket = forms.CharField(required=False, max_length=400)
    data_set = forms.CharField(label="Data set", required=False, max_length=120)
    since = DayField(label="Ratings since")
    until = DayField(label="Ratings until")
    verified_only = forms.BooleanField(label="Only verified purchases", required=False)
    with_text = forms.BooleanField(label="Keep the texts of reviews", required=False)
    remove_demo = forms.BooleanField(label="Remove the demo data afterwards", required=False)

    def __init__(self, data: Any = None, *, user: User, upload: FolderUpload | None = None) -> None:
        super().__init__(data, use_required_attribute=False)
        self.user, self.upload = user, upload
        self.has_demo = DataSet.objects.filter(kind=DataSet.Kind.DEMO).exists()
        self.kept_files: list[Path] = []
        self._uploads: list[Path] = []

    # For the template

    @property
    def most_megabytes(self) -> int:
        return int(settings.IMPORT_UPLOAD_BYTES) >> 20

    @property
    def most_bytes(self) -> int:
        return int(settings.IMPORT_UPLOAD_BYTES)

    @property
    def server_folder(self) -> str:
        return str(settings.IMPORT_DIR)

    @property
    def offered(self) -> list[ServerFile]:
        try:
            return files_on_server()
        except ImportProblem:
            return []

    @property
    def chosen(self) -> list[str]:
        """The names of server files that were chosen, whether they were good or not."""
        return list(self["server_files"].value() or [])

    @property
    def data_set_names(self) -> list[str]:
        return list(DataSet.objects.exclude(kind=DataSet.Kind.DEMO).values_list("name", flat=True))

    @property
    def kept_ticket(self) -> str:
        """Stands for `kept_files` when the form is sent again."""
        return ticket_for(self.kept_files[0].parent, self.user) if self.kept_files else ""

    # What was entered

    def clean_data_set(self) -> str:
        return clean_line(self.cleaned_data["data_set"], 120)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "This day lies before the first one, so no rating could be between them.")
        self._look_at_files(values)
        return values

    def _look_at_files(self, values: dict[str, Any]) -> None:
        where = "server_files" if values.get("source") == SERVER else "files"
        if self.upload is not None and self.upload.problem:
            self.add_error("files", self.upload.problem)
        if where in self.errors:
            return
        paths = values["server_files"] if where == "server_files" else self._uploaded(values)
        try:
            self.detected = self._detected(paths, values)
        except ImportProblem as problem:
            self.add_error(where, str(problem))
            return
        self._check_choices(self.detected, values)
        self._uploads = paths if where == "files" else []
        if self.errors:
            self.keep_uploads()

    def _uploaded(self, values: dict[str, Any]) -> list[Path]:
        """The files of this request, else those that an earlier one left behind its ticket."""
        if self.upload is not None and self.upload.paths:
            return self.upload.paths
        return files_of(values.get("ticket", ""), self.user)

    @staticmethod
    def _detected(paths: Sequence[Path], values: dict[str, Any]) -> Detected:
        if not paths and values.get("ticket"):
            raise ImportProblem("The uploaded files are gone; please choose them again.")
        if not 1 <= len(paths) <= MOST_FILES:
            raise ImportProblem("Choose one file, or two: reviews and their metadata.")
        return recognise(paths)

    def _check_choices(self, detected: Detected, values: dict[str, Any]) -> None:
        try:
            refuse_other_kind(values.get("data_set", ""), detected)
        except ImportProblem as problem:
            self.add_error("data_set", str(problem))
        if values.get("verified_only") and detected.kind == DataSet.Kind.MOVIELENS:
            self.add_error(
                "verified_only", "MovieLens knows nothing of purchases, so not one rating would be left."
            )

    def keep_uploads(self) -> None:
        """For another try: what was uploaded is as it should be, and something else is not."""
        self.kept_files = self._uploads
        if self.upload is not None:
            self.upload.keep()

    @property
    def options(self) -> dict[str, Any]:
        """What `request_import` takes, once the form is valid."""
        values = self.cleaned_data
        days = {name: values[name].isoformat() for name in ("since", "until") if values[name]}
        wishes = {name: True for name in ("verified_only", "with_text", "remove_demo") if values[name]}
        return {**self.detected.options, **days, **wishes}
