"""What counting all ratings costs, and what the data page costs beside an empty page of the same site.

    python -m benchmarks.statistics --reviews 209060 --database sqlite [--dump FOLDER] [--out FILE]

Prints one JSON object. `refresh`: counting everything and keeping it, in seconds and in seconds per million ratings,
with one data set and with two, each of which then has figures of its own. `mark_ms`: the look whether anything
changed. `page`: the data page and the page that tells how the site works, which reads nothing of the data, as a
stranger gets them without a network: medians, and `ratio` of the two. `check`: the command that compares histograms
with ratings. `grown_mb`: by how much all that made the process grow. Makes its dump and its database, and removes
both. Nothing here is a test: machines differ, ratios less so.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.imports import in_process, new_database
from benchmarks.made_dump.maker import make_dump

VISITS = 60


def main() -> int:
    arguments = _arguments()
    if arguments.measure:
        print(json.dumps(measure()))
        return 0
    with tempfile.TemporaryDirectory(prefix="benchmark-statistics-") as name:
        folder = Path(name)
        dump = arguments.dump or folder
        if not arguments.dump:
            make_dump(folder, arguments.reviews)
        with new_database(arguments.database, arguments.postgres, folder / "site") as environment:
            in_process("ours", dump, environment)
            command = [sys.executable, "-m", "benchmarks.statistics", "--measure"]
            said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    figures = {"benchmark": "statistics", "database": arguments.database, **json.loads(said)}
    text = json.dumps(figures, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    print(text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.statistics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--reviews", type=int, default=209_060)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres", metavar="URL")
    parser.add_argument("--dump", type=Path, help="a folder with a dump, instead of a new one")
    parser.add_argument("--out", type=Path, help="a file for the figures, too")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure() -> dict[str, Any]:
    """All figures of the site that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    import django  # only this part has a database

    django.setup()
    from django.conf import settings

    from catalog.checking import check_ratings
    from catalog.models import DataSet
    from catalog.statistics.stored import mark_of_data, refresh_statistics

    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    before = _memory_mb()
    ratings = refresh_statistics()
    one_set = seconds(refresh_statistics)
    pages = {"data_ms": milliseconds_of("/data/"), "empty_ms": milliseconds_of("/how-it-works/")}
    DataSet.objects.create(name="Another", kind=DataSet.Kind.AMAZON)
    two_sets = seconds(refresh_statistics)
    check = seconds(check_ratings)
    return {
        "ratings": ratings,
        "refresh": {
            "one_data_set": _per_million(one_set, ratings),
            "two_data_sets": _per_million(two_sets, ratings),
        },
        "mark_ms": round(seconds(mark_of_data) * 1e3, 1),
        "page": {**pages, "ratio": round(pages["data_ms"] / pages["empty_ms"], 1)},
        "check": _per_million(check, ratings),
        "grown_mb": _memory_mb() - before,
    }


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _per_million(took: float, ratings: int) -> dict[str, float]:
    return {"seconds": round(took, 3), "seconds_per_million_ratings": round(took / ratings * 1e6, 2)}


def milliseconds_of(address: str) -> float:
    """The median of many visits."""
    from django.test import Client

    client, times = Client(SERVER_NAME="localhost"), []
    for _ in range(VISITS):
        begun = time.perf_counter()
        response = client.get(address)
        times.append(time.perf_counter() - begun)
        assert response.status_code == 200, address
    return round(median(times) * 1e3, 2)


def _memory_mb() -> int:
    """The most that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    sys.exit(main())
