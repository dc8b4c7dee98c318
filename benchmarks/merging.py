"""How well the editions of one film are found, on a made dump whose truth is known, and what that costs.

    python -m benchmarks.merging --reviews 209060 --seed 1 --editions 2018 [--database sqlite] [--out FILE]

Prints one JSON object. Pairs of editions are what is counted: `precision`, of the pairs joined, and `recall`, of the
pairs that are one film; `recall_of_the_knowable`: of those where both have a title, or share a review or a group.
`wrong_pairs`: by what is wrong with them. `left_apart`: by what was known of the pairs that were missed. All this of
editions joined beside a living site, in short transactions; `at_once`: of an import into an empty site. Makes its
dump and its databases, and removes them.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import imports
from benchmarks.made_dump.films import Kind
from benchmarks.made_dump.maker import LAYOUTS, make_dump
from benchmarks.made_dump.shapes import PROFILES
from benchmarks.made_dump.truth import Truth, read_truth

Pair = tuple[int, int]


def main() -> int:
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(run_part(arguments.part, arguments.dump, arguments.editions)))
        return 0
    with tempfile.TemporaryDirectory(prefix="benchmark-merging-") as name:
        folder = Path(name)
        dump = arguments.dump or folder
        if not arguments.dump:
            make_dump(
                folder,
                arguments.reviews,
                seed=arguments.seed,
                profile=arguments.profile,
                layout=arguments.editions,
            )
        with imports.new_database(arguments.database, arguments.postgres, folder / "site") as environment:
            options = ["--dump", str(dump), "--editions", arguments.editions]
            in_process(["--part", "load", *options], environment)
            said = in_process(["--part", "join", *options], environment)
        with imports.new_database(arguments.database, arguments.postgres, folder / "empty") as environment:
            said["at_once"] = in_process(["--part", "at-once", *options], environment)
    text = json.dumps({"database": arguments.database, "layout": arguments.editions, **said}, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    print(text)
    return 0


def in_process(arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.merging", *arguments]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    figures: dict[str, Any] = json.loads(said)
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.merging", description=__doc__)
    parser.add_argument("--reviews", type=int, default=209_060)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--editions", choices=sorted(set(LAYOUTS) - {"2014"}), default="2018")
    parser.add_argument("--profile", choices=PROFILES, default="year")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres", metavar="URL")
    parser.add_argument("--dump", type=Path, help="a folder with a dump and its truth, instead of a new one")
    parser.add_argument("--out", type=Path, help="a file for the figures, too")
    parser.add_argument("--part", choices=("load", "join", "at-once"), help=argparse.SUPPRESS)
    return parser.parse_args()


def run_part(part: str, dump: Path, editions: str) -> dict[str, Any]:
    """In a process that has a site of its own: import without joining, or join and compare with the truth."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    import django  # only the parts have a database

    django.setup()
    if part == "join":
        return join(dump)
    if part == "at-once":
        return join_at_once(dump, editions)
    load(dump, editions)
    return {}


def join_at_once(dump: Path, editions: str) -> dict[str, Any]:
    from catalog.aggregates import wrong_histograms
    from catalog.importing import runs
    from catalog.importing.bulk import loading

    run = request(dump, editions)
    with mock.patch.object(loading, "LARGE_BYTES", 0):
        runs.run_import(run.pk)
    check(run)
    figures = score(dump)
    return {
        "way": run.result["way"],
        "wrong_histograms": wrong_histograms().count(),
        **{name: figures[name] for name in ("precision", "recall", "recall_of_the_knowable")},
    }


def join(dump: Path) -> dict[str, Any]:
    from catalog.aggregates import wrong_histograms
    from catalog.editions.joining import join_editions
    from catalog.models import DataSet

    data_set = DataSet.objects.get()
    heard: dict[str, float] = {}
    begun = time.perf_counter()
    with transactions_timed() as milliseconds:
        joined = join_editions(data_set, lambda now: heard.update({now.stage: time.perf_counter() - begun}))
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    again = join_editions(data_set)
    return {
        "seconds": round(took, 1),
        "stages_until": {stage: round(end, 1) for stage, end in heard.items()},
        "milliseconds_of_a_transaction": quantiles(milliseconds),
        "peak_rss_mb": peak,
        "joined": joined.as_json(),
        "joined_when_done_again": again.movies,
        "wrong_histograms": wrong_histograms().count(),
        **score(dump),
    }


@contextmanager
def transactions_timed() -> Iterator[list[float]]:
    """How many milliseconds each transaction of merges takes, from when it is begun until it is committed."""
    from catalog.editions import merging

    took: list[float] = []
    merge_slice = merging._merge_slice

    def timed(*arguments: Any) -> tuple[int, int]:
        begun = time.perf_counter()
        done = merge_slice(*arguments)
        took.append((time.perf_counter() - begun) * 1000)
        return done

    with mock.patch.object(merging, "_merge_slice", timed):
        yield took


