"""What templates need to show films: posters, stars in characters, histograms."""

from collections.abc import Mapping
from typing import Any

from django import template

from catalog.models import Movie
from catalog.models.movies import HALF_STARS
from catalog.posters import Poster, poster_of

register = template.Library()

BAR_WIDTH, BAR_STEP, BARS_HEIGHT = 22, 26, 80


@register.simple_tag
def poster(movie: Movie) -> Poster:
    return poster_of(movie)


@register.simple_tag
def your_stars(movie: Movie, half_stars: Mapping[int, int]) -> float | None:
    """What the reader gave a film, from all they gave on this page."""
    return as_stars(half_stars.get(movie.pk))


@register.simple_tag
def half_stars_in(movie: Movie, half_stars: Mapping[int, int]) -> int | None:
    """What the reader gave a film, in half stars, from all they gave on this page."""
    return half_stars.get(movie.pk)


@register.filter
def as_stars(half_stars: int | None) -> float | None:
    """7 -> 3.5; nothing for nothing."""
    return half_stars / 2 if half_stars else None


@register.filter
def in_stars(stars: float | None) -> str:
    """3.5 -> "★★★½"; nothing for nothing."""
    if stars is None:
        return ""
    whole, half = divmod(round(stars * 2), 2)
    return "★" * whole + "½" * half


@register.filter
def in_words(stars: float | None) -> str:
    """1.0 -> "1 star", 3.5 -> "3.5 stars", 0.5 -> "half a star"."""
    if stars is None:
        return "not rated"
    if stars == 0.5:
        return "half a star"
    return "1 star" if stars == 1 else f"{stars:g} stars"


@register.filter
def is_web_address(url: str) -> bool:
    """Whether an imported address may become a link: never a `javascript:` one."""
    return url.startswith(("https://", "http://"))


@register.simple_tag
def star_choices() -> list[float]:
    return [half_stars / 2 for half_stars in HALF_STARS]


@register.simple_tag
def histogram_bars(movie: Movie) -> list[dict[str, Any]]:
    """The bars of a movie's histogram, in units of its drawing: half a star first."""
    counts = movie.histogram
    highest, total = max(counts) or 1, sum(counts) or 1
    bars = []
    for n, (half_stars, count) in enumerate(zip(HALF_STARS, counts, strict=True)):
        height = max(round(count / highest * BARS_HEIGHT), 2 if count else 0)
        bars.append(
            {
                "stars": half_stars / 2,
                "count": count,
                "percent": round(100 * count / total),
                "x": n * BAR_STEP + (BAR_STEP - BAR_WIDTH) // 2,
                "y": BARS_HEIGHT - height,
                "width": BAR_WIDTH,
                "height": height,
            }
        )
    return bars
