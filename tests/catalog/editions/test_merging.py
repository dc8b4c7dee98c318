"""Movies made one and parted again: nothing counts twice, nothing is lost, and a split restores exactly."""

import pytest

from catalog.editions.merging import (
    MergeProblem,
    apart,
    merge,
    outcome_of_merge,
    outcome_of_split,
    split,
    undo,
)
from catalog.models import MergeDecision, Movie, Rating, Reviewer
from catalog.ratings import rate, unrate
from tests.catalog.editions.conftest import film, reviewed
from tests.catalog.editions.pictures import picture

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def three():
    """DVD, Blu-ray and VHS of one film. Ann rated all, Ben two of them, Cy and Dee one each."""
    dvd, bluray, vhs = film("Alien", "D1", "D2"), film("Alien [Blu-ray]", "B1"), film("Alien [VHS]", "V1")
    reviewed("D1", [("ann", 8, 1), ("ben", 10, 5), ("cy", 6, 2)])
    reviewed("B1", [("ann", 4, 9), ("dee", 2, 3)])
    reviewed("V1", [("ann", 10, 4), ("ben", 1, 5)])
    return dvd, bluray, vhs


def stars_of(movie):
    current = Rating.objects.current().filter(movie=movie)
    return dict(current.values_list("reviewer__external_id", "half_stars"))


def test_a_merged_film_has_all_editions_and_one_rating_of_everybody(three):
    dvd, bluray, _ = three
    decision = merge(bluray, dvd)
    assert stars_of(dvd) == {"ann": 4, "ben": 10, "cy": 6, "dee": 2}
    assert {edition.external_id for edition in dvd.editions.all()} == {"D1", "D2", "B1"}
    dvd.refresh_from_db()
    bluray.refresh_from_db()
    assert (dvd.rating_count, bluray.rating_count, bluray.merged_into) == (4, 0, dvd)
    assert (decision.kind, decision.by_hand, decision.evidence) == ("merge", False, {"hidden": 1})
    assert decision.movie_keys == [("Some reviews", "B1")]


def test_on_a_tie_of_moments_the_digest_decides_and_not_the_direction(three):
    dvd, _, vhs = three
    there = Rating.objects.get(reviewer__external_id="ben", edition__external_id="V1")
    here = Rating.objects.get(reviewer__external_id="ben", edition__external_id="D1")
    wanted = max(there, here, key=lambda rating: rating.digest).half_stars
    merge(vhs, dvd)
    assert stars_of(dvd)["ben"] == wanted
    split(vhs)
    merge(dvd, vhs)
    assert stars_of(vhs)["ben"] == wanted


def test_a_split_restores_every_row(three):
    dvd, bluray, _ = three
    before = picture()
    merge(bluray, dvd)
    assert picture() != before
    split(bluray)
    assert picture() == before


def test_chains_come_apart_link_by_link(three):
    dvd, bluray, vhs = three
    pictures = [picture()]
    merge(vhs, bluray)
    pictures.append(picture())
    merge(bluray, dvd)
    assert stars_of(dvd) == {"ann": 4, "ben": stars_of(dvd)["ben"], "cy": 6, "dee": 2}
    split(bluray)
    assert picture() == pictures[1]
    split(vhs)
    assert picture() == pictures[0]


def test_the_end_of_a_chain_splits_off_alone(three):
    dvd, bluray, vhs = three
    merge(bluray, dvd)
    without_vhs = picture()
    split(bluray)
    merge(vhs, bluray)
    merge(bluray, dvd)
    split(vhs)
    assert {name: rows for name, rows in picture().items() if name != "movies"} == {
        name: rows for name, rows in without_vhs.items() if name != "movies"
    }
    assert Movie.objects.get(pk=vhs.pk).merged_into is None
    assert Movie.objects.get(pk=bluray.pk).merged_into == dvd


def test_ratings_of_people_of_the_site_go_along_and_come_back(three, ada, bob):
    dvd, bluray, vhs = three
    me, other = Reviewer.objects.for_user(ada), Reviewer.objects.for_user(bob)
    for movie, half_stars in ((dvd, 3), (bluray, 9), (vhs, 5)):
        rate(me, movie, half_stars)
    rate(other, vhs, 7)
    pictures = [picture()]
    merge(vhs, bluray)
    assert Rating.objects.current().get(reviewer=me, movie=bluray).half_stars == 5
    pictures.append(picture())
    merge(bluray, dvd)
    assert Rating.objects.current().get(reviewer=me, movie=dvd).half_stars == 5
    assert Rating.objects.current().get(reviewer=other).movie == dvd
    split(bluray)
    assert picture() == pictures[1]
    split(vhs)
    assert picture() == pictures[0]


def test_rating_a_merged_film_leaves_what_came_with_it_as_it_was(three, ada):
    dvd, bluray, _ = three
    me = Reviewer.objects.for_user(ada)
    mine = rate(me, bluray, 9)
    merge(bluray, dvd)
    rate(me, dvd, 2)
    rate(me, bluray, 1)  # by its old address
    assert list(Rating.objects.current().filter(reviewer=me).values_list("half_stars", "movie")) == [
        (1, dvd.pk)
    ]
    assert Rating.objects.filter(reviewer=me).count() == 2
    split(bluray)
    came_back = Rating.objects.current().get(reviewer=me, movie=bluray)
    assert (came_back.pk, came_back.half_stars, came_back.home) == (mine.pk, 9, None)
    assert Rating.objects.current().get(reviewer=me, movie=dvd).half_stars == 1


