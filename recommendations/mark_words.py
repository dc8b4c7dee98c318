"""What marks are called on the pages, and what is said when one is put on or taken off."""

from dataclasses import dataclass

from recommendations.models import Mark


@dataclass(frozen=True)
class MarkButton:
    """`pressed` is whether the button stays the same and is pressed or not; else its words change."""

    kind: Mark.Kind
    icon: str
    words: str
    words_on: str
    pressed: bool = True


BUTTONS = {
    button.kind: button
    for button in (
        MarkButton(Mark.Kind.WATCHLIST, "bookmark", "Watchlist", "Watchlist"),
        MarkButton(Mark.Kind.SEEN, "eye", "Seen it", "Seen it"),
        MarkButton(Mark.Kind.NOT_INTERESTED, "hide", "Not for me", "Not for me"),
        MarkButton(
            Mark.Kind.UNUSED, "", "Stop using this rating for picks", "Use this rating for picks again", False
        ),
        MarkButton(Mark.Kind.NOT_SEEN, "", "Not seen", "Not seen"),
    )
}
SAID = {
    Mark.Kind.WATCHLIST: ("{} is on your watchlist.", "{} is off your watchlist."),
    Mark.Kind.SEEN: (
        "{} is marked as seen, and hidden from picks.",
        "{} is no longer marked as seen: it can be picked again.",
    ),
    Mark.Kind.NOT_INTERESTED: ("{} is not for you: hidden from picks.", "{} can be picked again."),
    Mark.Kind.UNUSED: (
        "Your rating of {} is kept, but not used for picks.",
        "Your rating of {} is used for picks again.",
    ),
    Mark.Kind.NOT_SEEN: (
        "You have not seen {}: you will not be asked again.",
        "You may be asked about {} again.",
    ),
}


def said(title: str, kind: Mark.Kind, *, on: bool) -> str:
    return SAID[kind][0 if on else 1].format(title)
