"""python -m benchmarks.made_dump --reviews 209060 --out var/made"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.made_dump.maker import LAYOUTS, make_dump
from benchmarks.made_dump.shapes import PROFILES


def main() -> int:
    arguments = _arguments()
    try:
        summary = make_dump(
            arguments.out,
            arguments.reviews,
            seed=arguments.seed,
            profile=arguments.profile,
            layout=arguments.editions,
            short_text=arguments.short_text,
            workers=arguments.workers,
            progress=_report,
        )
    except (ValueError, OSError) as error:
        print(f"No dump was made: {error}", file=sys.stderr)
        return 1
    print(json.dumps(summary, indent=2))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.made_dump", description=__doc__)
    parser.add_argument("--reviews", type=int, required=True, help="lines of the review file, at least 1,000")
    parser.add_argument("--out", type=Path, required=True, help="folder for the dump and its truth")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--profile", choices=PROFILES, default="year", help="the shape to scale (default: year)"
    )
    parser.add_argument(
        "--editions", choices=LAYOUTS, default="2018", help="which edition's layout (default: 2018)"
    )
    parser.add_argument("--workers", type=int, help="processes that write (default: one a core)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--with-text", action="store_true", help="texts as long as real ones (the default)")
    length.add_argument("--short-text", action="store_true", help="a few words instead: smaller, faster")
    return parser.parse_args()


def _report(stage: str, done: int, total: int) -> None:
    print(
        f"\r{stage}: {done} of {total}".ljust(70),
        end="" if done < total else "\n",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
