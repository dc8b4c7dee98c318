"""What merging may change, as it stands in the tables: to compare before and after."""

from typing import Any

from catalog.models import Edition, Movie, Rating
from catalog.models.movies import HISTOGRAM_FIELDS


def picture() -> dict[str, list[Any]]:
    """Every row of ratings, editions and movies, with all that a merge touches and when it was last written."""
    return {
        "ratings": list(Rating.objects.order_by("pk").values_list()),
        "editions": list(Edition.objects.order_by("pk").values_list()),
        "movies": list(
            Movie.objects.order_by("pk").values_list("pk", "merged_into", "updated_at", *HISTOGRAM_FIELDS)
        ),
    }
