"""From a seed to a folder with a dump and its truth: the order of the stages, and what goes from one to the next."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import choices, generator, positions_in_groups, uniforms
from benchmarks.made_dump.editions import (
    FORMATS,
    MEAN_EDITIONS,
    REPEATED_ROWS,
    Editions,
    edition_titles,
    make_editions,
    number_of_asins,
)
from benchmarks.made_dump.films import GENRES, Films, Kind, make_films
from benchmarks.made_dump.layouts import Chunk
from benchmarks.made_dump.matching import Reviews, first_days, match_reviews, repeat_reviews, shared_texts
from benchmarks.made_dump.metadata import ALSO_BUY, ALSO_VIEW, Row, untitled
from benchmarks.made_dump.shapes import PROFILES, Plan, degrees, plan, years_of
from benchmarks.made_dump.tastes import Natures, Stars, draw_stars, make_natures, make_tastes, signals
from benchmarks.made_dump.texts import Writer
from benchmarks.made_dump.titles import Titler, people_names
from benchmarks.made_dump.truth import Truth, errors, measure, wanted, write_truth
from benchmarks.made_dump.writing import (
    LINES_A_CHUNK,
    ROWS_A_CHUNK,
    Job,
    Press,
    Progress,
    csv_lines,
    metadata_member,
    review_member,
)

REPEATED_REVIEWS = 0.005  # of the lines
OWN_PARENT = 0.12  # of the editions that the 2023 source fails to group
SMALL = 30_000  # reviews: below it, starting processes costs more than they save
_STEPS = np.cumsum(np.arange(1, ALSO_BUY + ALSO_VIEW + 1) % 7 + 1)  # to alike ASINs, near ones first
LAYOUTS = {
    "2014": ("reviews_Movies_and_TV.json.gz", "meta_Movies_and_TV.json.gz"),
    "2018": ("Movies_and_TV.json.gz", "meta_Movies_and_TV.json.gz"),
    "2023": ("Movies_and_TV.jsonl.gz", "meta_Movies_and_TV.jsonl.gz"),
}


@dataclass(frozen=True)
class World:
    """All that was drawn, before any of it is written. `text`: whose text each review has."""

    plan: Plan
    films: Films
    natures: Natures
    editions: Editions
    reviews: Reviews
    stars: Stars
    text: Array


@dataclass(frozen=True)
class Lines:
    """The review file's lines, in order: by ASIN, newest first. asin, review: row numbers."""

    asin: Array
    review: Array


