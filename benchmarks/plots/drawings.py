"""From what programs wrote to what a plot shows: which figures, which words."""

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.artifact import Artifact, read_artifact
from ml.data.files import MoviesFile, read_movies_csv
from ml.plots.calibration import draw_calibration
from ml.plots.canvas import COLOURS, PlotError
from ml.plots.curves import draw_by_length
from ml.plots.film_map import OTHER, draw_film_map, principal_components
from ml.study.figures import draw_losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELS = 32
_TELLING = ("Animation", "Horror", "Sci-Fi", "Science Fiction", "Romance", "Comedy", "Action", "Drama")
_ARTICLE = re.compile(r"(?P<rest>.+), (?P<article>The|A|An|Les|La|Le|Il|El)$")


def losses(result: dict[str, Any], network: str) -> "Figure":
    """The seed's figure of one of its networks."""
    curves = result.get("splits", {}).get("as_seed", {}).get("curves", {})
    if network not in curves:
        raise PlotError(f"There are no losses of {network!r}, only of {', '.join(curves) or 'nothing'}.")
    return draw_losses(network, curves[network])


def lengths(result: dict[str, Any], case: str | None, metric: str, wanted: list[str] | None) -> "Figure":
    models, case = _of_case(result, case, wanted)
    return draw_by_length(
        {name: figures["by_length"] for name, figures in models.items()},
        metric,
        title=f"{metric.split('_')[0].upper()} by length of history".replace("NDCG", "nDCG"),
        subtitle=_origin(result, case),
    )


def calibration(result: dict[str, Any], case: str | None, wanted: list[str] | None) -> "Figure":
    models, case = _of_case(result, case, wanted)
    known = {name: figures["calibration"] for name, figures in models.items() if figures.get("calibration")}
    return draw_calibration(known, title="Predicted and given stars", subtitle=_origin(result, case))


def films(artifact: Path, movies: Path, vectors: str, most: int) -> "Figure":
    """The most rated films; ids of the artifact are what the table of movies calls them."""
    model = read_artifact(artifact)
    if vectors not in model.arrays or model.arrays[vectors].ndim != 2:
        raise PlotError(f"{artifact} has no vectors {vectors!r}.")
    table = read_movies_csv(movies)
    rows, of_table = _most_rated(model, table, most)
    genres = _colouring_genres([table.genres[row] for row in of_table])
    points = principal_components(model.arrays[vectors][rows])
    return draw_film_map(
        points,
        genres,
        [short_title(table.titles[row]) for row in of_table],
        np.arange(len(rows)),
        most_labels=_LABELS,
        title="Films as the model sees them",
        subtitle=f"{vectors.replace('_', ' ').capitalize()} of the {len(rows):,} most rated: two principal components",
    )


def short_title(title: str) -> str:
    """As people say it: "Matrix, The (1999)" is "The Matrix"."""
    name = re.sub(r"\s*\([^)]*\)", "", title).strip()
    inverted = _ARTICLE.fullmatch(name)
    return f"{inverted['article']} {inverted['rest']}" if inverted else name


def _of_case(
    result: dict[str, Any], case: str | None, wanted: list[str] | None
) -> tuple[dict[str, dict[str, Any]], str]:
    models = result.get("models", {})
    missing = set(wanted or ()) - set(models)
    if missing or not models:
        raise PlotError(f"There are no figures of {', '.join(sorted(missing)) or 'any model'}.")
    cases = list(next(iter(models.values()))["cases"])
    case = cases[-1] if case is None else case
    if case not in cases:
        raise PlotError(f"There is no case {case!r}; there are {', '.join(cases)}.")
    return {name: models[name]["cases"][case] for name in wanted or models}, case


def _origin(result: dict[str, Any], case: str) -> str:
    words = "" if case == "all" else f", {case}"
    return f"{result['data']}, protocol {result['protocol'].replace('_', ' ')}{words}"


def _most_rated(model: Artifact, table: MoviesFile, most: int) -> tuple[np.ndarray, list[int]]:
    """Rows of the artifact, most rated first, and the same films' rows in the table."""
    row_of_movie = {movie: row for row, movie in enumerate(table.movies)}
    ids = model.arrays["movie_ids"].tolist()
    order = np.argsort(-model.arrays["rating_counts"].astype(np.int64), kind="stable")
    rows = np.array([row for row in order.tolist() if str(ids[row]) in row_of_movie][:most], dtype=np.int64)
    if len(rows) == 0:
        raise PlotError(f"None of the artifact's films stands in {table.path}.")
    return rows, [row_of_movie[str(ids[row])] for row in rows.tolist()]


def _colouring_genres(genres: list[list[str]]) -> list[str]:
    """Of each film one of as many genres as there are colours: the one that says most, as Horror does beside Drama."""
    frequent = [genre for genre, _ in Counter(genre for named in genres for genre in named).most_common()]
    telling = [genre for genre in _TELLING if genre in frequent]
    chosen = (telling + [genre for genre in frequent if genre not in telling])[: len(COLOURS)]
    return [next((genre for genre in chosen if genre in named), OTHER) for named in genres]
