"""What a browser says of itself, in words that its owner knows it by."""

from django import template

register = template.Library()

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrom": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
"""In this order: a browser also says the names of those that it wants to be taken for."""

LONGEST = 60


@register.filter
def browser_name(user_agent: str) -> str:
    """`Firefox on Windows`; a program's own words where they name no browser."""
    browser, system = _named(user_agent, BROWSERS), _named(user_agent, SYSTEMS)
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent[:LONGEST] or "A program that does not say what it is"


def _named(user_agent: str, names: dict[str, str]) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")
