"""What an import into an empty site costs beside the floor that nothing can beat, and beside the usual loop.

    python -m benchmarks.imports --reviews 209060 --database sqlite [--dump FOLDER] [--out FILE]
    python -m benchmarks.imports --reviews 8765568 --profile full --database postgres

Prints one JSON object. `floor`: each alone, in one process, in the same run: unpacking both files, reading their
JSON, and the database's own bulk load of the finished rows into the final tables with all indexes and constraints
in place. `ours`: the import command's own function, from the request until all is loaded, without what it takes on
the way to find the editions of one film (`joining_seconds`), which neither the floor nor the usual loop does;
`with_joining`: until all is done, the figures of the data page too. `bulk_create`: the loop most sites have (json,
`bulk_create` in thousands), measured on a slice and multiplied. `live`: a slice of the dump into the tables that
`ours` filled, in batches beside somebody who rates films all along, and how long each of these ratings waited: as a
data set of its own, then once more, when nothing of it is new. `peak_rss_mb`: this import's processes together, the
database's server apart. Makes its dump and its database, and removes both.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import psutil

from benchmarks.made_dump.maker import make_dump
from benchmarks.made_dump.shapes import PROFILES
from benchmarks.usual_loop import METADATA, REVIEWS, bulk_create_loop

PARTS = ("ours", "live", "people", "load", "bulk_create")
LIVE = {REVIEWS: 100_000, METADATA: 20_000}
LOADED = {"making the indexes", "loading the reviews", "loading the metadata"}


def main() -> int:
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(run_part(arguments.part, arguments.dump)))
        return 0
    with tempfile.TemporaryDirectory(prefix="benchmark-imports-") as name:
        folder = Path(name)
        dump = arguments.dump or folder
        if not arguments.dump:
            make_dump(folder, arguments.reviews, profile=arguments.profile)
        figures = measure(dump, arguments.database, arguments.postgres, folder, live=arguments.live)
    text = json.dumps(figures, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    print(text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--reviews", type=int, default=209_060)
    parser.add_argument(
        "--profile", choices=PROFILES, default="year", help="the dump's shape (default: year)"
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres", metavar="URL")
    parser.add_argument("--dump", type=Path, help="a folder with a dump, instead of a new one")
    parser.add_argument("--without-live", dest="live", action="store_false", help="leave out the part `live`")
    parser.add_argument("--out", type=Path, help="a file for the figures, too")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(dump: Path, database: str, postgres: str, folder: Path, *, live: bool) -> dict[str, Any]:
    """Each part in processes of its own; ours, and the load of the rows that it made, in the same database."""
    floor = {"decompress": seconds(unpack, dump), "unpack_and_parse": seconds(parse, dump)}
    with new_database(database, postgres, folder / "ours") as environment:
        ours = in_process("ours", dump, environment)
        floor["load"] = in_process("load", dump, environment)["seconds"]
        beside = in_process("live", sliced(dump, folder / "slice"), environment) if live else None
    with new_database(database, postgres, folder / "loop") as environment:
        loop = in_process("bulk_create", dump, environment)
    total = floor["unpack_and_parse"] + floor["load"]
    reviews, metadata = ours["counts"]["ratings"]["read"], ours["counts"]["movies"]["read"]
    usual = (
        loop["reviews_microseconds_a_row"] * reviews + loop["metadata_microseconds_a_row"] * metadata
    ) / 1e6
    return {
        "database": database,
        "cores": os.cpu_count(),
        "dump_mb": round(sum((dump / name).stat().st_size for name in (REVIEWS, METADATA)) / 1e6, 1),
        "floor_seconds": {
            **{name: round(value, 2) for name, value in floor.items()},
            "total": round(total, 2),
        },
        "ours": {**ours, "rows_per_second": round(ours["lines"] / ours["seconds"])},
        "live": beside,
        "ratio_to_floor": round(ours["seconds"] / total, 2),
        "bulk_create": {**loop, "seconds_for_all": round(usual, 1)},
        "times_faster_than_bulk_create": round(usual / ours["seconds"], 1),
    }


def seconds(work: Callable[[Path], object], dump: Path) -> float:
    begun = time.perf_counter()
    work(dump)
    return time.perf_counter() - begun


def unpack(dump: Path) -> None:
    for name in (REVIEWS, METADATA):
        with gzip.open(dump / name) as file:
            while file.read(1 << 20):
                pass


def parse(dump: Path) -> None:
    for name in (REVIEWS, METADATA):
        with gzip.open(dump / name) as file:
            for line in file:
                orjson.loads(line)


def sliced(dump: Path, folder: Path) -> Path:
    """The first lines of a dump's files, as a dump of their own."""
    folder.mkdir()
    for name, n in LIVE.items():
        with gzip.open(dump / name) as whole, gzip.open(folder / name, "wb", compresslevel=1) as part:
            part.writelines(islice(whole, n))
    return folder


