"""How long `make run` takes to a page that answers, first and second time, how long to stop, and its memory.

    python -m benchmarks.start

Prints one JSON object. The site is one of its own, in a temporary folder, with the demo and its first model; .venv
is there already (pip's time depends on the network). Seconds; memory in MB: `resident` counts what processes share
in each of them, `proportional` once.
"""

import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.services.site import PROGRAMS, Site

IDLE_SECONDS = 30


def memory_mb(site: Site) -> dict[str, dict[str, list[int]]]:
    """By program; the web server is its master and its workers."""
    families = {}
    for name in PROGRAMS:
        program = site.program(name)
        sizes = [process.memory_full_info() for process in (program, *program.children(recursive=True))]
        families[name] = {
            "resident": [round(size.rss / 1e6) for size in sizes],
            "proportional": [round(size.pss / 1e6) for size in sizes],
        }
    return families


def cpu_seconds(site: Site) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in site.processes())


def measure(site: Site) -> dict[str, object]:
    first = site.start()
    site.signal(signal.SIGINT)
    second = site.start()
    for _ in range(100):
        site.get("/")
    time.sleep(5)
    before = cpu_seconds(site)
    time.sleep(IDLE_SECONDS)
    idle = (cpu_seconds(site) - before) / IDLE_SECONDS
    memory = memory_mb(site)
    return {
        "first_start_seconds": round(first, 1),
        "second_start_seconds": round(second, 1),
        "stop_seconds": round(site.signal(signal.SIGINT), 1),
        "idle_share_of_a_core": round(idle, 4),
        "memory_mb": memory,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "var", RUN_STALE_SECONDS="30")
        try:
            figures = measure(site)
        finally:
            site.end_all()
    json.dump(figures, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
