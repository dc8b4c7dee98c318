from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers


class SignInSerializer(serializers.Serializer[dict[str, Any]]):
    """A user name, or an email address, and its password; validated, they hold the `user`."""

    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = authenticate(self.context["request"], username=attrs["username"], password=attrs["password"])
        if user is None:
            raise serializers.ValidationError("The user name and the password do not belong together.")
        return {"user": user}


class TokenSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(help_text="Send it as `Authorization: Token ...`. It is shown this once.")
    expiry = serializers.DateTimeField()
