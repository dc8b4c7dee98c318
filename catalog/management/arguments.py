"""What several commands take: here, a data set by its name."""

from django.core.management.base import CommandError

from catalog.models import DataSet


def data_set_named(name: str) -> DataSet:
    """CommandError, with the names there are, for a name that no data set has."""
    data_set = DataSet.objects.filter(name=name).first()
    if data_set is None:
        known = ", ".join(DataSet.objects.values_list("name", flat=True))
        raise CommandError(f"There is no data set {name!r}. There {f'is: {known}' if known else 'are none'}.")
    return data_set
