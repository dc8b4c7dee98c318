"""The truth about a dump, in files outside its layout, and how to read it back.

truth.json: settings, shape achieved and wanted, best possible errors. truth.npz: arrays by line, by ASIN and by film.
Nobody's taste is in it.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.shapes import Plan
from benchmarks.made_dump.tastes import Stars

FORMAT = 1
QUALITY_STEPS = 400


@dataclass(frozen=True)
class Truth:
    """What is so, whatever the dump makes one think.

    By line of the review file: line_asin, line_reviewer (see codes.reviewer_index), line_review (equal where one review
    stands under several ASINs), line_original (the review whose text it repeats under the same ASIN, else its own),
    line_expected (stars before noise), line_best (the median: best for MAE).
    By ASIN: asin, asin_film, asin_pool (ASINs of a pool share all reviews), asin_parent (of 2023), asin_described
    (has a metadata row), asin_titled (and a title in it).
    By film: film_kind (films.Kind), film_name (remakes share it), film_series (-1: none), film_number, film_year.
    """

    line_asin: Array
    line_reviewer: Array
    line_review: Array
    line_original: Array
    line_expected: Array
    line_best: Array
    asin: Array
    asin_film: Array
    asin_pool: Array
    asin_parent: Array
    asin_described: Array
    asin_titled: Array
    film_kind: Array
    film_name: Array
    film_series: Array
    film_number: Array
    film_year: Array

    @property
    def line_film(self) -> Array:
        return self.asin_film[self.line_asin]


def write_truth(folder: Path, truth: Truth, summary: dict[str, Any]) -> None:
    arrays = {field.name: getattr(truth, field.name) for field in fields(Truth)}
    np.savez(folder / "truth.npz", **arrays)
    (folder / "truth.json").write_text(json.dumps({"format": FORMAT, **summary}, indent=2) + "\n")


def read_truth(folder: Path) -> tuple[Truth, dict[str, Any]]:
    """Raises ValueError with a sentence where there is no truth, or one of another format."""
    try:
        summary = json.loads((folder / "truth.json").read_text())
        with np.load(folder / "truth.npz", allow_pickle=False) as arrays:
            truth = Truth(**{field.name: arrays[field.name] for field in fields(Truth)})
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder} holds no whole truth of a made dump: {error}") from error
    if summary["format"] != FORMAT:
        raise ValueError(
            f"The truth in {folder} has format {summary['format']}, not {FORMAT}: make the dump again."
        )
    return truth, summary


def measure(reviewers: Array, asins: Array, stars: Array) -> dict[str, float]:
    """The figures of SEED.md: of all lines, and of those that its filter keeps (reviewer and title rated twice)."""
    by_reviewer, by_asin = np.bincount(reviewers), np.bincount(asins)
    kept = (by_reviewer[reviewers] > 1) & (by_asin[asins] > 1)
    by_reviewer, by_asin = by_reviewer[by_reviewer > 0], by_asin[by_asin > 0]
    figures = {
        "reviews": len(stars),
        "reviewers": len(by_reviewer),
        "titles": len(by_asin),
        "mean": stars.mean(),
        "standard_deviation": stars.std(),
        "median": np.median(stars),
        "share_of_fives": (stars == 5).mean(),
        "per_reviewer": by_reviewer.mean(),
        "reviewers_once": (by_reviewer == 1).mean(),
        "busiest_reviewer": by_reviewer.max(),
        "per_title": by_asin.mean(),
        "titles_once": (by_asin == 1).mean(),
        "most_reviewed_title": by_asin.max(),
        "kept_reviews": kept.sum(),
        "kept_reviewers": len(np.unique(reviewers[kept])),
        "kept_titles": len(np.unique(asins[kept])),
        "kept_mean": stars[kept].mean() if kept.any() else 0.0,
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def wanted(plan: Plan) -> dict[str, float]:
    """The same figures as the profile asks for them at this size; what it leaves open is absent."""
    shares, levels = np.array(plan.profile.star_shares), np.arange(1, 6)
    mean = float(shares @ levels)
    figures = {
        "reviews": plan.reviews,
        "reviewers": plan.reviewers,
        "titles": plan.asins,
        "mean": mean,
        "standard_deviation": float(np.sqrt(shares @ (levels - mean) ** 2)),
        "median": 5,
        "share_of_fives": float(shares[-1]),
        "per_reviewer": plan.reviews / plan.reviewers,
        "reviewers_once": plan.profile.reviewers_once,
        "busiest_reviewer": plan.largest_reviewer,
        "per_title": plan.reviews / plan.asins,
        "titles_once": plan.profile.asins_once,
        "most_reviewed_title": plan.largest_asin,
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def errors(stars: Stars, lines: Array, qualities: Array) -> dict[str, float]:
    """Errors over the lines: of the best possible answer, and of answers that know less. `qualities`: by review.

    `best`: to expect of who knows film, person and their match, and only the noise is left. `best_realised`: the same
    answers against the stars of this dump. `film_known`: who knows all about the film and nothing about the person.
    `constant`: the median and the mean of all.
    """
    given = stars.stars[lines].astype(np.float32)
    film_mae, film_rmse = _errors_knowing_films(
        given, stars.expected[lines], stars.squared[lines], qualities[lines]
    )
    figures = {
        "best_mae": stars.absolute[lines].mean(dtype=np.float64),
        "best_rmse": np.sqrt(stars.squared[lines].mean(dtype=np.float64)),
        "best_realised_mae": np.abs(given - stars.middle[lines]).mean(dtype=np.float64),
        "best_realised_rmse": np.sqrt(((given - stars.expected[lines]) ** 2).mean(dtype=np.float64)),
        "film_known_mae": film_mae,
        "film_known_rmse": film_rmse,
        "constant_mae": np.abs(given - np.median(given)).mean(dtype=np.float64),
        "constant_rmse": given.std(dtype=np.float64),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def _errors_knowing_films(
    given: Array, expected: Array, squared: Array, qualities: Array
) -> tuple[float, float]:
    """Within bins of (nearly) equal quality, the best answer is the bin's median and its mean."""
    bins = np.searchsorted(np.quantile(qualities, np.linspace(0, 1, QUALITY_STEPS + 1)[1:-1]), qualities)
    counts = np.maximum(np.bincount(bins, minlength=QUALITY_STEPS), 1)
    means = np.bincount(bins, expected, QUALITY_STEPS) / counts
    rmse = np.sqrt((squared + (expected - means[bins]) ** 2).mean(dtype=np.float64))
    table = np.zeros((QUALITY_STEPS, 6))
    np.add.at(table, (bins, given.astype(np.int8)), 1)
    medians = (np.cumsum(table, axis=1) < counts[:, None] / 2).sum(axis=1)
    absolute = np.abs(np.arange(6) - medians[:, None])
    return float((table * absolute).sum() / len(given)), float(rmse)
