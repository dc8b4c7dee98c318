"""Figures of picks as people read them."""

from django import template

from recommendations.wishes import Wishes

register = template.Library()


@register.simple_tag
def nothing_left(wishes: Wishes) -> str:
    """Why a list is empty, and what to do about it."""
    loosen = "Take one of the wishes above back, or loosen it" if len(wishes.chips) > 1 else "Loosen it"
    return f"There is no {wishes.in_words()} here that you have not rated or hidden. {loosen}."


@register.filter
def points(value: float) -> str:
    """0.814 -> "+0.81", -1.2 -> "−1.20"."""
    return f"{value:+.2f}".replace("-", "−")
