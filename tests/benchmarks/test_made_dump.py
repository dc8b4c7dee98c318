"""The maker of review dumps: the same bytes for a seed, the real layout, the wanted shape, a truth that holds."""

import ast
import datetime
import gzip
import html
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from benchmarks.made_dump import shapes
from benchmarks.made_dump.codes import asin_codes, reviewer_codes, reviewer_index
from benchmarks.made_dump.films import Kind
from benchmarks.made_dump.layouts import Chunk, render
from benchmarks.made_dump.maker import make_dump
from benchmarks.made_dump.texts import Writer
from benchmarks.made_dump.titles import film_names, people_names
from benchmarks.made_dump.truth import Truth, read_truth

REVIEWS = 12_000


@dataclass(frozen=True)
class Dump:
    folder: Path
    lines: list[dict[str, Any]]
    metadata: list[dict[str, Any]]
    truth: Truth
    summary: dict[str, Any]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def made(folder: Path, profile: str) -> Dump:
    make_dump(folder, REVIEWS, seed=5, profile=profile)
    truth, summary = read_truth(folder)
    lines, metadata = (
        read_lines(folder / name) for name in ("Movies_and_TV.json.gz", "meta_Movies_and_TV.json.gz")
    )
    return Dump(folder, lines, metadata, truth, summary)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    return made(tmp_path_factory.mktemp("year"), "year")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    return made(tmp_path_factory.mktemp("full"), "full")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# The same every time.


