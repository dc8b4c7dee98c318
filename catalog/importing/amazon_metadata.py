"""Lines of Amazon's metadata files as rows: the layouts of 2014 and 2018, and of 2023, keyed by `parent_asin`."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from catalog.editions.titles import title_for_people
from catalog.genres import genres_from_amazon
from catalog.importing import cleaning
from catalog.importing.amazon_reviews import group_of
from catalog.importing.cleaning import clean_id, clean_line
from catalog.importing.json_lines import object_in
from catalog.importing.rows import MovieRow

MOST_PEOPLE = 8

_YEAR = re.compile(r"\s*(?:\(((?:18[7-9]|19\d|20\d)\d)\)|\[((?:18[7-9]|19\d|20\d)\d)\])\s*")
# What begins with a letter of either case, or a sign, is found many times faster than what ignores case throughout.
_LINK = re.compile(r"""[hH](?i:ref)=["'](?i:https?://www\.amazon\.com)?(/[^"'\s]*)["']""")
_OLD_IMAGE_HOST = "http://ecx.images-amazon.com/"
_IMAGE_HOST = "https://images-na.ssl-images-amazon.com/"
_PEOPLE_IN_HTML = re.compile(
    r"<[bB]>\s*((?i:Directors?|Actors?)):?\s*</[bB]>:?(.{0,2000}?)</(?i:li)>", re.DOTALL
)
_PEOPLE_KEYS = ("director", "directors", "actors", "actor", "starring", "contributor")
_ROLE = re.compile(r"\s*\([^()]*\)")
_LABELLED = re.compile(r"\s[A-Z]\w+:.*", re.DOTALL)
_AUTHOR_PAGE = re.compile(r"Visit Amazon's (.+) Page")
_NO_PEOPLE = {
    "various",
    "various artists",
    "artist not provided",
    "format",
    "n/a",
    "na",
    "none",
    "unknown",
    "dvd",
    "vhs",
}


def parse_metadata(line: bytes) -> MovieRow:
    """A product of 2018 or 2014; the older ones call a few things otherwise."""
    data = object_in(line)
    asin = clean_id(data.get("asin"), "asin")
    details = data.get("details")
    return _row(
        data,
        asin,
        group="",
        categories=data.get("category", data.get("categories")),
        people=_people([data.get("brand"), *_people_in(details)]),
        images=[data.get("imageURLHighRes"), data.get("imageURL"), data.get("image"), data.get("imUrl")],
        url=_link(details, asin) or product_url(asin),
    )


def parse_metadata_2023(line: bytes) -> MovieRow:
    """What the editions of one `parent_asin` have in common; it is an edition's id as well."""
    data = object_in(line)
    parent = clean_id(data.get("parent_asin"), "parent_asin")
    images = data.get("images")
    return _row(
        data,
        parent,
        group=group_of(parent),
        categories=data.get("categories"),
        people=_people([*_people_in(data.get("details")), *_names_in(data.get("store"))]),
        images=list(_pictures(images)) if isinstance(images, list) else [images],
        url=product_url(parent),
    )


def _row(
    data: dict[str, Any],
    external_id: str,
    *,
    group: str,
    categories: object,
    people: tuple[str, ...],
    images: Iterable[object],
    url: str,
) -> MovieRow:
    listed_title = clean_line(data.get("title"))
    title, year = split_year(listed_title)
    title = title_for_people(title)
    shelves = _texts(categories)
    genres = genres_from_amazon(shelves)
    price = cleaning.price_of(data.get("price"))
    image_url = _image_url(images := list(images))
    dropped = {
        "title that is none": data.get("title") and not title,
        "title too long": listed_title.endswith("…") and not str(data.get("title")).rstrip().endswith("…"),
        "price that is none": data.get("price") and price is None,
        "categories without a genre": shelves and not genres,
        "picture at no usable address": not image_url and any(map(_texts, images)),
    }
    return MovieRow(
        external_id=external_id,
        title=title,
        listed_title=listed_title,
        year=year,
        description=_description(data.get("description")),
        genres=genres,
        people=people,
        image_url=image_url,
        price=price,
        url=url,
        group=group,
        dropped=tuple(reason for reason, is_so in dropped.items() if is_so),
    )


