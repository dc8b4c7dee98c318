"""The genres films are sorted into, and what the sources call them.

Knows nothing of the database until `get_genres` is called, so that importers of a source can use it.
"""

import html
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.text import slugify

if TYPE_CHECKING:
    from catalog.models import Genre

GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "Film Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Science Fiction",
    "Thriller",
    "War",
    "Western",
)

LONGEST_NAME = 80
"""A shelf's name, with its entities; what is longer is no genre."""

_SAME: dict[str, tuple[str, ...]] = {name.casefold(): (name,) for name in GENRES}

# MovieLens knows no other names; "IMAX", "unknown" and "(no genres listed)" are no genres.
_MOVIELENS = _SAME | {
    "children": ("Family",),
    "children's": ("Family",),
    "film-noir": ("Film Noir",),
    "sci-fi": ("Science Fiction",),
}

# Amazon mixes genres with shelves ("Studio Specials", "Boxed Sets", "Blu-ray", "Classics"): what is not here is a
# shelf. Its names vary with the year and the shop: "and" is read as "&", and each name stands for all its spellings.
_AMAZON = _SAME | {
    "action & adventure": ("Action", "Adventure"),
    "adventures": ("Adventure",),
    "aliens": ("Science Fiction",),
    "alien invasion": ("Science Fiction",),
    "animated cartoons": ("Animation",),
    "animated movies": ("Animation",),
    "animation & cartoons": ("Animation",),
    "anime": ("Animation",),
    "anime & manga": ("Animation",),
    "black comedy": ("Comedy",),
    "blaxploitation": ("Action", "Crime"),
    "british comedy": ("Comedy",),
    "cartoons": ("Animation",),
    "childrens": ("Family",),
    "children": ("Family",),
    "children's": ("Family",),
    "children & family": ("Family",),
    "christmas comedies": ("Comedy",),
    "classic comedies": ("Comedy",),
    "classic horror & monsters": ("Horror",),
    "classic westerns": ("Western",),
    "comedies": ("Comedy",),
    "comedy & humor": ("Comedy",),
    "comic action": ("Action", "Comedy"),
    "comic criminals": ("Comedy", "Crime"),
    "cops & robbers": ("Crime",),
    "courtroom": ("Drama",),
    "creature features": ("Horror",),
    "crime & conspiracy": ("Crime",),
    "crime & criminals": ("Crime",),
    "crime & mystery": ("Crime", "Mystery"),
    "dark comedy": ("Comedy",),
    "detectives": ("Mystery",),
    "docs": ("Documentary",),
    "documentaries": ("Documentary",),
    "docuseries": ("Documentary",),
    "dramas": ("Drama",),
    "dramedy": ("Comedy", "Drama"),
    "epics": ("Adventure",),
    "erotic thrillers": ("Thriller",),
    "espionage": ("Thriller",),
    "fairy tales": ("Family", "Fantasy"),
    "family & kids": ("Family",),
    "family entertainment": ("Family",),
    "family features": ("Family",),
    "family films": ("Family",),
    "family movies": ("Family",),
    "fantasy & sci-fi": ("Fantasy", "Science Fiction"),
    "fantasy & science fiction": ("Fantasy", "Science Fiction"),
    "fantasies": ("Fantasy",),
    "farce": ("Comedy",),
    "film-noir": ("Film Noir",),
    "futuristic": ("Science Fiction",),
    "gangsters": ("Crime",),
    "ghosts": ("Horror",),
    "haunted houses": ("Horror",),
    "heist": ("Crime",),
    "historical": ("Drama",),
    "historical drama": ("Drama",),
    "hong kong action": ("Action",),
    "horror & suspense": ("Horror", "Thriller"),
    "indie & art house drama": ("Drama",),
    "jungle action": ("Action", "Adventure"),
    "kids": ("Family",),
    "kids & family": ("Family",),
    "kids & tv": ("Family",),
    "kung fu": ("Action",),
    "legal drama": ("Drama",),
    "love & romance": ("Romance",),
    "martial arts": ("Action",),
    "medical drama": ("Drama",),
    "melodrama": ("Drama",),
    "military & war": ("War",),
    "mockumentaries": ("Comedy",),
    "monsters": ("Horror",),
    "monsters & mutants": ("Horror", "Science Fiction"),
    "murder mystery": ("Mystery",),
    "musical comedy": ("Comedy", "Musical"),
    "musical romance": ("Musical", "Romance"),
    "musicals": ("Musical",),
    "musicals & performing arts": ("Musical",),
    "mysteries": ("Mystery",),
    "mystery & crime": ("Crime", "Mystery"),
    "mystery & suspense": ("Mystery", "Thriller"),
    "mystery & thriller": ("Mystery", "Thriller"),
    "mystery & thrillers": ("Mystery", "Thriller"),
    "nature & wildlife": ("Documentary",),
    "noir": ("Film Noir",),
    "parody & spoof": ("Comedy",),
    "period piece": ("Drama",),
    "police": ("Crime",),
    "political thriller": ("Thriller",),
    "psychological thriller": ("Thriller",),
    "robots & androids": ("Science Fiction",),
    "romances": ("Romance",),
    "romantic": ("Romance",),
    "romantic adventure": ("Adventure", "Romance"),
    "romantic comedies": ("Comedy", "Romance"),
    "romantic comedy": ("Comedy", "Romance"),
    "romantic drama": ("Drama", "Romance"),
    "romantic dramas": ("Drama", "Romance"),
    "satire": ("Comedy",),
    "sci-fi": ("Science Fiction",),
    "sci-fi & fantasy": ("Fantasy", "Science Fiction"),
    "sci-fi action": ("Action", "Science Fiction"),
    "sci-fi horror": ("Horror", "Science Fiction"),
    "sci fi": ("Science Fiction",),
    "science fiction & fantasy": ("Fantasy", "Science Fiction"),
    "screwball comedy": ("Comedy",),
    "sea adventure": ("Adventure",),
    "serial killers": ("Crime", "Thriller"),
    "sitcoms": ("Comedy",),
    "slapstick": ("Comedy",),
    "slashers": ("Horror",),
    "slice & dice": ("Horror",),
    "space adventure": ("Adventure", "Science Fiction"),
    "spaghetti western": ("Western",),
    "spaghetti westerns": ("Western",),
    "spies": ("Thriller",),
    "spoofs & parodies": ("Comedy",),
    "stand-up comedy": ("Comedy",),
    "stand up comedy": ("Comedy",),
    "standup comedy": ("Comedy",),
    "superheroes": ("Action",),
    "supernatural horror": ("Horror",),
    "suspense": ("Thriller",),
    "suspense & thriller": ("Thriller",),
    "suspense & thrillers": ("Thriller",),
    "swashbucklers": ("Adventure",),
    "swords & sandals": ("Adventure",),
    "teen comedy": ("Comedy",),
    "teen terror": ("Horror",),
    "things that go bump": ("Horror",),
    "thriller & suspense": ("Thriller",),
    "thrillers": ("Thriller",),
    "time travel": ("Science Fiction",),
    "traditional animation": ("Animation",),
    "true crime": ("Crime",),
    "vampires": ("Horror",),
    "war & military": ("War",),
    "war drama": ("Drama", "War"),
    "werewolves": ("Horror",),
    "western comedy": ("Comedy", "Western"),
    "westerns": ("Western",),
    "whodunit": ("Mystery",),
    "world war ii": ("War",),
    "zombies": ("Horror",),
}