def test_taking_a_rating_away_takes_the_hidden_ones_too(three, ada):
    dvd, bluray, _ = three
    me = Reviewer.objects.for_user(ada)
    rate(me, dvd, 9)
    rate(me, bluray, 4)
    merge(bluray, dvd)
    assert unrate(me, bluray) == 4
    assert unrate(me, dvd) is None
    assert not Rating.objects.filter(reviewer=me).exists()
    split(bluray)
    assert not Rating.objects.filter(reviewer=me).exists()


def test_what_is_said_beforehand_is_what_happens(three):
    dvd, bluray, vhs = three
    merge(vhs, bluray)
    will = outcome_of_merge(bluray, dvd)
    assert (will.editions, will.ratings) == (2, 3)
    assert merge(bluray, dvd).evidence["hidden"] == will.copies == 2
    will = outcome_of_split(bluray)
    assert (will.editions, will.ratings + will.copies) == (2, 4)
    current = Rating.objects.current().count()
    split(bluray)
    assert Rating.objects.current().count() == current + 2


def test_one_film_is_not_merged_with_itself_nor_split_from_nothing(three, owner):
    dvd, bluray, vhs = three
    with pytest.raises(MergeProblem, match="one film already"):
        merge(dvd, dvd)
    merge(bluray, dvd)
    merge(vhs, bluray)
    assert Movie.objects.get(pk=vhs.pk).merged_into == dvd
    with pytest.raises(MergeProblem, match="one film already"):
        merge(dvd, vhs)
    with pytest.raises(MergeProblem, match="not merged"):
        split(dvd)
    with pytest.raises(MergeProblem, match="split them instead"):
        apart(dvd, vhs, by=owner)


# Decisions.


def test_a_decision_by_hand_says_who_and_a_split_takes_it_back(three, owner):
    dvd, bluray, _ = three
    decision = merge(bluray, dvd, by=owner)
    assert (decision.by_hand, decision.decided_by) == (True, owner)
    parted = split(bluray, by=owner)
    decision.refresh_from_db()
    assert decision.undone_at is not None
    assert (parted.kind, parted.by_hand, parted.movie, parted.other) == ("apart", True, bluray, dvd)
    assert parted.movie_keys == [("Some reviews", "B1")]
    assert parted.other_keys == [("Some reviews", "D1"), ("Some reviews", "D2")]


def test_undoing_goes_back_and_forth(three, owner):
    dvd, bluray, _ = three
    before = picture()
    merged = merge(bluray, dvd, by=owner)
    after = picture()
    parted = undo(merged, by=owner)
    assert picture() == before
    again = undo(parted, by=owner)
    assert picture() == after
    with pytest.raises(MergeProblem, match="taken back already"):
        undo(parted, by=owner)
    undo(again, by=owner)
    assert picture() == before
    assert MergeDecision.objects.filter(undone_at=None).count() == 1


def test_undoing_the_split_of_a_link_puts_it_back_in_its_place(three, owner):
    dvd, bluray, vhs = three
    merge(vhs, bluray)
    merge(bluray, dvd)
    before = picture()
    undo(split(vhs, by=owner), by=owner)
    assert picture() == before
    assert Movie.objects.get(pk=vhs.pk).merged_into == bluray


def test_what_became_a_part_of_another_film_since_is_not_merged_again(three, owner):
    dvd, bluray, vhs = three
    merge(vhs, bluray)
    parted = split(vhs, by=owner)
    merge(vhs, dvd)
    with pytest.raises(MergeProblem, match="part of another film since"):
        undo(parted, by=owner)
    assert Movie.objects.get(pk=vhs.pk).merged_into == dvd


def test_merging_by_hand_takes_back_that_they_are_apart(three, owner):
    dvd, bluray, vhs = three
    parted, other = apart(bluray, dvd, by=owner), apart(vhs, dvd, by=owner)
    merge(dvd, bluray, by=owner)
    parted.refresh_from_db()
    other.refresh_from_db()
    assert parted.undone_at is not None
    assert other.undone_at is None
    undo(other, by=owner)
    assert Movie.objects.get(pk=vhs.pk).merged_into is None


def test_many_people_with_one_film_each_move_no_others():
    here, there, far = film("Alien", "D1"), film("Alien [VHS]", "V1"), film("Aliens", "S1")
    names = [f"r{n}" for n in range(40)]
    for asin in ("D1", "V1", "S1"):
        reviewed(
            asin,
            [(name, 1 + n % 10, 1 + (n * (3 if asin == "V1" else 5)) % 28) for n, name in enumerate(names)],
        )
    before, untouched = picture(), stars_of(far)
    merge(there, here)
    assert stars_of(far) == untouched
    assert Rating.objects.filter(movie=here).count() == 80
    assert Rating.objects.current().filter(movie=here).count() == 40
    split(there)
    assert picture() == before
