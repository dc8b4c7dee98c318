"""The sentence above a list that tells a person why these films."""

from catalog.models import Movie
from recommendations.picks import Source

FEW = 5
"""Ratings below which a list is told to be close to everybody's: the model's own ranking then hardly leaves it."""


MIDDLING = 3.0
"""Stars below which somebody wonders why a film is picked for them."""


def note_on_personal(*, known: int, rated: int, lowest: float | None = None) -> str:
    """`lowest`: the fewest stars that they are expected to give a film of the list."""
    if known < rated:
        return (
            f"Picked from {known} of the {rated} films you rated;"
            " the others will count after the next training."
        )
    picked = "Picked from the film you rated." if rated == 1 else f"Picked from the {rated} films you rated."
    if rated < FEW:
        return f"{picked} With so few, what most people watch weighs most."
    if lowest is not None and lowest < MIDDLING:
        return (
            f"{picked} What you are likely to watch next comes first; the stars are what you would give it."
        )
    return picked


def note_on_average(source: Source, *, rated: int) -> str:
    if source is Source.POPULAR:
        return "Nobody has rated a film here yet: these are the newest."
    if rated:
        return "These are the best rated films: the site has yet to learn about the films you rated."
    return "These are the best rated films: rate one and the list becomes yours."


def note_on_similar(source: Source, movie: Movie) -> str:
    if source is Source.MODEL:
        return f"Liked by the people who like {movie.title}."
    if source is Source.CONTENT:
        return f"These share genres with {movie.title}."
    if source is Source.AVERAGE:
        return f"Little is known about {movie.title}: these are the best rated films."
    return "Nobody has rated a film here yet: these are the newest."
