from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any, ClassVar, Self, cast

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import slugify

from catalog.models.data_sets import DataSet
from catalog.search_conditions import Sizes, fitting, word_condition
from catalog.text import fold

HALF_STARS = range(1, 11)
"""A rating in half stars: 1 is half a star, 10 is five stars."""

HISTOGRAM_FIELDS = [f"ratings_{half_stars:02d}" for half_stars in HALF_STARS]
"""The columns of a movie's ten-bin histogram, from half a star to five."""


PRIOR_RATINGS, PRIOR_STARS = 10, 3.5
"""The list of best films ranks by the mean of a film's ratings and of so many imagined ones of so many stars. That is
constant, unlike the site's mean, so that an index can hold it."""

CURRENT = Q(merged_into__isnull=True)
YEAR_OR_0 = Coalesce("year", Value(0))

TAKEN_SLUGS = {"rating", "reviews", "similar", "prediction", "why", "standing"}
"""What stands in a film's address where its title would: addresses of their own."""


class Genre(models.Model):
    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A director or an actor. Namesakes are one row: the sources give names, no ids."""

    name = models.CharField(max_length=200, unique=True)
    folded_name = models.CharField(max_length=200, db_index=True, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded_name = fold(self.name)[:200]
        super().save(*args, **kwargs)


class MovieQuerySet(models.QuerySet["Movie"]):
    def current(self) -> Self:
        """Without movies that were merged into another: what people see."""
        return self.filter(merged_into=None)

    def for_cards(self) -> Self:
        """With all that a card shows, in a constant number of queries."""
        return self.prefetch_related("genres", "editions")

    def search(self, text: str) -> Self:
        """Current movies of whose title, or of whose people's names, words begin with all words of `text`; the title
        itself first, then by number of ratings. Accents and case do not matter. `catalog.search` forgives slips, too.
        """
        folded = fold(text)
        conditions = [word_condition((word,)) for word in folded.split()]
        movies = fitting(self.current(), conditions, Sizes.of(conditions))
        return movies.order_by(
            Case(When(folded_title=folded, then=Value(0)), default=Value(1)), "-rating_count", "pk"
        )

    def most_rated(self) -> Self:
        return self.current().order_by("-rating_count", "pk")


class Movie(models.Model):
    """A film. Its id is never reused: URLs, the API and model artifacts carry it.

    The histogram is the only stored statistic, kept right by every write (`catalog.aggregates`);
    count and sum are computed from it by the database, so they cannot disagree with it.
    """

    title = models.CharField(max_length=300)
    folded_title = models.CharField(max_length=300, db_index=True, editable=False)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    description = models.TextField(blank=True)
    runtime_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    series = models.CharField(max_length=120, blank=True)
    image_url = models.URLField(max_length=500, blank=True)
    imdb_id = models.CharField(max_length=12, blank=True)
    tmdb_id = models.PositiveIntegerField(null=True, blank=True)
    genres = models.ManyToManyField(Genre, blank=True, related_name="movies")
    people = models.ManyToManyField(Person, through="Credit", related_name="movies")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    ratings_01 = models.PositiveIntegerField(default=0, editable=False)
    ratings_02 = models.PositiveIntegerField(default=0, editable=False)
    ratings_03 = models.PositiveIntegerField(default=0, editable=False)
    ratings_04 = models.PositiveIntegerField(default=0, editable=False)
    ratings_05 = models.PositiveIntegerField(default=0, editable=False)
    ratings_06 = models.PositiveIntegerField(default=0, editable=False)
    ratings_07 = models.PositiveIntegerField(default=0, editable=False)
    ratings_08 = models.PositiveIntegerField(default=0, editable=False)
    ratings_09 = models.PositiveIntegerField(default=0, editable=False)
    ratings_10 = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.GeneratedField(
        expression=reduce(add, [F(name) for name in HISTOGRAM_FIELDS], Value(0)),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )
    half_star_sum = models.GeneratedField(
        expression=reduce(add, [F(name) * n for name, n in zip(HISTOGRAM_FIELDS, HALF_STARS, strict=True)]),
        output_field=models.PositiveBigIntegerField(),
        db_persist=True,
    )

    damped_stars = models.GeneratedField(
        expression=(
            reduce(add, [F(name) * n for name, n in zip(HISTOGRAM_FIELDS, HALF_STARS, strict=True)])
            / Value(2.0)
            + Value(PRIOR_RATINGS * PRIOR_STARS)
        )
        / reduce(add, [F(name) for name in HISTOGRAM_FIELDS], Value(float(PRIOR_RATINGS))),
        output_field=models.FloatField(),
        db_persist=True,
    )

    objects = MovieQuerySet.as_manager()

    class Meta:
        ordering = ("title", "year", "pk")
        indexes: ClassVar[list[models.Index]] = [
            # Without those merged into nothing, which are nearly all: SQLite would look for them here.
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="merged_movies"
            ),
            # Each order of the list of films, so that any page of it is a walk along an index.
            models.Index(fields=["-rating_count", "id"], condition=CURRENT, name="movies_popular"),
            models.Index(fields=["-damped_stars", "id"], condition=CURRENT, name="movies_best"),
            models.Index(YEAR_OR_0.desc(), "id", condition=CURRENT, name="movies_newest"),
            models.Index(fields=["folded_title", "year", "id"], condition=CURRENT, name="movies_by_title"),
            models.Index(
                fields=["runtime_minutes"],
                condition=Q(runtime_minutes__isnull=False),
                name="movies_by_running_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """A movie that others may see is saved with `update_fields`: all else, its histogram above all, is written
        by SQL beside this object, which would undo that."""
        self.folded_title = fold(self.title)[:300]
        if update_fields is not None and "title" in update_fields:
            update_fields = {*update_fields, "folded_title"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        slug = slugify(self.title) or "film"
        return reverse("movie-detail", args=[self.pk, f"{slug}-film" if slug in TAKEN_SLUGS else slug])

    def resolved(self) -> "Movie":
        """The movie this one was merged into, or itself."""
        return cast("Movie", self.merged_into).resolved() if self.merged_into_id else self

    @property
    def histogram(self) -> list[int]:
        """How many current ratings of half a star, one star, ... five stars."""
        return [getattr(self, name) for name in HISTOGRAM_FIELDS]

    @property
    def mean_stars(self) -> float | None:
        """The plain mean of the current ratings; None without any."""
        return self.half_star_sum / self.rating_count / 2 if self.rating_count else None

    @property
    def decade(self) -> int | None:
        return self.year // 10 * 10 if self.year else None

    @property
    def cheapest_edition(self) -> "Edition | None":
        """The edition with the lowest known price, else one with a link; uses prefetched editions."""
        editions = list(self.editions.all())
        priced = [edition for edition in editions if edition.price is not None]
        if priced:
            return min(priced, key=lambda edition: (edition.price, edition.pk))
        return next((edition for edition in editions if edition.url), None)


class Credit(models.Model):
    class Role(models.TextChoices):
        DIRECTOR = "director", "director"
        ACTOR = "actor", "actor"
        CONTRIBUTOR = "contributor", "director or actor"

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="credits", db_index=False)
    role = models.CharField(max_length=12, choices=Role)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("role", "position", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["movie", "person", "role"], name="one_credit_per_role")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "movie"], name="films_of_person")  # searches read nothing else
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()} of {self.movie}"


class Edition(models.Model):
    """One way a film is sold or listed in a data set: an ASIN, a MovieLens id, a demo key."""

    data_set = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="editions")
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="editions")
    home = models.ForeignKey(
        Movie,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="moved_editions",
        help_text="The movie it was of before its movie was merged into another; empty if it never moved.",
    )
    external_id = models.CharField(max_length=64)
    source_group = models.CharField(
        max_length=64, blank=True, help_text="What its source groups it by: Amazon's parent_asin."
    )
    title = models.CharField(max_length=300, blank=True)
    format = models.CharField(max_length=60, blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["data_set", "external_id"], name="edition_by_external_id")
        ]

    def __str__(self) -> str:
        return f"{self.title or self.movie} [{self.external_id}]"
