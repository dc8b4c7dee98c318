"""The loop that most sites import with, for comparison. Needs a site that is set up (`benchmarks.imports`)."""

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

REVIEWS, METADATA = "Movies_and_TV.json.gz", "meta_Movies_and_TV.json.gz"
SLICE = 20_000


def bulk_create_loop(dump: Path) -> dict[str, Any]:
    """How most sites import: json line by line, what is known in dictionaries, `bulk_create` in thousands."""
    from catalog.models import DataSet

    data_set = DataSet.objects.create(name="Loop", kind="amazon")
    timed = {}
    for name, file, load in (("metadata", METADATA, _loop_of_movies), ("reviews", REVIEWS, _loop_of_ratings)):
        begun, rows = time.perf_counter(), 0
        for batch in _batches(dump / file):
            load(data_set, batch)
            rows += len(batch)
            if rows >= SLICE:
                break
        timed[f"{name}_microseconds_a_row"] = round((time.perf_counter() - begun) / rows * 1e6, 1)
    return {**timed, "slice": SLICE}


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    with gzip.open(path) as file:
        while lines := list(islice(file, 1_000)):
            yield [json.loads(line) for line in lines]


def _loop_of_movies(data_set: Any, batch: list[dict[str, Any]]) -> None:
    """Titles and descriptions only: people and genres would come on top."""
    from catalog.models import Edition, Movie
    from catalog.text import fold

    new = {data["asin"]: data for data in batch}
    known = dict(data_set.editions.filter(external_id__in=new).values_list("external_id", "pk"))
    new = {asin: data for asin, data in new.items() if asin not in known}
    movies = [
        Movie(title=str(data.get("title", asin))[:300], folded_title=fold(str(data.get("title", asin)))[:300])
        for asin, data in new.items()
    ]
    for movie, data in zip(movies, new.values(), strict=True):
        movie.description = " ".join(map(str, data.get("description") or []))[:5_000]
    Movie.objects.bulk_create(movies)
    editions = [
        Edition(data_set=data_set, movie=movie, external_id=asin)
        for asin, movie in zip(new, movies, strict=True)
    ]
    Edition.objects.bulk_create(editions)


def _loop_of_ratings(data_set: Any, batch: list[dict[str, Any]]) -> None:
    """Ignores a pair that is there already, instead of finding out which rating of it is the latest."""
    from catalog.models import Rating, Reviewer

    _loop_of_movies(data_set, [{"asin": data["asin"]} for data in batch])
    asins, names = {data["asin"] for data in batch}, {data["reviewerID"] for data in batch}
    editions = {edition.external_id: edition for edition in data_set.editions.filter(external_id__in=asins)}
    known = set(data_set.reviewers.filter(external_id__in=names).values_list("external_id", flat=True))
    Reviewer.objects.bulk_create(Reviewer(data_set=data_set, external_id=name) for name in names - known)
    reviewers = dict(data_set.reviewers.filter(external_id__in=names).values_list("external_id", "pk"))
    ratings = [
        Rating(
            reviewer_id=reviewers[data["reviewerID"]],
            movie_id=editions[data["asin"]].movie_id,
            edition=editions[data["asin"]],
            half_stars=int(data["overall"] * 2),
            rated_at=datetime.fromtimestamp(data["unixReviewTime"], UTC),
        )
        for data in batch
    ]
    Rating.objects.bulk_create(ratings, batch_size=1_000, ignore_conflicts=True)
