"""Films, and one's own ratings of them."""

from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import FilmPages
from catalog.api.serializers import (
    MovieDetailSerializer,
    MovieSerializer,
    RatingSerializer,
    StarsSerializer,
)
from catalog.browse import LENGTHS, ORDERS, Browse
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate_as_user, unrate
from moviesite.web.moved import moved_to

NO_SUCH_MOVIE = OpenApiResponse(description="There is no such movie.")
MOVED = OpenApiResponse(description="The movie was merged into the one at this address.")


def get_movie(movie_id: int) -> Movie:
    """A movie, merged or not. NotFound, in a sentence."""
    movie = Movie.objects.select_related("merged_into").filter(pk=movie_id).first()
    if movie is None:
        raise NotFound(f"There is no movie {movie_id}.")
    return movie


def moved(movie: Movie, view_name: str) -> HttpResponseBase:
    """The way to what a merged movie has become."""
    return moved_to(reverse(view_name, args=[movie.resolved().pk]))


@extend_schema(
    summary="List and search movies",
    responses={
        200: MovieSerializer(many=True),
        400: OpenApiResponse(description="There is no such genre, or no such decade."),
    },
    parameters=[
        OpenApiParameter(
            "q",
            str,
            description="Beginnings of words of the title, or of a person's name, and the film's year beside them. "
            "Where no film has all of them, those with most of them are listed.",
        ),
        OpenApiParameter("genre", str, description="A genre's slug, like science-fiction."),
        OpenApiParameter(
            "decade",
            int,
            description="The first year of a decade, like 1980; any other of its years means the same.",
        ),
        OpenApiParameter(
            "length", str, enum=list(LENGTHS), description="By running time, where it is known."
        ),
        OpenApiParameter("person", int, description="The id of somebody in the film."),
        OpenApiParameter(
            "sort", str, enum=list(ORDERS), description="Without it: best match, or most rated."
        ),
    ],
)
class MovieList(ListAPIView[Movie]):
    serializer_class = MovieSerializer
    pagination_class = FilmPages
    queryset = Movie.objects.none()  # names the model for the schema

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        browse = Browse.from_query(request.query_params)
        if browse.unknown_genre:
            raise ValidationError({"genre": f'There is no genre "{browse.unknown_genre}".'})
        decade = request.query_params.get("decade", "")
        if decade and browse.decade is None:
            raise ValidationError(
                {"decade": f'"{decade[:40]}" is no decade: give its first year, like 1980.'}
            )
        listing = replace(browse.listing(), related=("genres", "editions"))
        page = self.paginate_queryset(cast("Any", listing))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class MovieDetail(APIView):
    @extend_schema(
        summary="One movie",
        operation_id="movies_retrieve",
        responses={200: MovieDetailSerializer, 301: MOVED, 404: NO_SUCH_MOVIE},
    )
    def get(self, request: Request, movie_id: int) -> HttpResponseBase:
        movie = get_movie(movie_id)
        if movie.merged_into_id:
            return moved(movie, "api-movie-detail")
        full = Movie.objects.for_cards().prefetch_related("credits__person").get(pk=movie.pk)
        return Response(MovieDetailSerializer(full, context={"request": request}).data)


def own_ratings(user: Any) -> QuerySet[Rating]:
    """With what their films' cards show, newest first."""
    films = Prefetch("movie", Movie.objects.for_cards())
    return Rating.objects.of_user(user).prefetch_related(films).order_by("-updated_at", "-pk")


@extend_schema(summary="My ratings")
class RatingList(ListAPIView[Rating]):
    permission_classes = (IsAuthenticated,)
    serializer_class = RatingSerializer
    queryset = Rating.objects.none()  # names the model for the schema

    def get_queryset(self) -> QuerySet[Rating]:
        return own_ratings(self.request.user)


class MovieRating(APIView):
    """My rating of a movie. Of a merged one, it is the rating of what it was merged into."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(summary="My rating of a movie", responses={200: RatingSerializer, 404: NO_SUCH_MOVIE})
    def get(self, request: Request, movie_id: int) -> Response:
        rating = own_ratings(request.user).filter(movie=get_movie(movie_id).resolved()).first()
        if rating is None:
            raise NotFound("You have not rated this movie.")
        return self._answer(rating)

    @extend_schema(
        summary="Rate a movie",
        request=StarsSerializer,
        responses={
            200: RatingSerializer,
            400: OpenApiResponse(description="No such stars."),
            404: NO_SUCH_MOVIE,
        },
    )
    def put(self, request: Request, movie_id: int) -> Response:
        movie = get_movie(movie_id)
        given = StarsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rating = rate_as_user(cast(User, request.user), movie, given.validated_data["stars"])
        return self._answer(own_ratings(request.user).get(pk=rating.pk))

    @extend_schema(
        summary="Take my rating away",
        responses={204: OpenApiResponse(description="There is no rating of yours now."), 404: NO_SUCH_MOVIE},
    )
    def delete(self, request: Request, movie_id: int) -> Response:
        movie = get_movie(movie_id)
        reviewer = Reviewer.objects.filter(user=cast(User, request.user)).first()
        if reviewer is not None:
            unrate(reviewer, movie)
        return Response(status=204)

    def _answer(self, rating: Rating) -> Response:
        return Response(RatingSerializer(rating, context={"request": self.request}).data)
