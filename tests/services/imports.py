"""Files to import, and imports under way in a site."""

import random
from pathlib import Path

from tests.services.site import Site

N_RATINGS = 20_000
N_MOVIES = 300


def write_movielens(folder: Path, seed: int, n_ratings: int = N_RATINGS) -> Path:
    """A data set in the layout of MovieLens: each of its ratings is by another (reviewer, movie)."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)  # noqa: S311
    movies = [f"{n},Film {seed}.{n} (19{n % 100:02}),Drama|Comedy" for n in range(1, N_MOVIES + 1)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies, ""]))
    ratings = [
        f"{n // N_MOVIES + 1},{n % N_MOVIES + 1},{rng.randint(1, 10) / 2},{10**9 + n}"
        for n in range(n_ratings)
    ]
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings, ""]))
    return folder


def ask_for_imports(site: Site, folders: list[Path]) -> list[int]:
    """The ids of the runs, which are in the queue."""
    return list(
        site.django(f"""
from celery import current_app
from catalog.importing.runs import request_import
answer = [request_import("movielens", {{"path": folder}}, data_set_name=folder[-40:]).pk
          for folder in {[str(folder) for folder in folders]!r}]
for run_id in answer:
    current_app.send_task("catalog.tasks.run_import", args=[run_id])
""")
    )


def imported_ratings(site: Site) -> dict[str, int]:
    """The number of ratings of each imported data set."""
    rows = site.rows("""
        SELECT d.name, count(*) AS n FROM catalog_rating r JOIN catalog_reviewer w ON w.id = r.reviewer_id
        JOIN catalog_dataset d ON d.id = w.data_set_id WHERE d.kind = 'movielens' GROUP BY d.name
    """)
    return {row["name"]: row["n"] for row in rows}


def wrong_histograms(site: Site) -> int:
    return int(
        site.django("from catalog.aggregates import wrong_histograms; answer = wrong_histograms().count()")
    )
