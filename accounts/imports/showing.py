"""An import as its pages show it: what was found, what it would change, which rows are to be looked at."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, QuerySet

from accounts.models import ImportRow, RatingImport
from catalog.browse import page_of
from catalog.models import Movie, Rating
from catalog.rating_sets import Given, Outcome, outcome

ROWS_ON_A_PAGE = 20
State, Kind = ImportRow.State, ImportRow.Kind

BADGES = {
    RatingImport.State.SUCCEEDED: "badge--good",
    RatingImport.State.FAILED: "badge--bad",
    RatingImport.State.RUNNING: "badge--warn",
}


OTHERS = {
    Kind.WATCHED: "watched without a rating",
    Kind.WATCHLIST: "on the watchlist",
    Kind.MARK: "marked on a site of this kind",
}


@dataclass(frozen=True)
class Tab:
    """One kind of rows: those with these states."""

    name: str
    label: str
    states: tuple[str, ...]
    empty: str


TABS = (
    Tab("doubtful", "Doubtful", (State.DOUBTFUL,), "Nothing is doubtful any more."),
    Tab("missing", "Not found", (State.MISSING,), "Every film was found."),
    Tab("ready", "Found", (State.MATCHED,), "No film was found yet."),
    Tab("left-out", "Left out", (State.LEFT_OUT, State.UNREADABLE), "Nothing is left out."),
)


@dataclass
class ShownRow:
    """A row with its movie, or the movies it may be, and what its rating would do to the one that is here."""

    row: ImportRow
    movie: Movie | None
    candidates: list[Movie]
    would: str
    here: float | None


class ShownImport:
    """What the templates ask of an import; `tab` is which rows they list."""

    def __init__(self, run: RatingImport, tab: str = "", page: str | None = None) -> None:
        self.run, self._tab, self._page = run, tab, page

    @property
    def badge(self) -> str:
        return BADGES.get(RatingImport.State(self.run.state), "")

    @property
    def words(self) -> str:
        return "to be looked at" if self.run.is_in_review else str(RatingImport.State(self.run.state).label)

    @property
    def percent(self) -> int | None:
        fraction = self.run.fraction
        return None if fraction is None else int(100 * fraction)

    @cached_property
    def counts(self) -> Counter[tuple[str, str]]:
        """Rows by (kind, state)."""
        rows = self.run.rows.order_by().values_list("kind", "state").annotate(Count("pk"))
        return Counter({(kind, state): n for kind, state, n in rows})

    def count(self, *states: str) -> int:
        return sum(self.counts[Kind.RATING, state] for state in states)

    @property
    def ready_count(self) -> int:
        return self.count(State.MATCHED)

    @property
    def doubtful_count(self) -> int:
        return self.count(State.DOUBTFUL)

    @property
    def not_taken_count(self) -> int:
        """Rows whose rating is not, or would not be, written: what the report is about."""
        return self.count(State.DOUBTFUL, State.MISSING, State.LEFT_OUT, State.UNREADABLE)

    @property
    def others(self) -> list[tuple[str, int, int]]:
        """Films to be marked: what as, how many were read, and how many of them are here."""
        counted = [
            (
                label,
                sum(n for (of, _), n in self.counts.items() if of == kind),
                self.counts[kind, State.MATCHED],
            )
            for kind, label in OTHERS.items()
        ]
        return [(label, n, found) for label, n, found in counted if n]

    @property
    def marks_count(self) -> int:
        return sum(found for _, _, found in self.others)

    # What it would do

    @cached_property
    def here(self) -> dict[int, tuple[int, Any]]:
        """{movie id: (half stars, when)} of the person's own ratings."""
        rows = (
            Rating.objects.of_user(self.run.user).order_by().values_list("movie_id", "half_stars", "rated_at")
        )
        return {movie_id: (half_stars, rated_at) for movie_id, half_stars, rated_at in rows}

    @cached_property
    def would(self) -> Counter[str]:
        """How many films would be rated anew, changed, and so on; each film once."""
        ready = self.run.rows.ready().only("rating_import", "movie_id", "half_stars", "rated_at")
        return Counter({row.movie_id: str(self._would(row.movie_id, row.given)) for row in ready}.values())

    def _would(self, movie_id: int | None, given: Given) -> Outcome:
        return outcome(given, *self.here.get(movie_id or 0, (None, None)))

    @property
    def changing_count(self) -> int:
        return self.would[Outcome.NEW] + self.would[Outcome.CHANGED]

    # The rows

    @cached_property
    def tab(self) -> Tab:
        """The one asked for, else the first with something in it."""
        filled = [tab for tab in TABS if self.count(*tab.states)]
        asked = [tab for tab in TABS if tab.name == self._tab]
        return (asked or filled or [TABS[2]])[0]

    @property
    def tabs(self) -> list[tuple[Tab, int]]:
        return [(tab, self.count(*tab.states)) for tab in TABS]

    @cached_property
    def page(self) -> Page:
        rows: QuerySet[ImportRow] = self.run.rows.ratings().filter(state__in=self.tab.states)
        return page_of(rows.order_by("pk"), self._page, ROWS_ON_A_PAGE)

    @cached_property
    def rows(self) -> list[ShownRow]:
        return self.show(list(self.page))

    def show(self, rows: list[ImportRow]) -> list[ShownRow]:
        ids = {pk for row in rows for pk in (row.movie_id, *row.candidates) if pk}
        movies = {
            movie.pk: movie for movie in Movie.objects.filter(pk__in=ids).prefetch_related("genres", "people")
        }
        return [self._shown(row, movies) for row in rows]

    def _shown(self, row: ImportRow, movies: dict[int, Movie]) -> ShownRow:
        movie = movies.get(row.movie_id or 0)
        half_stars = self.here.get(movie.pk, (None, None))[0] if movie else None
        would = self._would(row.movie_id, row.given) if movie else ""
        candidates = [movies[pk] for pk in row.candidates if pk in movies and pk != row.movie_id]
        return ShownRow(row, movie, candidates, str(would), half_stars / 2 if half_stars else None)
