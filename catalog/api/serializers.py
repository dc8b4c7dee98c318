"""What the API says of films and of one's own ratings. External reviewer ids are in none of it."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Credit, Edition, Genre, Movie, Rating
from catalog.models.ratings import as_half_stars


@extend_schema_field({"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5})
class StarsField(serializers.Field[int, float, float, int]):
    """Stars outside, half stars inside."""

    def to_internal_value(self, data: Any) -> int:
        try:
            return as_half_stars("none" if isinstance(data, bool) else data)
        except (ValueError, OverflowError) as error:
            raise serializers.ValidationError("Stars go from 0.5 to 5 in steps of 0.5.") from error

    def to_representation(self, value: int) -> float:
        return value / 2


class MovieNameSerializer(serializers.ModelSerializer[Movie]):
    """As little of a film as names it."""

    url = serializers.SerializerMethodField(help_text="The film's page.")

    class Meta:
        model = Movie
        fields = ("id", "title", "year", "url")

    def get_url(self, movie: Movie) -> str:
        request: HttpRequest = self.context["request"]
        return request.build_absolute_uri(movie.get_absolute_url())


class MovieSerializer(MovieNameSerializer):
    """What a card shows. Give it movies `for_cards()`."""

    average = serializers.SerializerMethodField(help_text="The mean of all stars, null without any.")
    genres: serializers.SlugRelatedField[Genre] = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True
    )
    price = serializers.SerializerMethodField(help_text="Of the cheapest edition, null if unknown.")
    link = serializers.SerializerMethodField(help_text="To the cheapest edition, null if unknown.")

    class Meta(MovieNameSerializer.Meta):
        fields = (  # type: ignore[assignment]
            "id",
            "title",
            "year",
            "average",
            "rating_count",
            "genres",
            "description",
            "price",
            "link",
            "url",
        )

    def get_average(self, movie: Movie) -> float | None:
        return None if movie.mean_stars is None else round(movie.mean_stars, 2)

    def get_price(self, movie: Movie) -> str | None:
        edition = movie.cheapest_edition
        return None if edition is None or edition.price is None else str(edition.price)

    def get_link(self, movie: Movie) -> str | None:
        edition = movie.cheapest_edition
        return edition.url or None if edition else None


class EditionSerializer(serializers.ModelSerializer[Edition]):
    link = serializers.CharField(source="url", read_only=True)

    class Meta:
        model = Edition
        fields = ("title", "format", "price", "link")


class MovieDetailSerializer(MovieSerializer):
    """All that a film's page shows. Prefetch `credits__person` too."""

    directors = serializers.SerializerMethodField()
    actors = serializers.SerializerMethodField()
    histogram = serializers.ListField(
        child=serializers.IntegerField(), help_text="How many gave 0.5, 1, ... 5 stars."
    )
    your_stars = serializers.SerializerMethodField(help_text="Null if you have not rated it.")
    editions = EditionSerializer(many=True, read_only=True)

    class Meta(MovieSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *MovieSerializer.Meta.fields,
            "runtime_minutes",
            "directors",
            "actors",
            "histogram",
            "your_stars",
            "editions",
        )

    def get_directors(self, movie: Movie) -> list[str]:
        return self._names(movie, Credit.Role.DIRECTOR)

    def get_actors(self, movie: Movie) -> list[str]:
        return self._names(movie, Credit.Role.ACTOR)

    def get_your_stars(self, movie: Movie) -> float | None:
        rating = Rating.objects.of_user(self.context["request"].user).filter(movie=movie).first()
        return rating.stars if rating else None

    def _names(self, movie: Movie, role: str) -> list[str]:
        return [credit.person.name for credit in movie.credits.all() if credit.role == role]


class RatingSerializer(serializers.ModelSerializer[Rating]):
    movie = MovieSerializer(read_only=True)
    stars = StarsField(source="half_stars")

    class Meta:
        model = Rating
        fields = ("movie", "stars", "rated_at")
        read_only_fields = ("rated_at",)


class StarsSerializer(serializers.Serializer[dict[str, int]]):
    """A rating as it is given: {"stars": 4.5}."""

    stars = StarsField()
