"""Figures of picks as people read them."""

from django import template

register = template.Library()


@register.filter
def points(value: float) -> str:
    """0.814 -> "+0.81", -1.2 -> "−1.20"."""
    return f"{value:+.2f}".replace("-", "−")
