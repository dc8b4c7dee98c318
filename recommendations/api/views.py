"""Picks over REST: the same answers as on the pages, from the same functions."""

from django.http import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views import MOVED, NO_SUCH_MOVIE, get_movie, moved
from recommendations.api.serializers import (
    LengthSerializer,
    PickListSerializer,
    StandingSerializer,
    WishesSerializer,
)
from recommendations.services import PickList, Wishes, picks_for, similar_movies, someone, standing


def wanted_length(request: Request) -> int:
    """The query's n. ValidationError, in a sentence, for what is no list's length."""
    wanted = LengthSerializer(data=request.query_params)
    wanted.is_valid(raise_exception=True)
    return int(wanted.validated_data["n"])


def wanted_list(request: Request) -> tuple[int, Wishes]:
    """The query's n and wishes. ValidationError, in a sentence, for what cannot be meant."""
    wanted = WishesSerializer(data=request.query_params)
    wanted.is_valid(raise_exception=True)
    return int(wanted.validated_data["n"]), wanted.wishes()


def answer(request: Request, picks: PickList) -> Response:
    return Response(PickListSerializer(picks, context={"request": request}).data)


@method_decorator(never_cache, name="dispatch")
class Recommendations(APIView):
    @extend_schema(
        summary="What I should watch next",
        description="Without signing in, or before a first rating, the list is everybody's, and says so.",
        operation_id="recommendations_list",
        parameters=[WishesSerializer],
        responses=PickListSerializer,
    )
    def get(self, request: Request) -> Response:
        n, wishes = wanted_list(request)
        return answer(request, picks_for(someone(request), n=n, wishes=wishes))


class SimilarMovies(APIView):
    @extend_schema(
        summary="Movies most like one",
        operation_id="movies_similar",
        parameters=[LengthSerializer],
        responses={200: PickListSerializer, 301: MOVED, 404: NO_SUCH_MOVIE},
    )
    def get(self, request: Request, movie_id: int) -> HttpResponseBase:
        movie = get_movie(movie_id)
        if movie.merged_into_id:
            return moved(movie, "api-movie-similar")
        return answer(request, similar_movies(movie, n=wanted_length(request), person=someone(request)))


@method_decorator(never_cache, name="dispatch")
class MovieStanding(APIView):
    @extend_schema(
        summary="Where a movie stands for me",
        description="Its expected stars, its rank, how its score adds up, and what keeps it out of a list of n.",
        operation_id="movies_standing",
        parameters=[WishesSerializer],
        responses={200: StandingSerializer, 301: MOVED, 404: NO_SUCH_MOVIE},
    )
    def get(self, request: Request, movie_id: int) -> HttpResponseBase:
        movie = get_movie(movie_id)
        if movie.merged_into_id:
            return moved(movie, "api-movie-standing")
        n, wishes = wanted_list(request)
        found = standing(someone(request), movie, wishes=wishes, n=n)
        return Response(StandingSerializer(found, context={"request": request}).data)
