"""Which movies evidence takes for one film. No database: candidates are made by hand."""

import random

import pytest

from catalog.editions import matching
from catalog.editions.copies import Shared
from catalog.editions.decisions import ByHand
from catalog.editions.evidence import Candidate
from catalog.editions.matching import Matching
from catalog.editions.titles import has_article, title_key

NOBODY = ByHand([], [])


def candidate(movie_id, title="", year=None, **fields):
    fields = {"data_sets": {1}, "root": movie_id, **fields}
    fields["with_article"] = has_article(title)
    return Candidate(movie_id=movie_id, key=title_key(title), year=year, **fields)


def clusters(candidates, shared=(), by_hand=NOBODY):
    """The groups of two or more that are found, as sorted lists."""
    gathered = Matching(candidates, by_hand)
    gathered.gather(shared)
    found = gathered.found([one.movie_id for one in candidates], {})
    return sorted(sorted([one.into, *one.others]) for one in found)


def test_one_title_is_one_film():
    assert clusters([candidate(1, "Alien"), candidate(2, "Alien [VHS]"), candidate(3, "Aliens")]) == [[1, 2]]


def test_remakes_stay_apart_by_their_years():
    kongs = [
        candidate(1, "King Kong", 1933),
        candidate(2, "King Kong", 1976),
        candidate(3, "King Kong", 2005),
    ]
    again = [candidate(4, "King Kong [DVD]", 1976), candidate(5, "King Kong (Blu-ray)", 2006)]
    assert clusters([*kongs, *again]) == [[2, 4], [3, 5]]


def test_an_article_and_a_year_make_two_films_of_one_list():
    fears = [candidate(1, "Fear", 1996), candidate(2, "The Fear", 1995)]
    assert clusters(fears) == []
    assert clusters([*fears, candidate(3, "Fear [VHS]", 1996)]) == [[1, 3]]
    elsewhere = candidate(2, "The Fear", 1995, data_sets={2})
    assert clusters([fears[0], elsewhere]) == [[1, 2]]


def test_an_undated_edition_does_not_join_remakes():
    kongs = [
        candidate(1, "King Kong", 1933),
        candidate(2, "King Kong", 1976),
        candidate(3, "King Kong [VHS]"),
    ]
    assert clusters(kongs) == []


def test_a_person_tells_which_of_two_remakes_it_is():
    kongs = [
        candidate(1, "King Kong", 1933, people={10, 11}),
        candidate(2, "King Kong", 1976, people={20, 21}),
        candidate(3, "King Kong [VHS]", people={21}),
    ]
    assert clusters(kongs) == [[2, 3]]


def test_casts_without_anybody_in_common_are_of_two_films():
    assert clusters([candidate(1, "Hamlet", people={1, 2}), candidate(2, "Hamlet", people={3, 4})]) == []
    assert clusters([candidate(1, "Hamlet", people={1}), candidate(2, "Hamlet", people={3})]) == [[1, 2]]


def test_the_year_that_a_description_tells_counts_too():
    films = [
        candidate(1, "Hamlet", 1948),
        candidate(2, "Hamlet", told_year=1996),
        candidate(3, "Hamlet", told_year=1948),
    ]
    assert clusters(films) == [[1, 3]]


def test_shared_reviews_join_what_has_no_title():
    films = [candidate(1, "Alien"), candidate(2), candidate(3)]
    assert clusters(films, [Shared(1, 2, 30, 0.9), Shared(2, 3, 1, 0.02)]) == [[1, 2]]


def test_shared_reviews_weigh_more_than_years():
    films = [candidate(1, "Alien", 1979), candidate(2, "Alien [DVD]", 2003)]
    assert clusters(films) == []
    assert clusters(films, [Shared(1, 2, 12, 0.6)]) == [[1, 2]]


def test_shared_reviews_do_not_join_a_film_with_its_box_or_its_sequel():
    films = [
        candidate(1, "Rocky"),
        candidate(2, "Rocky II"),
        candidate(3, "Rocky Collection"),
        candidate(4, "Rocky: Season 1"),
    ]
    shared = [Shared(1, 2, 99, 1.0), Shared(1, 3, 99, 1.0), Shared(1, 4, 99, 1.0), Shared(2, 3, 99, 1.0)]
    assert clusters(films, shared) == []


def test_a_chain_through_an_untitled_page_does_not_join_what_titles_keep_apart():
    films = [candidate(1, "Rocky"), candidate(2), candidate(3, "Rocky II")]
    assert clusters(films, [Shared(1, 2, 20, 0.9), Shared(2, 3, 19, 0.9)]) == [[1, 2]]


def test_titles_that_differ_a_little_need_many_shared_reviews():
    films = [candidate(1, "Amelie"), candidate(2, "Amelie from Montmartre"), candidate(3, "Delicatessen")]
    assert clusters(films, [Shared(1, 2, 40, 0.9)]) == [[1, 2]]
    assert clusters(films, [Shared(1, 2, 40, 0.4), Shared(1, 3, 40, 1.0)]) == []


