"""Files named on the command line, read and indexed, with what was dropped said on stderr."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.data.files import IndexedFiles


def read_indexed(paths: Sequence[Path], movies: Path | None) -> "IndexedFiles":
    """Files of ratings over common vocabularies; FilesError for bad ones."""
    # Not at the top: pandas takes half a second and 40 MB that training and every measured model do without.
    from ml.data.files import index_ratings, read_movies_csv, read_ratings_csv

    files = [read_ratings_csv(path) for path in paths]
    indexed = index_ratings(files, None if movies is None else read_movies_csv(movies))
    for path, dropped in zip(paths, indexed.n_duplicates, strict=True):
        if dropped:
            sys.stderr.write(
                f"{path}: {dropped:,} ratings dropped, because the same reviewer rated the same movie later"
                " (or, at the same time, with more stars).\n"
            )
    return indexed
