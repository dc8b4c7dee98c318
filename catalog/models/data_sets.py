from typing import ClassVar

from django.db import models
from django.urls import reverse


class DataSet(models.Model):
    """Where facts came from. Editions and reviewers are unique by (data set, external id)."""

    class Kind(models.TextChoices):
        DEMO = "demo", "made demo data"
        AMAZON = "amazon", "Amazon reviews"
        MOVIELENS = "movielens", "MovieLens"

    LICENCE_NOTES: ClassVar[dict[str, str]] = {
        Kind.DEMO: "Facts about films, with ratings made by a program. Free to use.",
        Kind.AMAZON: "Amazon review data, for research; not to be redistributed.",
        Kind.MOVIELENS: "MovieLens by GroupLens; not to be redistributed without permission.",
    }

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    licence_note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    removal_due_at = models.DateTimeField(null=True, editable=False)
    """Set once it is to be removed: from then on a worker should take that up. Whoever is at it moves it on."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_made(self) -> bool:
        return self.kind == self.Kind.DEMO

    def get_absolute_url(self) -> str:
        return reverse("admin:catalog_dataset_change", args=[self.pk])
