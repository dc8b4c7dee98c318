"""What people ask of the list of films: words, a genre, a decade, an order, a page."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.http import QueryDict

from catalog.models import Genre, Movie, Person
from catalog.search import Films, find_films, movies_of, words_in
from catalog.search_conditions import (
    Condition,
    decade_condition,
    genre_condition,
    person_condition,
    running_time_condition,
)
from moviesite.web.parameters import search_text, slug_in, whole_number

FILMS_PER_PAGE = 24
MOST_PAGES_AT_ONCE = 10
PAGES_BY_THEMSELVES = 5
MOST_PAGES = 400
"""Of a list that nobody counted: what lies behind is found by asking more."""

UNCOUNTED = 2**31
ORDERS = {"popular": "most rated", "best": "best rated", "newest": "newest", "title": "title"}
LENGTHS = {"short": "up to 90 min", "medium": "90 to 120 min", "long": "2 h to 2 h 30", "epic": "over 2 h 30"}
_MINUTES = {"short": (1, 89), "medium": (90, 119), "long": (120, 150), "epic": (151, 9_999)}
FIRST_DECADE = 1880


@dataclass(frozen=True)
class Browse:
    """A request for films, made sound: what cannot be meant falls back, and `unknown_genre` says so."""

    text: str
    genre: Genre | None
    unknown_genre: str
    order: str
    """A key of ORDERS; with words to search for and no order, the best match first ("")."""
    decade: int | None = None
    length: str = ""
    """A key of LENGTHS, or ""."""
    person: Person | None = None

    @classmethod
    def from_query(cls, query: QueryDict) -> "Browse":
        text = cls.clean_text(query)
        slug = slug_in(query.get("genre"))
        genre = Genre.objects.filter(slug=slug).first() if slug else None
        order, length = query.get("sort", ""), query.get("length", "")
        if order not in ORDERS:
            order = "" if text else "popular"
        decade, person = (whole_number(query.get(name), digits=9) for name in ("decade", "person"))
        return cls(
            text,
            genre,
            slug if genre is None else "",
            order,
            decade // 10 * 10 if decade and decade >= FIRST_DECADE and decade < 10_000 else None,
            length if length in LENGTHS else "",
            Person.objects.filter(pk=person).first() if person else None,
        )

    @staticmethod
    def clean_text(query: QueryDict) -> str:
        return search_text(query.get("q", ""))

    @cached_property
    def words(self) -> list[str]:
        return words_in(self.text)

    @cached_property
    def filters(self) -> tuple[Condition, ...]:
        return tuple(
            make(*values)
            for make, values in (
                (genre_condition, (self.genre.pk,) if self.genre else None),
                (decade_condition, (self.decade,) if self.decade else None),
                (running_time_condition, _MINUTES.get(self.length)),
                (person_condition, (self.person.pk,) if self.person else None),
            )
            if values
        )

    @property
    def length_words(self) -> str:
        return LENGTHS[self.length]

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What a new search on the page keeps: the filters and a chosen order."""
        all_kept = {
            "genre": self.genre.slug if self.genre else "",
            "decade": self.decade,
            "length": self.length,
            "person": self.person.pk if self.person else None,
            "sort": self.order if self.order != "popular" else "",
        }
        return [(name, value) for name, value in all_kept.items() if value]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.filters)

    def listing(self) -> "Listing":
        """The films asked for, in order."""
        if self.text and not self.words:  # nothing but signs
            return Listing(Movie.objects.none(), Films(()))
        films = find_films(self.words, self.filters) if self.words else Films((), self.filters)
        if not self.order:
            return Listing(films.best_first(), films)
        movies = in_order(films.all(), self.order)
        if self.order == "newest" and self.decade:  # said as the order's index has it: the walk begins there
            span = (self.decade, self.decade + 9)
            years = RawSQL("COALESCE(catalog_movie.year, 0) BETWEEN %s AND %s", span, BooleanField())
            movies = movies.filter(years)
        return Listing(movies.values_list("pk", flat=True), films)


def in_order(movies: QuerySet[Movie], order: str) -> QuerySet[Movie]:
    """By a key of ORDERS; an index of Movie goes each way."""
    if order == "best":
        return movies.order_by("-damped_stars", "pk")
    if order == "newest":
        year = RawSQL("COALESCE(catalog_movie.year, 0)", ())  # as the index has it, without a parameter
        return movies.order_by(OrderBy(year, descending=True), "-rating_count", "pk")
    if order == "title":
        return movies.order_by("folded_title", "year", "pk")
    return movies.order_by("-rating_count", "pk")


@dataclass(frozen=True)
class Listing:
    """Films in order, by id, to be sliced, and how many they are as far as that is worth counting."""

    ids: Any
    asked: Films
    related: tuple[str, ...] = field(default=("genres",), kw_only=True)

    def __getitem__(self, place: slice) -> list[Movie]:
        """With what `related` names, which takes one more query for each."""
        return movies_of(list(self.ids[place]), *self.related)

    @cached_property
    def count(self) -> int | None:
        """None for more films than are worth counting."""
        if isinstance(self.ids, QuerySet) and self.ids.query.is_empty():
            return 0
        if not self.asked.conditions:  # both of these are read off an index, the difference is not
            with connection.cursor() as cursor:
                cursor.execute(_ALL)
                return int(cursor.fetchone()[0])
        return self.asked.count() if self.asked.are_few else None

    @property
    def more_than(self) -> int | None:
        """Where they are not counted, how many they are at least, if that is known."""
        alone = len(self.asked.conditions) == 1
        return self.asked.sizes.bound if self.count is None and alone else None


