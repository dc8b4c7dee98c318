"""Pages of films over REST: those that nobody counted are told by what comes next alone."""

from typing import Any

from rest_framework.response import Response

from catalog.browse import UNCOUNTED, ListingPaginator
from moviesite.web.pagination import Pages


class FilmPages(Pages):
    django_paginator_class = ListingPaginator

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        if response.data["count"] == UNCOUNTED:
            response.data["count"] = None
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = super().get_paginated_response_schema(schema)
        whole["properties"]["count"] |= {
            "nullable": True,
            "description": "How many there are; null for more than are worth counting.",
        }
        return whole
