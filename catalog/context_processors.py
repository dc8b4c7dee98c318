"""What every page needs to know about the data."""

from functools import cache

from django.http import HttpRequest

from catalog.models import DataSet


def made_data(request: HttpRequest) -> dict[str, object]:
    """`has_made_ratings`: lazily, whether demo ratings are in the catalogue, so that pages can say so."""
    return {"has_made_ratings": cache(DataSet.objects.filter(kind=DataSet.Kind.DEMO).exists)}