def quantiles(took: list[float]) -> dict[str, int]:
    shares = {"median": 0.5, "95th percentile": 0.95, "longest": 1.0}
    return {name: round(float(np.quantile(took, share))) for name, share in shares.items()} if took else {}


def load(dump: Path, editions: str) -> None:
    """Import the dump, its editions left apart."""
    from catalog.editions.joining import Joined
    from catalog.importing import runs
    from catalog.importing.bulk import loading

    run = request(dump, editions)
    with (
        mock.patch.object(runs, "join_editions", return_value=Joined()),
        mock.patch.object(loading, "may_be_joined_at_once", return_value=False),
    ):
        runs.run_import(run.pk)
    check(run)


def request(dump: Path, editions: str) -> Any:
    from catalog.importing.runs import request_import

    reviews, meta = (str(dump / name) for name in LAYOUTS[editions])
    return request_import("amazon", {"reviews": reviews, "meta": meta})


def check(run: Any) -> None:
    run.refresh_from_db()
    if run.state != run.State.SUCCEEDED:
        raise SystemExit(f"The import failed: {run.error}")


@dataclass(frozen=True)
class Known:
    """By row of the truth's ASINs: what can be known of an edition."""

    titled: list[bool]
    pool: list[int]
    parent: list[int]
    reviewed: list[bool]

    @classmethod
    def of(cls, truth: Truth, layout: str) -> "Known":
        """The 2023 layout names groups, and gives only their first edition a title; 2018 names none."""
        by_group = layout == "2023"
        rows = np.arange(len(truth.asin))
        return cls(
            titled=(truth.asin_titled[truth.asin_parent] if by_group else truth.asin_titled).tolist(),
            pool=truth.asin_pool.tolist(),
            parent=(truth.asin_parent if by_group else rows).tolist(),
            reviewed=(np.bincount(truth.line_asin, minlength=len(rows)) > 0).tolist(),
        )

    def how(self, pair: Pair) -> str:
        """By what it can be known that two editions are one film; "" for what nothing tells."""
        one, other = pair
        if self.parent[one] == self.parent[other]:
            return "group"
        if self.pool[one] == self.pool[other] and self.reviewed[one]:
            return "shared reviews"
        return "titles" if self.titled[one] and self.titled[other] else ""


def score(dump: Path) -> dict[str, Any]:
    """What was joined in the database, against the truth."""
    from catalog.models import Edition

    truth, summary = read_truth(dump)
    known = Known.of(truth, summary["settings"]["layout"])
    rows = {asin.decode(): row for row, asin in enumerate(truth.asin.tolist())}
    movie_of = {rows[asin]: movie for asin, movie in Edition.objects.values_list("external_id", "movie_id")}
    film_of = {row: int(truth.asin_film[row]) for row in movie_of}
    joined, true = pairs_of(movie_of), pairs_of(film_of)
    right = joined & true
    knowable = {pair for pair in true if known.how(pair)}
    wrong = Counter(kind_of_error(truth, film_of[one], film_of[other]) for one, other in joined - true)
    missed = Counter(
        f"{Kind(truth.film_kind[film_of[pair[0]]]).name.lower()}, by {known.how(pair)}"
        for pair in knowable - right
    )
    return {
        "editions": len(movie_of),
        "films": len(set(film_of.values())),
        "movies": len(set(movie_of.values())),
        "pairs": {"joined": len(joined), "true": len(true), "knowable": len(knowable)},
        "precision": ratio(len(right), len(joined)),
        "recall": ratio(len(right), len(true)),
        "recall_of_the_knowable": ratio(len(right & knowable), len(knowable)),
        "wrong_pairs": dict(wrong.most_common()),
        "left_apart": dict(missed.most_common()),
    }


def pairs_of(group_of: dict[int, int]) -> set[Pair]:
    """Pairs of rows, the lower first, that are in one group."""
    groups: dict[int, list[int]] = {}
    for row in sorted(group_of):
        groups.setdefault(group_of[row], []).append(row)
    return {pair for rows in groups.values() for pair in combinations(rows, 2)}


def kind_of_error(truth: Truth, film: int, other: int) -> str:
    """What was joined that are two films."""
    kinds = {Kind(truth.film_kind[film]), Kind(truth.film_kind[other])}
    for kind, name in (
        (Kind.BOX_SET, "box sets"),
        (Kind.DOUBLE_FEATURE, "double features"),
        (Kind.SEASON, "seasons"),
        (Kind.REMAKE, "remakes"),
        (Kind.SEQUEL, "sequels"),
    ):
        if kind in kinds:
            return name if truth.film_name[film] == truth.film_name[other] else f"{name}, of other names"
    return "films of other names"


def ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


if __name__ == "__main__":
    sys.exit(main())
