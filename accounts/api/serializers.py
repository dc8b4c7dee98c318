from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from rest_framework import serializers


class SignInSerializer(serializers.Serializer[dict[str, Any]]):
    """A user name, or an email address, its password and, where there is one, the second factor's code.

    Validated, they hold the `user`.
    """

    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="What the authenticator app shows, or a recovery code; for accounts with a second factor.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = authenticate(self.context["request"], username=attrs["username"], password=attrs["password"])
        if user is None:
            raise serializers.ValidationError("The user name and the password do not belong together.")
        if (
            is_mfa_enabled(user)
            and not AuthenticateForm({"code": attrs.get("code", "")}, user=user).is_valid()
        ):
            raise serializers.ValidationError(
                {"code": "This account has a second factor: send its present code."}
            )
        return {"user": user}


class TokenSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(help_text="Send it as `Authorization: Token ...`. It is shown this once.")
    expiry = serializers.DateTimeField()
