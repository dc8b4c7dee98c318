"""Whether the site can serve: what a load balancer or the supervisor asks."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """{"status": "ok"}, or 503 with a sentence when the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "broken", "detail": "The database does not answer."}, status=503)
    return JsonResponse({"status": "ok"})
