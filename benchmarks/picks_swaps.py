"""Makes other versions of a made site's model and lets them become active one after the other, as an owner would.

    VAR_DIR=... python -m benchmarks.picks_swaps [--versions 20] [--swaps 20] [--every 1.0]

Prints one JSON line when all are written, then one an activation: the version, and the seconds it took. With more swaps
than versions they come again; when its standard input closes, it ends.
"""

import argparse
import json
import os
import select
import sys
import time
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--versions", type=int, default=20)
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--every", type=float, default=1.0, help="seconds")
    parser.add_argument("--from", dest="seed", type=int, default=1, help="the first version's seed")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    django.setup()
    rows = write_versions(given.versions, given.seed)
    tell(written=len(rows))
    for turn in range(given.swaps):
        began = time.monotonic()
        activate_next(rows[turn % len(rows)])
        left = max(0.0, given.every - (time.monotonic() - began))
        if select.select([sys.stdin], [], [], left)[0]:
            return


def write_versions(n_versions: int, first_seed: int) -> list:
    """Artifacts of the films that are there, each from a seed of its own, and their rows."""
    from django.conf import settings

    from benchmarks.picks_artifact import write_made_artifact
    from catalog.models import Movie
    from recommendations.models import ModelVersion

    n_movies, rows = Movie.objects.count(), []
    for seed in range(first_seed, first_seed + n_versions):
        version = f"20000101T000000Z-{seed:06x}"
        write_made_artifact(Path(settings.MODELS_DIR) / version, n_movies, seed=seed)
        rows.append(ModelVersion.objects.create(version=version))
    return rows


def activate_next(row) -> None:
    from recommendations.registry import activate

    began = time.monotonic()
    activate(row)
    tell(active=row.version, seconds=round(time.monotonic() - began, 3))


def tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
