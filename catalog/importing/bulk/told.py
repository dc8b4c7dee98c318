"""What rows of movies tell of which film they are, from their words alone. Knows nothing of Django."""

from typing import NamedTuple

from catalog.editions.descriptions import phrases_in, year_told_in
from catalog.editions.titles import TitleKey, has_article, title_key
from catalog.importing.rows import MovieRow


class Told(NamedTuple):
    """As `catalog.editions.evidence.Candidate` has it; `people` by name, `phrases` of the description, a line each."""

    external_id: str
    key: TitleKey
    with_article: bool
    year: int | None
    told_year: int | None
    imdb_id: str
    tmdb_id: int | None
    group: str
    people: tuple[str, ...]
    phrases: str


def told_by(row: MovieRow) -> Told:
    return Told(
        row.external_id,
        title_key(row.title),
        has_article(row.title),
        row.year,
        year_told_in(row.description),
        row.imdb_id,
        row.tmdb_id,
        row.group,
        row.people,
        "\n".join(" ".join(phrase.split()) for phrase in phrases_in(row.description)),
    )