def genres_from_movielens(names: Iterable[str]) -> tuple[str, ...]:
    """Genre names for MovieLens's, in alphabetical order; what is no genre is left out."""
    return _translated(names, _MOVIELENS)


def genres_from_amazon(categories: Iterable[str]) -> tuple[str, ...]:
    """Genre names for Amazon's category path, in alphabetical order; shelves are left out."""
    return _translated(categories, _AMAZON)


def _translated(names: Iterable[str], dictionary: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: set[str] = set()
    for name in names:
        if len(name) <= LONGEST_NAME:
            found.update(dictionary.get(_spelled_alike(name), ()))
    return tuple(sorted(found))


@lru_cache(maxsize=1 << 12)
def _spelled_alike(name: str) -> str:
    """A shelf's name in one spelling: "Mystery &amp; Thrillers ", "mystery and thrillers" -> "mystery & thrillers"."""
    words = html.unescape(html.unescape(name)).replace("’", "'").casefold().split()
    return " ".join("&" if word == "and" else word.rstrip(",") for word in words)


def get_genres() -> dict[str, "Genre"]:
    """The row of every genre by name; missing ones are made."""
    genre_model: type[Genre] = apps.get_model("catalog", "Genre")
    genre_model.objects.bulk_create(
        [genre_model(name=name, slug=slugify(name)) for name in GENRES], ignore_conflicts=True
    )
    return {genre.name: genre for genre in genre_model.objects.filter(name__in=GENRES)}
