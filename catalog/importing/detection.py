"""What files are, told by what is in them: names and the order in which they are given say nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.importing.amazon import METADATA, REVIEWS, Layout, layout_in
from catalog.importing.errors import ImportProblem
from catalog.importing.files import LineFile, check_file, head_of, is_archive, shown
from catalog.importing.movielens import MovieLens, NotMovieLens, is_movielens_file
from catalog.models import DataSet

KNOWN = "Amazon's reviews, ratings (CSV) and metadata, and MovieLens's folders and ZIP archives"


@dataclass(frozen=True)
class Detected:
    """`kind` and `options` are what `request_import` takes; `what` is a phrase for people."""

    kind: str
    options: dict[str, Any]
    what: str


def detect(paths: Sequence[Path]) -> Detected:
    """What these files, or this folder or archive, hold together.

    Raises ImportProblem with a sentence that says what is wrong, or missing, or too much.
    """
    given = list(dict.fromkeys(path.absolute() for path in paths))
    if not given:
        raise ImportProblem("Name the files to import, or a folder or ZIP archive of MovieLens.")
    bundles = [path for path in given if _is_bundle(path)]
    if not bundles:
        return _amazon([(path, _layout_of(path)) for path in given])
    if len(given) > 1:
        raise ImportProblem(f"{shown(bundles[0])} is a whole data set: import it alone.")
    return _bundle(given[0])


def _is_bundle(path: Path) -> bool:
    if path.is_dir():
        return True
    check_file(path)
    return is_archive(path)


def _bundle(path: Path) -> Detected:
    """A folder or an archive: MovieLens, or a folder with Amazon's files."""
    try:
        source = MovieLens(path)
    except NotMovieLens:
        if path.is_dir() and (found := list(_amazon_files_in(path))):
            return _amazon(found)
        raise ImportProblem(f"{shown(path)} holds nothing that is known here: {KNOWN} are.") from None
    links = ", with links to IMDb and TMDB" if len(source.movies) > 1 else ""
    return Detected(DataSet.Kind.MOVIELENS, {"path": str(path)}, f"{source.default_name}{links}")


def _amazon_files_in(folder: Path) -> Iterable[tuple[Path, Layout]]:
    for path in sorted(inner for inner in folder.iterdir() if inner.is_file()):
        try:
            yield path, layout_in(path.name, head_of(LineFile.of_path(path)))
        except ImportProblem:
            continue  # a README, say


def _layout_of(path: Path) -> Layout:
    lines = head_of(LineFile.of_path(path))
    try:
        return layout_in(path.name, lines)
    except ImportProblem:
        if is_movielens_file(lines):
            raise ImportProblem(
                f"{shown(path.name)} is one of MovieLens's files: name the folder in which it lies, or the ZIP archive."
            ) from None
        raise ImportProblem(f"{shown(path.name)} holds nothing that is known here: {KNOWN} are.") from None


def _amazon(found: Sequence[tuple[Path, Layout]]) -> Detected:
    reviews = _only_one(REVIEWS, found)
    meta = _only_one(METADATA, found)
    if reviews is None:
        name = shown(found[0][0].name)
        raise ImportProblem(f"{name} holds only metadata: name the file of reviews that it belongs to, too.")
    (path, layout), (meta_path, meta_layout) = reviews, meta or (None, None)
    options = {"reviews": str(path), "meta": str(meta_path) if meta_path else None}
    return Detected(DataSet.Kind.AMAZON, options, _phrase(layout, meta_layout))


def _only_one(holds: str, found: Sequence[tuple[Path, Layout]]) -> tuple[Path, Layout] | None:
    fitting = [each for each in found if each[1].holds == holds]
    if len(fitting) > 1:
        first, second = (shown(path.name) for path, _ in fitting[:2])
        raise ImportProblem(f"{first} and {second} both hold {holds}: import one after the other.")
    return fitting[0] if fitting else None


def _phrase(reviews: Layout, meta: Layout | None) -> str:
    if meta is None:
        return f"{reviews}, without metadata"
    edition = "" if meta.edition == reviews.edition else f"{meta.edition} "
    return f"{reviews}, with {edition}metadata"
