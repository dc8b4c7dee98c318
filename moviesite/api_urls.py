"""Every address below /api/: the document's page, the document, the resources, and a 404 in JSON."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import include, path, re_path, resolve
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """404 in JSON; for an address that lacks its last slash, the way to it, whatever the method."""
    if not request.path.endswith("/") and resolve(f"{request.path}/").func is not nothing_here:
        response = HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        response.status_code = 308
        return response
    return JsonResponse({"detail": f"There is nothing at {request.path}."}, status=404)


urlpatterns = [
    path("", SpectacularSwaggerSplitView.as_view(template_name="api/docs.html"), name="api-docs"),
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("catalog.api.urls")),
    path("v1/", include("recommendations.api.urls")),
    re_path(r"^(?P<rest>.+)$", nothing_here),
]
