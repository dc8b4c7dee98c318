"""The buttons that put marks on films."""

from typing import Any

from django import template
from django.template.context import RequestContext

from catalog.models import Movie
from recommendations.mark_words import BUTTONS
from recommendations.models import Mark
from recommendations.people import Someone

register = template.Library()


@register.inclusion_tag("recommendations/_mark.html", takes_context=True)
def mark_button(context: RequestContext, movie: Movie, kind: str, person: Someone) -> dict[str, Any]:
    """A button that puts a mark on a film, or takes it off: what the address of the mark answers with, too."""
    on = movie.pk in person.with_mark(kind)
    return {"movie": movie, "button": BUTTONS[Mark.Kind(kind)], "on": on, "request": context["request"]}


@register.simple_tag
def has_mark(movie: Movie, kind: str, person: Someone) -> bool:
    return movie.pk in person.with_mark(kind)
