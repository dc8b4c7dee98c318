"""The staff's pages: choose the other film, see what will happen, merge, split, take back."""

import pytest
from django.urls import reverse

from catalog.editions.merging import apart, merge, split
from catalog.models import MergeDecision, Movie
from tests.catalog.editions.conftest import film, reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture
def films():
    dvd, vhs = film("Alien", "D1", "D2", year=1979), film("Alien <VHS>", "V1")
    reviewed("D1", [("ann", 8, 1), ("ben", 10, 5)])
    reviewed("V1", [("ann", 4, 9)])
    return dvd, vhs


def address(name, *args):
    return reverse(f"admin:catalog_mergedecision_{name}", args=args)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_from_the_films_page_to_the_choice_and_back(as_owner, films):
    dvd, vhs = films
    page = text_of(as_owner.get(reverse("admin:catalog_movie_change", args=[vhs.pk])))
    assert address("merge", vhs.pk) in page
    choice = text_of(as_owner.get(address("merge", vhs.pk), {"q": "alien"}))
    assert f"into={dvd.pk}" in choice
    assert f"into={vhs.pk}" not in choice
    assert "Alien &lt;VHS&gt;" in choice
    assert "<VHS>" not in choice


def test_what_will_happen_is_said_and_then_happens(as_owner, owner, films):
    dvd, vhs = films
    page = text_of(as_owner.get(address("merge", vhs.pk), {"into": dvd.pk}))
    assert "1 edition and 1 rating go from" in page
    assert "1 person rated both" in page
    assert not MergeDecision.objects.exists()
    answer = as_owner.post(address("merge", vhs.pk), {"into": dvd.pk}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:catalog_movie_change", args=[dvd.pk])
    assert "Merged:" in text_of(answer)
    decision = MergeDecision.objects.get()
    assert (decision.decided_by, decision.movie, decision.other) == (owner, vhs, dvd)
    assert address("change", decision.pk) in text_of(answer)
    assert address("split", vhs.pk) in text_of(answer)


def test_a_merged_film_is_split_after_a_page_that_says_what_goes(as_owner, films):
    dvd, vhs = films
    merge(vhs, dvd)
    assert address("split", vhs.pk) in text_of(
        as_owner.get(reverse("admin:catalog_movie_change", args=[vhs.pk]))
    )
    page = text_of(as_owner.get(address("split", vhs.pk)))
    assert "1 edition and 1 rating go back to it" in page
    answer = as_owner.post(address("split", vhs.pk), follow=True)
    assert "Kept apart:" in text_of(answer)
    vhs.refresh_from_db()
    assert (vhs.merged_into, vhs.rating_count) == (None, 1)
    assert "nothing to split" in text_of(as_owner.get(address("split", vhs.pk)))
    assert "was not merged" in text_of(as_owner.post(address("split", vhs.pk), follow=True))


def test_a_decision_is_shown_with_its_evidence_and_taken_back(as_owner, owner, films):
    dvd, vhs = films
    decision = merge(vhs, dvd, evidence={"title": "alien", "people": 2, "shared_reviews": 1200, "share": 0.5})
    listed = text_of(as_owner.get(address("changelist")))
    assert "The same title: alien, 2 people in common, 1,200 reviews stand under both" in listed
    assert "the evidence" in listed
    page = text_of(as_owner.get(address("change", decision.pk)))
    assert "Split them again" in page
    assert "V1 (Some reviews)" in page
    assert "Kept apart:" in text_of(as_owner.post(address("undo", decision.pk), follow=True))
    parted = MergeDecision.objects.get(kind="apart")
    assert "Merge them again" in text_of(as_owner.get(address("change", parted.pk)))
    assert "Split them again" not in text_of(as_owner.get(address("change", decision.pk)))
    as_owner.post(address("undo", parted.pk))
    assert Movie.objects.get(pk=vhs.pk).merged_into == dvd
    assert "taken back already" in text_of(as_owner.post(address("undo", parted.pk), follow=True))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, 2),
        ({"by": "people"}, 1),
        ({"by": "evidence"}, 1),
        ({"state": "holds"}, 1),
        ({"state": "back"}, 1),
    ],
)
def test_decisions_are_filtered_by_who_took_them_and_whether_they_hold(as_owner, owner, films, query, shown):
    dvd, vhs = films
    merge(vhs, dvd)
    split(vhs, by=owner)
    listed = as_owner.get(address("changelist"), query).context["cl"].result_list
    assert len(listed) == shown


