"""Tokens for programs."""

from datetime import timedelta

from drf_spectacular.utils import OpenApiResponse, extend_schema
from knox.models import get_token_model
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import TokenAuthentication
from accounts.api.serializers import SignInSerializer, TokenSerializer
from accounts.api.throttling import AddressThrottle, UsernameThrottle

TOKEN_LIFETIME = timedelta(days=90)


class TokenCreate(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AddressThrottle, UsernameThrottle)

    def check_throttles(self, request: Request) -> None:
        """The first limit that refuses ends it: an address over its own uses up, and stores, nobody else's."""
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                self.throttled(request, throttle.wait() or 0)

    @extend_schema(
        summary="Sign in: get a token",
        request=SignInSerializer,
        responses={
            201: TokenSerializer,
            400: OpenApiResponse(description="User name and password do not belong together."),
            429: OpenApiResponse(description="Too many attempts; Retry-After says when to come back."),
        },
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        user = given.validated_data["user"]
        instance, token = get_token_model().objects.create(user=user, expiry=TOKEN_LIFETIME)
        return Response(TokenSerializer({"token": token, "expiry": instance.expiry}).data, status=201)


class TokenCurrent(APIView):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        summary="Sign out: make this token worthless",
        responses={204: OpenApiResponse(description="The token is gone.")},
    )
    def delete(self, request: Request) -> Response:
        request.auth.delete()
        return Response(status=204)