def split_year(title: str) -> tuple[str, int | None]:
    """A title without the last year in parentheses, and that year: "Alien (1979) [VHS]" -> "Alien [VHS]", 1979."""
    found = list(_YEAR.finditer(title)) if "(" in title or "[" in title else []
    if not found:
        return title, None
    before, after = title[: found[-1].start()], title[found[-1].end() :]
    rest = f"{before} {after}".strip()
    return (rest, int(found[-1][1] or found[-1][2])) if rest else (title, None)


def product_url(asin: str) -> str:
    return f"https://www.amazon.com/dp/{asin}" if asin.isascii() and asin.isalnum() else ""


def _link(details: object, asin: str) -> str:
    """The product's review page, out of the HTML that some rows have in `details`."""
    text = details if isinstance(details, str) else " ".join(_texts(details))
    place = text.find(f"/{asin}")
    while place >= 0:
        link = _LINK.search(text, max(text.rfind("<", 0, place), 0), place + cleaning.URL_LENGTH)
        if link and link.start(1) <= place < link.end(1):
            return cleaning.https_url(f"https://www.amazon.com{link[1]}")
        place = text.find(f"/{asin}", place + 1)
    return ""


def _texts(value: object) -> list[str]:
    """The texts in a list, a list of lists or a dictionary; a text is a list of one."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(type(each) is str for each in value):
        return value
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    inner = [each if isinstance(each, list) else [each] for each in values]
    return [text for texts in inner for text in texts if isinstance(text, str)]


def _description(value: object) -> str:
    parts = (clean_line(text, cleaning.DESCRIPTION_LENGTH) for text in _texts(value))
    return cleaning.shortened(" ".join(part for part in parts if part), cleaning.DESCRIPTION_LENGTH)


def _people(names: Iterable[object]) -> tuple[str, ...]:
    """The directors and actors among these, each once, in their order: the brand comes first where there is one."""
    cleaned = (_name(name[: 4 * cleaning.NAME_LENGTH]) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(filter(None, cleaned)))[:MOST_PEOPLE]


@lru_cache(maxsize=1 << 16)
def _name(text: str) -> str:
    """Somebody's name; "" for what is none. The same few people stand in many rows."""
    name = _AUTHOR_PAGE.sub(r"\1", clean_line(text, cleaning.NAME_LENGTH).strip(" .,*-"))
    return name if _is_name(name) else ""


def _is_name(text: str) -> bool:
    return any(ch.isalpha() for ch in text) and text.casefold() not in _NO_PEOPLE and ":" not in text


def _people_in(details: object) -> Iterator[str]:
    """Directors, then actors, as far as `details` names them: a dictionary, or HTML with a list."""
    found: dict[str, list[str]] = {}
    if isinstance(details, dict):
        for key, value in details.items():
            names = [name for text in _texts(value) for name in _names_in(text)]
            found.setdefault(key.strip(" :\u200e\u200f").casefold(), []).extend(names)
    elif isinstance(details, str):
        for label, html in _PEOPLE_IN_HTML.findall(details):
            found.setdefault(label.casefold(), []).extend(_names_in(clean_line(html, 500).lstrip(": ")))
    for key in _PEOPLE_KEYS:
        yield from found.get(key, ())


def _names_in(text: object) -> list[str]:
    """ "Ridley Scott (Director), Sigourney Weaver (Actor) Format: DVD" -> the two names."""
    if not isinstance(text, str):
        return []
    plain = _ROLE.sub("", text[:2000]) if "(" in text else text[:2000]
    return (_LABELLED.sub("", plain) if ":" in plain else plain).split(",")


def _pictures(images: list[Any]) -> Iterator[object]:
    """Addresses out of the dictionaries of 2023, the largest of a picture first."""
    for image in images:
        yield from (
            (image.get(size) for size in ("hi_res", "large", "thumb")) if isinstance(image, dict) else [image]
        )


def _image_url(candidates: Iterable[object]) -> str:
    """The first address that can be shown. The host of 2014 is gone; the same pictures are at another."""
    urls = (url.replace(_OLD_IMAGE_HOST, _IMAGE_HOST, 1) for each in candidates for url in _texts(each))
    return next((url for url in map(cleaning.https_url, urls) if url), "")
