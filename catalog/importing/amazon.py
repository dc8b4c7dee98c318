"""Amazon's review data of 2014, 2018 and 2023: reviews or bare ratings, and the metadata that belongs to them.

Which layout a file has, its first lines say.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from catalog.importing.amazon_metadata import (
    parse_metadata,
    parse_metadata_2023,
    product_url,
    split_year,
)
from catalog.importing.amazon_reviews import RatingsCsv, parse_review, parse_review_2023
from catalog.importing.errors import ImportProblem
from catalog.importing.files import LineFile, head_of, shown
from catalog.importing.json_lines import objects_in
from catalog.importing.rows import Part, Row

__all__ = ["AmazonReviews", "Layout", "layout_in", "parse_metadata", "parse_review", "split_year"]

REVIEWS, METADATA = "reviews", "metadata"

_METADATA_KEYS = {
    "title",
    "category",
    "categories",
    "brand",
    "price",
    "details",
    "also_buy",
    "main_cat",
    "imUrl",
}


@dataclass(frozen=True)
class Layout:
    """How an edition of the data writes one kind of file. `contents` is what people call what is in it."""

    edition: str
    holds: str
    looks_right: Callable[[dict[str, Any]], bool]
    parse: Callable[..., Row | None]
    contents: str = ""
    has_texts: bool = False
    says_verified: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, ("Amazon", self.edition, self.contents or self.holds)))


LAYOUTS = (
    Layout(
        "2023",
        REVIEWS,
        lambda data: "user_id" in data and ("rating" in data or "parent_asin" in data),
        parse_review_2023,
        has_texts=True,
        says_verified=True,
    ),
    Layout(
        "2014",
        REVIEWS,
        lambda data: "helpful" in data and "verified" not in data,
        parse_review,
        has_texts=True,
    ),
    Layout(
        "2018",
        REVIEWS,
        lambda data: "overall" in data or "reviewerID" in data,
        parse_review,
        has_texts=True,
        says_verified=True,
    ),
    Layout(
        "2023", METADATA, lambda data: "parent_asin" in data and "user_id" not in data, parse_metadata_2023
    ),
    Layout(
        "2014",
        METADATA,
        lambda data: "asin" in data and bool(data.keys() & {"categories", "imUrl", "salesRank", "related"}),
        parse_metadata,
    ),
    Layout(
        "2018",
        METADATA,
        lambda data: "asin" in data and bool(data.keys() & _METADATA_KEYS) and "user_id" not in data,
        parse_metadata,
    ),
)
"""The first that an object fits is its layout; the one that most of a file's first objects have is the file's."""


def layout_in(name: str, lines: list[bytes], wanted: str = "reviews") -> Layout:
    """What the file of this name that begins with these lines holds; raises ImportProblem if it is not Amazon's."""
    objects = objects_in(lines)
    votes = Counter(layout for data in objects if (layout := _layout_of_object(data)) is not None)
    if votes:
        return max(votes, key=lambda layout: votes[layout])
    csv = None if objects else _csv_layout(lines)
    if csv is not None:
        return csv
    reason = "its objects have other fields" if objects else "its first lines are no JSON objects"
    raise ImportProblem(f"{shown(name)} does not hold Amazon {wanted}: {reason}.")


def _layout_of_object(data: dict[str, Any]) -> Layout | None:
    return next((layout for layout in LAYOUTS if layout.looks_right(data)), None)


def _csv_layout(lines: list[bytes]) -> Layout | None:
    texts = [line.decode(errors="replace").strip() for line in lines if line.strip()]
    found = RatingsCsv.found_in(texts)
    if found is None:
        return None
    edition = "2023" if len(texts[-1].rpartition(",")[2]) > len("1234567890") else ""
    return Layout(edition, REVIEWS, lambda _: False, found.parse, contents="ratings")


class AmazonReviews:
    """A file of reviews or ratings and, perhaps, the metadata file that belongs to it."""

    def __init__(self, reviews: Path, meta: Path | None = None, *, with_text: bool = False) -> None:
        self.layout = _checked(reviews, REVIEWS, "metadata: give it as --meta")
        self.meta_layout = _checked(meta, METADATA, "reviews: give it as --reviews") if meta else None
        # The reviewers of 2023 have other ids than those of the years before: they are other people's data.
        self.default_name = "Amazon reviews 2023" if self.layout.edition == "2023" else "Amazon reviews"
        parse = partial(self.layout.parse, with_text=True) if self.keeps(with_text) else self.layout.parse
        self.movies = [_part("metadata", meta, self.meta_layout.parse)] if meta and self.meta_layout else []
        self.ratings = [_part(self.layout.contents or REVIEWS, reviews, parse)]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "AmazonReviews":
        """Raises ImportProblem too when `verified_only` would leave out every rating."""
        meta = options.get("meta")
        reviews = Path(options["reviews"])
        source = cls(reviews, Path(meta) if meta else None, with_text=bool(options.get("with_text")))
        if options.get("verified_only") and not source.layout.says_verified:
            raise ImportProblem(
                f"{shown(reviews.name)} does not say which purchases were verified: to ask for these only would leave"
                " out every rating."
            )
        return source

    def keeps(self, with_text: bool) -> bool:
        return with_text and self.layout.has_texts

    def edition_url(self, external_id: str) -> str:
        return product_url(external_id)


def _part(stage: str, path: Path, parse: Callable[[bytes], Row | None]) -> Part:
    return Part(stage, lambda: LineFile.of_path(path), parse)


def _checked(path: Path, wanted: str, other: str) -> Layout:
    """The file's layout; raises ImportProblem when it holds the other kind of data, or none that is known."""
    layout = layout_in(path.name, head_of(LineFile.of_path(path)), wanted)
    if layout.holds != wanted:
        raise ImportProblem(f"{shown(path.name)} holds {other}.")
    return layout
