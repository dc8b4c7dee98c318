"""What the figures say, in sentences made of them: a list of sentences for each table, none where there is nothing."""

from collections.abc import Sequence

from catalog.models.movies import HALF_STARS
from catalog.statistics import words
from catalog.statistics.figures import Bucket, Figures, Group, total_of

ENOUGH = 0.01
"""The share of all ratings that a decade or a genre needs to be called the best or least liked."""

MANY = 10
"""Who gave more ratings than that, or has more, is among the busy ones of a distribution."""


def stars(figures: Figures) -> list[str]:
    most = max(figures.stars)
    favourite = HALF_STARS[figures.stars.index(most)] / 2
    return [
        f"{words.percent(most / figures.ratings)} of all ratings are {words.stars_in_words(favourite)}.",
        f"Whoever always guesses {words.stars_in_words(figures.median)} is wrong by"
        f" {words.stars(figures.error_of_median)} stars on average: what a prediction has to beat.",
    ]


def months(figures: Figures) -> list[str]:
    said = []
    if figures.months:
        busiest = max(figures.months, key=lambda month: month.ratings)
        said.append(
            f"The busiest month was {words.month(busiest.month)}, with {words.counted(busiest.ratings, 'rating')}."
        )
    if len(figures.months) > 1:
        said.append(f"Half of the ratings are from {words.month(_middle_month(figures))} or later.")
    if figures.undated:
        said.append(f"{words.counted(figures.undated, 'rating')} without a date cannot be shown here.")
    return said


def _middle_month(figures: Figures) -> str:
    """The latest month such that it and all after it hold at least half of the dated ratings."""
    half, later = total_of(figures.months) / 2, 0
    for month in reversed(figures.months):
        later += month.ratings
        if later >= half:
            return month.month
    raise ValueError("There are no dated ratings.")


def reviewers(figures: Figures) -> list[str]:
    return _about_buckets(
        figures.reviewers, figures, "reviewers have", "rated one film only", "rated more than"
    )


def titles(figures: Figures) -> list[str]:
    return _about_buckets(figures.titles, figures, "films have", "a single rating", "more than")


def _about_buckets(
    buckets: Sequence[Bucket], figures: Figures, who_have: str, one: str, more_than: str
) -> list[str]:
    everybody = sum(bucket.members for bucket in buckets)
    said = [f"{words.percent(buckets[0].members / everybody)} of all {who_have} {one}."]
    busy = [bucket for bucket in buckets if bucket.first > MANY and bucket.members]
    if busy:
        members, ratings = sum(b.members for b in busy), sum(b.ratings for b in busy)
        said.append(
            f"The {words.percent(members / everybody)} with more than {MANY} ratings"
            f" hold {words.percent(ratings / figures.ratings)} of all ratings."
        )
    return said


def busiest(figures: Figures) -> list[str]:
    top = figures.busiest
    said = [f"The busiest reviewer rated {words.counted(top[0], 'film')}."]
    if len(top) > 1:
        share = words.percent(sum(top) / figures.ratings)
        said.append(f"The {len(top)} busiest together gave {share} of all ratings.")
    return said


def most_rated(figures: Figures) -> list[str]:
    top = figures.most_rated
    said = [f"{top[0].title} has {words.counted(top[0].ratings, 'rating')}."] if top else []
    if len(top) > 1:
        said.append(
            f"The {len(top)} films here hold {words.percent(total_of(top) / figures.ratings)} of all ratings."
        )
    return said


def decades(figures: Figures) -> list[str]:
    said = _best_and_least(figures.decades, figures, "Films of the {}s are", "those of the {}s")
    unknown = sum(group.ratings for group in figures.decades if group.name is None)
    if unknown:
        said.append(
            f"Of the films of {words.percent(unknown / figures.ratings)} of all ratings no year is known."
        )
    return said


def genres(figures: Figures) -> list[str]:
    return _best_and_least(figures.genres, figures, "{} is", "{}")


def _best_and_least(groups: Sequence[Group], figures: Figures, best_are: str, least_are: str) -> list[str]:
    """Of the groups that many have rated; the others say little."""
    known = [g for g in groups if g.name is not None and g.ratings >= ENOUGH * figures.ratings]
    best, least = (choose(known, key=_mean, default=None) for choose in (max, min))
    if best is None or least is None or _mean(best) == _mean(least):
        return []
    return [
        f"{best_are.format(best.name)} liked best, with {words.stars(_mean(best))} stars on average,"
        f" {least_are.format(least.name)} least, with {words.stars(_mean(least))}."
    ]


def _mean(group: Group) -> float:
    return group.half_stars / group.ratings / 2
