from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Movie
from moviesite.web.runs import Run, unfinished_run_constraint


class TrainingRun(Run):
    """One training, from snapshot to a model version that is or is not made active."""

    class Trigger(models.TextChoices):
        FIRST = "first", "first start"
        NIGHTLY = "nightly", "schedule"
        MANUAL = "manual", "by hand"

    model_name = models.CharField(max_length=40)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.MANUAL)
    seed = models.PositiveIntegerField(default=0)
    snapshot = models.CharField(max_length=64, blank=True)

    class Meta(Run.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            unfinished_run_constraint("one_training_at_a_time")
        ]

    def __str__(self) -> str:
        return f"Training {self.pk}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        return self.filter(state=ModelVersion.State.ACTIVE).first()


class ModelVersion(models.Model):
    """A trained artifact in the folder of models, and what was decided about it."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "waiting"
        ACTIVE = "active", "active"
        RETIRED = "retired", "retired"
        REFUSED = "refused", "not made active"

    version = models.CharField(max_length=64, unique=True)
    training_run = models.ForeignKey(
        TrainingRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="versions"
    )
    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE, db_index=True)
    decision = models.CharField(max_length=500, blank=True)
    manifest = models.JSONField(default=dict)
    comparison = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="one_active_model")
        ]

    def __str__(self) -> str:
        return self.version


class TrainingOptOut(models.Model):
    """Somebody of this site from whose ratings no model shall learn. That the row is there says so.

    Their ratings still count for their own picks and in the averages of films.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="training_opt_out"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"User {self.user_id}"


class Mark(models.Model):
    """What somebody of this site says of a film without giving it stars. That the row is there says so."""

    class Kind(models.TextChoices):
        NOT_INTERESTED = "not-interested", "not for me"
        SEEN = "seen", "seen, not rated"
        WATCHLIST = "watchlist", "to be watched"
        UNUSED = "unused", "rated, but not to be used for picks"
        NOT_SEEN = "not-seen", "not seen: not to be asked about again"
        MEANT = "meant", "rated as meant, however odd: not to be asked about again"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="marks")
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=16, choices=Kind)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "kind", "movie"], name="one_mark_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.movie}: {self.get_kind_display()}"


class Prediction(models.Model):
    """What the site expected somebody to give a film, kept from right before they first rated it.

    Beside the current rating it is a hit or a miss; without one it says nothing. `deviation` is the standard deviation
    of the prediction, both in stars.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="predictions")
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="+")
    stars = models.FloatField()
    deviation = models.FloatField()
    model_version = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "movie"], name="one_prediction_of_a_film")
        ]

    def __str__(self) -> str:
        return f"{self.stars:.1f} stars for {self.movie}"
