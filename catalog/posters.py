"""Typographic posters: which classes of static/css/posters.css, and which drawing, a film gets.

Everything follows from the film's id, title and genres, so a film always looks the same and a shelf of
one genre is still varied.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from catalog.models import Movie

GENRES_BY_WEIGHT = (
    "western",
    "film-noir",
    "documentary",
    "musical",
    "animation",
    "war",
    "science-fiction",
    "horror",
    "fantasy",
    "mystery",
    "romance",
    "crime",
    "family",
    "comedy",
    "adventure",
    "thriller",
    "action",
    "drama",
)
"""Slugs of genres, the most telling first: "Western, Drama" looks like a western."""

SCHEMES = ("deep", "vivid", "pale")
PLAIN = "film"
"""The drawing of a film without a genre that has one."""

DRAWINGS = {
    **dict.fromkeys(GENRES_BY_WEIGHT, 1),
    **dict.fromkeys(("action", "adventure", "animation", "comedy", "crime", "fantasy", "horror"), 2),
    **dict.fromkeys(("mystery", "romance", "thriller"), 2),
    **dict.fromkeys(("drama", "science-fiction"), 3),
}
"""How many drawings static/img/posters.svg has of a genre: `crime`, `crime-2`, ..."""

TITLE_SIZES = (25.0, 20.0, 16.5, 13.5, 11.0, 9.0)
"""Sizes 1 to 6 of static/css/posters.css, in hundredths of the poster's width; what needs less gets 7."""

CONDENSED = frozenset({"action", "thriller", "crime", "war", "horror", "adventure"})
SLAB = frozenset({"film-noir", "western"})
"""Genres by the face of their titles, as in static/css/posters.css; the others have a serif or a sans."""

CAPITALS = CONDENSED - {"adventure"}
"""Genres whose titles are set in capitals."""

WIDE, NARROW = frozenset("mwMW@%"), frozenset("fijlrtI1.,:;'’!-()")
"""Letters of about one and a half, and of about half, the average width."""

LINE_WIDTH, TITLE_AREA = 84.0, 84.0 * 54.0


@dataclass(frozen=True)
class Poster:
    classes: str
    drawing: str
    image_url: str
    """An address on a host of POSTER_HOSTS, or nothing."""


def poster_of(movie: Movie) -> Poster:
    """The poster of a movie, whose genres should be prefetched."""
    slugs = {genre.slug for genre in movie.genres.all()}
    telling = [slug for slug in GENRES_BY_WEIGHT if slug in slugs][:2] or [PLAIN]
    title = movie.title.upper() if telling[0] in CAPITALS else movie.title
    size = title_size(title, letter_width(telling[0]))
    names = [SCHEMES[movie.pk % 3], f"turn-{movie.pk // 3 % 3}", f"size-{size}"]
    names += telling[:1] + [f"with-{slug}" for slug in telling[1:]]
    names += ["flip"] * (movie.pk // 2 % 2) + ["low"] * (movie.pk // 5 % 2)
    classes = " ".join(f"poster--{name}" for name in names)
    return Poster(
        classes,
        drawing_of(telling[movie.pk // 7 % len(telling)], movie.pk // 11),
        allowed_image(movie.image_url),
    )


def drawing_of(genre: str, n: int) -> str:
    """One of a genre's drawings, in turn."""
    n %= DRAWINGS.get(genre, 1)
    return f"{genre}-{n + 1}" if n else genre


def letter_width(genre: str) -> float:
    """Of an average letter of a title in a genre's face, in units of the type's size."""
    if genre in CONDENSED:
        return 0.57
    return 0.68 if genre in SLAB else 0.64


def title_size(title: str, width: float) -> int:
    """The largest size, 1 to 7, in which the longest word fits a line and the title its area.

    `width` is that of an average letter, in units of the type's size.
    """
    longest = max((letters(word) for word in title.split()), default=1)
    fits = min(LINE_WIDTH / (width * longest), (TITLE_AREA / (width * letters(title))) ** 0.5)
    return next((n for n, size in enumerate(TITLE_SIZES, 1) if size <= fits), len(TITLE_SIZES) + 1)


def letters(text: str) -> float:
    """How many letters of average width are as wide as a text."""
    widths = (1.45 if letter in WIDE else 0.55 if letter in NARROW else 1.0 for letter in text)
    return max(sum(widths), 1.0)


def allowed_image(url: str) -> str:
    """The address if it is https on a host of POSTER_HOSTS, else nothing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    return url if parts.scheme == "https" and port is None and host in settings.POSTER_HOSTS else ""
