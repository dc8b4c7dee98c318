"""Picks as the API gives them: with their source, their figures, and the ratings that carry them."""

from functools import cached_property
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import MovieNameSerializer, MovieSerializer
from catalog.models import Movie
from recommendations.models import Mark
from recommendations.services import Pick, PickList, Reason, Source

SOURCES = [(source.value, source.value) for source in Source]


class RatedMovieSerializer(MovieNameSerializer):
    """Says a film once an answer (which has serializers of its own), however many picks it carries."""

    def to_representation(self, instance: Movie) -> dict[str, Any]:
        if instance.pk not in self._said:
            self._said[instance.pk] = super().to_representation(instance)
        return self._said[instance.pk]

    @cached_property
    def _said(self) -> dict[int, dict[str, Any]]:
        return {}


class ReasonSerializer(serializers.Serializer[Reason]):
    movie = RatedMovieSerializer()
    stars = serializers.FloatField(help_text="What you gave it.")
    share = serializers.FloatField(help_text="What it adds to the score.")


class PickSerializer(serializers.Serializer[Pick]):
    rank = serializers.IntegerField()
    score = serializers.FloatField(help_text="Comparable between picks of one source in one answer.")
    predicted_stars = serializers.FloatField(allow_null=True, help_text="Null where no model was used.")
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]  # a field here, not Field.source
    reasons = ReasonSerializer(many=True, help_text="The rated films that carry the pick, at most three.")
    movie = MovieSerializer()


class PickListSerializer(serializers.Serializer[PickList]):
    source = serializers.ChoiceField(  # type: ignore[assignment]
        SOURCES,
        help_text="model; content (what films share); average (damped mean of everybody); popular.",
    )
    model_version = serializers.CharField(allow_null=True, help_text="Null where no model was used.")
    request_id = serializers.CharField()
    rated_count = serializers.IntegerField(help_text="How many ratings of yours were there to use.")
    note = serializers.CharField(help_text="Why these, in a sentence for people.")
    picks = PickSerializer(many=True)


class LengthSerializer(serializers.Serializer[dict[str, int]]):
    """How long a list is wanted."""

    n = serializers.IntegerField(min_value=1, max_value=100, default=20)


class MarkSerializer(serializers.ModelSerializer[Mark]):
    movie = MovieSerializer(read_only=True)
    marked_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = Mark
        fields = ("kind", "movie", "marked_at")
        read_only_fields = ("kind",)
