"""Picks as the API gives them: with their source, their figures, and the ratings that carry them."""

from functools import cached_property
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import MovieNameSerializer, MovieSerializer
from catalog.models import Movie
from recommendations.models import Mark
from recommendations.services import Expected, Pick, PickList, Reason, Rule, Source, Standing, Why
from recommendations.wishes import FIRST_YEAR, LAST_YEAR, VARIETIES, Wishes

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

    def to_representation(self, instance: Reason) -> dict[str, Any]:
        """By hand: there are sixty in an answer."""
        movie = self.fields["movie"].to_representation(instance.movie)
        return {"movie": movie, "stars": float(instance.stars), "share": float(instance.share)}


class PickSerializer(serializers.Serializer[Pick]):
    rank = serializers.IntegerField()
    score = serializers.FloatField(help_text="Comparable between picks of one source in one answer.")
    predicted_stars = serializers.FloatField(allow_null=True, help_text="Null where no model was used.")
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]  # a field here, not Field.source
    reasons = ReasonSerializer(many=True, help_text="The rated films that carry the pick, at most three.")
    movie = MovieSerializer()

    def to_representation(self, instance: Pick) -> dict[str, Any]:
        """By hand, as reasons are: a list is mostly this."""
        fields = self.fields
        return {
            "rank": instance.rank,
            "score": float(instance.score),
            "predicted_stars": instance.predicted_stars,
            "source": instance.source.value,
            "reasons": fields["reasons"].to_representation(instance.reasons),
            "movie": fields["movie"].to_representation(instance.movie),
        }


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


class ExpectedSerializer(serializers.Serializer[Expected]):
    """Four of five such ratings lie between low and high."""

    stars = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class WhySerializer(serializers.Serializer[Why]):
    """score = base + the shares + rest."""

    score = serializers.FloatField()
    base = serializers.FloatField(help_text="What the ranking would say of it to a stranger.")
    shares = ReasonSerializer(many=True, help_text="Of the rated films that move the score most, up or down.")
    rest = serializers.FloatField(help_text="The sum of the shares of your other ratings.")
    rest_count = serializers.IntegerField()


class StandingSerializer(serializers.Serializer[Standing]):
    rule = serializers.ChoiceField([(rule.value, rule.value) for rule in Rule])
    words = serializers.CharField(help_text="The rule in a sentence for people.")
    rank = serializers.IntegerField(
        allow_null=True, help_text="Among the films that might be picked for you."
    )
    out_of = serializers.IntegerField(allow_null=True)
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    model_version = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()
    expected = ExpectedSerializer(allow_null=True)
    why = WhySerializer(allow_null=True)
    like = MovieNameSerializer(allow_null=True, help_text="The pick that it is too like.")
    movie = MovieNameSerializer()


class LengthSerializer(serializers.Serializer[dict[str, int]]):
    """How long a list is wanted."""

    n = serializers.IntegerField(min_value=1, max_value=100, default=20)


class WishesSerializer(LengthSerializer):
    """What is wished of a list of picks."""

    genre = serializers.CharField(required=False, max_length=40, help_text="A genre's slug, like film-noir.")
    decade = serializers.IntegerField(
        required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR - 1, help_text="Its first year, like 1920."
    )
    longest = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="Minutes; films of unknown length are left out.",
    )
    least = serializers.IntegerField(
        required=False, min_value=1, max_value=999_999_999, help_text="The least number of ratings."
    )
    hide_watchlist = serializers.BooleanField(required=False, help_text="Leave out what is on my watchlist.")
    adventurous = serializers.FloatField(
        required=False,
        min_value=-1,
        max_value=1,
        help_text="From -1 (well-known films first) over 0 (as learned) to 1 (little-known films first).",
    )
    variety = serializers.ChoiceField(
        list(VARIETIES),
        required=False,
        help_text="How unlike each other the films are: off (the order of scores), normal, high.",
    )

    def validate_adventurous(self, value: float) -> float:
        if value != value:  # NaN is not itself
            raise serializers.ValidationError("A valid number is required.")
        return value

    def wishes(self) -> Wishes:
        """Of valid data. ValidationError for a genre that there is not."""
        wishes = Wishes.from_query(self.validated_data)
        if wishes.unknown_genre:
            raise serializers.ValidationError({"genre": f'There is no genre "{wishes.unknown_genre}".'})
        return wishes


class MarkSerializer(serializers.ModelSerializer[Mark]):
    movie = MovieSerializer(read_only=True)
    marked_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = Mark
        fields = ("kind", "movie", "marked_at")
        read_only_fields = ("kind",)
