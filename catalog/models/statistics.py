from django.db import models


class Statistic(models.Model):
    """A table of the data page, computed once for many visits (`catalog.statistics`)."""

    name = models.CharField(max_length=40, unique=True)
    value = models.JSONField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
