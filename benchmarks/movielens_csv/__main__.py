"""Public MovieLens folders as the CSV files that `python -m ml benchmark` reads.

    python -m benchmarks.movielens_csv ml-100k OUT            u1..u5, each with .base.csv and .test.csv; movies.csv
    python -m benchmarks.movielens_csv ml-100k OUT --last     last.base.csv and last.test.csv: each person's last 20 %
    python -m benchmarks.movielens_csv ml-latest-small OUT --last

The folders are downloaded by hand; their licence keeps them out of the repository.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["reviewer", "movie", "stars", "timestamp"]
HELD_OUT = 0.2


def read_ratings(path: Path) -> pd.DataFrame:
    """Columns reviewer, movie, stars, timestamp; from a tab-separated u*.* file or a ratings.csv."""
    if path.suffix == ".csv":
        return pd.read_csv(path).set_axis(COLUMNS, axis=1)
    return pd.read_csv(path, sep="\t", names=COLUMNS)


def read_movies(folder: Path) -> pd.DataFrame:
    """Columns movie, title, year, genres (with | between them)."""
    if (folder / "movies.csv").exists():
        movies = pd.read_csv(folder / "movies.csv").set_axis(["movie", "title", "genres"], axis=1)
        movies["genres"] = movies["genres"].where(movies["genres"] != "(no genres listed)", "")
    else:
        names = [line.split("|")[0] for line in (folder / "u.genre").read_text().split()]
        items = pd.read_csv(folder / "u.item", sep="|", header=None, encoding="latin-1")
        flags = items.iloc[:, 5 : 5 + len(names)].to_numpy(dtype=bool)
        genres = ["|".join(np.array(names)[row]) for row in flags]
        movies = pd.DataFrame({"movie": items[0], "title": items[1], "genres": genres})
    movies["year"] = movies["title"].str.extract(r"\((\d{4})\)\s*$")[0]
    return movies[["movie", "title", "year", "genres"]]


def last_of_each(ratings: pd.DataFrame) -> np.ndarray:
    """Mask of each person's last ceil(20 %), by (timestamp, movie)."""
    ordered = ratings.sort_values(["reviewer", "timestamp", "movie"])
    place_from_end = ordered.groupby("reviewer").cumcount(ascending=False)
    n = ordered.groupby("reviewer")["movie"].transform("size")
    return (place_from_end < np.ceil(n * HELD_OUT)).reindex(ratings.index).to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--last", action="store_true", help="hold out each person's last ratings")
    arguments = parser.parse_args()
    folder, out = arguments.folder, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    read_movies(folder).to_csv(out / "movies.csv", index=False)
    if arguments.last:
        whole = folder / "u.data" if (folder / "u.data").exists() else folder / "ratings.csv"
        ratings = read_ratings(whole)
        held_out = last_of_each(ratings)
        ratings[~held_out].to_csv(out / "last.base.csv", index=False)
        ratings[held_out].to_csv(out / "last.test.csv", index=False)
        return
    for path in sorted(folder.glob("u?.base")) + sorted(folder.glob("u?.test")):
        read_ratings(path).to_csv(out / f"{path.name}.csv", index=False)


if __name__ == "__main__":
    main()
