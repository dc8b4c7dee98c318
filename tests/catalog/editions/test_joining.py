"""The editions of an imported data set brought together: once, for good, and as people decided."""

import pytest

from catalog.aggregates import wrong_histograms
from catalog.data_sets import remove_data_set
from catalog.editions import merging
from catalog.editions.joining import FINDING, MERGING, Joined, find_editions, join_editions
from catalog.editions.merging import merge, split, undo
from catalog.importing import runs
from catalog.models import DataSet, Edition, MergeDecision, Movie, Rating, Reviewer
from catalog.ratings import rate
from tests.catalog.editions.pictures import picture
from tests.catalog.importing.builders import import_amazon, metadata, review, write_lines

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LONG = "A film that I have seen more often than I can say, and shall see again."
TITLES = {
    "DVD": "Alien (1979)",
    "BLU": "Alien [Blu-ray]",
    "VHS": "Alien [VHS]",
    "SEQUEL": "Aliens",
    "OLD": "King Kong (1933)",
    "NEW": "King Kong (2005)",
    "BOX": "Alien Collection",
}


@pytest.fixture
def imports(tmp_path, monkeypatch):
    """Seven titles and an untitled page that shares its reviews with the sequel; imported as often as called, and
    left apart."""
    monkeypatch.setattr(runs, "join_editions", lambda *_: Joined())
    lines = [
        review(
            f"R{n}",
            asin,
            float(1 + (n * 7 + place) % 5),
            unixReviewTime=86400 * (n + place),
            reviewText=f"{LONG} {n}",
        )
        for place, asin in enumerate(TITLES)
        for n in range(place, place + 9)
    ]
    lines += [{**line, "asin": "PAGE"} for line in lines if line["asin"] == "SEQUEL"]
    reviews = write_lines(tmp_path / "r.json", lines)
    meta = write_lines(
        tmp_path / "m.json", [metadata(asin, title, brand="") for asin, title in TITLES.items()]
    )

    def run():
        imported = import_amazon(reviews, meta, "Shop")
        assert imported.state == "succeeded", imported.error
        return imported.data_set

    return run


def groups():
    """The editions of each film that has more than one."""
    found = {}
    for asin, movie_id in Edition.objects.values_list("external_id", "movie_id"):
        found.setdefault(movie_id, set()).add(asin)
    return sorted(sorted(asins) for asins in found.values() if len(asins) > 1)


def test_editions_come_together_and_nothing_counts_twice(imports):
    shop = imports()
    before = Rating.objects.current().count()
    joined = join_editions(shop)
    assert groups() == [["BLU", "DVD", "VHS"], ["PAGE", "SEQUEL"]]
    assert (joined.films, joined.movies) == (2, 3)
    assert Rating.objects.current().count() == before - joined.copies
    assert Rating.objects.filter(superseded=True).count() == joined.copies > 9
    assert not wrong_histograms().exists()
    assert joined.sentences() == [
        f"Editions: 3 movies joined 2 others as the same film; {joined.copies} ratings hidden that would count twice."
    ]


def test_every_decision_says_why(imports):
    join_editions(imports())
    why = {decision.movie_keys[0][1]: decision.evidence for decision in MergeDecision.objects.all()}
    assert not MergeDecision.objects.filter(by_hand=True).exists()
    assert {evidence.get("title") for evidence in why.values()} == {"alien", None}
    assert {"shared_reviews": 9, "share": 1.0} in why.values()


def test_done_again_it_changes_nothing(imports):
    shop = imports()
    join_editions(shop)
    before, decisions = picture(), MergeDecision.objects.count()
    assert join_editions(shop).movies == 0
    assert join_editions(shop).sentences() == []
    assert picture() == before
    assert MergeDecision.objects.count() == decisions


def test_imported_again_after_it_nothing_changes(imports):
    join_editions(imports())
    before = picture()
    shop = imports()
    assert {name: rows for name, rows in picture().items() if name != "movies"} == {
        name: rows for name, rows in before.items() if name != "movies"
    }
    assert find_editions(shop) == []
    assert not wrong_histograms().exists()