def make_dump(
    out: Path,
    reviews: int,
    *,
    seed: int = 1,
    profile: str = "year",
    layout: str = "2018",
    short_text: bool = False,
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> dict[str, Any]:
    """Write a dump of that many review lines and its truth into `out`; returns what truth.json says.

    The same arguments give the same bytes, whatever the number of workers (by default one a core).
    """
    shape = plan(PROFILES[profile], reviews)
    out.mkdir(parents=True, exist_ok=True)
    job = Job(shape.profile, layout, seed, short_text)
    world = make_world(shape, job, progress)
    lines = _lines(world)
    parents = _parents(world.editions, seed)
    workers = workers or (1 if reviews < SMALL else os.cpu_count() or 1)
    with Press(job, workers, progress) as press:
        _write_files(press, out, world, lines, parents, job)
    settings = {
        "reviews": reviews,
        "seed": seed,
        "profile": profile,
        "layout": layout,
        "short_text": short_text,
    }
    summary = {"settings": settings, **_figures(world, lines)}
    write_truth(out, _truth(world, lines, parents, seed), summary)
    return summary


def make_world(shape: Plan, job: Job, progress: Progress) -> World:
    """Films, their editions, who reviewed which of them when, and with how many stars."""
    seed = job.seed
    progress("films and editions", 0, 3)
    films = make_films(round(number_of_asins(shape) / MEAN_EDITIONS), seed)
    natures = make_natures(films, seed)
    once_each = round(shape.reviews * (1 - REPEATED_REVIEWS))
    editions = make_editions(films, natures.qualities, shape, once_each, seed)
    activity = _activity(editions, shape, seed)
    progress("who reviews what", 1, 3)
    tastes = make_tastes(natures, activity, seed)
    matched = match_reviews(activity, editions, tastes, natures, shape, seed)
    reviews = repeat_reviews(matched, editions.pool_sizes, shape.reviews, seed)
    progress("stars", 2, 3)
    signal = signals(tastes, natures, reviews.reviewer, editions.pool_films[reviews.pool])
    noise = generator(seed, "noise").logistic(size=len(reviews)).astype(np.float32)[reviews.original]
    stars = draw_stars(signal, editions.pool_sizes[reviews.pool], shape.profile.star_shares, noise)
    writer = Writer(shape.profile, seed, job.short_text)
    text = shared_texts(reviews, stars.stars, writer.lengths(np.arange(len(reviews)), reviews.day), seed)
    films, editions = _made_before_reviewed(films, editions, reviews)
    return World(shape, films, natures, editions, reviews, stars, text)


def _activity(editions: Editions, shape: Plan, seed: int) -> Array:
    """Reviews of each reviewer, a review counted once however many ASINs it stands under.

    The profile counts lines, as one who reads the file does: somebody whose only review stands twice counts as two.
    """
    total = int(editions.pool_counts.sum())
    shared = editions.pool_counts[editions.pool_sizes > 1].sum() / total
    once = min(0.95, shape.profile.reviewers_once / (1 - shared))
    largest = round(shape.largest_reviewer * total / shape.reviews)
    activity = degrees(shape.reviewers, total, once, largest)
    return generator(seed, "activity").permutation(activity)


def _made_before_reviewed(films: Films, editions: Editions, reviews: Reviews) -> tuple[Films, Editions]:
    """Films and editions are dated before their first reviews, where the match left a few too late."""
    by_pool = first_days(reviews, reviews.pool, len(editions.pool_sizes))
    by_film = first_days(reviews, editions.pool_films[reviews.pool], len(films))
    released = np.minimum(editions.released, by_pool[editions.pool] - 1)
    return replace(films, year=np.minimum(films.year, years_of(by_film))), replace(
        editions, released=released
    )


def _lines(world: World) -> Lines:
    """Every review once for each ASIN of its pool."""
    editions, reviews = world.editions, world.reviews
    order = np.argsort(reviews.pool.astype(np.int64) << 16 | (32_767 - reviews.day), kind="stable").astype(
        np.int32
    )
    counts = np.bincount(reviews.pool, minlength=len(editions.pool_sizes))
    starts = np.cumsum(counts) - counts
    asins = np.argsort(editions.asin, kind="stable").astype(np.int32)
    sizes = counts[editions.pool[asins]]
    first = np.repeat(starts[editions.pool[asins]], sizes)
    return Lines(np.repeat(asins, sizes), order[first + positions_in_groups(sizes)])


def _parents(editions: Editions, seed: int) -> Array:
    """The ASIN (row number) under which the 2023 source groups each edition: the film's first, or its own."""
    ids = np.arange(len(editions))
    first = np.searchsorted(editions.film, editions.film)
    return np.where(uniforms(ids, seed, "parent") < OWN_PARENT, ids, first)


def _write_files(press: Press, out: Path, world: World, lines: Lines, parents: Array, job: Job) -> None:
    reviews_name, metadata_name = LAYOUTS[job.layout]
    chunks = -(-len(lines.asin) // LINES_A_CHUNK)
    press.write(out / reviews_name, review_member, _chunks(world, lines, parents, job.seed), chunks)
    if job.layout == "2014":
        csv = out / "ratings_Movies_and_TV.csv"
        press.write(csv, csv_lines, _chunks(world, lines, parents, job.seed), chunks)
    rows = _metadata_rows(world.editions, parents, job)
    parts = np.array_split(rows, -(-len(rows) // ROWS_A_CHUNK))
    press.write(
        out / metadata_name, metadata_member, _metadata_chunks(world, parents, parts, job.seed), len(parts)
    )


def _chunks(world: World, lines: Lines, parents: Array, seed: int) -> Iterator[Chunk]:
    """A review's format is that of one of the ASINs that it stands under, the same on each."""
    editions, reviews = world.editions, world.reviews
    for start in range(0, len(lines.asin), LINES_A_CHUNK):
        asin, review = (column[start : start + LINES_A_CHUNK] for column in (lines.asin, lines.review))
        pool = reviews.pool[review]
        home = editions.pool_starts[pool] + (
            uniforms(review, seed, "home") * editions.pool_sizes[pool]
        ).astype(int)
        yield Chunk(
            review=review,
            text=world.text[review],
            reviewer=reviews.reviewer[review],
            stars=world.stars.stars[review],
            day=reviews.day[review],
            format=editions.format[home],
            asin=editions.asin[asin],
            parent=editions.asin[parents[asin]],
        )


def _metadata_rows(editions: Editions, parents: Array, job: Job) -> Array:
    """Row numbers of ASINs in the order of the file, repetitions at random places after the first."""
    ids = np.argsort(editions.asin, kind="stable")
    if job.layout == "2023":
        return ids[np.isin(ids, parents)]
    ids = ids[editions.described[ids]]
    repeated = np.sort(
        generator(job.seed, "repeated rows").permutation(len(ids))[: round(len(ids) * REPEATED_ROWS)]
    )
    later = repeated + 1 + choices(repeated, 500, job.seed, "distance")
    return np.insert(ids, np.minimum(later, len(ids)), ids[repeated])


def _metadata_chunks(world: World, parents: Array, parts: list[Array], seed: int) -> Iterator[list[Row]]:
    films, editions = world.films, world.editions
    people = people_names(films.number_of_people, seed)
    titles = edition_titles(editions, films, Titler(films, seed), seed)
    names = editions.asin.astype(str).tolist()
    alike = np.lexsort((uniforms(np.arange(len(editions)), seed, "shelf"), films.genres[editions.film, 0]))
    place = np.argsort(alike)
    seen: set[int] = set()
    for part in parts:
        rows = []
        for asin in part.tolist():
            film = editions.film[asin]
            first, second = (GENRES[genre] for genre in films.genres[film])
            director, lead, other = (people[person] for person in films.people[film])
            related = alike[(place[asin] + _STEPS) % len(alike)]
            rows.append(
                Row(
                    id=asin,
                    copy=int(asin in seen),
                    asin=names[asin],
                    parent=names[parents[asin]],
                    title=titles[asin],
                    genres=(first, second),
                    people=(director, lead, other),
                    year=int(films.year[film]),
                    format=FORMATS[editions.format[asin]],
                    released=int(editions.released[asin]),
                    box_set=bool(films.kind[film] >= Kind.BOX_SET),
                    related=tuple(names[i] for i in related.tolist()),
                )
            )
            seen.add(asin)
        yield rows


def _figures(world: World, lines: Lines) -> dict[str, Any]:
    reviews, stars = world.reviews, world.stars.stars
    kinds = np.bincount(world.films.kind, minlength=len(Kind))
    qualities = world.natures.qualities[world.editions.pool_films[reviews.pool]]
    return {
        "shape": {
            "achieved": measure(reviews.reviewer[lines.review], lines.asin, stars[lines.review]),
            "wanted": wanted(world.plan),
        },
        "errors": errors(world.stars, lines.review, qualities),
        "films": {kind.name.lower(): int(count) for kind, count in zip(Kind, kinds, strict=True)},
        "asins": len(world.editions),
        "lines_that_stand_elsewhere_too": int(len(lines.review) - len(reviews)),
        "repeated_reviews": int((reviews.original != np.arange(len(reviews))).sum()),
        "later_reviews_of_a_film_by_one_person": _later_reviews(world),
    }


def _later_reviews(world: World) -> int:
    """How many current ratings there are too few, once editions are merged and the latest review counts."""
    films = world.editions.pool_films[world.reviews.pool].astype(np.int64)
    return len(films) - len(np.unique(films << 32 | world.reviews.reviewer))


def _truth(world: World, lines: Lines, parents: Array, seed: int) -> Truth:
    films, editions, reviews = world.films, world.editions, world.reviews
    return Truth(
        line_asin=lines.asin,
        line_reviewer=reviews.reviewer[lines.review],
        line_review=lines.review,
        line_original=reviews.original[lines.review],
        line_expected=world.stars.expected[lines.review],
        line_best=world.stars.middle[lines.review],
        asin=editions.asin,
        asin_film=editions.film,
        asin_pool=editions.pool,
        asin_parent=parents,
        asin_described=editions.described,
        asin_titled=editions.described & ~untitled(len(editions), seed),
        film_kind=films.kind,
        film_name=films.name,
        film_series=films.series,
        film_number=films.number,
        film_year=films.year,
    )
