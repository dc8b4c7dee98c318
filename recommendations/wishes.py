"""What somebody wishes of their picks: which films may be picked, and how far from the beaten track."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q

from catalog.browse import decades_and_lengths
from catalog.models import Genre, Movie
from moviesite.web.parameters import slug_in, whole_number

VARIETIES = {"off": "off", "normal": "normal", "high": "high"}
ADVENTURES = {
    -1.0: "familiar",
    -0.5: "rather familiar",
    0.0: "as learned",
    0.5: "rather adventurous",
    1.0: "adventurous",
}
LENGTHS = (90, 120, 150, 180)
"""Running times that are offered, in minutes; and numbers of ratings."""
COUNTS = (10, 100, 1_000, 10_000)
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
        slug = slug_in(query.get("genre"))
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
    """(value, words) of what the page offers for each wish: what some film here fulfils, and what was wished."""
    decades, has_lengths = decades_and_lengths()
    steps = sorted({*ADVENTURES, wishes.adventurous})
    return {
        "genres": [(genre.slug, genre.name) for genre in Genre.objects.all()],
        "decades": [(decade, f"{decade}s") for decade in reversed(_with(decades, wishes.decade))],
        "lengths": [
            (minutes, f"at most {minutes} min")
            for minutes in _with(LENGTHS if has_lengths else (), wishes.longest)
        ],
        "counts": [(count, f"at least {count:,}") for count in _with(_counts(), wishes.least)],
        "adventures": [(step, _adventure_words(step) or ADVENTURES[0.0]) for step in steps],
        "varieties": list(VARIETIES.items()),
    }


def _counts() -> list[int]:
    """Those of COUNTS that the film with the most ratings has; an index knows it."""
    most = Movie.objects.most_rated().values_list("rating_count", flat=True).first() or 0
    return [count for count in COUNTS if count <= most]


def _with(offered: Iterable[int], wished: int | None) -> list[int]:
    return sorted({*offered, *([wished] if wished else [])})


def _whole(text: Any) -> int | None:
    """A number above zero; None for anything else."""
    return min(whole_number(str(text or "").strip(), digits=9) or 0, MOST) or None


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
