from typing import Self

from django.db import models
from django.db.models import F

from catalog.models.movies import Movie
from catalog.models.ratings import Rating


class ReviewTextQuerySet(models.QuerySet["ReviewText"]):
    def of_movie(self, movie: Movie) -> Self:
        """Those of the movie's current ratings, most helpful first; of equal ones the newest, undated ones last."""
        found = self.filter(rating__movie=movie, rating__superseded=False).select_related("rating")
        return found.order_by("-helpful_votes", F("rating__rated_at").desc(nulls_last=True), "pk")


class ReviewText(models.Model):
    """What a reviewer of a data set wrote; kept only if the import was asked to. Plain text, without markup."""

    rating = models.OneToOneField(
        Rating, primary_key=True, on_delete=models.CASCADE, related_name="review_text"
    )
    headline = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    helpful_votes = models.PositiveIntegerField(default=0)

    objects = ReviewTextQuerySet.as_manager()

    class Meta:
        ordering = ("-helpful_votes", "rating_id")

    def __str__(self) -> str:
        return self.headline or self.body[:60]