@contextmanager
def new_database(kind: str, postgres: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of processes that have a site of their own, in `folder`; the tables are made."""
    folder.mkdir()
    environment = {**os.environ, "SECRET_KEY": "benchmark", "VAR_DIR": str(folder)}
    name = f"benchmark_{uuid.uuid4().hex[:10]}"
    if kind == "postgres":
        environment["DATABASE_URL"] = urlsplit(postgres)._replace(path=f"/{name}").geturl()
        server_do(postgres, f"CREATE DATABASE {name}")
    else:
        environment["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)
    try:
        yield environment
    finally:
        if kind == "postgres":
            server_do(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def server_do(url: str, statement: str) -> None:
    import psycopg  # only where it is asked for

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def in_process(part: str, dump: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What `run_part` says in a fresh process, with the most memory that it and its children ever had."""
    command = [sys.executable, "-m", "benchmarks.imports", "--part", part, "--dump", str(dump)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        peaks = [0]
        watcher = threading.Thread(target=_watch_memory, args=(process.pid, peaks))
        watcher.start()
        said = process.stdout.read() if process.stdout else b""
    watcher.join()
    if process.returncode:
        raise SystemExit(f"The part {part!r} failed; see above.")
    figures = {**json.loads(said), "peak_rss_mb": max(peaks) >> 20}
    print(f"{part}: {json.dumps(figures)}", file=sys.stderr)
    return figures


def _watch_memory(pid: int, peaks: list[int]) -> None:
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            peaks.append(_memory([process, *process.children(recursive=True)]))
            time.sleep(0.1)
    except psutil.NoSuchProcess:
        return


def _memory(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def run_part(part: str, dump: Path) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    import django  # only the parts have a database

    django.setup()
    parts = {"ours": ours, "live": live, "people": rate_all_along, "load": load_alone}
    return {**parts, "bulk_create": bulk_create_loop}[part](dump)


def ours(dump: Path) -> dict[str, Any]:
    from catalog.editions.joining import FINDING
    from catalog.importing.bulk.loading import PICKING

    ends, counts = imported(dump, "")
    joining = ends[FINDING] - ends[PICKING] if PICKING in ends else 0.0
    return {
        "seconds": round(max(end for stage, end in ends.items() if stage in LOADED) - joining, 2),
        "joining_seconds": round(joining, 2),
        "with_joining": ends["all"],
        "lines": counts["lines"],
        "stages_until": ends,
        "counts": {name: counts[name] for name in ("ratings", "movies")},
    }


def live(dump: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with people_rating(dump) as waits:
        for name in ("new", "nothing new"):
            ends, counts = imported(dump, "Live")
            metadata, loaded = ends["loading the metadata"], ends["loading the reviews"]
            figures[name] = {
                "metadata_rows_per_second": round(counts["movies"]["read"] / metadata),
                "reviews_per_second": round(counts["ratings"]["read"] / (loaded - metadata)),
                "joining_seconds": round(ends["all"] - loaded, 2),
                "new_rows": counts["ratings"]["new"] + counts["movies"]["new"],
            }
    return {**figures, "milliseconds_to_rate": waits}


@contextmanager
def people_rating(folder: Path) -> Iterator[dict[str, int]]:
    """Somebody rates films as long as the context lasts; what is given holds in the end how long that took."""
    waits: dict[str, int] = {}
    stop = folder / "stop"
    command = [sys.executable, "-m", "benchmarks.imports", "--part", "people", "--dump", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield waits
        finally:
            stop.touch()
        waits.update(json.loads(process.communicate()[0]))
    stop.unlink()


def rate_all_along(folder: Path) -> dict[str, Any]:
    """How many milliseconds each rating takes, one every 20 or so, until there is a file `stop` in the folder."""
    from django.contrib.auth.models import User

    from catalog.models import Movie, Reviewer
    from catalog.ratings import rate

    reviewer = Reviewer.objects.for_user(User.objects.get_or_create(username="people")[0])
    movies = list(Movie.objects.most_rated()[:50])
    took = []
    while not (folder / "stop").exists():
        begun = time.perf_counter()
        rate(reviewer, movies[len(took) % 50].resolved(), len(took) % 10 + 1)
        took.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.02)
    places = {"median": 0.5, "95th percentile": 0.95, "longest": 1}
    return {"ratings": len(took), **{name: _quantile(took, share) for name, share in places.items()}}


def _quantile(values: list[float], share: float) -> int:
    return round(sorted(values)[min(int(share * len(values)), len(values) - 1)])


def imported(dump: Path, name: str) -> tuple[dict[str, float], dict[str, Any]]:
    """Seconds from the request until each stage ended, and what was counted."""
    from catalog.importing.runs import request_import, run_import

    stages: dict[str, float] = {}
    begun = time.perf_counter()
    files = {"reviews": str(dump / REVIEWS), "meta": str(dump / METADATA)}
    run = request_import("amazon", files, data_set_name=name)
    run_import(run.pk, lambda progress: stages.update({progress.stage: time.perf_counter() - begun}))
    stages["all"] = time.perf_counter() - begun
    run.refresh_from_db()
    if run.state != run.State.SUCCEEDED:
        raise SystemExit(f"The import failed: {run.error}")
    return {stage: round(end, 2) for stage, end in stages.items()}, run.counts


def load_alone(dump: Path) -> dict[str, Any]:
    """Take the finished rows out of the tables, empty these, and load the rows as the database does it at its best
    with everything in place: one COPY or one prepared INSERT a table, in one transaction, in the order of ids.
    """
    from django.db import connection, transaction

    from catalog.models import Credit, Edition, Movie, Person, Rating, Reviewer

    models = (Movie, Edition, Movie.genres.through, Person, Credit, Reviewer, Rating)
    rows = {model._meta.db_table: _rows_of(model) for model in models}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(rows)} CASCADE")
        cursor.execute("DELETE FROM catalog_mergedecision")
        for table in reversed(rows):
            cursor.execute(f"DELETE FROM {table}")
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (names, data) in rows.items():
            _load_table(cursor, connection.vendor, table, names, data)
    return {"seconds": round(time.perf_counter() - begun, 2)}


def _rows_of(model: Any) -> tuple[list[str], Any]:
    """The table's stored columns; its rows as tuples, or for PostgreSQL as the bytes that COPY gives."""
    from django.db import connection

    names = [field.column for field in model._meta.concrete_fields if not field.generated]
    listed, table = ", ".join(names), model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({listed}) TO STDOUT (FORMAT BINARY)") as copy:
                return names, b"".join(bytes(chunk) for chunk in copy)
        bare = connection.connection.execute(f"SELECT {listed} FROM {table} ORDER BY id")
        return names, bare.fetchall()


def _load_table(cursor: Any, vendor: str, table: str, names: list[str], data: Any) -> None:
    listed = ", ".join(names)
    if vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(data)
    else:
        marks = ", ".join("?" * len(names))
        cursor.connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", data)


if __name__ == "__main__":
    sys.exit(main())
