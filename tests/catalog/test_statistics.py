"""Counting all ratings: the database's sums are those of a plain loop, of one moment, kept until something changes."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.aggregates import recount
from catalog.models import DataSet, Movie, Rating, Reviewer, Statistic
from catalog.ratings import rate, unrate
from catalog.statistics import stored
from catalog.statistics.counting import count_all
from catalog.statistics.figures import Bucket, Figures, Group, Month, greatest, in_buckets
from catalog.statistics.moment import one_moment
from catalog.statistics.stored import name_of, refresh_if_changed, refresh_statistics, stored_figures
from catalog.tasks import refresh_statistics as refresh_statistics_task
from tests.factories import make_data_set, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def motley(ada):
    """Two data sets that share films, a person of this site, hidden copies, ratings without dates."""
    draw = random.Random(4)  # noqa: S311
    films = [
        make_movie(
            f"Film {n}", draw.choice([None, 1931, 1994, 1999, 2003]), draw.sample(["Drama", "War"], n % 3)
        )
        for n in range(12)
    ]
    people = make_reviewers(25, make_data_set("Demo", DataSet.Kind.DEMO))
    people += make_reviewers(20, make_data_set("Real"))
    people.append(Reviewer.objects.for_user(ada))
    new_year = datetime(2018, 1, 1, tzinfo=UTC)
    for person in people:
        for film in draw.sample(films, draw.choice([0, 1, 1, 2, 3, 8])):
            when = new_year + timedelta(hours=draw.randint(-40_000, 3)) if draw.random() < 0.9 else None
            common = {"reviewer": person, "movie": film, "rated_at": when}
            Rating.objects.create(half_stars=draw.randint(1, 10), **common)
            if draw.random() < 0.2:
                Rating.objects.create(half_stars=1, superseded=True, **common)
    recount()
    return films


def by_hand(data_set: str | None) -> dict[str, Any]:
    """The same by a loop over all ratings."""
    chosen = Rating.objects.filter(superseded=False).select_related("movie", "reviewer__data_set")
    ratings = [r for r in chosen if data_set is None or str(r.reviewer.data_set) == data_set]
    months = Counter(r.rated_at.strftime("%Y-%m") for r in ratings if r.rated_at)
    sums: Counter[str] = Counter()
    for rating in ratings:
        if rating.rated_at:
            sums[rating.rated_at.strftime("%Y-%m")] += rating.half_stars
    per_film = Counter(r.movie for r in ratings)
    totals: Counter[Movie] = Counter()
    for rating in ratings:
        totals[rating.movie] += rating.half_stars
    per_reviewer = Counter(r.reviewer_id for r in ratings)

    def group(films: Any) -> tuple[int, int, int]:
        films = list(films)
        return len(films), sum(per_film[f] for f in films), sum(totals[f] for f in films)

    def decade(film: Movie) -> tuple[bool, int]:
        return film.decade is None, film.decade or 0

    ranked = sorted(per_film, key=lambda film: (-per_film[film], film.pk))
    genres = {name: group(f for f in per_film if f.genres.filter(name=name)) for name in ("Drama", "War")}
    return {
        "stars": [sum(r.half_stars == n for r in ratings) for n in range(1, 11)],
        "months": [Month(month, months[month], sums[month]) for month in sorted(months)],
        "reviewers": in_buckets(Counter(per_reviewer.values())),
        "busiest": sorted(per_reviewer.values(), reverse=True)[:20],
        "titles": in_buckets(Counter(per_film.values())),
        "most_rated": [(f.pk, f.title, f.year, per_film[f], totals[f]) for f in ranked],
        "decades": [
            Group(films[0].decade, *group(films))
            for films in (list(films) for _, films in groupby(sorted(per_film, key=decade), key=decade))
        ],
        "genres": sorted(
            (Group(n, *g) for n, g in genres.items() if g[0]), key=lambda g: (-g.ratings, g.name)
        ),
    }


@pytest.mark.parametrize("name", [None, "Demo", "Real"])
def test_the_figures_are_those_of_a_loop_over_all_ratings(motley, name):
    scope = DataSet.objects.get(name=name).pk if name else None
    figures = count_all(each_data_set=True)[scope]
    expected = by_hand(name)
    assert expected["months"]
    assert {key: getattr(figures, key) for key in expected} == expected
    assert figures.ratings == sum(expected["stars"])
    assert figures.undated > 0
    of_demo = Rating.objects.current().filter(reviewer__data_set__name="Demo").count()
    assert figures.made_ratings == {None: of_demo, "Demo": of_demo, "Real": 0}[name]


def test_without_each_data_set_there_is_only_all_of_it(motley):
    found = count_all(each_data_set=False)
    assert set(found) == {None}
    assert found[None].data_sets == []


def test_films_without_ratings_are_told_and_merged_ones_are_no_films(motley):
    unrated = make_movie("Nobody's")
    make_movie("Nobody's, again", merged_into=unrated)
    figures = count_all(each_data_set=False)[None]
    assert figures.unrated_titles == Movie.objects.filter(rating_count=0, merged_into=None).count() > 0


def test_the_database_does_the_counting(motley):
    """As many queries for many reviewers as for few."""
    with CaptureQueriesContext(connection) as few:
        count_all(each_data_set=True)
    rate_all(make_reviewers(30, make_data_set("Real")), motley[0], [7] * 30)
    with CaptureQueriesContext(connection) as many:
        count_all(each_data_set=True)
    assert len(many) == len(few) <= 25


def test_figures_survive_being_stored(motley):
    refresh_statistics()
    found = stored_figures()
    assert found is not None
    assert found.figures == count_all(each_data_set=True)[None]
    assert isinstance(found.figures.months[0], Month)
    assert isinstance(found.figures.titles[0], Bucket)


def test_nothing_is_kept_of_a_site_without_ratings():
    assert refresh_statistics() == 0
    assert not Statistic.objects.exists()
    assert stored_figures() is None
    assert not refresh_if_changed()


def test_each_of_several_data_sets_has_figures_and_they_go_with_it(motley):
    assert refresh_statistics() == Rating.objects.current().count()
    sets = dict(DataSet.objects.values_list("name", "pk"))
    found = stored_figures(sets["Demo"])
    assert found is not None
    assert found.figures.data_sets == [(sets["Demo"], "Demo"), (sets["Real"], "Real")]
    Rating.objects.filter(reviewer__data_set=sets["Demo"]).delete()
    recount()
    Reviewer.objects.filter(data_set=sets["Demo"]).delete()
    DataSet.objects.filter(pk=sets["Demo"]).delete()
    assert refresh_statistics() > 0
    assert stored_figures(sets["Demo"]) is None
    assert list(Statistic.objects.values_list("name", flat=True)) == [name_of(None)]


def test_figures_that_were_begun_later_are_not_written_over(motley):
    refresh_statistics()
    Statistic.objects.update(computed_at=timezone.now() + timedelta(minutes=1))
    before = list(Statistic.objects.values())
    unrated = Rating.objects.current().filter(reviewer__user=None).first()
    unrate(unrated.reviewer, unrated.movie)
    refresh_statistics()
    assert list(Statistic.objects.values()) == before


def test_only_what_changed_is_counted_anew(motley, ada):
    assert refresh_if_changed()
    age_of_figures(minutes=10)
    assert not refresh_if_changed()
    rate(Reviewer.objects.for_user(ada), make_movie("New"), 9)
    assert refresh_if_changed()
    age_of_figures(minutes=10)
    DataSet.objects.filter(name="Real").update(name="Renamed")
    refresh_statistics_task()
    assert stored_figures().figures.data_sets[1][1] == "Renamed"


def test_one_rating_up_and_another_down_are_noticed(motley, ada, bob):
    """Sums over all films stay the same; sums weighted by film do not."""
    first, second = make_movie("First"), make_movie("Second")
    rate(Reviewer.objects.for_user(ada), first, 4)
    rate(Reviewer.objects.for_user(bob), second, 6)
    refresh_statistics()
    age_of_figures(minutes=10)
    rate(Reviewer.objects.for_user(ada), first, 6)
    rate(Reviewer.objects.for_user(bob), second, 4)
    assert refresh_if_changed()


def test_counting_rests_a_hundred_times_as_long_as_it_took(motley, ada):
    refresh_statistics()
    row = Statistic.objects.get(name=name_of(None))
    Statistic.objects.filter(pk=row.pk).update(value={**row.value, "seconds": 12})
    rate(Reviewer.objects.for_user(ada), make_movie("New"), 9)
    with time_machine.travel(row.computed_at + timedelta(minutes=19)):
        assert not refresh_if_changed()
    with time_machine.travel(row.computed_at + timedelta(minutes=20)):
        assert refresh_if_changed()


def test_what_is_a_day_old_or_of_another_layout_is_counted_anew(motley, monkeypatch):
    refresh_statistics()
    age_of_figures(hours=25)
    assert refresh_if_changed()
    monkeypatch.setattr(stored, "LAYOUT", 2)
    assert stored_figures() is None
    assert refresh_if_changed()
    assert stored_figures() is not None
    assert set(Statistic.objects.values_list("name", flat=True)) == {
        name_of(scope) for scope in (None, *DataSet.objects.values_list("pk", flat=True))
    }


def age_of_figures(**ago: int) -> None:
    Statistic.objects.update(computed_at=timezone.now() - timedelta(**ago))


@pytest.mark.django_db(transaction=True)
def test_people_rate_while_all_is_counted_and_the_figures_are_of_one_moment(ada):
    film, other = make_movie("Film"), make_movie("Other")
    rate_all(make_reviewers(3), film, [2, 4, 6])
    reviewer = Reviewer.objects.for_user(ada)

    def rate_now() -> None:
        rate(reviewer, other, 10)
        connection.close()

    with one_moment():
        before = count_all(each_data_set=False)[None]
        thread = threading.Thread(target=rate_now)
        thread.start()
        thread.join(timeout=15)
        assert not thread.is_alive(), "a rating had to wait for the counting"
        assert count_all(each_data_set=False)[None] == before
    assert count_all(each_data_set=False)[None].ratings == before.ratings + 1


def test_buckets_have_no_holes_and_end_with_the_fullest():
    assert in_buckets({}) == []
    assert in_buckets({1: 5, 4: 2, 12: 1}) == [
        Bucket(1, 1, 5, 5),
        Bucket(2, 2, 0, 0),
        Bucket(3, 5, 2, 8),
        Bucket(6, 10, 0, 0),
        Bucket(11, 50, 1, 12),
    ]
    assert in_buckets({5_000: 2})[-1] == Bucket(1_001, None, 2, 10_000)


def test_the_busiest_are_the_greatest_counts_as_often_as_they_occur():
    assert greatest({3: 2, 7: 1, 1: 1_000_000}, length=5) == [7, 3, 3, 1, 1]
    assert greatest({9: 1}, length=5) == [9]


def figures_of(stars: list[int], reviewers: int = 1, titles: int = 1) -> Figures:
    n = sum(stars)
    return Figures(stars, [], [Bucket(1, 1, reviewers, n)], [n], [Bucket(1, 1, titles, n)], [], [], [])


def test_mean_median_and_error_by_hand():
    """Ratings of 1, 1, 4 and 5 stars."""
    figures = figures_of([0, 2, 0, 0, 0, 0, 0, 1, 0, 1], reviewers=4, titles=2)
    assert figures.mean == 2.75
    assert figures.median == 2.5
    assert figures.error_of_median == (1.5 + 1.5 + 1.5 + 2.5) / 4
    assert figures.deviation == pytest.approx(((1.75**2 * 2 + 1.25**2 + 2.25**2) / 4) ** 0.5)
    assert figures.filled_share == 0.5
    assert figures_of([0, 0, 0, 0, 0, 0, 1, 0, 0, 2]).median == 5
    with pytest.raises(ValueError, match="no ratings"):
        _ = figures_of([0] * 10).median
