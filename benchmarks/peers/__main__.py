"""The peers' figures by the protocols of `ml.evaluation`, in the peers' own environment.

    .venv-peers/bin/python -m benchmarks.peers folds ml-100k
    .venv-peers/bin/python -m benchmarks.peers leave_last ml-latest-small --peers ease,implicit-als-tuned
    .venv-peers/bin/python -m benchmarks.peers strangers ml-100k

Prints one JSON object a line, a peer and a case each; one seed. By default every peer that the protocol is about:
those of stars for folds, those of lists for leave_last, those that take people in for strangers.
"""

import argparse
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.made_ratings import of_folder, of_folds
from benchmarks.peers import PEERS
from ml.baselines import Bias, MovieMean, Popularity
from ml.evaluation import protocols
from ml.scoring import Scorer

BASELINES = {"movie-mean": MovieMean, "bias": Bias, "popularity": Popularity}
STARS = (
    *("movie-mean", "bias", "surprise-svd", "surprise-svd-tuned", "surprise-svd++"),
    *("surprise-knn-baseline", "biased-als"),
)
LISTS = (
    *("popularity", "implicit-bpr", "implicit-als", "implicit-als-tuned"),
    *("item-knn-tfidf", "co-occurrence", "ease"),
)
NEWCOMERS = (
    *(
        "movie-mean",
        "bias",
        "ridge-fold-in",
        "gaussian-prior",
        "gaussian-prior-tuned",
        "surprise-knn-baseline",
    ),
    *("popularity", "implicit-als-64", "co-occurrence", "ease"),
)
PROTOCOLS = {"folds": STARS, "leave_last": LISTS, "strangers": NEWCOMERS}
RANKING = ("recall_at_20", "ndcg_at_10")
SHOWN = {"folds": ("rmse", "mae"), "leave_last": RANKING, "strangers": ("rmse", *RANKING)}


def scorer_of(name: str) -> Scorer:
    if name in BASELINES:
        return BASELINES[name]()
    module, _, kind = PEERS[name].partition(":")
    return getattr(import_module(module), kind)()


def figures(protocol: str, folder: Path, name: str, seed: int) -> Iterator[dict[str, Any]]:
    data = of_folds(folder) if protocol == "folds" else of_folder(folder)
    result = getattr(protocols, protocol)(protocols.Trial(lambda: scorer_of(name), seed), data)
    for case, figures_of_case in result["cases"].items():
        shown = {key: round(figures_of_case["metrics"][key], 4) for key in SHOWN[protocol]}
        yield {"peer": name, "case": case, **shown, "fit_seconds": round(result["fit_seconds"], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("folder", type=Path, help="ml-100k or ml-latest-small, as downloaded")
    parser.add_argument("--peers", metavar="NAME,...")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    known = {*BASELINES, *PEERS}
    names = arguments.peers.split(",") if arguments.peers else PROTOCOLS[arguments.protocol]
    if unknown := sorted(set(names) - known):
        parser.error(f"there is no peer {', '.join(unknown)}; choose from {', '.join(sorted(known))}")
    if not (arguments.folder / "u.data").exists() and not (arguments.folder / "ratings.csv").exists():
        parser.error(f"{arguments.folder} holds neither u.data nor ratings.csv")
    for name in names:
        for line in figures(arguments.protocol, arguments.folder, name, arguments.seed):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
