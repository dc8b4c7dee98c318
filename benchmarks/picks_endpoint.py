"""What a personalised list costs over REST, beside a bare view that authenticates, reads and serialises the same films.

    python -m benchmarks.picks_endpoint [--movies 10000 180000] [--requests 1000] [--query '?diversity=...']

Made sites of these sizes (benchmarks.picks_site), gunicorn as `make run` starts it, one client on one kept connection,
picks and bare asked in turns within one run, as 20 people who rated 50 films each. Prints one JSON object: `ratio` is
that of the medians. With one worker and one client, and with as many of both as there are cores. `--database` names
an empty PostgreSQL database instead of SQLite; `--rated` says how much people rated.
"""

import argparse
import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.picks_client import figures, page_times, side_by_side
from benchmarks.picks_server import Server, make_site, serving

DEMO_SIZE = 511
EXTRA_WORKERS = 3


def measure_endpoint(server: Server, site: dict[str, Any], clients: int, given: argparse.Namespace) -> dict:
    """Of picks and bare: p50 and p99; `clients` processes ask at the same time."""
    with ProcessPoolExecutor(clients) as pool:
        asked = [
            pool.submit(side_by_side, server.port, site["people"], given.query, given.requests)
            for _ in range(clients)
        ]
        times = [future.result() for future in asked]
    picks, bare = (figures([t for part in times for t in part[kind]]) for kind in ("picks", "bare"))
    return {
        "clients": clients,
        "requests": 2 * given.requests * clients,
        "picks": picks,
        "bare": bare,
        "ratio": round(picks["p50_ms"] / bare["p50_ms"], 2),
        "picks_p99_to_p50": round(picks["p99_ms"] / picks["p50_ms"], 2),
        "bare_p99_to_p50": round(bare["p99_ms"] / bare["p50_ms"], 2),
    }


def measure_size(n_movies: int, given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="picks-") as folder:
        var = Path(folder) / "var"
        site = make_site(var, n_movies, database_url=given.database, rated=given.rated)
        cores = os.cpu_count() or 1
        runs = []
        for workers in sorted({1, cores}):
            with serving(var, workers, given.database) as server:
                runs += [
                    {"workers": workers} | measure_endpoint(server, site, clients, given)
                    for clients in sorted({1, workers})
                ]
        return {"movies": n_movies, "endpoint": runs, "memory": measure_memory(var, site, given)}


def measure_memory(var: Path, site: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    """MB once every worker has answered; `per_extra_worker` from one worker to several."""
    totals, workers = {}, {}
    for n_workers in (1, 1 + EXTRA_WORKERS):
        with serving(var, n_workers, given.database) as server:
            for _ in range(4 * n_workers):  # a new connection each, so that every worker gets some
                side_by_side(server.port, site["people"], given.query, 1)
            totals[n_workers], workers[n_workers] = server.total_mb(), server.memory_mb()
    return {
        "per_extra_worker_mb": round((totals[1 + EXTRA_WORKERS] - totals[1]) / EXTRA_WORKERS, 1),
        "total_mb": totals,
        "workers_mb": workers,
    }


def measure_page(given: argparse.Namespace) -> dict[str, Any]:
    """The HTML page of picks on a site of the demo's size."""
    with tempfile.TemporaryDirectory(prefix="picks-") as folder:
        var = Path(folder) / "var"
        site = make_site(var, DEMO_SIZE, database_url="", rated=given.rated)
        with serving(var, 1) as server:
            return {"movies": DEMO_SIZE} | figures(
                page_times(server.port, site["people"], given.requests // 4)
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--movies", type=int, nargs="*", default=[10_000, 180_000])
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--rated", type=int, default=50)
    parser.add_argument("--query", default="", help="options of the list")
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    sizes = [measure_size(n_movies, given) for n_movies in given.movies]
    answer = {
        "benchmark": "picks_endpoint",
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "database": "postgresql" if given.database else "sqlite",
        "query": given.query,
        "rated": given.rated,
        "sizes": sizes,
        "page": measure_page(given),
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
