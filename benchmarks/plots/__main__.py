"""The plots of docs/results.md, from what other programs measured. A name that ends in .svg or .png says which.

python -m benchmarks.plots losses SEED.json --network deep --out losses.svg     (python -m ml reproduce-seed --json)
python -m benchmarks.plots lengths MODELS.json --metric rmse --out lengths.svg  (python -m benchmarks.models --out)
python -m benchmarks.plots calibration MODELS.json --out calibration.svg
python -m benchmarks.plots films ARTIFACT --movies movies.csv --out films.png   (python -m ml train)
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.plots import drawings
from ml.data.staging import replace_file
from ml.errors import InputError
from ml.plots.canvas import PlotError, as_png, as_svg

FORMATS = {".svg": as_svg, ".png": as_png}
LARGEST = 150_000


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        save = FORMATS.get(arguments.out.suffix)
        if save is None:
            raise PlotError(f"{arguments.out} should end in .svg or .png.")
        content = save(arguments.draw(arguments))
        if len(content) > LARGEST:
            raise PlotError(
                f"The plot takes {len(content):,} bytes, above {LARGEST:,}: draw less, or as PNG."
            )
        replace_file(arguments.out, content)
    except (InputError, OSError) as error:
        print(f"No plot was drawn: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.out}: {len(content):,} bytes")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.plots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(required=True, metavar="PLOT")
    losses = _kind(kinds, "losses", lambda given: drawings.losses(_json(given.source), given.network))
    losses.add_argument("--network", default="deep", help="dot or deep (default: deep)")
    lengths = _kind(
        kinds,
        "lengths",
        lambda given: drawings.lengths(_json(given.source), given.case, given.metric, given.models),
    )
    lengths.add_argument(
        "--metric", default="rmse", help="rmse, mae, ndcg_at_10 or recall_at_20 (default: rmse)"
    )
    calibration = _kind(
        kinds,
        "calibration",
        lambda given: drawings.calibration(_json(given.source), given.case, given.models),
    )
    for kind in (lengths, calibration):
        kind.add_argument("--case", help="which of the protocol's (default: its last)")
        kind.add_argument(
            "--models", type=lambda text: text.split(","), metavar="NAME,...", help="default: all"
        )
    films = _kind(
        kinds, "films", lambda given: drawings.films(given.source, given.movies, given.vectors, given.films)
    )
    films.add_argument("--movies", type=Path, required=True, metavar="M.csv", help="movie,title,year,genres")
    films.add_argument("--vectors", default="movie_embeddings", help="default: movie_embeddings")
    films.add_argument("--films", type=int, default=600, help="how many, the most rated (default: 600)")
    return parser


def _kind(kinds: Any, name: str, draw: Any) -> argparse.ArgumentParser:
    kind: argparse.ArgumentParser = kinds.add_parser(name)
    kind.add_argument("source", type=Path, metavar="ARTIFACT" if name == "films" else "FILE.json")
    kind.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .svg or .png")
    kind.set_defaults(draw=draw)
    return kind


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise PlotError(f"{path} is not JSON.") from error
    if not isinstance(content, dict):
        raise PlotError(f"{path} holds no figures.")
    return content


if __name__ == "__main__":
    sys.exit(main())