class ListingPaginator(Paginator):
    """Of a Listing, counted or not."""

    @cached_property
    def count(self) -> int:
        """More than anybody turns pages where films are not counted."""
        listing: Any = self.object_list
        known: int | None = listing.count
        return UNCOUNTED if known is None else known

    def page(self, number: Any) -> "ListingPage":
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        found = self.object_list[first : first + self.per_page + 1]
        if not found and number > 1:
            raise EmptyPage("There are no films on this page.")
        return ListingPage(found[: self.per_page], number, self, has_more=len(found) > self.per_page)


class ListingPage(Page):
    def __init__(self, *args: Any, has_more: bool) -> None:
        super().__init__(*args)
        self.has_more = has_more

    def has_next(self) -> bool:
        return self.has_more


@dataclass(frozen=True)
class Shelf:
    """One page of films, or several in a row, from `first` to `last`."""

    films: list[Movie]
    first: int
    last: int
    listing: Listing
    has_next: bool

    @classmethod
    def of(
        cls, listing: Listing, last: int | None, first: int | None = None, *, only_last: bool = False
    ) -> "Shelf":
        """Page `last`, and those before it from `first` on, which `only_last` leaves out. What is too high is the
        last page, or the first where nobody knows which is the last.
        """
        pages = _pages(listing.count) or MOST_PAGES
        last = max(min(last or 1, pages), 1)
        first = max(min(first or last, last), last - MOST_PAGES_AT_ONCE + 1, 1)
        start, stop = ((last if only_last else first) - 1) * FILMS_PER_PAGE, last * FILMS_PER_PAGE
        found = listing[start : stop + 1]
        if not found and last > 1:
            return cls.of(listing, 1)
        return cls(found[: stop - start], first, last, listing, len(found) > stop - start)

    @property
    def loads_itself(self) -> bool:
        """Whether the next page comes by itself when its place is seen: not always, or nobody reached the footer."""
        return (self.last - self.first + 1) % PAGES_BY_THEMSELVES != 0

    @property
    def previous(self) -> int:
        return self.first - 1

    @property
    def following(self) -> int:
        return self.last + 1

    @property
    def pages(self) -> int | None:
        return _pages(self.listing.count)

    @property
    def numbers(self) -> list[int | None]:
        """Of pages to go to, None for a gap; nothing where nobody knows how many there are."""
        if self.pages is None:
            return []
        near = {1, self.last - 1, self.last, self.last + 1, self.pages}
        listed: list[int | None] = []
        for number in sorted(near & set(range(1, self.pages + 1))):
            if listed and listed[-1] != number - 1:
                listed.append(None)
            listed.append(number)
        return listed

    @property
    def shown(self) -> int:
        """How many films stand before the end of the last page."""
        return min(self.last * FILMS_PER_PAGE, self.listing.count or self.last * FILMS_PER_PAGE)

    @property
    def how_many(self) -> str:
        count, more_than = self.listing.count, self.listing.more_than
        if count is not None:
            return f"{count:,} film{'' if count == 1 else 's'}"
        return f"more than {more_than:,} films" if more_than else "many films"

    @property
    def is_mended(self) -> bool:
        return self.listing.asked.is_mended and not self.is_nearest

    @property
    def is_nearest(self) -> bool:
        return self.listing.asked.is_nearest


def _pages(count: int | None) -> int | None:
    return None if count is None else -(-count // FILMS_PER_PAGE)


_ALL = """
    SELECT (SELECT COUNT(*) FROM catalog_movie) -
           (SELECT COUNT(*) FROM catalog_movie WHERE merged_into_id IS NOT NULL)"""
_SPAN = """
    SELECT (SELECT COALESCE(year, 0) FROM catalog_movie WHERE merged_into_id IS NULL AND COALESCE(year, 0) >= %s
            ORDER BY COALESCE(year, 0) LIMIT 1),
           (SELECT COALESCE(year, 0) FROM catalog_movie WHERE merged_into_id IS NULL
            ORDER BY COALESCE(year, 0) DESC LIMIT 1),
           EXISTS (SELECT 1 FROM catalog_movie WHERE runtime_minutes IS NOT NULL)"""


def decades_and_lengths() -> tuple[list[int], dict[str, str]]:
    """The decades in which there are films, the newest first, and LENGTHS if any running time is known."""
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, [FIRST_DECADE])
        oldest, newest, has_lengths = cursor.fetchone()
    decades = range(newest // 10 * 10, oldest // 10 * 10 - 1, -10) if oldest else ()
    return list(decades), LENGTHS if has_lengths else {}


def page_of(items: Any, number: str | None, size: int = FILMS_PER_PAGE) -> Page:
    """A page of a list; what is no number is the first page, what is too high the last."""
    paginator = Paginator(items, size)
    page = paginator.get_page(number if number is None or len(number) < 10 else "1")
    page.adjusted_elided_page_range = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)  # type: ignore[attr-defined]
    return page