@pytest.mark.parametrize("layout", ["2014", "2018", "2023"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(
    tmp_path: Path, layout: str
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        make_dump(tmp_path / name, 1_000, seed=seed, layout=layout)
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert all(one[name] != other[name] for name in one)


def test_the_number_of_processes_does_not_show(tmp_path: Path, year: Dump) -> None:
    make_dump(tmp_path, REVIEWS, seed=5, workers=2)
    assert contents(tmp_path) == contents(year.folder)


# The shape.


def test_counts_are_exact_and_marginals_within_bands_of_the_studys_year(year: Dump) -> None:
    share = REVIEWS / 209_060
    reviewers = Counter(line["reviewerID"] for line in year.lines)
    titles = Counter(line["asin"] for line in year.lines)
    stars = np.array([line["overall"] for line in year.lines])
    assert len(year.lines) == REVIEWS
    assert len(reviewers) == pytest.approx(119_945 * share, rel=0.01)
    assert len(titles) == pytest.approx(38_846 * share, rel=0.01)
    assert stars.mean() == pytest.approx(4.336, abs=0.01)
    assert stars.std() == pytest.approx(1.231, abs=0.01)
    assert np.median(stars) == 5
    assert np.mean(np.array(list(reviewers.values())) == 1) == pytest.approx(0.684, abs=0.02)
    assert np.mean(np.array(list(titles.values())) == 1) == pytest.approx(0.44, abs=0.02)
    assert {line["reviewTime"][-4:] for line in year.lines} == {"2018"}
    assert all(line["verified"] for line in year.lines)


def test_what_the_studys_filter_keeps_is_kept_in_like_proportion(year: Dump) -> None:
    """116,700 of 209,060 reviews by 35,992 people on 20,007 titles, kinder by a tenth of a star."""
    kept = year.summary["shape"]["achieved"]
    share = REVIEWS / 209_060
    assert kept["kept_reviews"] == pytest.approx(116_700 * share, rel=0.06)
    assert kept["kept_reviewers"] == pytest.approx(35_992 * share, rel=0.10)
    assert kept["kept_titles"] == pytest.approx(20_007 * share, rel=0.10)
    assert 0.03 < kept["kept_mean"] - kept["mean"] < 0.15


def test_the_full_profile_spans_twenty_years_verified_ever_more_often(full: Dump) -> None:
    early = [line["verified"] for line in full.lines if line["reviewTime"][-4:] < "2008"]
    late = [line["verified"] for line in full.lines if line["reviewTime"][-4:] > "2014"]
    years = {line["reviewTime"][-4:] for line in full.lines}
    assert len(years) >= 19
    assert np.mean(early) < 0.35
    assert np.mean(late) > 0.85
    assert np.mean([len(orjson.dumps(line)) for line in full.lines]) == pytest.approx(530, rel=0.15)


def test_the_summary_says_what_the_lines_say(year: Dump) -> None:
    achieved, stars = year.summary["shape"]["achieved"], np.array([line["overall"] for line in year.lines])
    titles = Counter(line["asin"] for line in year.lines)
    assert achieved["mean"] == pytest.approx(stars.mean(), abs=1e-4)
    assert achieved["titles"] == len(titles)
    assert achieved["most_reviewed_title"] == max(titles.values())


@pytest.mark.parametrize("reviews", [1_000, 3_333])
def test_any_size_is_met_exactly(tmp_path: Path, reviews: int) -> None:
    make_dump(tmp_path, reviews, profile="full", short_text=True)
    assert len(read_lines(tmp_path / "Movies_and_TV.json.gz")) == reviews


def test_degrees_sum_up_and_keep_their_bounds() -> None:
    counts = shapes.degrees(38_846, 209_060, 0.44, 959)
    assert counts.sum() == 209_060
    assert (counts == 1).sum() == round(38_846 * 0.44)
    assert 700 < counts.max() <= 959


# The layout.


def test_every_field_of_a_review_is_a_field_of_the_real_file_and_of_its_type(
    shared_data: Path, full: Dump
) -> None:
    def types(lines: list[dict[str, Any]]) -> dict[str, set[type]]:
        found: dict[str, set[type]] = defaultdict(set)
        for line in lines:
            for name, value in line.items():
                found[name].add(type(value))
        return found

    real = read_lines(shared_data / "amazon-2018-sample" / "Movies_and_TV.json.gz")
    assert types(full.lines) == types(real)
    assert {tuple(line) for line in full.lines if len(line) > 11} <= {tuple(line) for line in real}
    assert {tuple(line.get("style", {})) for line in full.lines} == {
        tuple(line.get("style", {})) for line in real
    }


def test_lines_are_spaced_as_in_the_real_file(shared_data: Path, year: Dump) -> None:
    with gzip.open(shared_data / "amazon-2018-sample" / "Movies_and_TV.json.gz") as real:
        first = next(real)
    assert json.dumps(json.loads(first)).encode() + b"\n" == first
    raw = gzip.decompress((year.folder / "Movies_and_TV.json.gz").read_bytes()).splitlines()
    assert all(json.dumps(json.loads(line)).encode() == line for line in raw)


def test_the_oddities_of_reviews_are_there(full: Dump) -> None:
    pairs = Counter((line["reviewerID"], line["asin"]) for line in full.lines)
    votes = [line["vote"] for line in full.lines if "vote" in line]
    optional = ("style", "reviewerName", "reviewText", "summary", "vote", "image")
    assert all(any(name not in line for line in full.lines) for name in optional)
    assert 0.002 < np.mean(np.array(list(pairs.values())) > 1) < 0.01
    assert all(int(vote.replace(",", "")) >= 2 for vote in votes)
    assert any(line.get("style") == {"Format:": " DVD"} for line in full.lines)
    assert any(
        "&#34;" in line.get("reviewText", "") or "\n" in line.get("reviewText", "") for line in full.lines
    )


def test_thousands_of_votes_have_a_comma_and_days_no_zero() -> None:
    rows, zeros = np.arange(60_000), np.zeros(60_000, np.int64)
    asins = np.full(len(rows), b"B000000001")
    day = zeros + shapes.day_number(datetime.date(2009, 4, 8))
    chunk = Chunk(rows, rows, rows, zeros + 5, day, zeros, asins, asins)
    lines = [
        orjson.loads(line) for line in render(chunk, "2018", Writer(shapes.FULL, 1, True), 1).splitlines()
    ]
    votes = [line["vote"] for line in lines if "vote" in line]
    assert {line["reviewTime"] for line in lines} == {"04 8, 2009"}
    assert {line["unixReviewTime"] for line in lines} == {1_239_148_800}
    assert any(re.fullmatch(r"\d,\d{3}", vote) for vote in votes)
    assert all(re.fullmatch(r"\d,\d{3}|\d{1,3}", vote) for vote in votes)
    assert len(votes) == pytest.approx(0.23 * len(lines), rel=0.05)


def test_the_oddities_of_metadata_are_there(year: Dump) -> None:
    titles = [row.get("title") for row in year.metadata]
    asins = Counter(row["asin"] for row in year.metadata)
    reviewed = {line["asin"] for line in year.lines}
    assert any(title is None for title in titles) or any(title == "" for title in titles)
    assert any(title and title.startswith("var aPageStart") for title in titles)
    assert any(title and "&amp;" in title for title in titles)
    assert any(row.get("price", "").startswith(".a-box-inner") for row in year.metadata)
    assert any(row.get("price", "").startswith("$") for row in year.metadata)
    assert {type(row["rank"]) for row in year.metadata} == {str, list}
    assert {type(row["details"]) for row in year.metadata} == {str, dict, type(None)}
    assert any(
        "product-reviews/" in row["details"] for row in year.metadata if isinstance(row["details"], str)
    )
    assert 0.005 < np.mean(np.array(list(asins.values())) > 1) < 0.03
    assert 0 < len(reviewed - set(asins)) < 0.02 * len(reviewed)
    assert set(asins) - reviewed


def test_the_2014_edition_has_helpful_votes_and_a_table_of_ratings(tmp_path: Path) -> None:
    make_dump(tmp_path, 1_000, layout="2014")
    lines = read_lines(tmp_path / "reviews_Movies_and_TV.json.gz")
    table = (tmp_path / "ratings_Movies_and_TV.csv").read_text().splitlines()
    rows = gzip.decompress((tmp_path / "meta_Movies_and_TV.json.gz").read_bytes()).decode().splitlines()
    first = lines[0]
    assert table[0] == f"{first['reviewerID']},{first['asin']},{first['overall']},{first['unixReviewTime']}"
    assert len(table) == len(lines) == 1_000
    assert all(0 <= line["helpful"][0] <= line["helpful"][1] for line in lines)
    assert not any("verified" in line for line in lines)
    assert all(isinstance(ast.literal_eval(row), dict) for row in rows)


def test_the_2023_edition_groups_editions_of_one_film_only(tmp_path: Path) -> None:
    make_dump(tmp_path, 3_000, layout="2023")
    truth, _ = read_truth(tmp_path)
    lines = read_lines(tmp_path / "Movies_and_TV.jsonl.gz")
    film = {code.decode(): film for code, film in zip(truth.asin, truth.asin_film, strict=True)}
    parents = {row["parent_asin"] for row in read_lines(tmp_path / "meta_Movies_and_TV.jsonl.gz")}
    expected = [
        "rating",
        "title",
        "text",
        "images",
        "asin",
        "parent_asin",
        "user_id",
        "timestamp",
        "helpful_vote",
    ]
    assert all(list(line) == [*expected, "verified_purchase"] for line in lines)
    assert all(film[line["asin"]] == film[line["parent_asin"]] for line in lines)
    assert {line["parent_asin"] for line in lines} <= parents
    assert any(line["asin"] != line["parent_asin"] for line in lines)
    assert all(line["timestamp"] > 1_500_000_000_000 for line in lines)


# The truth.


def test_the_truth_stands_line_by_line_beside_the_dump(year: Dump) -> None:
    truth = year.truth
    assert [line["asin"].encode() for line in year.lines] == truth.asin[truth.line_asin].tolist()
    assert [reviewer_index(line["reviewerID"]) for line in year.lines] == truth.line_reviewer.tolist()
    assert len(set(truth.asin.tolist())) == len(truth.asin)
    rows = {row["asin"] for row in year.metadata}
    assert rows == {asin.decode() for asin in truth.asin[truth.asin_described]}
    assert truth.line_expected.min() >= 1
    assert truth.line_expected.max() <= 5


def test_no_answer_beats_the_best_possible_and_the_best_is_as_good_as_promised(year: Dump) -> None:
    stars, errors = np.array([line["overall"] for line in year.lines]), year.summary["errors"]
    rmse = np.sqrt(np.mean((stars - year.truth.line_expected) ** 2))
    mae = np.mean(np.abs(stars - year.truth.line_best))
    assert rmse == pytest.approx(errors["best_realised_rmse"], abs=1e-3)
    assert mae == pytest.approx(errors["best_realised_mae"], abs=1e-3)
    assert rmse == pytest.approx(errors["best_rmse"], rel=0.07)
    assert mae == pytest.approx(errors["best_mae"], rel=0.07)
    assert errors["best_rmse"] < 0.9 * errors["film_known_rmse"] < 0.9 * errors["constant_rmse"]
    assert errors["best_mae"] < 0.9 * errors["film_known_mae"] < 0.9 * errors["constant_mae"]
    assert errors["constant_mae"] == pytest.approx(0.66, abs=0.01)


def test_expected_stars_are_calibrated(full: Dump) -> None:
    stars = np.array([line["overall"] for line in full.lines])
    order = np.argsort(full.truth.line_expected)
    for part in np.array_split(order, 6):
        assert stars[part].mean() == pytest.approx(full.truth.line_expected[part].mean(), abs=0.08)


def test_a_review_under_several_asins_is_the_same_there_and_those_are_one_film(year: Dump) -> None:
    standing: dict[int, list[int]] = defaultdict(list)
    for line, review in enumerate(year.truth.line_review.tolist()):
        standing[review].append(line)
    several = [lines for lines in standing.values() if len(lines) > 1]
    assert len(several) > 100
    for lines in several:
        copies = [{**year.lines[line], "asin": ""} for line in lines]
        assert all(copy == copies[0] for copy in copies)
        assert len({int(year.truth.line_film[line]) for line in lines}) == 1
        assert len({int(year.truth.asin_pool[year.truth.line_asin[line]]) for line in lines}) == 1


def test_short_texts_are_also_shared_by_different_films_and_long_ones_never(year: Dump) -> None:
    """The trap of the real file: "Great", five stars, said of two films on one day."""
    said: dict[tuple[str, int, str], set[int]] = defaultdict(set)
    for line, film in zip(year.lines, year.truth.line_film.tolist(), strict=True):
        said[line["reviewerID"], line["unixReviewTime"], line.get("reviewText", "")].add(film)
    shared = [text for (_, _, text), films in said.items() if len(films) > 1]
    assert len(shared) > 5
    assert max(map(len, shared)) < 40


def test_repeated_reviews_are_of_the_same_person_and_title(year: Dump) -> None:
    truth = year.truth
    first = {review: line for line, review in enumerate(truth.line_review.tolist())}
    repeated = np.flatnonzero(truth.line_original != truth.line_review)
    assert len(repeated) > 5
    for line in repeated.tolist():
        original = first[int(truth.line_original[line])]
        names = ("reviewerID", "overall", "unixReviewTime")
        assert all(year.lines[line][name] == year.lines[original][name] for name in names)
        assert year.lines[line].get("reviewText") == year.lines[original].get("reviewText")


def test_remakes_share_a_name_but_neither_year_nor_people(year: Dump) -> None:
    truth = year.truth
    assert set(truth.film_kind.tolist()) == set(map(int, Kind))
    for film in np.flatnonzero(truth.film_kind == Kind.REMAKE):
        same = np.flatnonzero((truth.film_name == truth.film_name[film]) & (truth.film_kind <= Kind.REMAKE))
        assert len(same) >= 2
        assert truth.film_series[film] == -1


def test_editions_of_a_film_name_themselves_differently_and_sequels_carry_their_number(year: Dump) -> None:
    truth, titles = year.truth, {row["asin"].encode(): row.get("title") or "" for row in year.metadata}
    named = np.flatnonzero(truth.asin_titled)
    by_film: dict[int, set[str]] = defaultdict(set)
    for row in named.tolist():
        by_film[int(truth.asin_film[row])].add(titles[truth.asin[row]].strip())
    assert sum(len(names) > 1 for names in by_film.values()) > 50
    every = " ".join(name for names in by_film.values() for name in names)
    marks = (
        "[Blu-ray]",
        "VHS",
        "(Region 2)",
        "Anniversary Edition",
        "Director&#x27;s Cut",
        "Season",
        "Trilogy",
        "Double Feature",
    )
    assert [mark for mark in marks if mark not in every] == []
    seasons = [
        by_film[film] for film in np.flatnonzero(truth.film_kind == Kind.SEASON).tolist() if film in by_film
    ]
    assert all("season" in name.lower() for names in seasons for name in names)


def test_nobody_reviews_a_film_twice_but_by_repetition_or_rarely(year: Dump) -> None:
    reviews = {review: line for line, review in enumerate(year.truth.line_review.tolist())}
    rows = np.array(list(reviews.values()))
    pairs = zip(year.truth.line_reviewer[rows].tolist(), year.truth.line_film[rows].tolist(), strict=True)
    later = len(rows) - len(set(pairs))
    assert later == year.summary["later_reviews_of_a_film_by_one_person"]
    assert later <= year.summary["repeated_reviews"] + 0.005 * len(rows)


def test_nothing_is_reviewed_before_its_films_year(full: Dump) -> None:
    years = shapes.years_of(np.array([line["unixReviewTime"] // 86_400 for line in full.lines]))
    assert (years >= full.truth.film_year[full.truth.line_film]).all()


def test_people_stay_with_their_tastes(year: Dump) -> None:
    """Somebody's next film has the genre of the one before more often than chance has it, on what metadata shows."""
    shelves = {row["asin"].encode(): html.unescape(row["category"][-1]) for row in year.metadata}
    shelf = {
        film: shelves[asin]
        for asin, film in zip(year.truth.asin, year.truth.asin_film, strict=True)
        if asin in shelves
    }
    watched: dict[int, set[int]] = defaultdict(set)
    for reviewer, film in zip(year.truth.line_reviewer.tolist(), year.truth.line_film.tolist(), strict=True):
        watched[reviewer].add(film)
    chosen = [[shelf[film] for film in sorted(films) if film in shelf] for films in watched.values()]
    again = np.mean([one == other for shelves in chosen for one, other in pairwise(shelves)])
    every = np.array(list(Counter(shelf for shelves in chosen for shelf in shelves).values()))
    by_chance = np.sum((every / every.sum()) ** 2)
    assert 1.2 * by_chance < again < 3 * by_chance


# Names and codes.


def test_names_are_distinct_and_made_of_words() -> None:
    films, people = film_names(30_000, 1), people_names(30_000, 1)
    assert len({name.lower() for name in films}) == 30_000
    assert len(set(people)) == 30_000
    assert not any("{" in name or "  " in name for name in films + people)


def test_reviewer_codes_lead_back_to_their_rows_and_asins_are_distinct() -> None:
    rows = np.array([0, 1, 7, 2_299_999])
    assert [reviewer_index(code.decode()) for code in reviewer_codes(rows)] == rows.tolist()
    many = reviewer_codes(np.arange(100_000))
    assert len(set(many.tolist())) == 100_000
    assert {len(code) for code in many.tolist()} == {13, 14}
    asins = asin_codes(210_000, 9).tolist()
    assert len(set(asins)) == 210_000
    assert {len(asin) for asin in asins} == {10}


# The command.


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.made_dump", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)


def test_the_command_prints_what_it_made(tmp_path: Path) -> None:
    done = run("--reviews", "1000", "--out", str(tmp_path / "new" / "dump"), "--short-text")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["shape"]["achieved"]["reviews"] == 1_000
    assert (tmp_path / "new" / "dump" / "truth.npz").exists()


@pytest.mark.parametrize(
    ("reviews", "sentence"), [("10", "at least 1,000 reviews"), ("-5", "at least 1,000 reviews")]
)
def test_the_command_refuses_a_size_without_a_shape(tmp_path: Path, reviews: str, sentence: str) -> None:
    refused = run("--reviews", reviews, "--out", str(tmp_path))
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_reading_no_truth_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no whole truth"):
        read_truth(tmp_path)
