"""Removing a data set: all that only it knew goes, all that others need stays."""

import pytest
from django.db.models.signals import pre_delete

from catalog import data_sets
from catalog.aggregates import wrong_histograms
from catalog.data_sets import remove_data_set
from catalog.editions.merging import merge, split
from catalog.models import Credit, DataSet, Edition, ImportRun, Movie, Person, Rating, Reviewer
from catalog.ratings import rate
from catalog.tasks import remove_data_set as remove_data_set_task
from moviesite.web.runs import RunState
from tests.catalog.importing.builders import contents, import_amazon, metadata, review, write_lines
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    monkeypatch.setattr(data_sets, "ROWS_IN_A_SLICE", 20)
    monkeypatch.setattr(data_sets, "EDITIONS_IN_A_SLICE", 3)
    monkeypatch.setattr(data_sets, "PEOPLE_IN_A_SLICE", 3)


@pytest.fixture(autouse=True)
def _histograms_are_right():
    yield
    assert not wrong_histograms().exists()


def imported(tmp_path, name, n=60):
    lines = [review(f"A{i % 17}", f"B{i % 11}", float(i % 5 + 1), unixReviewTime=86400 * i) for i in range(n)]
    meta = [metadata(f"B{i}", f"{name} {i}", brand=f"{name} person {i % 2}") for i in range(8)]
    run = import_amazon(write_lines(tmp_path / "r.json", lines), write_lines(tmp_path / "m.json", meta), name)
    return run.data_set


def test_everything_of_one_data_set_goes_and_nothing_of_another(tmp_path):
    stays = imported(tmp_path, "Stays")
    before = contents()
    goes = imported(tmp_path, "Goes")
    ratings = Rating.objects.filter(reviewer__data_set=goes).count()
    removed = remove_data_set(goes)
    assert (removed.ratings, removed.reviewers, removed.editions) == (ratings, 17, 11)
    assert (removed.movies, removed.kept_movies) == (11, 0)
    assert contents() == before
    assert list(DataSet.objects.all()) == [stays]
    assert not Person.objects.filter(name__startswith="Goes").exists()
    assert not ImportRun.objects.exclude(data_set=stays).exists()


def test_ratings_of_site_users_stay_and_so_do_the_films(tmp_path, ada, bob):
    goes = imported(tmp_path, "Goes")
    loved, liked = (Edition.objects.get(external_id=asin) for asin in ("B1", "B2"))
    rate(Reviewer.objects.for_user(ada), loved.movie, 10)
    mine = rate(Reviewer.objects.for_user(bob), liked.movie, 8)
    Rating.objects.filter(pk=mine.pk).update(edition=liked)
    removed = remove_data_set(goes)
    assert (removed.movies, removed.kept_movies) == (9, 2)
    assert set(Movie.objects.values_list("title", "rating_count")) == {("Goes 1", 1), ("Goes 2", 1)}
    assert set(Rating.objects.values_list("half_stars", "edition")) == {(10, None), (8, None)}
    assert {person.name for person in Person.objects.all()} == {"Goes person 0", "Goes person 1"}


def test_a_film_with_an_edition_elsewhere_stays(tmp_path):
    goes = imported(tmp_path, "Goes")
    film = Edition.objects.get(external_id="B3").movie
    make_edition(film, "elsewhere", make_data_set("Other", DataSet.Kind.MOVIELENS))
    assert remove_data_set(goes).kept_movies == 1
    film.refresh_from_db()
    assert film.rating_count == 0


def test_merged_films_go_together_or_not_at_all(ada):
    goes = make_data_set("Goes")
    kept, merged, rated, also = (make_movie(f"Film {n}") for n in range(4))
    for n, movie in enumerate((kept, merged, rated, also)):
        make_edition(movie, f"B{n}", goes)
    rate_all(make_reviewers(2, goes), kept, [10, 9])
    rate(Reviewer.objects.for_user(ada), rated, 7)
    merge(merged, kept)
    merge(also, rated)
    assert remove_data_set(goes).movies == 1
    assert set(Movie.objects.values_list("pk", flat=True)) == {rated.pk, also.pk}


