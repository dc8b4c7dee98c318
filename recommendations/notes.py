"""The sentence above a list that tells a person why these films."""

from catalog.models import Movie
from recommendations.picks import Source

FEW = 5
"""Ratings below which a list is told to be close to everybody's: the model's own ranking then hardly leaves it."""


def note_on_personal(*, known: int, rated: int) -> str:
    if known < rated:
        return (
            f"Picked from {known} of the {rated} films you rated;"
            " the others will count after the next training."
        )
    picked = "Picked from the film you rated." if rated == 1 else f"Picked from the {rated} films you rated."
    return f"{picked} With so few, what most people watch weighs most." if rated < FEW else picked


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
