"""Somebody's stars, drawn and in tables."""

from accounts.my_ratings import Compared
from catalog.models.movies import HALF_STARS
from catalog.statistics import words
from catalog.statistics.comparisons import pairs
from catalog.statistics.sections import Section
from catalog.statistics.tables import Column, Table


def stars_beside_everyones(compared: Compared) -> Section:
    columns = (
        Column("stars", "Stars", words.stars_in_words, is_number=False),
        Column("mine", "Yours"),
        Column("my_share", "Share", words.percent),
        Column("everyones_share", "Everyone’s", words.percent),
    )
    values = list(zip(compared.mine_shares, compared.everyones_shares, strict=True))
    rows = [
        (half / 2, count, *shares)
        for half, count, shares in zip(HALF_STARS, compared.mine, values, strict=True)
    ]
    chart = pairs(
        "Two columns for each number of stars: the share of your ratings, and everyone else’s for the same films.",
        ("You", "Everyone else"),
        ["½" if half == 1 else f"{half // 2}" if half % 2 == 0 else "" for half in HALF_STARS],
        [(100 * mine, 100 * everyones) for mine, everyones in values],
        [
            f"{words.stars_in_words(stars)}: you {words.percent(mine)}, everyone else {words.percent(everyones)}"
            for stars, _, mine, everyones in rows
        ],
        words=lambda value: f"{value:g}%",
    )
    return Section(Table("compared", "You and everyone", columns, rows), [_in_words(compared)], chart)


def _in_words(compared: Compared) -> str:
    films = words.counted(compared.films, "film")
    difference = compared.mine_mean - compared.everyones_mean
    means = f"{compared.mine_mean:.2f} stars on average, everyone else {compared.everyones_mean:.2f}"
    if abs(difference) < 0.1:
        return f"You give these {films} {means}: much the same."
    return f"You give these {films} {means}: you are the {'milder' if difference > 0 else 'stricter'} one."