def test_a_chain_of_merged_films_goes_whole():
    goes = make_data_set("Goes")
    first, second, third = (make_movie(f"Film {n}") for n in range(3))
    for n, movie in enumerate((first, second, third)):
        make_edition(movie, f"B{n}", goes)
    merge(third, second)
    merge(second, first)
    remove_data_set(goes)
    assert not Movie.objects.exists()


def test_a_film_that_one_with_an_edition_elsewhere_was_merged_into_stays():
    goes = make_data_set("Goes")
    kept, merged = make_movie("Kept"), make_movie("Merged")
    make_edition(kept, "B1", goes)
    make_edition(merged, "elsewhere", make_data_set("Other", DataSet.Kind.MOVIELENS))
    merge(merged, kept)
    assert remove_data_set(goes).kept_movies == 1
    assert set(Movie.objects.all()) == {kept, merged}
    split(merged)
    assert merged.editions.get().external_id == "elsewhere"


def test_a_rating_whose_edition_goes_still_knows_which_film_it_was_of(ada):
    goes = make_data_set("Goes")
    kept, merged = make_movie("Kept"), make_movie("Merged")
    make_edition(kept, "B1", goes)
    edition = make_edition(merged, "B2", goes)
    mine = rate(Reviewer.objects.for_user(ada), merged, 7)
    Rating.objects.filter(pk=mine.pk).update(edition=edition)
    merge(merged, kept)
    remove_data_set(goes)
    split(merged)
    mine.refresh_from_db()
    assert (mine.movie, mine.home, mine.edition) == (merged, None, None)


def test_an_empty_data_set_just_goes():
    remove_data_set(make_data_set("Empty"))
    assert not DataSet.objects.exists()


def test_one_reviewer_may_have_more_ratings_than_a_slice_holds():
    goes = make_data_set("Goes")
    (busy,) = make_reviewers(1, goes)
    for n in range(30):
        movie = make_movie(f"Film {n}")
        make_edition(movie, f"B{n}", goes)
        rate_all([busy], movie, [n % 10 + 1])
    assert remove_data_set(goes).ratings == 30


def test_imports_into_it_are_cancelled_and_their_reports_removed(tmp_path, settings, monkeypatch):
    goes = import_amazon(write_lines(tmp_path / "r.json", [review(), "broken"]), name="Goes").data_set
    report = settings.IMPORT_REPORTS_DIR / goes.import_runs.get().report
    assert report.exists()
    queued = ImportRun.objects.create(data_set=goes, source=goes.kind)
    remove, states = data_sets._remove_reviewers, []

    def watched(data_set, removed):
        states.append(ImportRun.objects.get(pk=queued.pk).state)
        return remove(data_set, removed)

    monkeypatch.setattr(data_sets, "_remove_reviewers", watched)
    remove_data_set(goes)
    assert states[0] == RunState.CANCELLED
    assert not report.exists()


def test_interrupted_in_the_middle_it_is_completed_by_doing_it_again(tmp_path, monkeypatch):
    goes = imported(tmp_path, "Goes")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(data_sets, "_remove_editions", stop)
        with pytest.raises(KeyboardInterrupt):
            remove_data_set(goes)
    assert not wrong_histograms().exists()
    remove_data_set(goes)
    assert not Movie.objects.exists()


def test_people_whom_no_film_names_go_in_short_transactions():
    goes, kept = make_data_set("Goes"), make_movie("Kept")
    people = [Person.objects.create(name=f"Person {n}") for n in range(10)]
    Credit.objects.create(movie=kept, person=people[4], role=Credit.Role.ACTOR)

    def stop(instance, **_):
        if instance.name == "Person 8":
            raise KeyboardInterrupt

    pre_delete.connect(stop, Person)
    try:
        with pytest.raises(KeyboardInterrupt):
            remove_data_set(goes)
    finally:
        pre_delete.disconnect(stop, Person)
    assert set(Person.objects.values_list("name", flat=True)) == {f"Person {n}" for n in (4, 7, 8, 9)}
    assert DataSet.objects.filter(pk=goes.pk).exists()
    remove_data_set(goes)
    assert Person.objects.get() == people[4]
    assert not DataSet.objects.filter(pk=goes.pk).exists()


def test_the_task_may_come_twice(tmp_path):
    goes = imported(tmp_path, "Goes")
    for _ in range(2):
        remove_data_set_task(goes.pk)
    assert not DataSet.objects.exists()
