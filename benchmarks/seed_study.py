"""The first study on a made dump: what each of its mistakes was worth, where the editions of every film are known.

    python -m benchmarks.seed_study OUT [--reviews 209060] [any option of python -m ml reproduce-seed]

OUT is a folder: the dump is made in OUT/dump, unless it is there, and seed.json and the plots are written beside it.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from benchmarks.made_dump.maker import LAYOUTS, make_dump
from benchmarks.made_dump.truth import read_truth
from ml.cli.main import main as ml
from ml.cli.processes import prepare_process


def write_groups(dump: Path, path: Path) -> None:
    """Which ASINs are one film, as `reproduce-seed --groups` reads it. ValueError where the dump has no truth."""
    truth, _ = read_truth(dump)
    groups = pd.DataFrame({"movie": truth.asin.astype(str), "movie_group": truth.asin_film})
    groups.to_csv(path, index=False)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--reviews", type=int, default=209_060, help="default: 209,060, as many as the study had"
    )
    arguments, options = parser.parse_known_args()
    out, dump = arguments.out, arguments.out / "dump"
    reviews, metadata = (dump / name for name in LAYOUTS["2018"])
    try:
        if not (dump / "truth.json").exists():
            make_dump(dump, arguments.reviews, short_text=True)
        write_groups(dump, out / "groups.csv")
    except (ValueError, OSError) as error:
        print(f"There is no dump to study: {error}", file=sys.stderr)
        return 1
    prepare_process()
    files = [reviews, "--metadata", metadata, "--groups", out / "groups.csv"]
    places = ["--json", out / "seed.json", "--plots", out / "plots"]
    return ml(["reproduce-seed", *map(str, files + places), *options])


if __name__ == "__main__":
    sys.exit(main())
