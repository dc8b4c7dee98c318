"""Small files in the sources' layouts, and what stands in the tables after an import of them."""

import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from catalog.importing.runs import request_import, run_import
from catalog.models import DataSet, Edition, ImportRun, Movie, Rating, Reviewer, ReviewText


def review(reviewer: str = "A1", asin: str = "B1", stars: Any = 5.0, **more: Any) -> dict[str, Any]:
    return {
        "overall": stars,
        "verified": True,
        "reviewTime": "11 9, 2012",
        "reviewerID": reviewer,
        "asin": asin,
        "style": {"Format:": " DVD"},
        "reviewerName": "Terri",
        "reviewText": "Very good and entertaining!",
        "summary": "Amazing!",
        "unixReviewTime": 1352419200,
        **more,
    }


def metadata(asin: str = "B1", title: str = "Alien", **more: Any) -> dict[str, Any]:
    return {
        "asin": asin,
        "title": title,
        "category": ["Movies & TV", "Studio Specials", "Horror"],
        "brand": "Ridley Scott",
        "description": ["In space."],
        "price": "$5.99",
        **more,
    }


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    """Objects as JSON, text and bytes as they are; gzip if the name says so."""
    content = b"".join(_line(line) + b"\n" for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def _line(line: Any) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def write_movielens(
    folder: Path,
    movies: Iterable[str] = ("1,Toy Story (1995),Animation|Children",),
    ratings: Iterable[str] = ("1,1,4.5,964982703",),
    links: Iterable[str] | None = ("1,0114709,862",),
) -> Path:
    folder.mkdir(exist_ok=True)
    write_lines(folder / "movies.csv", ["movieId,title,genres", *movies])
    write_lines(folder / "ratings.csv", ["userId,movieId,rating,timestamp", *ratings])
    if links is not None:
        write_lines(folder / "links.csv", ["movieId,imdbId,tmdbId", *links])
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner in sorted(folder.iterdir()):
            archive.write(inner, f"{folder.name}/{inner.name}")
    return path


def import_amazon(reviews: Path, meta: Path | None = None, name: str = "", **options: Any) -> ImportRun:
    paths = {"reviews": str(reviews), "meta": str(meta) if meta else None}
    return _finished(request_import(DataSet.Kind.AMAZON, {**paths, **options}, data_set_name=name))


def import_movielens(path: Path, name: str = "") -> ImportRun:
    return _finished(request_import(DataSet.Kind.MOVIELENS, {"path": str(path)}, data_set_name=name))


def _finished(run: ImportRun) -> ImportRun:
    run_import(run.pk)
    run.refresh_from_db()
    return run


def contents() -> dict[str, list[Any]]:
    """Everything imported, named by the sources' ids, in an order of its own."""
    ratings = Rating.objects.order_by(
        "reviewer__external_id", "edition__external_id", "superseded"
    ).values_list(
        "reviewer__external_id", "edition__external_id", "half_stars", "rated_at", "digest", "superseded"
    )
    editions = Edition.objects.order_by("external_id").values_list(
        *(
            "external_id",
            "title",
            "format",
            "source_group",
            "price",
            "url",
            "movie__title",
            "movie__year",
            "movie__description",
        ),
        *(
            "movie__image_url",
            "movie__imdb_id",
            "movie__tmdb_id",
            "movie__folded_title",
            "movie__rating_count",
        ),
    )
    movies = [
        (
            movie.title,
            movie.histogram,
            sorted(genre.name for genre in movie.genres.all()),
            sorted(person.name for person in movie.people.all()),
        )
        for movie in Movie.objects.order_by("title").prefetch_related("genres", "people")
    ]
    reviewers = Reviewer.objects.order_by("external_id").values_list("external_id", flat=True)
    texts = ReviewText.objects.values_list(
        "rating__reviewer__external_id", "rating__edition__external_id", "headline", "body", "helpful_votes"
    )
    return {
        "ratings": list(ratings),
        "editions": list(editions),
        "movies": movies,
        "reviewers": list(reviewers),
        "texts": sorted(texts),
    }
