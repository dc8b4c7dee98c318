"""The site's addresses and one more: a bare view that authenticates, reads and serialises given films."""

from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.serializers import MovieSerializer
from catalog.models import Movie


@method_decorator(never_cache, name="dispatch")
class BareMovies(APIView):
    """?ids=3,1,2: these films as the site's API shows films, and nothing else."""

    def get(self, request: Request) -> Response:
        ids = [int(number) for number in request.query_params["ids"].split(",")]
        films = Movie.objects.for_cards().in_bulk(ids)
        serializer = MovieSerializer([films[pk] for pk in ids], many=True, context={"request": request})
        return Response(serializer.data)


urlpatterns = [path("bare/", BareMovies.as_view()), path("", include("moviesite.urls"))]
handler400 = "moviesite.error_pages.bad_request"
