"""Why movies were taken for one film, in words for the staff."""

from typing import Any

from django.utils.text import capfirst


def evidence_in_words(evidence: dict[str, Any]) -> str:
    """One sentence; a dash where nothing is kept, as for decisions by hand."""
    parts = [text for name, value in evidence.items() if (text := _part(name, value))]
    return capfirst(", ".join(parts)) + "." if parts else "-"


_SIMPLE = {
    "title": "the same title: {}",
    "group": "grouped by the source: {}",
    "films_in_the_box": "as many in the box ({})",
    "decided": "decided by hand before, and found again after an import",
    "imdb_id": "the same id at IMDb ({})",
    "tmdb_id": "the same id at TMDB ({})",
}


def _part(name: str, value: Any) -> str:
    match name:
        case "people":
            return "one person in common" if value == 1 else f"{value} people in common"
        case "years":
            return (
                f"years that agree ({', '.join(map(str, value))})"
                if len(value) > 1
                else f"the same year, {value[0]}"
            )
        case "shared_reviews":
            return "one review stands under both" if value == 1 else f"{value:,} reviews stand under both"
        case "share":
            return f"{value:.0%} of those of the smaller one"
        case "hidden":
            return f"{value:,} ratings hidden that would count twice" if value else ""
        case _:
            return _SIMPLE.get(name, "").format(value)
