"""Forms of a person's own account."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from accounts.deletion import is_last_who_runs_the_site


class DeleteForm(forms.Form):
    """The password once more; refused to the last person who could run the site."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise ValidationError("That is not your password. Nothing was deleted.")
        return password

    def clean(self) -> dict[str, Any]:
        if is_last_who_runs_the_site(self.user):
            raise ValidationError(
                "Nobody else could run this site: first make somebody else a superuser, in the admin pages."
            )
        return self.cleaned_data
