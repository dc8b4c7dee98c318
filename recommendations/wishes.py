"""What somebody wishes of their picks: which films may be picked, and how far from the beaten track."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog.models import Genre, Movie

VARIETIES = {"off": "off", "normal": "normal", "high": "high"}
ADVENTURES = {
    -1.0: "familiar",
    -0.5: "rather familiar",
    0.0: "as learned",
    0.5: "rather adventurous",
    1.0: "adventurous",
}
FIRST_YEAR, LAST_YEAR = 1870, 2100
MOST = 1_000_000_000
"""No running time and no number of ratings is above; a database would refuse larger numbers."""


@dataclass(frozen=True)
class Wishes:
    """A request for picks, made sound: what cannot be meant falls back, and `unknown_genre` says so.

    `decade` is its first year. `longest` is in minutes: films whose running time is not known are left out. `least` is
    a number of ratings. `adventurous` goes from -1 (familiar) to 1. The names of the fields are those of the query.
    """

    genre: Genre | None = None
    decade: int | None = None
    longest: int | None = None
    least: int | None = None
    hide_watchlist: bool = False
    adventurous: float = 0.0
    variety: str = "normal"
    unknown_genre: str = field(default="", compare=False)

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Wishes":
        slug = str(query.get("genre") or "").replace("\0", "")[:40]
        genre = Genre.objects.filter(slug=slug).first() if slug else None
        variety = str(query.get("variety") or "")
        decade = _whole(query.get("decade"))
        return cls(
            genre=genre,
            decade=decade // 10 * 10 if decade and FIRST_YEAR <= decade < LAST_YEAR else None,
            longest=_whole(query.get("longest")),
            least=_whole(query.get("least")),
            hide_watchlist=str(query.get("hide_watchlist") or "") in ("1", "on", "true", "True"),
            adventurous=_between_minus_one_and_one(query.get("adventurous")),
            variety=variety if variety in VARIETIES else "normal",
            unknown_genre=slug if genre is None else "",
        )

    @property
    def has_filter(self) -> bool:
        """Whether some films may not be picked for what they are."""
        return any(self.filter_key)

    @property
    def filter_key(self) -> tuple[int | None, ...]:
        """The same for wishes that let the same films through."""
        return (self.genre.pk if self.genre else None, self.decade, self.longest, self.least)

    @property
    def films(self) -> Q:
        """Which films may be picked, as a condition without joins."""
        wanted = Q()
        if self.genre:
            # Asked of each film that is looked at, for a genre may hold a third of all.
            of_film = Movie.genres.through.objects.filter(movie_id=OuterRef("pk"), genre_id=self.genre.pk)
            wanted &= Q(Exists(of_film))
        if self.decade:
            wanted &= Q(year__gte=self.decade, year__lt=self.decade + 10)
        if self.longest:
            wanted &= Q(runtime_minutes__lte=self.longest)
        if self.least:
            wanted &= Q(rating_count__gte=self.least)
        return wanted

    def as_query(self) -> dict[str, str]:
        """The parameters that say the same, without those that say nothing."""
        said: dict[str, Any] = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.compare and getattr(self, one.name) != one.default
        }
        if self.genre:
            said["genre"] = self.genre.slug
        return {
            name: "1" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in said.items()
        }

    @property
    def query_string(self) -> str:
        """Those parameters for the end of an address; "" without any."""
        said = self.as_query()
        return f"?{urlencode(said)}" if said else ""

    @property
    def chips(self) -> list[tuple[str, str]]:
        """(words, the query string without it) of each wish."""
        said = self._words() | {
            "hide_watchlist": "without my watchlist" if self.hide_watchlist else "",
            "adventurous": _adventure_words(self.adventurous),
            "variety": "" if self.variety == "normal" else f"variety {self.variety}",
        }
        return [(words, self._without(name)) for name, words in said.items() if words]

    def _without(self, name: str) -> str:
        said = self.as_query()
        said.pop(name)
        return f"?{urlencode(said)}" if said else ""

    def in_words(self) -> str:
        """What kind of film is wished for: "film of the 1920s of at most 60 minutes"."""
        words = self._words()
        parts = [
            f"{words['genre']} film" if self.genre else "film",
            f"of the {words['decade']}" if self.decade else "",
            f"of {words['longest']}" if self.longest else "",
            f"with {words['least']}" if self.least else "",
            "that is not on your watchlist" if self.hide_watchlist else "",
        ]
        return " ".join(part for part in parts if part)

    def _words(self) -> dict[str, str]:
        return {
            "genre": str(self.genre or ""),
            "decade": f"{self.decade}s" if self.decade else "",
            "longest": f"at most {self.longest} minutes" if self.longest else "",
            "least": f"at least {self.least:,} ratings" if self.least else "",
        }


ANYTHING = Wishes()


def choices(wishes: Wishes) -> dict[str, list[tuple[Any, str]]]:
    """(value, words) of what the page offers for each wish; what was wished is among them."""
    decades = range(1900, timezone.now().year + 1, 10)
    lengths = sorted({90, 120, 150, 180, wishes.longest or 90})
    counts = sorted({10, 100, 1000, 10_000, wishes.least or 10})
    steps = sorted({*ADVENTURES, wishes.adventurous})
    return {
        "genres": [(genre.slug, genre.name) for genre in Genre.objects.all()],
        "decades": [
            (decade, f"{decade}s") for decade in sorted({*decades, wishes.decade or 1900}, reverse=True)
        ],
        "lengths": [(minutes, f"at most {minutes} min") for minutes in lengths],
        "counts": [(count, f"at least {count:,}") for count in counts],
        "adventures": [(step, _adventure_words(step) or ADVENTURES[0.0]) for step in steps],
        "varieties": list(VARIETIES.items()),
    }


def _whole(text: Any) -> int | None:
    """A number above zero; None for anything else."""
    words = str(text or "").strip()
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        return None
    return min(int(words), MOST) or None


def _between_minus_one_and_one(text: Any) -> float:
    try:
        number = float(text or 0)
    except (TypeError, ValueError):
        return 0.0
    return min(max(number, -1.0), 1.0) if number == number else 0.0  # NaN is not itself


def _adventure_words(adventurous: float) -> str:
    if adventurous == 0:
        return ""
    return ADVENTURES.get(
        adventurous, f"{'adventurous' if adventurous > 0 else 'familiar'} ({abs(adventurous):.0%})"
    )
