"""Reviews that stand under several editions: who shares how many with whom, and at what cost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connection

from catalog.editions import copies, reviews
from catalog.editions.copies import Copies, Shared
from catalog.editions.reviews import shared_reviews
from catalog.importing.rows import row_digest
from catalog.models import DataSet, Edition, Rating, Reviewer
from tests.catalog.editions.conftest import film
from tests.factories import make_data_set

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

TEXT = "A long text that says a lot about the film."


def write(asin, *names, text=TEXT, half_stars=8, day=1):
    edition = Edition.objects.get(external_id=asin)
    for name in names:
        reviewer, _ = Reviewer.objects.get_or_create(data_set=make_data_set(), external_id=name)
        Rating.objects.create(
            reviewer=reviewer,
            movie=edition.movie,
            edition=edition,
            half_stars=half_stars,
            rated_at=datetime(2010, 1, day, tzinfo=UTC),
            digest=row_digest(name, asin, half_stars, day, text),
            superseded=True,
        )


def homes():
    return {pk: home or movie for pk, movie, home in Edition.objects.values_list("pk", "movie_id", "home_id")}


def test_copies_of_reviews_are_counted_by_pairs_of_movies():
    one, two, three = film("One", "A", "A2"), film("Two", "B"), film("Three", "C")
    write("A", "ann", "ben", "cy", "dee")
    write("B", "ann", "ben")
    write("C", "ann")
    write("A2", "eve")  # another edition that came with the same movie
    found = {(pair.first, pair.second): pair for pair in shared_reviews(homes())}
    assert found == {
        (one.pk, two.pk): Shared(one.pk, two.pk, 2, 1.0),
        (one.pk, three.pk): Shared(one.pk, three.pk, 1, 1.0),
        (two.pk, three.pk): Shared(two.pk, three.pk, 1, 1.0),
    }


def test_another_text_moment_or_number_of_stars_is_another_review():
    film("One", "A"), film("Two", "B")
    write("A", "ann", "ben", "cy", "dee")
    write("B", "ann", text=TEXT + "!")
    write("B", "ben", day=2)
    write("B", "cy", half_stars=9)
    write("A", "eve", text="Great!")
    write("B", "eve", text="Great!")
    assert shared_reviews(homes()) == []


def test_what_is_merged_shares_what_it_shared_before():
    one, two = film("One", "A"), film("Two", "B")
    write("A", "ann")
    write("B", "ann")
    before = shared_reviews(homes())
    Edition.objects.filter(external_id="B").update(movie=one, home=two)
    Rating.objects.filter(movie=two).update(movie=one)
    assert shared_reviews(homes()) == before == [Shared(one.pk, two.pk, 1, 1.0)]


def test_a_review_under_very_many_editions_does_not_cost_the_square_of_them(monkeypatch):
    monkeypatch.setattr(copies, "NEIGHBOURS", 3)
    monkeypatch.setattr(reviews, "ROWS_IN_A_CHUNK", 7)
    for n in range(12):
        film(f"Film {n}", f"A{n}")
        write(f"A{n}", "ann")
    heard = []
    found = shared_reviews(homes(), heard.append)
    assert len(found) == 11 + 10
    assert heard == [7, 12]


def test_without_editions_or_ratings_there_is_nothing():
    assert shared_reviews({}) == []
    film("One", "A")
    assert shared_reviews(homes()) == []


def test_ratings_looked_at_in_parts_share_what_they_share_together():
    """Parts by reviewer, as the fast way of importing has them."""
    dice = np.random.default_rng(5)
    reviews_, reviewers, homes_ = (
        dice.integers(0, 40, 300),
        dice.integers(0, 9, 300),
        dice.integers(0, 6, 300),
    )
    whole = Copies.found_in(reviews_, reviewers, homes_)
    halves = [
        Copies.found_in(reviews_[part], reviewers[part], homes_[part])
        for part in (reviewers < 4, reviewers >= 4)
    ]
    together = Copies.together(halves)
    assert len(whole.pairs) > 5
    assert together.pairs.tolist() == whole.pairs.tolist()
    assert together.counts.tolist() == whole.counts.tolist()
    assert together.shared(np.full(6, 1_000)) == whole.shared(dict.fromkeys(range(6), 1_000))


@pytest.mark.django_db(transaction=True)
def test_who_is_told_may_write_though_others_have_written(monkeypatch):
    """As the row of a run is written while people rate."""
    monkeypatch.setattr(reviews, "ROWS_IN_A_CHUNK", 2)
    for n in range(6):
        film(f"Film {n}", f"A{n}")
        write(f"A{n}", "ann")

    def write_elsewhere() -> None:
        make_data_set("Elsewhere")
        connection.close()

    def told(read: int) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write_elsewhere).result()
        make_data_set(f"Here {read}")

    assert len(shared_reviews(homes(), told)) > 0
    assert DataSet.objects.filter(name__startswith="Here").count() == 3
