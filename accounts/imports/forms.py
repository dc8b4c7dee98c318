"""The form by which people bring their files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.imports.files import MOST_BYTES, Read, read_uploads
from catalog.importing.errors import ImportProblem


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Uploaded files; becomes what was read from them."""

    def clean(self, data: Any, initial: Any = None) -> Read:
        uploads = [super(FilesField, self).clean(one, initial) for one in (data or [None])]
        try:
            return read_uploads(uploads)
        except ImportProblem as problem:
            raise ValidationError(str(problem)) from None


class RatingImportForm(forms.Form):
    files = FilesField(  # type: ignore[assignment]  # the class keeps no such name
        label="Your files",
        widget=ManyFiles(attrs={"accept": ".zip,.csv,.json", "class": "drop"}),
        help_text=f"At most {MOST_BYTES >> 20} MB; several files of one site may be chosen together.",
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
    )