def test_broken_off_anywhere_it_is_completed_by_doing_it_again(imports, monkeypatch):
    monkeypatch.setattr(merging, "RATINGS_IN_A_SLICE", 1)
    shop = imports()
    calls = 0

    def stop_late(progress):
        nonlocal calls
        calls += progress.stage == MERGING
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        join_editions(shop, stop_late)
    assert not wrong_histograms().exists()
    assert groups() != [["BLU", "DVD", "VHS"], ["PAGE", "SEQUEL"]]
    join_editions(shop)
    assert groups() == [["BLU", "DVD", "VHS"], ["PAGE", "SEQUEL"]]


def test_progress_goes_from_nothing_to_all_in_two_stages(imports):
    heard = []
    join_editions(imports(), heard.append)
    assert [heard[0].stage, heard[-1].stage] == [FINDING, MERGING]
    for stage in (FINDING, MERGING):
        of_stage = [progress for progress in heard if progress.stage == stage]
        assert of_stage[0].done == 0
        assert of_stage[-1].is_over
        assert of_stage[-1].done == of_stage[-1].total > 0
        assert [progress.done for progress in of_stage] == sorted(progress.done for progress in of_stage)


def test_what_people_split_stays_apart(imports, owner):
    shop = imports()
    join_editions(shop)
    edition = Edition.objects.get(external_id="VHS")
    vhs = edition.home or edition.movie
    part = (
        vhs
        if vhs.merged_into_id
        else Movie.objects.filter(merged_into=vhs, title__startswith="Alien").first()
    )
    title = part.title
    split(part, by=owner)
    apart = groups()
    assert join_editions(shop).movies == 0
    remove_data_set(shop)
    assert not Movie.objects.exists()
    join_editions(imports())
    assert groups() == apart
    decision = MergeDecision.objects.get(by_hand=True)
    assert decision.movie is None
    undo(decision, by=owner)
    join_editions(DataSet.objects.get())
    assert ["BLU", "DVD", "VHS"] in groups()
    assert Edition.objects.filter(movie__title=title).exists() or Movie.objects.filter(title=title).exists()


def test_what_people_merged_is_merged_again_after_a_new_import(imports, owner):
    shop = imports()
    old, new = (Edition.objects.get(external_id=asin).movie for asin in ("OLD", "NEW"))
    merge(old, new, by=owner)
    remove_data_set(shop)
    again = imports()
    assert ["NEW", "OLD"] not in groups()
    join_editions(again)
    assert ["NEW", "OLD"] in groups()
    evidence = MergeDecision.objects.filter(by_hand=False, evidence__decided="by hand")
    assert evidence.count() == 1


def test_a_decision_that_comes_in_the_middle_is_obeyed(imports, owner, monkeypatch):
    monkeypatch.setattr(merging, "RATINGS_IN_A_SLICE", 1)
    shop = imports()
    decided = []

    def decide(progress):
        if progress.stage == MERGING and progress.done == 1 and not decided:
            free = Movie.objects.current().filter(title__startswith="Alien").exclude(title="Alien Collection")
            page, sequel = (Edition.objects.get(external_id=asin).movie for asin in ("PAGE", "SEQUEL"))
            if page != sequel:
                decided.append(merging.apart(page, sequel, by=owner))
            else:
                first, second = free.exclude(pk=sequel.pk)[:2]
                decided.append(merging.apart(first, second, by=owner))

    join_editions(shop, decide)
    assert len(decided) == 1
    assert decided[0].movie.resolved() != decided[0].other.resolved()


def test_ratings_of_the_sites_people_go_along(imports, ada):
    shop = imports()
    me = Reviewer.objects.for_user(ada)
    for asin, half_stars in (("VHS", 3), ("DVD", 10)):
        rate(me, Edition.objects.get(external_id=asin).movie, half_stars)
    join_editions(shop)
    mine = Rating.objects.current().get(reviewer=me)
    assert (mine.half_stars, mine.movie) == (10, Edition.objects.get(external_id="BLU").movie)
    remove_data_set(shop)
    assert Rating.objects.current().get(reviewer=me).half_stars == 10
    assert not wrong_histograms().exists()


def test_the_number_of_statements_does_not_grow_with_the_films(imports, django_assert_max_num_queries):
    shop = imports()
    with django_assert_max_num_queries(50):
        join_editions(shop)
