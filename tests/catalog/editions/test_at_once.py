"""Merging, splitting and rating at the same moment: somebody waits, nobody fails, and what is left is right."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from catalog.editions.merging import Join, MergeProblem, merge, merge_many, split
from catalog.models import Movie, Rating, Reviewer
from catalog.ratings import rate, unrate
from tests.catalog.editions.conftest import film, reviewed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def films():
    names = [f"r{n}" for n in range(30)]
    made = [film(f"Film {letter}", letter) for letter in "ABCD"]
    for place, letter in enumerate("ABCD"):
        reviewed(letter, [(name, 1 + n % 10, 1 + (n * 7 + place * 3) % 28) for n, name in enumerate(names)])
    return made


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each returned, or the MergeProblem that it raised; all began together, each with its own connection."""
    barrier = Barrier(len(works))

    def begin(work: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return work()
        except MergeProblem as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def test_two_merges_of_the_same_two_into_each_other(films):
    first, second = films[:2]
    results = at_once(lambda: merge(first, second), lambda: merge(second, first))
    assert sum(isinstance(result, MergeProblem) for result in results) == 1
    assert Movie.objects.filter(merged_into=None).count() == 3
    assert Rating.objects.current().filter(movie__in=films[:2]).count() == 30


def test_a_ring_of_merges_ends_as_one_film(films):
    pairs = [(films[n], films[(n + 1) % 4]) for n in range(4)]
    results = at_once(*(lambda pair=pair: merge(*pair) for pair in pairs))
    assert sum(isinstance(result, MergeProblem) for result in results) == 1
    root = Movie.objects.get(merged_into=None)
    assert {Movie.objects.get(pk=movie.pk).resolved() for movie in films} == {root}
    assert root.rating_count == 30


def test_evidence_and_a_person_merge_the_same_movie(films):
    first, second, third, _ = films
    join = Join(first.pk, second.pk)
    results = at_once(lambda: merge_many([join]), lambda: merge(first, third))
    assert results[0][0] in (0, 1)
    assert Movie.objects.get(pk=first.pk).merged_into in (second, third)


def test_people_rate_while_films_are_merged_and_split(films, django_user_model):
    users = [django_user_model.objects.create_user(f"user{n}") for n in range(3)]
    reviewers = [Reviewer.objects.for_user(user) for user in users]

    def keep_rating(reviewer: Reviewer) -> int:
        dice = random.Random(reviewer.pk)  # noqa: S311 - no secret
        for _ in range(25):
            movie = dice.choice(films)
            if dice.random() < 0.2:
                unrate(reviewer, movie)
            else:
                rate(reviewer, movie, dice.randint(1, 10))
        return 25

    def keep_merging() -> int:
        for _ in range(6):
            merge(films[0], films[1])
            merge(films[1], films[2])
            split(films[1])
            split(films[0])
        return 6

    assert at_once(keep_merging, *(lambda one=one: keep_rating(one) for one in reviewers)) == [6, 25, 25, 25]
    assert not Movie.objects.exclude(merged_into=None).exists()
    for movie in films:
        of_data_set = Rating.objects.current().filter(movie=movie, reviewer__user=None)
        assert of_data_set.count() == 30
