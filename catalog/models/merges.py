from typing import ClassVar

from django.conf import settings
from django.db import models

from catalog.models.movies import Movie


class MergeDecision(models.Model):
    """That two movies are one, or that they are not. Importers obey those by hand.

    `movie` is the one that was merged into, or is kept apart from, `other`. `movie_keys` and `other_keys` name the
    editions that each had, as [data set, external id], so that a decision outlives the removal of a data set. A
    decision that was taken back keeps its row, with `undone_at`.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", "the same film"
        APART = "apart", "different films"

    kind = models.CharField(max_length=5, choices=Kind)
    movie = models.ForeignKey(Movie, null=True, on_delete=models.SET_NULL, related_name="decisions")
    other = models.ForeignKey(Movie, null=True, on_delete=models.SET_NULL, related_name="decisions_as_other")
    movie_keys = models.JSONField(default=list)
    other_keys = models.JSONField(default=list)
    by_hand = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    evidence = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by_hand", "kind"], name="decisions_by_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.movie} and {self.other}: {self.get_kind_display()}"