def test_films_are_kept_apart_and_that_is_forgotten(as_owner, films):
    dvd, vhs = films
    assert "Kept apart:" in text_of(as_owner.post(address("apart", vhs.pk), {"into": dvd.pk}, follow=True))
    decision = MergeDecision.objects.get()
    assert "Forget that they differ" in text_of(as_owner.get(address("change", decision.pk)))
    assert "Taken back." in text_of(as_owner.post(address("undo", decision.pk), follow=True))


@pytest.mark.parametrize("into", ["", "0", "x", "9" * 30, "²", "-1"])
def test_a_film_that_is_not_there_is_not_chosen(as_owner, films, into):
    _, vhs = films
    for answer in (
        as_owner.get(address("merge", vhs.pk), {"into": into}),
        as_owner.post(address("merge", vhs.pk), {"into": into}),
        as_owner.post(address("apart", vhs.pk), {"into": into}, follow=True),
    ):
        assert answer.status_code == 200
        assert "Which film is it an edition of?" in text_of(answer)
    assert not MergeDecision.objects.exists()


def test_a_film_is_not_merged_with_itself(as_owner, films):
    dvd, vhs = films
    merge(vhs, dvd)
    page = text_of(as_owner.get(address("merge", dvd.pk), {"into": vhs.pk}))
    assert "They are one film already." in page
    assert "one film already" in text_of(
        as_owner.post(address("merge", dvd.pk), {"into": vhs.pk}, follow=True)
    )


def test_a_decision_whose_films_are_gone_is_still_shown(as_owner, owner, films):
    dvd, vhs = films
    decision = apart(vhs, dvd, by=owner)
    MergeDecision.objects.update(movie=None, other=None)
    assert "no longer there" in text_of(as_owner.get(address("change", decision.pk)))
    assert as_owner.get(address("changelist")).status_code == 200
    assert "Taken back." in text_of(as_owner.post(address("undo", decision.pk), follow=True))


def test_only_those_who_may_change_films_come_in(client, as_ada, as_stranger, ada, films):
    dvd, vhs = films
    decision = merge(vhs, dvd)
    pages = [address("merge", dvd.pk), address("split", vhs.pk), address("undo", decision.pk)]
    for person in (as_ada, as_stranger):
        assert {person.get(page).status_code for page in pages} == {302}
    ada.is_staff = True
    ada.save()
    assert {as_ada.get(page).status_code for page in pages[:2]} == {403}
    assert {as_ada.post(page).status_code for page in pages} == {403}
    vhs.refresh_from_db()
    assert vhs.merged_into == dvd


def test_what_changes_something_is_posted(as_owner, films):
    dvd, vhs = films
    decision = apart(vhs, dvd, by=None)
    assert as_owner.get(address("undo", decision.pk)).status_code == 405
    assert as_owner.get(address("apart", vhs.pk)).status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_choice(as_owner, films, django_assert_max_num_queries):
    for n in range(15):
        film(f"Alien {n}", f"N{n}")
    with django_assert_max_num_queries(20):
        as_owner.get(address("merge", films[1].pk), {"q": "alien", "into": films[0].pk})
    with django_assert_max_num_queries(20):
        as_owner.get(address("changelist"))


# Where people come by the old address.


def test_the_old_address_leads_to_the_film_on_pages_and_in_the_api(as_stranger, films):
    dvd, vhs = films
    third = film("Alien (Betamax)", "T1")
    merge(third, vhs)
    merge(vhs, dvd)
    for movie in (vhs, third):
        page = as_stranger.get(movie.get_absolute_url())
        assert (page.status_code, page["Location"]) == (301, dvd.get_absolute_url())
        answer = as_stranger.get(f"/api/v1/movies/{movie.pk}/", follow=True)
        assert answer.json()["id"] == dvd.pk
