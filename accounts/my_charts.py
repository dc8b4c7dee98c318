"""Somebody's stars, drawn and in tables."""

from accounts.my_ratings import Compared
from accounts.taste import Group, Taste
from catalog.models.movies import HALF_STARS
from catalog.statistics import words
from catalog.statistics.comparisons import differences, pairs
from catalog.statistics.sections import Section
from catalog.statistics.tables import Column, Table

CLEAR = 0.1
"""Stars: smaller differences are none that a sentence would tell."""


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


def taste_sections(taste: Taste) -> list[Section]:
    """What can be drawn of somebody's taste."""
    named = {"director": "Directors", "actor": "Actors", "contributor": "Directors and actors"}
    sections = [
        _beside_own("genres", "Genres", "Genre", taste.genres, taste),
        _beside_own("decades", "Decades", "Decade", taste.decades, taste),
        *(_beside_own(role, named[role], "Name", people, taste) for role, people in taste.people.items()),
        _beside_everyone(taste),
    ]
    return [section for section in sections if section.table.rows]


def _beside_own(name: str, title: str, head: str, groups: list[Group], taste: Taste) -> Section:
    columns = (*_group_columns(head), Column("difference", "From your average", signed))
    rows = [(group.name, group.films, group.mean, group.difference) for group in groups]
    chart = differences(
        f"A bar for each: to the right where you give more than your average of {taste.mean:.2f} stars, to the left"
        " where you give less.",
        [group.name for group in groups],
        [group.difference for group in groups],
        [f"{signed(group.difference)} · {words.counted(group.films, 'film')}" for group in groups],
    )
    return Section(Table(name, title, columns, rows), _most_and_least(groups), chart)


def _beside_everyone(taste: Taste) -> Section:
    columns = (*_group_columns("Genre"), Column("from_everyone", "From everyone", signed))
    known = [(group, group.from_everyone) for group in taste.genres if group.from_everyone is not None]
    known.sort(key=lambda pair: (-pair[1], pair[0].name))
    chart = differences(
        "A bar for each genre: to the right where you give its films more stars than everyone else, to the left where"
        " you give less.",
        [group.name for group, _ in known],
        [apart for _, apart in known],
        [f"{signed(apart)} · {words.counted(group.films, 'film')}" for group, apart in known],
    )
    rows = [(group.name, group.films, group.mean, apart) for group, apart in known]
    sentence = "Your stars beside the mean of everyone else’s for the same films."
    return Section(Table("apart", "You and everyone, by genre", columns, rows), [sentence], chart)


def _group_columns(head: str) -> tuple[Column, ...]:
    return (
        Column("name", head, str, is_number=False),
        Column("films", "Films"),
        Column("mean", "Your mean", words.stars),
    )


def _most_and_least(groups: list[Group]) -> list[str]:
    if not groups:
        return []
    most = max(groups, key=lambda group: group.difference)
    least = min(groups, key=lambda group: group.difference)
    said = []
    if most.difference >= CLEAR:
        said.append(f"{most.name}: {most.difference:.1f}{words.NBSP}stars above your average.")
    if least.difference <= -CLEAR:
        said.append(f"{least.name}: {-least.difference:.1f}{words.NBSP}stars below it.")
    return said or ["No clear difference."]


def signed(stars: float) -> str:
    """0.31 -> "+0.3", -0.28 -> "−0.3", 0.01 -> "0.0"."""
    rounded = round(stars, 1)
    return "0.0" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"
