from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models.data_sets import DataSet
from catalog.models.movies import Edition, Movie


class ReviewerQuerySet(models.QuerySet["Reviewer"]):
    def for_user(self, user: AbstractBaseUser) -> "Reviewer":
        """The reviewer that is this site user, made at their first rating."""
        return self.get_or_create(user=user)[0]


class Reviewer(models.Model):
    """Someone who rates: from a data set, or a user of this site.

    `external_id` never leaves the server (pages, API, logs): it can name a person elsewhere.
    """

    data_set = models.ForeignKey(
        DataSet, null=True, blank=True, on_delete=models.CASCADE, related_name="reviewers"
    )
    external_id = models.CharField(max_length=64, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="reviewer"
    )

    objects = ReviewerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["data_set", "external_id"], name="reviewer_by_external_id"),
            models.CheckConstraint(
                condition=Q(data_set__isnull=True, user__isnull=False)
                | Q(data_set__isnull=False, user__isnull=True),
                name="reviewer_from_data_set_or_site",
            ),
        ]

    def __str__(self) -> str:
        return f"Reviewer {self.pk}"


class RatingQuerySet(models.QuerySet["Rating"]):
    def current(self) -> Self:
        """One rating per reviewer and movie: what counts in averages, picks and training."""
        return self.filter(superseded=False)

    def of_user(self, user: Any) -> Self:
        """The current ratings of a signed-in person; none for anybody else."""
        if not user.is_authenticated:
            return self.none()
        return self.current().filter(reviewer__user=user)


class Rating(models.Model):
    """What a reviewer thinks of a movie, in half stars.

    `rated_at` is when the person said so, if known; `created_at` and `updated_at` are about the row. Of two
    ratings of a movie by one reviewer the later `rated_at` is current; on a tie the greater `digest` (of the
    source's row), so that the order of lines in a file never decides. Copies hidden by a merge of movies stay
    as `superseded` rows.

    `home` is the movie that a rating without an edition was given to before that was merged into `movie`; where
    there is an edition, its own home tells.
    """

    reviewer = models.ForeignKey(Reviewer, on_delete=models.CASCADE, related_name="ratings")
    movie = models.ForeignKey(Movie, on_delete=models.PROTECT, related_name="ratings")
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.CASCADE, related_name="ratings"
    )
    home = models.ForeignKey(
        Movie,
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # nearly all are empty: a partial index is enough
        on_delete=models.SET_NULL,
        related_name="moved_ratings",
    )
    half_stars = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(10)])
    rated_at = models.DateTimeField(null=True, blank=True)
    digest = models.BigIntegerField(default=0, editable=False)
    superseded = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["movie", "half_stars"], condition=Q(superseded=False), name="current_ratings_of_movie"
            ),
            models.Index(fields=["home"], condition=Q(home__isnull=False), name="moved_ratings"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(half_stars__gte=1, half_stars__lte=10), name="half_stars_1_to_10"
            ),
            models.UniqueConstraint(
                fields=["reviewer", "movie"], condition=Q(superseded=False), name="one_current_rating"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars} stars for {self.movie}"

    @property
    def stars(self) -> float:
        return self.half_stars / 2


def as_half_stars(stars: float | str) -> int:
    """Stars as half stars: 3.5 -> 7. ValueError, with a sentence, for what is not 0.5, 1, ... 5."""
    try:
        doubled = float(stars) * 2
    except (TypeError, ValueError):
        doubled = 0.0
    if doubled not in range(1, 11):
        raise ValueError("Stars go from 0.5 to 5 in steps of 0.5.")
    return int(doubled)
