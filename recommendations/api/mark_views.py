"""My marks on films over REST."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views import NO_SUCH_MOVIE, get_movie
from catalog.merges import current_ids
from catalog.models import Movie
from recommendations.api.serializers import MarkSerializer
from recommendations.marks import mark, unmark
from recommendations.models import Mark

KINDS = [kind.value for kind in Mark.Kind]
WHAT_KINDS_MEAN = "; ".join(f"{kind.value}: {kind.label}" for kind in Mark.Kind) + "."
KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=KINDS, description=WHAT_KINDS_MEAN)


def own_marks(user: User) -> QuerySet[Mark]:
    """With what their films' cards show, newest first."""
    return Mark.objects.filter(user=user).prefetch_related(Prefetch("movie", Movie.objects.for_cards()))


def kind_named(name: str) -> Mark.Kind:
    """NotFound, in a sentence, for a kind that there is not."""
    if name not in KINDS:
        raise NotFound(f'There is no mark "{name}", only {", ".join(KINDS)}.')
    return Mark.Kind(name)


@extend_schema(
    summary="My marks on movies",
    description=f"Newest first. {WHAT_KINDS_MEAN}",
    parameters=[OpenApiParameter("kind", str, enum=KINDS, description="Of this kind alone.")],
)
def of_today(marks: list[Mark]) -> list[Mark]:
    """The same, their films replaced by those into which they were merged since."""
    merged = [mark.movie_id for mark in marks if mark.movie.merged_into_id]
    if merged:
        today = current_ids(merged)
        films = Movie.objects.for_cards().in_bulk(set(today.values()))
        for mark in marks:
            if mark.movie.merged_into_id:
                mark.movie = films[today[mark.movie_id]]
    return marks


class MarkList(ListAPIView[Mark]):
    permission_classes = (IsAuthenticated,)
    serializer_class = MarkSerializer
    queryset = Mark.objects.none()  # names the model for the schema

    def get_queryset(self) -> QuerySet[Mark]:
        marks = own_marks(cast(User, self.request.user))
        kind = self.request.query_params.get("kind")
        if kind is None:
            return marks
        if kind not in KINDS:
            raise ValidationError({"kind": f'There is no mark "{kind}", only {", ".join(KINDS)}.'})
        return marks.filter(kind=kind)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        page = super().paginate_queryset(queryset)
        return None if page is None else of_today(page)


class MovieMark(APIView):
    """My mark on a movie. On a merged one, it is the mark on what it was merged into."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        summary="Mark a movie",
        description="The next picks know it. Marking a movie again changes nothing.",
        parameters=[KIND],
        request=None,
        responses={200: MarkSerializer, 404: NO_SUCH_MOVIE},
    )
    def put(self, request: Request, movie_id: int, kind: str) -> Response:
        movie, user = get_movie(movie_id).resolved(), cast(User, request.user)
        mark(user, movie, kind_named(kind))
        marked = own_marks(user).get(movie=movie, kind=kind)
        return Response(MarkSerializer(marked, context={"request": request}).data)

    @extend_schema(
        summary="Take my mark off",
        parameters=[KIND],
        responses={
            204: OpenApiResponse(description="There is no such mark of yours now."),
            404: NO_SUCH_MOVIE,
        },
    )
    def delete(self, request: Request, movie_id: int, kind: str) -> Response:
        unmark(cast(User, request.user), get_movie(movie_id).resolved(), kind_named(kind))
        return Response(status=204)