def test_groups_join_what_titles_allow():
    films = [
        candidate(1, "Alien", groups={(1, "G")}),
        candidate(2, groups={(1, "G")}),
        candidate(3, "Alien: Season 2", groups={(1, "G")}),
        candidate(4, groups={(2, "G")}, data_sets={2}),
    ]
    assert clusters(films) == [[1, 2]]


def test_ids_of_the_great_catalogues_decide():
    films = [
        candidate(1, "Emma", 1996, imdb_id="tt1"),
        candidate(2, "Emma", 1996, imdb_id="tt2"),
        candidate(3, "Emma. The Film", imdb_id="tt2", data_sets={2}),
    ]
    assert clusters(films) == [[2, 3]]


def test_across_data_sets_the_title_alone_is_not_enough():
    here, there = candidate(1, "Heat", 1995), candidate(2, "Heat [VHS]", data_sets={2})
    assert clusters([here, there]) == []
    assert clusters([here, candidate(2, "Heat [VHS]", 1995, data_sets={2})]) == [[1, 2]]


def test_boxes_of_different_size_are_different_boxes():
    boxes = [
        candidate(1, "Rambo Trilogy"),
        candidate(2, "Rambo 1-4 Box Set"),
        candidate(3, "Rambo: The Trilogy"),
    ]
    assert clusters(boxes) == [[1, 3]]


def test_what_people_decided_holds_against_all_evidence():
    films = [
        candidate(1, "Alien"),
        candidate(2, "Alien [VHS]"),
        candidate(3, "Solaris"),
        candidate(4, "Солярис"),
    ]
    shared = [Shared(1, 2, 99, 1.0)]
    assert clusters(films, shared, ByHand([({3}, {4})], [({1}, {2})])) == [[3, 4]]


def test_a_third_one_does_not_bring_together_what_people_parted():
    films = [candidate(1, "Alien"), candidate(2, "Alien [VHS]"), candidate(3, "Alien [DVD]")]
    found = clusters(films, by_hand=ByHand([], [({1}, {2})]))
    assert len(found) == 1
    assert not {1, 2} <= set(found[0])


def test_what_is_merged_stays_merged_and_pulls_others_along():
    films = [candidate(1, "Alien"), candidate(2, "Solaris", root=1), candidate(3, "Solaris [VHS]")]
    assert clusters(films) == [[1, 3]]
    assert clusters([candidate(1, "Alien"), candidate(2, root=1), candidate(3, "Alien [VHS]")]) == [[1, 3]]


def test_the_order_of_movies_does_not_matter_to_years_and_people():
    films = [
        *(
            candidate(n, "King Kong", year, people=people)
            for n, (year, people) in enumerate(
                [
                    (1933, {1}),
                    (None, {1, 2}),
                    (1976, {5}),
                    (None, {5, 6}),
                    (None, set()),
                    (2005, {9}),
                    (2006, set()),
                ]
            )
        ),
    ]
    expected = clusters(films)
    for seed in range(20):
        shuffled = list(films)
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret
        assert clusters(shuffled) == expected
    assert expected == [[0, 1], [2, 3], [5, 6]]


def test_the_one_with_the_most_ratings_stays_then_the_lowest_id():
    films = [candidate(n, "Alien") for n in (1, 2, 3)]
    for ratings, into in (({1: 3, 2: 9, 3: 1}, 2), ({}, 1), ({2: 5, 3: 5}, 2)):
        matching = Matching(films, NOBODY)
        matching.by_titles()
        (found,) = matching.found([3], ratings)
        assert found.into == into
        assert found.why.keys() == {1, 2, 3} - {into}
        assert all(why == {"title": "alien"} for why in found.why.values())


def test_only_films_of_those_asked_for_are_found():
    films = [candidate(1, "Alien"), candidate(2, "Alien"), candidate(3, "Heat"), candidate(4, "Heat")]
    matching = Matching(films, NOBODY)
    matching.by_titles()
    assert [one.others for one in matching.found([4], {})] == [[4]]


def test_as_long_as_it_looks_there_are_signs_of_life_and_what_they_raise_ends_it(monkeypatch):
    """A run whose heartbeat stops is taken up by somebody else."""
    monkeypatch.setattr(matching, "GROUPS_BETWEEN_SIGNS", 1)
    films = [candidate(2 * film + copy, f"Film {chr(65 + film)}") for film in range(5) for copy in (0, 1)]
    signs = []
    Matching(films, NOBODY, lambda: signs.append(1)).gather([])
    assert len(signs) >= 5

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Matching(films, NOBODY, cancel).gather([])


def test_a_film_goes_by_an_edition_that_has_a_title():
    """However many ratings there are of one without."""
    gathered = Matching([candidate(1), candidate(2, "Alien")], NOBODY)
    gathered.gather([Shared(1, 2, 5, 1.0)])
    (film,) = gathered.found([1, 2], {1: 900, 2: 5})
    assert (film.into, film.others, film.sizes) == (2, [1], {1: 900})
