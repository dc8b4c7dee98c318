"""What people bring along from elsewhere, until it has become ratings; and how often something was tried."""

from typing import Any, ClassVar, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from catalog.models import Movie
from catalog.rating_sets import Given
from moviesite.web.runs import Run


class RatingImport(Run):
    """Files of a person's own ratings: matched with the catalogue, looked at by the person, then written.

    Between the two it is paused, for as long as the person likes. `files`: name, bytes and what it was of each.
    """

    class Phase(models.TextChoices):
        MATCH = "match", "looking for the films"
        REVIEW = "review", "to be looked at"
        WRITE = "write", "writing the ratings"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rating_imports"
    )
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.MATCH)
    source = models.CharField(max_length=40)
    files = models.JSONField(default=list)

    class Meta(Run.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.source}, import {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("rating-import-detail", args=[self.pk])

    @property
    def is_in_review(self) -> bool:
        return self.state == self.State.PAUSED and self.phase == self.Phase.REVIEW


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def ratings(self) -> Self:
        """Without what was only seen, is only wanted, or only marked."""
        return self.filter(kind=ImportRow.Kind.RATING)

    def ready(self) -> Self:
        return self.ratings().filter(state=ImportRow.State.MATCHED)

    def marks(self) -> Self:
        """Films that were found, to be marked instead of rated."""
        return self.exclude(kind=ImportRow.Kind.RATING).filter(state=ImportRow.State.MATCHED)


class ImportRow(models.Model):
    """A film in somebody's files.

    `clues` are its ids elsewhere, other titles, and of a MARK which one; `candidates` ids of movies, best first. `note`
    says how its film was found or why not, `outcome` what became of the rating or mark.
    """

    class Kind(models.TextChoices):
        RATING = "rating", "rating"
        WATCHED = "watched", "watched"
        WATCHLIST = "watchlist", "watchlist"
        MARK = "mark", "mark"

    class State(models.TextChoices):
        NEW = "new", "not looked for yet"
        MATCHED = "matched", "found"
        DOUBTFUL = "doubtful", "doubtful"
        MISSING = "missing", "not found"
        LEFT_OUT = "left-out", "left out"
        UNREADABLE = "unreadable", "not understood"

    rating_import = models.ForeignKey(RatingImport, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.RATING)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    file = models.CharField(max_length=120, blank=True)
    line = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    clues = models.JSONField(default=dict, blank=True)
    half_stars = models.PositiveSmallIntegerField(null=True, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)
    movie = models.ForeignKey(Movie, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    candidates = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10, blank=True)

    objects: ClassVar[Any] = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rating_import", "kind", "state"], name="rows_of_import_by_state"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(half_stars=None) | Q(half_stars__gte=1, half_stars__lte=10),
                name="import_row_half_stars_1_to_10",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def stars(self) -> float | None:
        return self.half_stars / 2 if self.half_stars else None

    @property
    def given(self) -> Given:
        """Its rating; only rows of that kind that could be read have one."""
        return Given(cast("int", self.half_stars), self.rated_at)

    def choose(self, movie: Movie | None) -> None:
        """Settle by hand which film it is; None leaves the row out."""
        self.movie = movie
        self.state = self.State.MATCHED if movie else self.State.LEFT_OUT
        self.note = "chosen by hand" if movie else "left out by hand"
        self.save(update_fields=["movie", "state", "note"])


class LimitEntry(models.Model):
    """What was tried lately by one address or with one user name, in the columns that Django's cache wants."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.cache_key} until {self.expires}"
